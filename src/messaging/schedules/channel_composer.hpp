// Schedules whose words go over channels to people.
#pragma once

#include <optional>
#include <string>

#include "messaging/channel_directory.hpp"
#include "messaging/message_templates.hpp"
#include "messaging/schedules/composer.hpp"

namespace recado::messaging {

class ChannelComposer final : public Composer {
 public:
  /// Both must outlive it. `channels` null: there are none.
  ChannelComposer(const ChannelDirectory* channels, MessageTemplates& templates)
      : channels_(channels), templates_(templates) {}

  io::Task<Result<FieldProblems>> judge(std::string account, const records::Document& fields) override;
  io::Task<Result<std::unique_ptr<Composition>>> begin(std::string account,
                                                       const records::Document& fields) override;

 private:
  /// A channel that is not known here may have been made at another node just now.
  io::Task<> know(std::string account, std::string name);
  /// The template that the fields name; nullopt: they name none. not_found: there is none of that name.
  io::Task<Result<std::optional<TemplateSource>>> find_template(std::string account,
                                                                const records::Document& fields);

  const ChannelDirectory* channels_;
  MessageTemplates& templates_;
};

}  // namespace recado::messaging

// Schedules whose words go over channels to people.
#pragma once

#include "messaging/channel_directory.hpp"
#include "messaging/schedules/composer.hpp"

namespace recado::messaging {

class ChannelComposer final : public Composer {
 public:
  /// `channels` (nullptr: there are none) must outlive it.
  explicit ChannelComposer(const ChannelDirectory* channels) : channels_(channels) {}

  io::Task<Result<FieldProblems>> judge(std::string account, const records::Document& fields) override;
  io::Task<Result<std::unique_ptr<Composition>>> begin(std::string account,
                                                       const records::Document& fields) override;

 private:
  /// A channel that is not known here may have been made at another node just now.
  io::Task<> know(std::string account, std::string name);

  const ChannelDirectory* channels_;
};

}  // namespace recado::messaging

// The channels that there are: those of the environment, by name. Loop thread only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config.hpp"
#include "base/error.hpp"
#include "engine/channel.hpp"
#include "messaging/configured_channel.hpp"

namespace recado::messaging {

struct ChannelInfo {
  std::string name;  ///< unique; what messages keep, and its id
  ProviderName provider = ProviderName::smtp;
  bool is_default = false;                                    ///< the one that its kind's name stands for
  std::vector<std::pair<std::string, std::string>> settings;  ///< what may be shown: no secret among them
  ChannelKind kind() const noexcept { return kind_of(provider); }
};

class ChannelDirectory final : public engine::ChannelSet {
 public:
  /// Those that the environment configures. Of several of a kind the first of cloud, twilio, evolution is the
  /// default. Errors: configuration, naming the variable that is missing or wrong.
  static Result<std::unique_ptr<ChannelDirectory>> from_environment(const Options& options);

  std::shared_ptr<const engine::PersonalChannel> find(std::string_view name) const override;
  /// `given`: a kind (`whatsapp`, `email`: its default), or a name. nullptr: there is none.
  const ChannelInfo* resolve(std::string_view given) const;
  std::vector<ChannelInfo> list() const;
  const std::string& country() const noexcept { return country_; }

 private:
  struct Entry {
    ChannelInfo info;
    std::shared_ptr<const engine::PersonalChannel> channel;
  };
  void add(ChannelInfo info, std::shared_ptr<const engine::PersonalChannel> channel);
  Result<void> add_provider(ChannelInfo info, Result<std::unique_ptr<Provider>> made, const char* variable);

  std::vector<Entry> entries_;
  std::string country_;  ///< of telephone numbers without a country code
};

}  // namespace recado::messaging

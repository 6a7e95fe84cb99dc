// What providers tell, brought to the logs, the messages and the contacts. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "messaging/channel_directory.hpp"
#include "messaging/channels/callbacks.hpp"
#include "messaging/configured_channel.hpp"
#include "messaging/consent.hpp"
#include "messaging/logs.hpp"

namespace recado::messaging {

/// A channel to whose callbacks we listen.
class CallbackSource {
 public:
  CallbackSource(std::string account, std::string name, std::shared_ptr<const WhatsAppChannel> channel)
      : account_(std::move(account)), name_(std::move(name)), channel_(std::move(channel)) {}

  const std::string& account() const noexcept { return account_; }
  const std::string& name() const noexcept { return name_; }
  /// The header that signs, in lower case; empty: none does.
  const char* signature_header() const noexcept { return channel_->provider().signature_header(); }
  /// Errors: refused, when it is not proved who calls; invalid_argument, for what cannot be read.
  Result<Told> read(const CallbackRequest& request) const {
    return channel_->provider().read_callback(request);
  }
  /// Whether `token` is the one that confirms a URL.
  bool knows(std::string_view token) const { return channel_->provider().knows(token); }

 private:
  std::string account_, name_;
  std::shared_ptr<const WhatsAppChannel> channel_;
};

class Callbacks {
 public:
  /// Everything must outlive it.
  Callbacks(io::Loop& loop, const ChannelDirectory& channels, Contacts& contacts, Logs& logs)
      : loop_(loop), channels_(channels), contacts_(contacts), logs_(logs) {}

  /// `key`: the name of a channel of the environment, the uuid of an account's. nullopt: there is none, or it
  /// is another provider's.
  std::optional<CallbackSource> find(std::string_view key, ProviderName provider) const;
  /// Errors: unavailable: the provider should tell it again.
  io::Task<Result<void>> take_in(const CallbackSource& source, const Told& told);

 private:
  io::Task<Result<void>> note(std::string account, Receipt receipt);
  io::Task<Result<void>> keep(std::string account, std::string channel, Reply reply);

  io::Loop& loop_;
  const ChannelDirectory& channels_;
  Contacts& contacts_;
  Logs& logs_;
};

}  // namespace recado::messaging

// A provider, or a mail server, as the engine sees it: one channel over which people are written to. Pure.
#pragma once

#include <memory>
#include <string>

#include "messaging/channels/mail.hpp"
#include "messaging/channels/provider.hpp"
#include "messaging/unsubscribe.hpp"

namespace recado::messaging {

enum class ChannelKind { whatsapp, email };
const char* to_string(ChannelKind kind) noexcept;

/// `twilio`, `cloud`, `evolution`, `smtp`. Each knows what its API asks of senders.
enum class ProviderName { twilio, cloud, evolution, smtp };
const char* to_string(ProviderName name) noexcept;
ChannelKind kind_of(ProviderName name) noexcept;

/// How many messages a channel may send a day.
struct DailyCap {
  std::uint64_t most = 0;        ///< 0: any number
  std::string timezone = "UTC";  ///< in which a day begins
  engine::DailyLimit at(Instant now) const;
};

class WhatsAppChannel final : public engine::PersonalChannel {
 public:
  WhatsAppChannel(ProviderName name, std::unique_ptr<Provider> provider, DailyCap cap = {})
      : name_(name), provider_(std::move(provider)), cap_(std::move(cap)) {}

  Result<engine::Request> request(const engine::Message& message, Instant now) const override;
  engine::Outcome outcome(const engine::Response& response, Instant started, Instant now) const override;
  engine::Request probe() const override;
  engine::ChannelState read_probe(const engine::Response& response) const override;
  std::string recipient(const engine::Message& message) const override;
  /// Meta takes 80 a second from a number, by Twilio too; Evolution sends as a person would: about one a
  /// second, not at equal intervals.
  engine::Pace pace() const override;
  /// Meta: one every 6 s to the same person in the long run, some at once.
  engine::Pace recipient_pace() const override;
  std::uint32_t at_once() const override { return name_ == ProviderName::evolution ? 4 : 64; }
  engine::DailyLimit daily_limit(Instant now) const override { return cap_.at(now); }

  ProviderName name() const noexcept { return name_; }
  const Provider& provider() const noexcept { return *provider_; }

 private:
  ProviderName name_;
  std::unique_ptr<Provider> provider_;
  DailyCap cap_;
};

class EmailChannel final : public engine::PersonalChannel {
 public:
  /// `unsubscribe` null: mails carry no link by which their recipient takes themselves off.
  explicit EmailChannel(Mail mail, DailyCap cap = {},
                        std::shared_ptr<const UnsubscribeLinks> unsubscribe = nullptr)
      : mail_(std::move(mail)), cap_(std::move(cap)), unsubscribe_(std::move(unsubscribe)) {}

  /// The Message-ID derives from the message's webhook-id: the same over attempts.
  Result<engine::Request> request(const engine::Message& message, Instant now) const override;
  engine::Outcome outcome(const engine::Response& response, Instant started, Instant now) const override;
  engine::Request probe() const override;
  engine::ChannelState read_probe(const engine::Response& response) const override;
  std::string recipient(const engine::Message& message) const override;
  engine::Pace pace() const override { return {}; }
  engine::Pace recipient_pace() const override { return {}; }
  std::uint32_t at_once() const override { return 8; }
  engine::DailyLimit daily_limit(Instant now) const override { return cap_.at(now); }

 private:
  Mail mail_;
  DailyCap cap_;
  std::shared_ptr<const UnsubscribeLinks> unsubscribe_;
};

/// What the engine makes of a reading: accepted is delivered; refused, wrong and template needed are given
/// up; wait and try again are retried; stopped, session down and unreachable close the channel.
engine::Outcome outcome_of(const Reading& reading);

}  // namespace recado::messaging

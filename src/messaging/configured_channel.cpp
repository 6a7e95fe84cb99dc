#include "messaging/configured_channel.hpp"

#include <algorithm>
#include <utility>

#include "messaging/templated_content.hpp"

namespace recado::messaging {
namespace {

using engine::ChannelState;
using engine::Outcome;
using engine::Verdict;

constexpr Millis kProbeTimeout{5'000};

Outcome with_attempt(const Reading& reading, net::SendError error, int status, const std::string& body,
                     Millis latency, Instant started) {
  Outcome out = outcome_of(reading);
  out.attempt.at = started;
  out.attempt.latency = latency;
  out.attempt.status = error == net::SendError::none ? status : 0;
  if (error == net::SendError::none) out.attempt.response = engine::kept_response(body);
  out.attempt.detail = reading.detail;
  out.provider_id = reading.provider_id;
  if (reading.meaning != Meaning::accepted) {
    out.attempt.failure = error == net::SendError::none ? engine::Failure::status : engine::failure_of(error);
  }
  return out;
}

ChannelState state_of(const ProbeResult& result) {
  switch (result.state) {
    case ProbeResult::State::ready:
      return {ChannelState::Kind::ready, ""};
    case ProbeResult::State::stopped:
      return {ChannelState::Kind::stopped, result.detail};
    case ProbeResult::State::disconnected:
      break;
  }
  return {ChannelState::Kind::disconnected, result.detail};
}

Result<Content> content_of(const engine::Message& message) {
  if (message.payload_dropped) {
    return Error(ErrorCode::invalid_argument, "the content was not kept after the delivery");
  }
  auto content = content_of_payload(message.spec.payload);
  if (content && !content->refusal.empty()) return Error(ErrorCode::invalid_argument, content->refusal);
  return content;
}

/// Without the text, which may be a template that cannot be filled.
std::string recipient_of(const engine::Message& message) {
  const auto content = decode_content(message.spec.payload);
  return content ? content->to : std::string();
}

}  // namespace

const char* to_string(ChannelKind kind) noexcept {
  return kind == ChannelKind::email ? "email" : "whatsapp";
}

const char* to_string(ProviderName name) noexcept {
  switch (name) {
    case ProviderName::twilio:
      return "twilio";
    case ProviderName::cloud:
      return "cloud";
    case ProviderName::evolution:
      return "evolution";
    case ProviderName::smtp:
      break;
  }
  return "smtp";
}

ChannelKind kind_of(ProviderName name) noexcept {
  return name == ProviderName::smtp ? ChannelKind::email : ChannelKind::whatsapp;
}

engine::DailyLimit DailyCap::at(Instant now) const {
  engine::DailyLimit out;
  if (most == 0) return out;
  out.most = most;
  const auto offset = zone_offset(timezone, now);
  const auto local = now + (offset ? *offset : std::chrono::seconds(0));
  const auto day = std::chrono::floor<std::chrono::days>(local);
  out.day = format_time_z(day).substr(0, 10);
  const auto next =
      resolve_local(std::chrono::local_time<Millis>(day.time_since_epoch() + std::chrono::days(1)), timezone);
  out.next = next ? next->at : Instant(day + std::chrono::days(1));
  return out;
}

Outcome outcome_of(const Reading& reading) {
  Outcome out;
  const auto hold = [&](ChannelState::Kind kind) {
    out.verdict = Verdict::hold;
    out.channel.kind = kind;
    out.channel.detail = reading.detail;
  };
  switch (reading.meaning) {
    case Meaning::accepted:
      out.verdict = Verdict::delivered;
      break;
    case Meaning::recipient_refused:
    case Meaning::request_wrong:
    case Meaning::needs_template:
      out.verdict = Verdict::give_up;
      break;
    case Meaning::wait:
      out.verdict = Verdict::retry;
      out.retry_after = reading.wait;
      break;
    case Meaning::try_again:
      out.verdict = Verdict::retry;
      if (reading.unreachable) hold(ChannelState::Kind::disconnected);
      break;
    case Meaning::stop_channel:
      hold(ChannelState::Kind::stopped);
      break;
    case Meaning::session_down:
      hold(ChannelState::Kind::disconnected);
      break;
    case Meaning::maybe_sent:
      out.verdict = Verdict::unknown;
      break;
  }
  return out;
}

Result<engine::Request> WhatsAppChannel::request(const engine::Message& message, Instant /*now*/) const {
  auto content = content_of(message);
  if (!content) return content.error();
  content->message = message.id();
  auto request = provider_->request(*content);
  if (!request) return request.error();
  request->timeout = message.spec.timeout;
  return engine::Request(std::move(request).value());
}

Outcome WhatsAppChannel::outcome(const engine::Response& response, Instant started, Instant now) const {
  const auto& answer = std::get<net::HttpResponse>(response);
  return with_attempt(provider_->read(answer, now), answer.error, answer.status, answer.body, answer.latency,
                      started);
}

engine::Request WhatsAppChannel::probe() const {
  net::HttpRequest request = provider_->probe();
  request.timeout = kProbeTimeout;
  return request;
}

ChannelState WhatsAppChannel::read_probe(const engine::Response& response) const {
  return state_of(provider_->read_probe(std::get<net::HttpResponse>(response)));
}

std::string WhatsAppChannel::recipient(const engine::Message& message) const {
  return recipient_of(message);
}

engine::Pace WhatsAppChannel::pace() const {
  using namespace std::chrono_literals;
  engine::Pace pace;
  if (name_ == ProviderName::evolution) {
    pace.gap = 1s;
    pace.burst = 3;
    pace.jitter = 0.5;
  } else {
    pace.gap = 12'500us;
    pace.burst = 20;
  }
  return pace;
}

engine::Pace WhatsAppChannel::recipient_pace() const {
  engine::Pace pace;
  pace.gap = std::chrono::seconds(6);
  pace.burst = 10;
  return pace;
}

Result<engine::Request> EmailChannel::request(const engine::Message& message, Instant now) const {
  const auto content = content_of(message);
  if (!content) return content.error();
  MailHead head;
  head.message_id = message.webhook_id() + "@" + mail_.domain();
  head.date = now;
  if (unsubscribe_) head.unsubscribe = unsubscribe_->url(message.spec.account, content->to);
  auto request = mail_.request(*content, head);
  if (!request) return request.error();
  request->timeout = message.spec.timeout;
  return engine::Request(std::move(request).value());
}

Outcome EmailChannel::outcome(const engine::Response& response, Instant started, Instant /*now*/) const {
  const auto& answer = std::get<net::MailResponse>(response);
  return with_attempt(mail_.read(answer), answer.error, answer.code, answer.text, answer.latency, started);
}

engine::Request EmailChannel::probe() const {
  net::MailRequest request = mail_.probe();
  request.timeout = kProbeTimeout;
  return request;
}

ChannelState EmailChannel::read_probe(const engine::Response& response) const {
  return state_of(mail_.read_probe(std::get<net::MailResponse>(response)));
}

std::string EmailChannel::recipient(const engine::Message& message) const {
  return recipient_of(message);
}

}  // namespace recado::messaging

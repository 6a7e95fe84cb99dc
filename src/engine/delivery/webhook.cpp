#include "engine/delivery/webhook.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "engine/header_rules.hpp"
#include "net/url.hpp"

namespace recado::engine {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

bool has_header(const HeaderList& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& h) { return same_name(h.first, name); });
}

/// At most `most` bytes, not ending inside a UTF-8 character. What is no UTF-8 is kept.
std::string cut(std::string_view text, std::size_t most) {
  if (text.size() < most) return std::string(text);
  text = text.substr(0, most);
  const std::size_t reach = std::min<std::size_t>(text.size(), 3);
  for (std::size_t back = 1; back <= reach; ++back) {
    const char* const lead = text.data() + text.size() - back;
    if ((static_cast<unsigned char>(*lead) & 0xC0) == 0x80) continue;
    // A valid beginning that only lacks its rest: utf8_step stops at the end of the text, not before.
    const Utf8Step step = utf8_step(lead, text.data() + text.size());
    if (!step.valid && step.length == back && static_cast<unsigned char>(*lead) >= 0xC2 &&
        static_cast<unsigned char>(*lead) <= 0xF4) {
      text.remove_suffix(back);
    }
    break;
  }
  return std::string(text);
}

/// For a person: the reason phrases of RFC 9110, and those that destinations are known to send.
std::string_view phrase(int status) {
  switch (status) {
    case 300:
      return " Multiple Choices";
    case 301:
      return " Moved Permanently";
    case 302:
      return " Found";
    case 303:
      return " See Other";
    case 304:
      return " Not Modified";
    case 307:
      return " Temporary Redirect";
    case 308:
      return " Permanent Redirect";
    case 400:
      return " Bad Request";
    case 401:
      return " Unauthorized";
    case 402:
      return " Payment Required";
    case 403:
      return " Forbidden";
    case 404:
      return " Not Found";
    case 405:
      return " Method Not Allowed";
    case 406:
      return " Not Acceptable";
    case 407:
      return " Proxy Authentication Required";
    case 408:
      return " Request Timeout";
    case 409:
      return " Conflict";
    case 410:
      return " Gone";
    case 411:
      return " Length Required";
    case 412:
      return " Precondition Failed";
    case 413:
      return " Content Too Large";
    case 414:
      return " URI Too Long";
    case 415:
      return " Unsupported Media Type";
    case 417:
      return " Expectation Failed";
    case 418:
      return " I'm a teapot";
    case 421:
      return " Misdirected Request";
    case 422:
      return " Unprocessable Content";
    case 425:
      return " Too Early";
    case 426:
      return " Upgrade Required";
    case 429:
      return " Too Many Requests";
    case 431:
      return " Request Header Fields Too Large";
    case 451:
      return " Unavailable For Legal Reasons";
    case 500:
      return " Internal Server Error";
    case 501:
      return " Not Implemented";
    case 502:
      return " Bad Gateway";
    case 503:
      return " Service Unavailable";
    case 504:
      return " Gateway Timeout";
    default:
      return "";
  }
}

std::string answered(int status) {
  return std::string("answered ").append(std::to_string(status)).append(phrase(status));
}

/// A Location comes from the destination: cut, and without what would break a line.
std::string printable(std::string_view location) {
  constexpr std::size_t kLongest = 512;
  std::string out = cut(location, kLongest);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return out;
}

bool is_retried(int status) {
  switch (status) {
    case 404:  // n8n answers it while a workflow starts
    case 408:
    case 409:
    case 425:
    case 429:
      return true;
    default:
      return status >= 500 && status <= 599;
  }
}

/// What the status of an answer means; sets verdict, failure and detail.
void judge(Outcome& outcome, const net::HttpResponse& response) {
  Attempt& attempt = outcome.attempt;
  const int status = response.status;
  if (status >= 200 && status <= 299) {
    outcome.verdict = Verdict::delivered;
    return;
  }
  attempt.failure = Failure::status;
  attempt.detail = answered(status);
  if (status >= 300 && status <= 399) {
    outcome.verdict = Verdict::give_up;
    attempt.failure = Failure::redirect;
    const std::string_view location = net::find_header(response.headers, "location");
    if (!location.empty()) attempt.detail.append(", a redirect to ").append(printable(location));
    attempt.detail.append(": redirects are not followed");
    return;
  }
  outcome.verdict = is_retried(status) ? Verdict::retry : Verdict::give_up;
}

Error cannot_be_sent(std::string why) {
  return Error(ErrorCode::invalid_argument, std::move(why));
}

/// The message's own headers were judged when it was registered; this is the last gate before the wire.
Result<void> check(const Message& message) {
  const MessageSpec& spec = message.spec;
  if (message.payload_dropped) return cannot_be_sent("the payload was not kept after the delivery");
  if (!header_name_is_valid(spec.method)) return cannot_be_sent("the method is not an HTTP token");
  for (const auto& [name, value] : spec.headers) {
    if (!header_name_is_valid(name)) return cannot_be_sent("the name of a header is not an HTTP token");
    if (header_is_reserved(name)) return cannot_be_sent("the header " + name + " is set by recado itself");
    if (!header_value_is_valid(value))
      return cannot_be_sent("the header " + name + " has a control character");
  }
  return {};
}

}  // namespace

std::string kept_response(std::string_view body) {
  return cut(body, kMaxResponseKept);
}

Failure failure_of(net::SendError error) noexcept {
  switch (error) {
    case net::SendError::none:
      return Failure::none;
    case net::SendError::dns:
      return Failure::dns;
    case net::SendError::connect:
      return Failure::connect;
    case net::SendError::tls:
      return Failure::tls;
    case net::SendError::timeout:
      return Failure::timeout;
    case net::SendError::closed:
      return Failure::closed;
    case net::SendError::address_refused:
      return Failure::address_refused;
  }
  return Failure::closed;
}

WebhookChannel::WebhookChannel(WebhookSigner signer, std::string version)
    : signer_(std::move(signer)), user_agent_("recado/" + version) {}

Result<net::HttpRequest> WebhookChannel::request(const Message& message, std::uint32_t attempt,
                                                 Instant now) const {
  const MessageSpec& spec = message.spec;
  if (auto fit = check(message); !fit) return fit.error();
  auto url = net::parse_url(spec.webhook_url);
  if (!url) return url.error();

  net::HttpRequest request;
  request.url = std::move(url).value();
  request.method = spec.method;
  request.timeout = spec.timeout;
  request.max_response_bytes = kMaxResponseKept;
  if (spec.has_payload) request.body = spec.payload;

  net::Headers& headers = request.headers;
  headers.reserve(spec.headers.size() + 8);
  if (spec.has_payload && !has_header(spec.headers, "content-type")) {
    headers.emplace_back("Content-Type", "application/json");
  }
  if (!has_header(spec.headers, "user-agent")) headers.emplace_back("User-Agent", user_agent_);
  headers.insert(headers.end(), spec.headers.begin(), spec.headers.end());

  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  std::string id = message.webhook_id();
  std::string signature = signer_.sign(id, seconds, request.body);
  headers.emplace_back("webhook-id", std::move(id));
  headers.emplace_back("webhook-timestamp", std::to_string(seconds));
  headers.emplace_back("webhook-signature", std::move(signature));
  headers.emplace_back("recado-message-id", percent_encode(message.id()));
  headers.emplace_back("recado-attempt", std::to_string(attempt));
  headers.emplace_back("recado-scheduled-for", format_time(spec.due));
  return request;
}

Outcome WebhookChannel::outcome(const net::HttpResponse& response, Instant started, Instant now) const {
  Outcome outcome;
  Attempt& attempt = outcome.attempt;
  attempt.at = started;
  attempt.latency = std::max(response.latency, Millis::zero());
  if (response.error == net::SendError::none) {
    attempt.status = response.status;
    attempt.response = kept_response(response.body);
    judge(outcome, response);
    if (outcome.verdict == Verdict::retry) {
      outcome.retry_after = parse_retry_after(net::find_header(response.headers, "retry-after"), now);
    }
    return outcome;
  }
  // Not every failure has a latency of its own; wall time may have stepped back meanwhile.
  if (attempt.latency == Millis::zero()) attempt.latency = std::max(now - started, Millis::zero());
  attempt.failure = failure_of(response.error);
  attempt.detail = response.detail;
  outcome.verdict = response.error == net::SendError::address_refused ? Verdict::give_up : Verdict::retry;
  outcome.destination_down = response.error == net::SendError::connect ||
                             response.error == net::SendError::tls ||
                             response.error == net::SendError::timeout;
  return outcome;
}

}  // namespace recado::engine

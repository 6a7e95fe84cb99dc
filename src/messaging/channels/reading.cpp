#include "messaging/channels/reading.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace recado::messaging {
namespace {

constexpr std::size_t kLongestWords = 300;

}  // namespace

const char* to_string(Meaning meaning) noexcept {
  switch (meaning) {
    case Meaning::accepted:
      return "accepted";
    case Meaning::recipient_refused:
      return "recipient_refused";
    case Meaning::request_wrong:
      return "request_wrong";
    case Meaning::needs_template:
      return "needs_template";
    case Meaning::wait:
      return "wait";
    case Meaning::try_again:
      return "try_again";
    case Meaning::stop_channel:
      return "stop_channel";
    case Meaning::session_down:
      return "session_down";
    case Meaning::maybe_sent:
      return "maybe_sent";
  }
  return "try_again";
}

Reading read_failure(const net::HttpResponse& response) {
  Reading out;
  out.detail = response.detail;
  if (response.error == net::SendError::address_refused) {
    out.meaning = Meaning::stop_channel;
    return out;
  }
  out.unreachable = !response.written;
  out.meaning = response.written ? Meaning::maybe_sent : Meaning::try_again;
  if (response.written) out.detail += "; it may have been sent all the same";
  return out;
}

Reading read_status(const net::HttpResponse& response, Instant now) {
  Reading out;
  const int status = response.status;
  if (status >= 200 && status <= 299) {
    out.meaning = Meaning::accepted;
    return out;
  }
  out.detail = "the provider answered " + std::to_string(status);
  if (status >= 300 && status <= 399) {
    out.meaning = Meaning::stop_channel;
    out.detail += ", a redirect: is the base URL right?";
  } else if (status == 401 || status == 403) {
    out.meaning = Meaning::stop_channel;
    out.detail += ": are the credentials right?";
  } else if (status == 404 || status == 405) {
    out.meaning = Meaning::stop_channel;
    out.detail += ": is the base URL right, and does the account or instance exist?";
  } else if (status == 429) {
    out.meaning = Meaning::wait;
    out.detail += ": too many requests";
  } else if (status == 504) {
    out.meaning = Meaning::maybe_sent;
    out.detail += ": it may have been sent all the same";
  } else if (status == 408 || status == 425 || status >= 500) {
    out.meaning = Meaning::try_again;
  } else {
    out.meaning = Meaning::request_wrong;
  }
  if (out.meaning == Meaning::wait || out.meaning == Meaning::try_again) {
    out.wait = engine::parse_retry_after(net::find_header(response.headers, "retry-after"), now);
    if (out.wait) out.meaning = Meaning::wait;
  }
  return out;
}

std::string sentence(const std::string& what, const std::string& words) {
  std::string shown;
  for (const char* p = words.data(); p < words.data() + words.size() && shown.size() < kLongestWords;) {
    const Utf8Step step = utf8_step(p, words.data() + words.size());
    const bool control = static_cast<unsigned char>(*p) < 0x20 || *p == 0x7f;
    if (step.valid && !control) {
      shown.append(p, step.length);
    } else {
      shown += ' ';
    }
    p += step.length;
  }
  return shown.empty() ? what : what + " (" + shown + ")";
}

}  // namespace recado::messaging

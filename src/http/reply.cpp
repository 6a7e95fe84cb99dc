#include "http/reply.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/log.hpp"
#include "http/head_syntax.hpp"

namespace recado::http {

namespace {

bool is_ours(std::string_view name) noexcept {
  return equal_ignoring_case(name, "content-length") || equal_ignoring_case(name, "connection") ||
         equal_ignoring_case(name, "date") || equal_ignoring_case(name, "transfer-encoding");
}

bool breaks_framing(std::string_view text) noexcept {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void append_two(std::string& out, unsigned number) {
  out += static_cast<char>('0' + number / 10);
  out += static_cast<char>('0' + number % 10);
}

/// IMF-fixdate (RFC 9110 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
void append_date(std::string& out, std::chrono::sys_seconds at) {
  static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  out += kDays[std::chrono::weekday(day).c_encoding()];
  out += ", ";
  append_two(out, static_cast<unsigned>(date.day()));
  out += ' ';
  out += kMonths[static_cast<unsigned>(date.month()) - 1];
  out += ' ';
  append_number(out, static_cast<std::size_t>(static_cast<int>(date.year())));
  out += ' ';
  append_two(out, static_cast<unsigned>(time.hours().count()));
  out += ':';
  append_two(out, static_cast<unsigned>(time.minutes().count()));
  out += ':';
  append_two(out, static_cast<unsigned>(time.seconds().count()));
  out += " GMT";
}

}  // namespace

std::string_view CommonHeaders::lines(Instant now) {
  const auto at = std::chrono::floor<std::chrono::seconds>(now);
  if (const auto second = at.time_since_epoch().count(); second != second_) {
    second_ = second;
    lines_ = "Date: ";
    append_date(lines_, at);
    lines_ += "\r\nServer: recado\r\nX-Content-Type-Options: nosniff\r\n";
  }
  return lines_;
}

std::string_view body_of(const Response& response) noexcept {
  return response.static_body.empty() ? std::string_view(response.body) : response.static_body;
}

bool status_has_body(int status) noexcept {
  return status >= 200 && status != 204 && status != 304;
}

void append_reply_head(std::string& out, const Response& response, const ReplyOptions& options) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(response.status));
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\n";
  out += options.common;
  bool cache_control = false;
  for (const auto& [name, value] : response.headers) {
    if (is_ours(name)) continue;
    if (name.empty() || breaks_framing(name) || breaks_framing(value)) {
      log::error("an answer's header was dropped: it holds a line break", {{"status", response.status}});
      continue;
    }
    cache_control = cache_control || equal_ignoring_case(name, "cache-control");
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  if (!cache_control) out += "Cache-Control: no-store\r\n";
  out += options.cors;
  if (options.chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (status_has_body(response.status) && !response.more) {
    out += "Content-Length: ";
    append_number(out, body_of(response).size());
    out += "\r\n";
  }
  if (!options.keep_alive) {
    out += "Connection: close\r\n";
  } else if (options.version < 11) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

}  // namespace recado::http

#include "registrations.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/crypto.hpp"
#include "contestants.hpp"
#include "sink.hpp"

namespace recado::bench {

namespace {

constexpr std::string_view kNumber = "1000000000";
constexpr std::string_view kId =
    "00000000-0000-4000-8000-000000000000";  // version 4: no id that recado makes
constexpr std::string_view kDue = "2026-01-01T00:00:00.000Z";

/// `value` as hexadecimal digits, or decimal ones, filled up with zeros.
void put(char* to, std::size_t width, std::uint64_t value, unsigned base) {
  for (std::size_t i = width; i-- > 0; value /= base) to[i] = "0123456789abcdef"[value % base];
}

void put_time(char* to, Instant t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(t - day);
  put(to, 4, static_cast<std::uint64_t>(static_cast<int>(date.year())), 10);
  put(to + 5, 2, static_cast<unsigned>(date.month()), 10);
  put(to + 8, 2, static_cast<unsigned>(date.day()), 10);
  put(to + 11, 2, static_cast<std::uint64_t>(time.hours().count()), 10);
  put(to + 14, 2, static_cast<std::uint64_t>(time.minutes().count()), 10);
  put(to + 17, 2, static_cast<std::uint64_t>(time.seconds().count()), 10);
  put(to + 20, 3, static_cast<std::uint64_t>(time.subseconds().count()), 10);
}

}  // namespace

Ids ids_of(const std::string& contestant) {
  return contestant == kSeed ? Ids::clients : Ids::servers;
}

DueTimes far_future() {
  const Instant then = e2e::now() + std::chrono::hours(24 * 365);
  return [then](std::uint32_t) { return then; };
}

DueTimes spread(Instant first, std::uint32_t count, Millis over) {
  return [=](std::uint32_t i) {
    return first + Millis{static_cast<std::int64_t>(i) * over.count() / std::max<std::int64_t>(count, 1)};
  };
}

Registrations::Registrations(const Shape& shape, DueTimes due, std::uint32_t per_request)
    : due_(std::move(due)), per_request_(per_request), run_(random_u64()) {
  std::string payload = R"({"n":)" + std::string(kNumber) + R"(,"pad":")";
  const std::size_t pad = shape.payload_bytes - std::min(shape.payload_bytes, payload.size() + 2);
  payload += std::string(pad, 'x') + "\"}";
  std::string message = "{";
  if (shape.ids == Ids::clients) {
    message += R"("id":")";
    places_.id = message.size();
    message += std::string(kId) + "\",";
  }
  message += R"("scheduleTo":")";
  places_.due = message.size();
  message += std::string(kDue) + R"(","payload":)";
  places_.number = message.size() + 5;
  message += payload + R"(,"webhookUrl":")" + shape.url + "\"}";
  std::string body;
  if (per_request_ == 1) {
    body = message;
  } else {
    for (std::uint32_t i = 0; i < per_request_; ++i) body += (i == 0 ? "[" : ",") + message;
    body += "]";
  }
  places_.length = message.size() + 1;  // with the bracket or comma before it
  text_ = std::string(per_request_ == 1 ? "POST /messages" : "POST /messages/batch") +
          " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + kToken +
          "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  body_ = text_.size();
  text_ += body;
}

void Registrations::fill(std::size_t at) {
  char* message = text_.data() + at;
  put(message + places_.number, kNumber.size(), kFirstNumber + next_, 10);
  put_time(message + places_.due, due_(next_));
  if (places_.id != std::string::npos) {
    put(message + places_.id, 8, run_ & 0xffffffff, 16);
    put(message + places_.id + 24, 12, next_, 16);
  }
  ++next_;
}

std::string_view Registrations::next() {
  if (per_request_ == 1) {
    fill(body_);
  } else {
    for (std::uint32_t i = 0; i < per_request_; ++i) fill(body_ + 1 + i * places_.length);
  }
  return text_;
}

}  // namespace recado::bench

#include <optional>

#include "base/text.hpp"
#include "base/time.hpp"
#include "base/wall_time.hpp"
#include "base/zone.hpp"

namespace recado {

using std::chrono::local_time;
using std::chrono::seconds;

namespace {

/// The fields as written, each checked against its own range.
struct Written {
  local_time<Millis> local;  ///< rounded down
  Millis rest{0};            ///< to be added to the instant: rounding up, the leap second
  std::optional<seconds> offset;
};

Error invalid(std::string detail) {
  return {ErrorCode::invalid_argument, std::move(detail)};
}

/// Reads `text` from the left. The first thing that is wrong stays as the error, and everything after it
/// fails.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), rest_(text) {}

  Result<Written> read() {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    Written out;
    if (!digits(4, year) || !eat('-') || !digits(2, month) || !eat('-') || !digits(2, day))
      return malformed();
    if (!eat('T') && !eat('t') && !eat(' ')) return malformed();
    if (!digits(2, hour) || !eat(':') || !digits(2, minute)) return malformed();
    if (eat(':')) {
      if (!digits(2, second)) return malformed();
      if (eat('.') && !fraction(out.rest)) return malformed();
    }
    if (!rest_.empty() && !offset(out.offset)) return malformed();

    const auto month_of_year = std::chrono::year{year} / std::chrono::month{static_cast<unsigned>(month)};
    if (!within("year", year, 1970, 9999) || !within("month", month, 1, 12)) return *error_;
    const auto last_day = static_cast<unsigned>((month_of_year / std::chrono::last).day());
    if (!within("day", day, 1, static_cast<int>(last_day)) || !within("hour", hour, 0, 23) ||
        !within("minute", minute, 0, 59) || !within("second", second, 0, 60)) {
      return *error_;
    }
    if (out.offset &&
        (!within("offset hour", offset_hour_, 0, 23) || !within("offset minute", offset_minute_, 0, 59))) {
      return *error_;
    }
    if (second == 60) {  // the moment after second 59, also where the zone changes at the full minute
      second = 59;
      out.rest += seconds{1};
    }
    const auto midnight =
        std::chrono::local_days{month_of_year / std::chrono::day{static_cast<unsigned>(day)}};
    out.local =
        midnight + std::chrono::hours{hour} + std::chrono::minutes{minute} + seconds{second} + whole_ms_;
    return out;
  }

 private:
  bool eat(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool digits(std::size_t count, int& out) {
    if (rest_.size() < count) return false;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      out = out * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }

  /// Any number of digits: three of them count, one of the others that is not zero rounds up.
  bool fraction(Millis& round_up) {
    std::size_t n = 0;
    int ms = 0;
    bool more = false;
    for (; n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9'; ++n) {
      if (n < 3)
        ms = ms * 10 + (rest_[n] - '0');
      else
        more = more || rest_[n] != '0';
    }
    if (n == 0) return false;
    for (auto i = n; i < 3; ++i) ms *= 10;
    rest_.remove_prefix(n);
    whole_ms_ = Millis{ms};
    if (more) round_up = Millis{1};
    return true;
  }

  bool offset(std::optional<seconds>& out) {
    if (eat('Z') || eat('z')) {
      out = seconds{0};
      return rest_.empty();
    }
    const bool west = eat('-');
    if (!west && !eat('+')) return false;
    if (!digits(2, offset_hour_) || !eat(':') || !digits(2, offset_minute_) || !rest_.empty()) return false;
    const seconds size{offset_hour_ * 3600 + offset_minute_ * 60};
    out = west ? -size : size;
    return true;
  }

  bool within(std::string_view field, int value, int low, int high) {
    if (value >= low && value <= high) return true;
    error_ = invalid(quoted(text_) + " has " + std::string{field} + " " + std::to_string(value) +
                     ": accepted is " + std::to_string(low) + " to " + std::to_string(high));
    return false;
  }

  Error malformed() const {
    return invalid(
        quoted(text_) +
        " is not a time: accepted is RFC 3339 such as 2026-04-15T02:41:45-03:00, or local time such as "
        "2026-04-15T02:41:45 with the field timezone");
  }

  std::string_view text_;
  std::string_view rest_;
  std::optional<Error> error_;
  Millis whole_ms_{0};
  int offset_hour_ = 0;
  int offset_minute_ = 0;
};

std::string with_offset(local_time<Millis> local, std::optional<seconds> offset) {
  std::string out;
  append_wall_time(out, local, 'T');
  if (offset) append_offset(out, *offset);
  return out;
}

/// `offset`: the one that the client wrote beside the zone.
Result<ParsedTime> understand(local_time<Millis> local, std::string_view zone_name,
                              std::optional<seconds> offset) {
  const Zone* zone = Zone::find(zone_name);
  if (zone == nullptr) return invalid(unknown_zone(zone_name));

  const auto match = zone->match(std::chrono::floor<seconds>(local));
  const std::string written = with_offset(local, std::nullopt);
  const std::string name{zone_name};
  auto chosen = match.chosen();
  if (offset) {
    if (match.kind == LocalMatch::Kind::gap) {
      return invalid(
          written + " does not exist in " + name +
          ", so no offset agrees with it: send it without the offset, or without the field timezone");
    }
    if (*offset != match.before && *offset != match.after) {
      return invalid("the offset of " + with_offset(local, offset) + " and the timezone " + name +
                     " do not agree: accepted there is " + with_offset(local, match.before) +
                     ", or only one of offset and timezone");
    }
    chosen = *offset;
  }

  ParsedTime out{Instant{local.time_since_epoch() - chosen}, std::nullopt};
  if (match.kind == LocalMatch::Kind::gap) {
    const auto length = match.after - match.before;
    out.note = written + " does not exist in " + name + ", where clocks go forward by " +
               format_duration(length) + ": understood as " + with_offset(local + length, match.after);
  } else if (match.kind == LocalMatch::Kind::overlap) {
    out.note = written + " exists twice in " + name + ", where clocks go back by " +
               format_duration(match.before - match.after) + ": understood as the " +
               (chosen == match.before ? "first, " : "second, ") + with_offset(local, chosen);
  }
  return out;
}

bool accepted(Instant t) noexcept {
  return t >= kFirstAccepted && t <= kLastAccepted;
}

Error out_of_range(const std::string& shown) {
  return invalid(shown + " is out of range: accepted are instants of the years 1970 to 9999 in UTC");
}

}  // namespace

Result<ParsedTime> parse_time(std::string_view text, std::optional<std::string_view> zone) {
  auto written = Reader(text).read();
  if (!written) return written.error();
  if (!written->offset && !zone) {
    return invalid(quoted(text) +
                   " has no zone: accepted is an offset such as -03:00 or Z, or the field timezone");
  }
  auto parsed = zone
                    ? understand(written->local, *zone, written->offset)
                    : ParsedTime{Instant{written->local.time_since_epoch() - *written->offset}, std::nullopt};
  if (!parsed) return parsed;
  // Only now: rounded up before, 01:59:59.9999 would be a local time inside the gap that follows it.
  parsed->at += written->rest;
  if (!accepted(parsed->at)) return out_of_range(quoted(text));
  return parsed;
}

Result<ParsedTime> resolve_local(local_time<Millis> local, std::string_view zone) {
  constexpr std::chrono::days kMargin{2};
  const Instant as_utc{local.time_since_epoch()};
  if (as_utc < kFirstAccepted - kMargin || as_utc > kLastAccepted + kMargin) {
    return out_of_range("the local time");
  }
  auto parsed = understand(local, zone, std::nullopt);
  if (parsed && !accepted(parsed->at)) return out_of_range(with_offset(local, std::nullopt));
  return parsed;
}

Result<seconds> zone_offset(std::string_view zone, Instant t) {
  const Zone* found = Zone::find(zone);
  if (found == nullptr) return invalid(unknown_zone(zone));
  return found->period_at(std::chrono::floor<seconds>(t)).offset;
}

}  // namespace recado

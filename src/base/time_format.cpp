#include <algorithm>

#include "base/time.hpp"
#include "base/wall_time.hpp"
#include "base/zone.hpp"

namespace recado {

using std::chrono::seconds;

namespace {

/// printf and date::format are the slowest part of an answer otherwise.
void append_digits(std::string& out, std::int64_t value, int width) {
  char digits[8];
  for (int i = width - 1; i >= 0; --i, value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  out.append(digits, static_cast<std::size_t>(width));
}

std::string format_utc(Instant t, char separator, std::string_view suffix) {
  std::string out;
  out.reserve(32);
  append_wall_time(out, wall_time(t, seconds{0}), separator);
  return out.append(suffix);
}

}  // namespace

void append_wall_time(std::string& out, std::chrono::local_time<Millis> local, char separator) {
  using std::chrono::days;
  const Instant shown = std::clamp(Instant{local.time_since_epoch()}, kFirstWritable, kLastAccepted);
  const auto day = std::chrono::floor<days>(shown);
  const std::chrono::year_month_day date{day};
  const auto ms = (shown - day).count();
  append_digits(out, static_cast<int>(date.year()), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out += separator;
  append_digits(out, ms / 3'600'000, 2);
  out += ':';
  append_digits(out, ms / 60'000 % 60, 2);
  out += ':';
  append_digits(out, ms / 1000 % 60, 2);
  if (ms % 1000 != 0) {
    out += '.';
    append_digits(out, ms % 1000, 3);
  }
}

void append_offset(std::string& out, seconds offset) {
  out += offset.count() < 0 ? '-' : '+';
  const auto s = std::abs(offset.count());
  append_digits(out, s / 3600, 2);
  out += ':';
  append_digits(out, s / 60 % 60, 2);
  if (s % 60 != 0) {
    out += ':';
    append_digits(out, s % 60, 2);
  }
}

std::string format_time(Instant t) {
  return format_utc(t, 'T', "+00:00");
}
std::string format_time_z(Instant t) {
  return format_utc(t, 'T', "Z");
}
std::string format_time_utc_words(Instant t) {
  return format_utc(t, ' ', " UTC");
}

Result<std::string> format_time_in_zone(Instant t, std::string_view zone) {
  const auto offset = zone_offset(zone, t);
  if (!offset) return offset.error();
  std::string out;
  append_wall_time(out, wall_time(t, *offset), 'T');
  append_offset(out, *offset);
  out.append("[").append(zone).append("]");
  return out;
}

}  // namespace recado

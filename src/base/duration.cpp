#include <array>
#include <optional>

#include "base/text.hpp"
#include "base/time.hpp"

namespace recado {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr std::array<Unit, 5> kUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

/// 300 years of 365.25 days.
constexpr std::int64_t kLongestDuration = 300 * 36525 * kUnits[0].ms / 100;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

Error refused(std::string_view text, std::string_view why) {
  return {ErrorCode::invalid_argument, quoted(text) + " " + std::string{why} +
                                           ": accepted are seconds such as 90 or 1.5, or units d h m s ms in "
                                           "this order such as 90s or 1d10h30m"};
}

Error too_long(std::string_view text) {
  return refused(text, "is longer than 300 years");
}

/// Eats digits; nullopt when there are none. Stops growing beyond kLongestDuration, which no unit brings
/// back.
std::optional<std::int64_t> eat_number(std::string_view& text) {
  std::size_t n = 0;
  std::int64_t value = 0;
  for (; n < text.size() && is_digit(text[n]); ++n) {
    if (value <= kLongestDuration) value = value * 10 + (text[n] - '0');
  }
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

/// `.5`, digits of any number, as milliseconds rounded up; nullopt when it is not that to the end.
std::optional<std::int64_t> fraction_ms(std::string_view text) {
  text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::int64_t ms = 0;
  bool more = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    if (i < 3)
      ms = ms * 10 + (text[i] - '0');
    else
      more = more || text[i] != '0';
  }
  for (auto i = text.size(); i < 3; ++i) ms *= 10;
  return ms + (more ? 1 : 0);
}

}  // namespace

Result<Millis> parse_duration(std::string_view text) {
  auto rest = text;
  auto number = eat_number(rest);
  if (!number) return refused(text, text.starts_with('-') ? "is negative" : "is not a duration");

  if (rest.empty() || rest.front() == '.') {
    const auto fraction = rest.empty() ? 0 : fraction_ms(rest);
    if (!fraction) return refused(text, "is not a duration");
    if (*number > kLongestDuration / 1000) return too_long(text);
    const auto total = *number * 1000 + *fraction;
    return total > kLongestDuration ? Result<Millis>{too_long(text)} : Result<Millis>{Millis{total}};
  }

  std::int64_t total = 0;
  std::size_t allowed = 0;  // units before this one are used up: they descend and do not repeat
  while (true) {
    std::size_t letters = 0;
    while (letters < rest.size() && rest[letters] >= 'a' && rest[letters] <= 'z') ++letters;
    const auto name = rest.substr(0, letters);
    auto unit = allowed;
    while (unit < kUnits.size() && kUnits[unit].name != name) ++unit;
    if (unit == kUnits.size()) return refused(text, "is not a duration");
    if (*number > kLongestDuration / kUnits[unit].ms) return too_long(text);
    total += *number * kUnits[unit].ms;  // at most five terms, each at most kLongestDuration
    if (total > kLongestDuration) return too_long(text);
    allowed = unit + 1;
    rest.remove_prefix(letters);
    if (rest.empty()) return Millis{total};
    number = eat_number(rest);
    if (!number) return refused(text, "is not a duration");
  }
}

std::string format_duration(Millis d) {
  if (d.count() == 0) return "0s";
  std::string out = d.count() < 0 ? "-" : "";
  // Unsigned, because the most negative value has no positive counterpart.
  auto left =
      d.count() < 0 ? 0 - static_cast<std::uint64_t>(d.count()) : static_cast<std::uint64_t>(d.count());
  for (const auto& unit : kUnits) {
    const auto size = static_cast<std::uint64_t>(unit.ms);
    if (left >= size) out.append(std::to_string(left / size)).append(unit.name);
    left %= size;
  }
  return out;
}

std::string format_uptime(std::chrono::seconds d) {
  const auto s = d.count() < 0 ? 0 : d.count();
  std::string out;
  if (s >= 86'400) out = std::to_string(s / 86'400) + "d ";
  return out + std::to_string(s / 3600 % 24) + "h " + std::to_string(s / 60 % 60) + "m " +
         std::to_string(s % 60) + "s";
}

}  // namespace recado

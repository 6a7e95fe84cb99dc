// Fire times as the wall clock of the rule's zone reads them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/time.hpp"
#include "engine/recurrence.hpp"

namespace recado::engine {

inline Instant at(const std::string& text, const std::string& zone = "UTC") {
  const auto local = parse_time(text, zone);
  return local ? local->at : parse_time(text, std::nullopt)->at;
}

/// `1997-09-02 09:00 -04:00`, with seconds when they are not zero.
inline std::string reading(Instant t, const std::string& zone) {
  std::string out = *format_time_in_zone(t, zone);
  out = out.substr(0, out.find('['));
  out[10] = ' ';
  if (out.substr(16, 3) == ":00") out.erase(16, 3);
  out.insert(out.size() - 6, " ");
  return out;
}

inline Recurrence made(const RepeatSpec& spec, Instant now = at("2026-01-01T00:00:00Z")) {
  std::string field;
  auto out = Recurrence::make(spec, now, field);
  if (!out) throw std::runtime_error(field + ": " + out.error().detail());
  return *out;
}

/// At most `most` fire times after `after`.
inline std::vector<std::string> fire_times(const Recurrence& rule, Instant after, std::size_t most,
                                           const std::string& zone) {
  std::vector<std::string> out;
  for (auto t = rule.next(after); t && out.size() < most; t = rule.next(*t)) out.push_back(reading(*t, zone));
  return out;
}

/// `field: detail` of what is refused.
inline std::string refusal(const RepeatSpec& spec) {
  std::string field;
  const auto out = Recurrence::make(spec, at("2026-01-01T00:00:00Z"), field);
  return out ? "accepted" : field + ": " + out.error().detail();
}

}  // namespace recado::engine

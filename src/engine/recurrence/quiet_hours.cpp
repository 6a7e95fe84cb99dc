#include "base/text.hpp"
#include "base/zone.hpp"
#include "engine/recurrence.hpp"
#include "engine/recurrence/words.hpp"

namespace recado::engine {

using std::chrono::days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// Which end of the quiet hours around `local` is asked for.
local_seconds end_of(const QuietHours& quiet, local_seconds local) {
  const auto midnight = std::chrono::floor<days>(local);
  return midnight + quiet.to + (local - midnight < quiet.to ? days{0} : days{1});
}
local_seconds begin_of(const QuietHours& quiet, local_seconds local) {
  const auto midnight = std::chrono::floor<days>(local);
  return midnight + quiet.from - (local - midnight < quiet.from ? days{1} : days{0});
}

bool is_quiet(const QuietHours& quiet, local_seconds local) {
  const auto time = local - std::chrono::floor<days>(local);
  if (quiet.from <= quiet.to) return time >= quiet.from && time < quiet.to;
  return time >= quiet.from || time < quiet.to;
}

}  // namespace

Result<minutes> parse_time_of_day(std::string_view text) {
  const auto parts = words::split(text, ':');
  if (parts.size() == 2 && parts[0].size() == 2 && parts[1].size() == 2) {
    const auto hour = words::number(parts[0]);
    const auto minute = words::number(parts[1]);
    if (hour && minute && *hour < 24 && *minute < 60) return minutes{*hour * 60 + *minute};
  }
  return words::refused("time of day", text, "00:00 to 23:59, such as 21:00");
}

Result<std::optional<Instant>> outside_quiet_hours(const QuietHours& quiet, std::string_view zone_name,
                                                   Instant at, Instant not_before) {
  const Zone* zone = Zone::find(zone_name);
  if (zone == nullptr) return Error(ErrorCode::invalid_argument, unknown_zone(zone_name));
  const auto read = [&](Instant t) {
    const auto s = std::chrono::floor<seconds>(t);
    return local_seconds{s.time_since_epoch() + zone->period_at(s).offset};
  };
  const auto resolve = [&](local_seconds t) {
    return Instant{t.time_since_epoch() - zone->match(t).chosen()};
  };
  const local_seconds local = read(at);
  if (!is_quiet(quiet, local)) return std::optional(at);
  if (quiet.policy == QuietPolicy::skip) return std::optional<Instant>();
  if (quiet.policy == QuietPolicy::earlier) {
    const Instant earlier = resolve(begin_of(quiet, local) - minutes{1});
    if (earlier >= not_before && earlier < at) return std::optional(earlier);
    if (earlier < not_before && !is_quiet(quiet, read(not_before))) return std::optional(not_before);
  }
  Instant later = std::max(at, resolve(end_of(quiet, local)));
  // Only where daylight saving brings the wall clock back: the end is read twice, and the first has passed.
  while (is_quiet(quiet, read(later))) later = std::chrono::floor<minutes>(later) + minutes{1};
  return std::optional(later);
}

}  // namespace recado::engine

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "base/zone.hpp"

// RapidCheck prints the seed of each run on standard error; RC_PARAMS="seed=…" repeats it.

namespace recado {
namespace {

using std::chrono::hours;
using std::chrono::local_time;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t kEnd = 253'402'300'800'000;  // the year 10000

rc::Gen<Instant> instants() {
  return rc::gen::map(rc::gen::inRange<std::int64_t>(0, kEnd), from_ms);
}

Instant instant_of(local_time<Millis> local, seconds offset) {
  return Instant{local.time_since_epoch() - offset};
}

TEST(TimeProperty, ParsingWhatWasFormattedGivesTheSameInstant) {
  EXPECT_TRUE(rc::check([] {
    const auto t = *instants();
    RC_ASSERT(parse_time(format_time(t), std::nullopt)->at == t);
    RC_ASSERT(parse_time(format_time_z(t), std::nullopt)->at == t);
  }));
}

TEST(TimeProperty, ParsingADurationThatWasFormattedGivesTheSameDuration) {
  EXPECT_TRUE(rc::check([] {
    const auto bound = *rc::gen::elementOf(std::vector<std::int64_t>{2'000, 100'000'000, 9'467'280'000'001});
    const Millis d{*rc::gen::inRange<std::int64_t>(0, bound)};
    RC_ASSERT(*parse_duration(format_duration(d)) == d);
  }));
}

TEST(TimeProperty, NoTextThrows) {
  EXPECT_TRUE(rc::check([](const std::string& text, const std::string& zone) {
    (void)parse_time(text, std::nullopt);
    (void)parse_time(text, zone);
    (void)parse_time("2026-04-15T02:41:45", zone);
    (void)parse_duration(text);
  }));
}

TEST(TimeProperty, NoMutilatedTimeThrowsOrIsAcceptedOutsideTheYears) {
  EXPECT_TRUE(rc::check([] {
    std::string text = "2026-04-15T02:41:45.120-03:00";
    const auto changes = *rc::gen::inRange(1, 4);
    for (int i = 0; i < changes; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      text[at] = *rc::gen::element('0', '1', '2', '5', '9', '-', '+', ':', '.', 'T', 'Z', ' ');
    }
    if (const auto parsed = parse_time(text, std::nullopt)) {
      RC_ASSERT(to_ms(parsed->at) >= 0);
      RC_ASSERT(to_ms(parsed->at) < kEnd);
    }
  }));
}

/// What the rule says, told only from the offset in force at each minute: the first instant that shows
/// `local`, else the instant that the offset before the gap gives.
Instant oracle(local_time<Millis> local, const std::string& zone) {
  const Instant from = instant_of(local, hours{26});
  const Instant to = instant_of(local, -hours{26});
  const auto offset_at = [&](Instant t) { return *zone_offset(zone, t); };
  // The wall clock runs with real time between transitions, which in these zones fall on whole minutes.
  auto before = offset_at(from);
  for (auto t = from; t <= to; t += minutes{1}) {
    const auto offset = offset_at(t);
    const auto candidate = instant_of(local, offset);
    if (candidate >= t && candidate < t + minutes{1}) return candidate;
    const local_time<Millis> shown{t.time_since_epoch() + offset};
    if (shown > local) return instant_of(local, before);
    before = offset;
  }
  return to;
}

TEST(TimeProperty, ResolvesLocalTimesAsAMinuteScanDoes) {
  // Zones with one-hour, half-hour, two-hour and whole-day steps, negative saving, and rules beyond 2037.
  const std::vector<std::string> zones = {"Europe/Berlin",     "America/New_York",  "Australia/Lord_Howe",
                                          "America/Sao_Paulo", "Africa/Casablanca", "Asia/Gaza",
                                          "Pacific/Apia",      "America/Nuuk",      "Europe/Dublin",
                                          "Antarctica/Troll",  "America/Caracas",   "Asia/Pyongyang"};
  struct Edge {
    std::string zone;
    Instant at;
  };
  std::vector<Edge> edges;
  for (const auto& zone : zones) {
    const auto end = std::chrono::floor<seconds>(from_ms(4'102'444'800'000));
    auto period = Zone::find(zone)->period_at(std::chrono::floor<seconds>(from_ms(5 * 365 * 86'400'000LL)));
    for (; period.end < end; period = Zone::find(zone)->period_at(period.end))
      edges.push_back({zone, period.end});
  }
  ASSERT_GT(edges.size(), 1500U);

  EXPECT_TRUE(rc::check([&] {
    const auto& edge = edges[*rc::gen::inRange<std::size_t>(0, edges.size())];
    const auto step = Millis{*rc::gen::element(1, 1000, 60'000, 900'000)};
    const auto shift = *rc::gen::inRange<std::int64_t>(-120, 120);
    const auto offset = *zone_offset(edge.zone, edge.at);
    const auto hour = hours{*rc::gen::inRange(-3, 4)};
    const local_time<Millis> local{edge.at.time_since_epoch() + offset + hour + shift * step};
    RC_LOG() << edge.zone << " " << local.time_since_epoch().count() << "\n";
    RC_ASSERT(format_time(resolve_local(local, edge.zone)->at) == format_time(oracle(local, edge.zone)));
  }));
}

TEST(TimeProperty, ALocalTimeThatExistsOnceResolvesToTheInstantThatShowsIt) {
  const std::vector<std::string> zones = {"Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe",
                                          "Asia/Gaza", "Pacific/Apia"};
  EXPECT_TRUE(rc::check([&] {
    const auto& zone = zones[*rc::gen::inRange<std::size_t>(0, zones.size())];
    const auto t = Instant{*rc::gen::map(rc::gen::inRange<std::int64_t>(200'000'000, kEnd / 1000 - 200'000),
                                         [](std::int64_t s) { return seconds{s}; })};
    const auto offset = *zone_offset(zone, t);
    const auto resolved = resolve_local(local_time<Millis>{t.time_since_epoch() + offset}, zone);
    RC_ASSERT(resolved->at == t || resolved->note);
    RC_ASSERT(resolved->at <= t);
  }));
}

}  // namespace
}  // namespace recado

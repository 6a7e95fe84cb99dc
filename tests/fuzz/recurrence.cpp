// Cron expressions and RFC 5545 rules as clients write them: a clear error, or a rule whose times rise and
// come within a bounded time.
#include <string>

#include "engine/recurrence.hpp"
#include "fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace recado;
  using namespace recado::engine;
  using recado::fuzz::require;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto line = bytes.find('\n');
  const std::string text(bytes.substr(0, line));
  const std::string rest(line == std::string_view::npos ? std::string_view{} : bytes.substr(line + 1));

  constexpr Instant kNow = from_ms(1'775'000'000'000);
  for (const bool cron : {true, false}) {
    RepeatSpec spec;
    (cron ? spec.cron : spec.rrule) = text;
    spec.timezone = "Europe/Berlin";
    if (!rest.empty()) spec.except_dates.push_back(rest);
    std::string field;
    const auto rule = Recurrence::make(spec, kNow, field);
    if (!rule.ok()) {
      require(!rule.error().detail().empty(), "a refused rule has a reason");
      continue;
    }
    Instant before = kNow - Millis{1};
    for (int i = 0; i < 5; ++i) {
      const auto next = rule->next(before);
      if (!next) break;
      require(*next > before, "fire times rise");
      require(to_ms(*next) % 1000 == 0, "fire times are whole seconds");
      before = *next;
    }
    require(before >= kNow, "an accepted rule fires");
    const auto again = Recurrence::restore(spec, rule->bounds());
    require(again.ok() && again->next(kNow) == rule->next(kNow), "a stored rule says the same");
  }
  return 0;
}

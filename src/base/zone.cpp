#include "base/zone.hpp"

#include <date/tz.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>

#include "base/text.hpp"
#include "base/tzif.hpp"

namespace recado {

using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {

constexpr const char* kZoneInfo = "/usr/share/zoneinfo/";
/// More than any offset from UTC that a zone file may hold (RFC 8536: under 26 hours).
constexpr std::chrono::hours kWidestOffset{26};

/// In the list that date made from the zone directory: a name with `..` or a leading slash cannot be in it.
/// date::locate_zone would throw for each unknown name a client sends.
const date::time_zone* listed(std::string_view name) {
  // The machine's own setting is no name that means the same elsewhere.
  if (name.empty() || name == "localtime" || name == "posixrules") return nullptr;
  const auto& zones = date::get_tzdb().zones;
  const auto found =
      std::lower_bound(zones.begin(), zones.end(), name,
                       [](const date::time_zone& z, std::string_view n) { return z.name() < n; });
  return found != zones.end() && found->name() == name ? &*found : nullptr;
}

bool equal_but_for_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

struct ZoneLoader {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<Zone>, std::less<>> zones;

  static ZoneLoader& instance() {
    // Never destroyed: other static objects may still ask for a zone while the process ends.
    static auto* loader = new ZoneLoader;
    return *loader;
  }

  const Zone* find(std::string_view name) {
    const std::lock_guard lock(mutex);
    if (const auto found = zones.find(name); found != zones.end()) return found->second.get();
    auto zone = load(name);
    if (!zone) return nullptr;  // not remembered: clients may invent names without end
    return zones.emplace(std::string{name}, std::move(zone)).first->second.get();
  }

  static std::unique_ptr<Zone> load(std::string_view name) {
    const auto* known = listed(name);
    if (known == nullptr) return nullptr;
    std::ifstream file(kZoneInfo + known->name(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto tail = read_tzif_tail(bytes);
    if (!tail) return nullptr;
    known->get_info(sys_seconds{});  // date reads the file at first use, and may throw

    auto zone = std::make_unique<Zone>();
    zone->zone_ = known;
    zone->footer_ = PosixTz::parse(tail->footer);
    if (zone->footer_) zone->footer_from_ = tail->last_transition.value_or(sys_seconds::min());
    return zone;
  }
};

const Zone* Zone::find(std::string_view name) noexcept {
  try {
    return ZoneLoader::instance().find(name);
  } catch (const std::exception&) {  // date: no zone data on this machine, or a file that it cannot read
    return nullptr;
  }
}

OffsetPeriod Zone::period_at(sys_seconds t) const {
  if (footer_ && t >= footer_from_) {
    auto period = footer_->period_at(t);
    period.begin = std::max(period.begin, footer_from_);
    return period;
  }
  const auto info = zone_->get_info(t);
  return {info.begin, std::min(info.end, footer_from_), info.offset};
}

LocalMatch Zone::match(std::chrono::local_seconds local) const {
  // Walks the periods that can hold `local` at all; one that does gives an instant, two make an overlap, and
  // when there is none, the two that `local` falls between make the gap.
  const sys_seconds as_utc{local.time_since_epoch()};
  std::optional<seconds> first;
  std::optional<LocalMatch> gap;
  auto period = period_at(as_utc - kWidestOffset);
  while (true) {
    const auto t = as_utc - period.offset;
    if (t >= period.begin && t < period.end) {
      if (first) return {LocalMatch::Kind::overlap, *first, period.offset};
      first = period.offset;
    }
    if (period.end > as_utc + kWidestOffset) break;
    const auto next = period_at(period.end);
    if (!gap && t >= period.end && as_utc - next.offset < next.begin) {
      gap = LocalMatch{LocalMatch::Kind::gap, period.offset, next.offset};
    }
    period = next;
  }
  if (first) return {LocalMatch::Kind::unique, *first, *first};
  return gap.value_or(LocalMatch{LocalMatch::Kind::unique, period.offset, period.offset});
}

std::string unknown_zone(std::string_view name) {
  std::string hint = "accepted is an IANA name such as America/Sao_Paulo";
  try {
    for (const auto& zone : date::get_tzdb().zones) {
      if (equal_but_for_case(zone.name(), name) && Zone::find(zone.name()) != nullptr) {
        hint = "did you mean " + zone.name() + "?";
      }
    }
  } catch (const std::exception&) {
    hint = "this machine has no zone data (package tzdata)";
  }
  return quoted(name) + " is not a known time zone: " + hint;
}

}  // namespace recado

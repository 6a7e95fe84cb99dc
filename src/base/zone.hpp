// One IANA zone: date/tz up to the last transition of its file, the file's footer from there on (date 3.0.1
// ignores the footer and stays at the last offset for ever). One local time is asked of base/time.hpp; this
// is for who walks along a zone's changes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/posix_tz.hpp"

namespace date {
class time_zone;
}

namespace recado {

/// A local wall time in a zone.
struct LocalMatch {
  enum class Kind { unique, gap, overlap };
  Kind kind = Kind::unique;
  std::chrono::seconds before{0};  ///< offset in force before the transition (unique: the offset)
  std::chrono::seconds after{0};   ///< offset in force after it

  /// gap: forward by its length; overlap: the first. Both are what the earlier offset says.
  std::chrono::seconds chosen() const noexcept { return before; }
};

class Zone {
 public:
  /// nullptr: no such name in the zone data. Loaded once, never freed. Thread-safe; throws nothing.
  static const Zone* find(std::string_view name) noexcept;

  OffsetPeriod period_at(std::chrono::sys_seconds t) const;
  LocalMatch match(std::chrono::local_seconds local) const;

 private:
  friend struct ZoneLoader;
  const date::time_zone* zone_ = nullptr;
  std::optional<PosixTz> footer_;
  std::chrono::sys_seconds footer_from_ = std::chrono::sys_seconds::max();
};

/// A sentence that refuses `name` and says what is accepted, with the right spelling when only the case is
/// wrong.
std::string unknown_zone(std::string_view name);

}  // namespace recado

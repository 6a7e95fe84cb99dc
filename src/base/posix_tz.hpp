// The rule that governs a zone after the last transition of its file: the POSIX TZ string of RFC 8536
// section 3.3. For this room only; everybody else asks base/time.hpp.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace recado {

/// A stretch of time with one offset from UTC: `begin <= t < end`.
struct OffsetPeriod {
  std::chrono::sys_seconds begin;
  std::chrono::sys_seconds end;
  std::chrono::seconds offset;  ///< east of Greenwich is positive
};

class PosixTz {
 public:
  /// `CET-1CEST,M3.5.0,M10.5.0/3`, `<-02>2<-01>,M3.5.0/-1,M10.5.0/0`, `<+03>-3`, with rule times from -167 to
  /// 167 hours. A daylight-saving name without rules is refused: RFC 8536 has none such. nullopt: malformed.
  static std::optional<PosixTz> parse(std::string_view text);

  /// The period around `t`. Years outside -9999..19999 are judged as the nearest of them.
  OffsetPeriod period_at(std::chrono::sys_seconds t) const;

 private:
  enum class DayKind {
    julian,       ///< Jn: 1..365, February 29 is never counted
    day_of_year,  ///< n: 0..365, February 29 is counted
    weekday,      ///< Mm.w.d: the w-th (5: last) weekday d of month m
  };
  struct ChangeRule {
    DayKind kind = DayKind::weekday;
    int month = 1;
    int week = 1;
    int day = 0;
    std::chrono::seconds time{7200};  ///< after local midnight of that day, may be negative or beyond 24 h

    /// Local wall time of the change in `year`, counted as if the wall clock were UTC.
    std::chrono::sys_seconds in_year(int year) const;
  };
  struct DaylightSaving {
    std::chrono::seconds offset{0};
    ChangeRule start;
    ChangeRule end;
  };
  class Reader;

  std::chrono::seconds standard_offset_{0};
  std::optional<DaylightSaving> daylight_saving_;
};

}  // namespace recado

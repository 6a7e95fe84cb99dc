// Statistics: how many there are of everything, and what became of what was sent, counted by the indexes of
// the logs (so they reach as far back as LOG_RETENTION).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "messaging/logs.hpp"

namespace recado::messaging {

/// Rows by status; those that there are none of are there with 0.
using StatusCounts = std::map<std::string, std::uint64_t>;

struct Statistics {
  Statistics() = default;
  StatusCounts totals;
  std::vector<std::pair<std::string, StatusCounts>> by_day;       ///< `2026-04-15`, in UTC, oldest first
  std::vector<std::pair<std::string, StatusCounts>> by_channel;   ///< in the order asked for
  std::vector<std::pair<std::string, StatusCounts>> by_schedule;  ///< the same
  std::vector<std::pair<std::string, std::uint64_t>> by_reason;   ///< `error` of the rows, those that occur
};

/// `days`: how many, today included. Errors: unavailable.
io::Task<Result<Statistics>> read_statistics(Logs& logs, std::string account, Instant now, int days,
                                             std::vector<std::string> channels,
                                             std::vector<std::string> schedules);

/// How many records of a type there are.
io::Task<Result<std::uint64_t>> count_all(Collection& collection, std::string account);

}  // namespace recado::messaging

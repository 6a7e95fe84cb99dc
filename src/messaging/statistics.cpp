#include "messaging/statistics.hpp"

#include <utility>

namespace recado::messaging {
namespace {

using Names = std::vector<std::string>;

constexpr Millis kDay{24 * 3600 * 1000LL};

/// Every word that `error` of a row can be.
constexpr engine::Failure kReasons[] = {
    engine::Failure::dns,       engine::Failure::connect, engine::Failure::tls,
    engine::Failure::timeout,   engine::Failure::closed,  engine::Failure::address_refused,
    engine::Failure::status,    engine::Failure::expired, engine::Failure::cancelled,
    engine::Failure::opted_out, engine::Failure::content};

/// How many rows have each of `values` in `field`, in order.
io::Task<Result<std::vector<std::uint64_t>>> count_values(Logs& logs, std::string account, const char* field,
                                                          Names values) {
  co_return co_await logs.store().count_values(std::move(account), logs.type(), *log_type().find(field),
                                               std::move(values));
}

/// Rows by status for each of `groups`; `field` holds both in one text.
io::Task<Result<std::vector<std::pair<std::string, StatusCounts>>>> count_groups(Logs& logs,
                                                                                 std::string account,
                                                                                 const char* field,
                                                                                 Names groups) {
  Names values;
  for (const auto& group : groups) {
    for (const auto status : kLogStatuses) values.push_back(group + " " + std::string(status));
  }
  const auto counts = co_await count_values(logs, std::move(account), field, std::move(values));
  if (!counts) co_return counts.error();
  std::vector<std::pair<std::string, StatusCounts>> all;
  auto next = counts->begin();
  for (auto& group : groups) {
    StatusCounts of_group;
    for (const auto status : kLogStatuses) of_group[std::string(status)] = *next++;
    all.emplace_back(std::move(group), std::move(of_group));
  }
  co_return all;
}

}  // namespace

io::Task<Result<Statistics>> read_statistics(Logs& logs, std::string account, Instant now, int days,
                                             Names channels, Names schedules) {
  Statistics out;
  Names statuses(std::begin(kLogStatuses), std::end(kLogStatuses));
  const auto totals = co_await count_values(logs, account, "status", statuses);
  if (!totals) co_return totals.error();
  for (std::size_t i = 0; i < statuses.size(); ++i) out.totals[statuses[i]] = (*totals)[i];

  Names dates;
  for (int back = days - 1; back >= 0; --back) dates.push_back(format_time(now - kDay * back).substr(0, 10));
  auto by_day = co_await count_groups(logs, account, "dayStatus", std::move(dates));
  if (!by_day) co_return by_day.error();
  out.by_day = std::move(*by_day);
  auto by_channel = co_await count_groups(logs, account, "channelStatus", std::move(channels));
  if (!by_channel) co_return by_channel.error();
  out.by_channel = std::move(*by_channel);
  auto by_schedule = co_await count_groups(logs, account, "scheduleStatus", std::move(schedules));
  if (!by_schedule) co_return by_schedule.error();
  out.by_schedule = std::move(*by_schedule);

  Names reasons;
  for (const auto reason : kReasons) reasons.emplace_back(engine::to_string(reason));
  const auto by_reason = co_await count_values(logs, account, "error", reasons);
  if (!by_reason) co_return by_reason.error();
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    if ((*by_reason)[i] > 0) out.by_reason.emplace_back(reasons[i], (*by_reason)[i]);
  }
  co_return out;
}

io::Task<Result<std::uint64_t>> count_all(Collection& collection, std::string account) {
  records::Query everything;
  const auto count =
      co_await collection.store().count(std::move(account), collection.type(), std::move(everything));
  if (!count) co_return count.error();
  co_return count->value_or(0);
}

}  // namespace recado::messaging

#include "engine/series.hpp"

#include <algorithm>

#include "base/big_endian.hpp"
#include "base/crypto.hpp"

namespace recado::engine {

namespace {

/// The first bytes are a clock as every Uid's are, the rest is drawn from what the occurrence is.
Uid derived_uid(const Message& series) {
  constexpr std::size_t kClockBytes = 6;
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(to_ms(series.next_run), 0));
  const std::string clock = big_endian(ms, kClockBytes);
  const auto digest =
      sha256(std::string(series.uid.bytes()).append(clock).append(series.spec.account).append(series.id()));
  std::string bytes = clock;
  bytes.append(digest.begin(), digest.begin() + (Uid::kSize - kClockBytes));
  return Uid::from_bytes(bytes);
}

}  // namespace

std::string occurrence_id(std::string_view series, Instant at) {
  return std::string(series) + "@" + format_time_z(at);
}

std::optional<std::string_view> series_in(std::string_view id) {
  // `@2026-04-15T12:00:00Z`, and with milliseconds.
  constexpr std::string_view kForm = "@dddd-dd-ddTdd:dd:ddZ";
  constexpr std::string_view kFineForm = "@dddd-dd-ddTdd:dd:dd.dddZ";
  for (const std::string_view form : {kForm, kFineForm}) {
    if (id.size() <= form.size()) continue;
    const std::string_view end = id.substr(id.size() - form.size());
    const bool same = std::equal(form.begin(), form.end(), end.begin(),
                                 [](char f, char c) { return f == 'd' ? c >= '0' && c <= '9' : f == c; });
    if (same) return id.substr(0, id.size() - form.size());
  }
  return std::nullopt;
}

Message occurrence_of(const Message& series) {
  Message out = series;
  out.series = series.id();
  out.occurrence = std::max<std::uint32_t>(1, series.occurrence);
  out.spec.repeat.reset();
  out.spec.id = occurrence_id(out.series, series.next_run);
  out.spec.due = series.next_run;
  out.uid = derived_uid(series);
  return out;
}

Result<std::optional<Message>> after_occurrence(const Message& series, Instant began) {
  const auto rule = Recurrence::restore(series.spec.repeat->rule, series.spec.repeat->bounds);
  if (!rule) return rule.error();
  const auto next = fire_or_skip(*rule, series.next_run, std::max(series.next_run, began)).next;
  if (!next) return std::optional<Message>();
  Message out = series;
  out.status = Status::scheduled;
  out.failure = Failure::none;
  out.generation = new_generation();
  out.next_run = out.spec.due = *next;
  out.occurrence = std::max<std::uint32_t>(1, series.occurrence) + 1;
  out.attempt_count = 0;
  out.attempts.clear();
  out.deferral = {};
  out.taken_over = {};
  out.held_by.clear();
  return std::optional<Message>(std::move(out));
}

}  // namespace recado::engine

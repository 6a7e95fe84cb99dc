#include "api/filters.hpp"

#include "api/message_time.hpp"

namespace recado::api {

std::optional<Instant> read_time(const Call& call, const char* name, FieldErrors& errors) {
  const auto given = call.query.text(name);
  if (!given) return std::nullopt;
  const auto parsed = read_instant(*given);
  if (parsed) return *parsed;
  errors.emplace_back(name, shown(std::string_view{*given}) +
                                " is not an instant: accepted is RFC 3339 with offset such as "
                                "2026-04-15T02:41:45Z (percent-encode a + as %2B)");
  return std::nullopt;
}

engine::Filter read_filter(const Call& call, FieldErrors& errors) {
  engine::Filter filter;
  filter.account = call.who.account;
  filter.tag = call.query.text("tag");
  filter.queue = call.query.text("queue");
  filter.before = read_time(call, "before", errors);
  filter.after = read_time(call, "after", errors);
  return filter;
}

engine::StatusFilter read_status(std::string_view word) {
  if (word == "delivered") return engine::StatusFilter::delivered;
  if (word == "failed") return engine::StatusFilter::failed;
  if (word == "unknown") return engine::StatusFilter::unknown;
  return engine::StatusFilter::pending;
}

}  // namespace recado::api

// `GET /messages/{id}/explain`: the facts of a message as a sentence, a timeline and a document. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/schema.hpp"
#include "base/time.hpp"
#include "engine/engine.hpp"

namespace recado::api {

/// Something that happened to the message, or is going to.
struct TimelineEvent {
  Instant at{};
  const char* event = "";  ///< see kTimelineEvents
  std::string detail;      ///< one sentence
  std::string node;        ///< the incarnation that did it; empty: none, or not known
};

/// Every word that `event` may be.
inline constexpr const char* kTimelineEvents[] = {
    "created",     "due",     "claimed",    "attempt",      "retry_planned", "held",   "taken_over",
    "gate_closed", "expires", "gate_probe", "next_attempt", "delivered",     "failed", "unknown"};

/// Why it fired, or has not, in one or two sentences.
std::string explain_summary(const engine::Explanation& facts, Instant now);

/// In the order of time; what lies after `now` has not happened yet.
std::vector<TimelineEvent> explain_timeline(const engine::Explanation& facts, Instant now);

/// By how much the first attempt was late; nullopt when there was none, or it is not kept any more.
std::optional<Millis> first_lateness(const engine::Message& message);

std::string explanation_json(const engine::Explanation& facts, Instant now);
ShapePtr explanation_shape();

}  // namespace recado::api

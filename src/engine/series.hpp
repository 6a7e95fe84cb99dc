// A series: a message with a rule, which stays in its place while its occurrences are sent. Pure.
//
//   series S, due at T ── first attempt of S@T ──► S due at the rule's next time after that attempt began
//                                             └──► S@T: delivered, failed, or retrying by itself
//
// Both are written by the script that records the attempt. Until then S is what is claimed, held and
// cancelled. A node that is lost in between leaves S at T: the same occurrence, under the same webhook-id,
// is sent again, and no other.
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "engine/message.hpp"

namespace recado::engine {

/// Ids of series are so long at most: those of their occurrences must be ids too.
inline constexpr std::size_t kMaxSeriesIdBytes = 220;

/// `S@2026-04-15T12:00:00Z`: the series and the instant, so that one instant is one message.
std::string occurrence_id(std::string_view series, Instant at);
/// The series in an occurrence's id; nullopt for every other text.
std::optional<std::string_view> series_in(std::string_view id);

/// The occurrence that `series` comes to next, as the message that is sent. Its Uid, and so its webhook-id,
/// derive from the series' identity and the instant. Requires series.spec.repeat.
Message occurrence_of(const Message& series);

/// `series` as it waits for the first time of its rule after `began`, when its present occurrence was sent:
/// what lies between is coalesced. nullopt: it has come to its end. Errors: the rule cannot be read any more.
Result<std::optional<Message>> after_occurrence(const Message& series, Instant began);

}  // namespace recado::engine

// What was counted of a message beside its record, by scripts, which read no records.
#pragma once

#include <string>
#include <string_view>

#include "engine/message.hpp"

namespace recado::engine {

/// Since the record was written: that it was taken over from dead nodes, and that it was held while its
/// record, too large to be claimed, was not here. Stored as `count ms incarnation` of the former and, if
/// there was one, `count kind ms incarnation` of the latter. The next script that writes the record removes
/// it.
struct Notes {
  TakenOver taken_over;
  Deferral deferral;
};

/// Counts of 0 for what is not there.
/// The next word of `text`, which loses it and the space behind it.
std::string_view next_word(std::string_view& text);
/// The next number of `text`, which loses it and the space behind it; 0 when it is none.
std::int64_t next_number(std::string_view& text);
Notes parse_notes(std::string_view text);
/// `kind ms incarnation`: the script counts.
std::string deferral_note(const Deferral& deferral);
/// Makes the message say what was noted.
void add_notes(Message& message, const Notes& notes);

}  // namespace recado::engine

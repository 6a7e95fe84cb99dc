#include "engine/store/notes.hpp"

#include <algorithm>
#include <charconv>

namespace recado::engine {

std::string_view next_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

std::int64_t next_number(std::string_view& text) {
  const auto word = next_word(text);
  std::int64_t value = 0;
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

Notes parse_notes(std::string_view text) {
  Notes out;
  out.taken_over.count = static_cast<std::uint32_t>(next_number(text));
  out.taken_over.at = from_ms(next_number(text));
  out.taken_over.node = std::string(next_word(text));
  out.deferral.count = static_cast<std::uint32_t>(next_number(text));
  out.deferral.kind = static_cast<GateKind>(next_number(text));
  out.deferral.at = from_ms(next_number(text));
  out.deferral.node = std::string(text);
  return out;
}

std::string deferral_note(const Deferral& deferral) {
  return std::to_string(static_cast<int>(deferral.kind)) + " " + std::to_string(to_ms(deferral.at)) + " " +
         deferral.node;
}

void add_notes(Message& message, const Notes& notes) {
  const auto add = [](auto& known, const auto& noted) {
    if (noted.count == 0) return;
    const auto before = known.count;
    known = noted;
    known.count += before;
  };
  add(message.taken_over, notes.taken_over);
  add(message.deferral, notes.deferral);
}

}  // namespace recado::engine

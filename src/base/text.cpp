#include "base/text.hpp"

namespace recado {

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 64;
  auto shown = text;
  if (text.size() > kShown) {
    auto n = kShown;
    while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) --n;
    shown = text.substr(0, n);
  }
  std::string out = "\"";
  for (const char c : shown) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  if (shown.size() < text.size()) out += "…";
  out += '"';
  return out;
}

}  // namespace recado

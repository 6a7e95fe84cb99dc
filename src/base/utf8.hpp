// One step over UTF-8, by table 3-7 of the Unicode standard: overlong forms, surrogates and code points past
// U+10FFFF are not valid.
#pragma once

#include <cstddef>
#include <string_view>

namespace recado {

struct Utf8Step {
  unsigned length;  ///< bytes of the character; when invalid, of the part that one U+FFFD stands for
  bool valid;
};

/// The character that starts at `p`. Requires p < end.
inline Utf8Step utf8_step(const char* p, const char* end) noexcept {
  const auto lead = static_cast<unsigned char>(*p);
  if (lead < 0x80) return {1, true};
  unsigned length = 0;
  unsigned char lowest = 0x80;  // of the second byte
  unsigned char highest = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) lowest = 0xA0;
    if (lead == 0xED) highest = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) lowest = 0x90;
    if (lead == 0xF4) highest = 0x8F;
  } else {
    return {1, false};
  }
  for (unsigned i = 1; i < length; ++i) {
    if (p + i == end) return {i, false};
    const auto byte = static_cast<unsigned char>(p[i]);
    if (byte < lowest || byte > highest) return {i, false};
    lowest = 0x80;
    highest = 0xBF;
  }
  return {length, true};
}

inline bool is_utf8(std::string_view text) noexcept {
  for (const char *p = text.data(), *end = p + text.size(); p != end;) {
    const auto step = utf8_step(p, end);
    if (!step.valid) return false;
    p += step.length;
  }
  return true;
}

/// The first `bytes` of UTF-8, without a part of a character at their end.
inline std::string_view cut_utf8(std::string_view text, std::size_t bytes) noexcept {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace recado

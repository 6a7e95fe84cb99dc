// LEB128 unsigned varints: seven bits a byte, low bits first. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace recado {

inline void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

enum class Varint {
  read,     ///< `value` is set and its bytes are taken from `rest`
  cut,      ///< `rest` ends inside it
  damaged,  ///< it does not fit 64 bits
};

inline Varint read_varint(std::string_view& rest, std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned i = 0; i < rest.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest[i]);
    // The tenth byte has room for one bit.
    if (i == 9 && byte > 1) return Varint::damaged;
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      rest.remove_prefix(i + 1);
      return Varint::read;
    }
  }
  return Varint::cut;
}

}  // namespace recado

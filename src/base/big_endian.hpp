// Numbers as bytes, the highest first: so they sort as text does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace recado {

/// The lowest `bytes` bytes of `value`, at most 8.
inline std::string big_endian(std::uint64_t value, std::size_t bytes) {
  std::string out(bytes, '\0');
  for (std::size_t i = bytes; i-- > 0; value >>= 8) out[i] = static_cast<char>(value & 0xFF);
  return out;
}

/// Of at most 8 bytes.
inline std::uint64_t read_big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace recado

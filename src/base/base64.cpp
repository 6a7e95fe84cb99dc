#include <array>

#include "base/crypto.hpp"

namespace recado {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNoDigit = 0xFF;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kStandard.size(); ++i) {
    values[static_cast<unsigned char>(kStandard[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

/// Without padding.
std::string encode(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) out += alphabet[bits >> (held - 6) & 0x3F];
  }
  if (held > 0) out += alphabet[bits << (6 - held) & 0x3F];
  return out;
}

Error refused(std::string_view why) {
  return {ErrorCode::invalid_argument, "not Base64 (RFC 4648 section 4, with padding): " + std::string{why}};
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  auto out = encode(bytes, kStandard);
  while (out.size() % 4 != 0) out += '=';
  return out;
}

Result<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return refused("the length is not a multiple of four");
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const auto value = kValues[static_cast<unsigned char>(c)];
    if (value == kNoDigit) return refused("a character outside the alphabet");
    bits = bits << 6 | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xFF);
    }
  }
  // One text for one value: what is left of the last digit must be zero.
  if ((bits & ((1U << held) - 1)) != 0) return refused("bits after the last byte");
  return out;
}

std::string base64url_encode(std::string_view bytes) {
  return encode(bytes, kUrl);
}

std::string random_token() {
  std::array<unsigned char, 32> bytes;
  random_bytes(bytes);
  return base64url_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace recado

// Identities that we make: 12 stored bytes from which the UUIDv7, the webhook-id and the nonce derive.
//
// Layout of the 12 bytes: 6 bytes of Unix milliseconds (big-endian), 6 random bytes. The UUID (RFC 9562,
// version 7) holds the 48-bit time, 42 of the random bits plus version and variant, and the rest filled
// with mixed bits of the 12 bytes; every one of the 12 bytes can be read back from the UUID text, and a UUID
// whose filler does not match was not made by us.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace recado {

/// The 128 bits of a UUID, from the left.
struct UuidBits {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};
/// Of any UUID in its usual form of 36 characters (any letter case); nullopt for every other text.
std::optional<UuidBits> parse_uuid(std::string_view text);
/// In lower case.
std::string uuid_text(UuidBits bits);

class Uid {
 public:
  static constexpr std::size_t kSize = 12;

  Uid() = default;
  /// New, unique: time of `now`, random rest; ids made in one process ascend within a millisecond.
  /// Thread-safe.
  static Uid generate(Instant now);
  /// The same; `low_bits` (below 16) are the last 4 bits of its random part. Whoever makes many can so say
  /// where they belong together.
  static Uid generate(Instant now, unsigned low_bits);
  /// From 12 stored bytes (requires size 12; anything else is a defect and throws std::length_error).
  static Uid from_bytes(std::string_view bytes);
  /// From a UUID that we made (any letter case); nullopt for every other text.
  static std::optional<Uid> from_uuid(std::string_view text);

  std::string_view bytes() const noexcept { return {bytes_.data(), bytes_.size()}; }
  /// `01978e3c-….`, lower case, 36 characters.
  std::string uuid() const;
  /// `msg_` and the UUID without hyphens: Standard Webhooks' `webhook-id` (no dots).
  std::string webhook_id() const;
  Instant created_at() const noexcept;

  friend bool operator==(const Uid&, const Uid&) = default;

 private:
  std::array<char, kSize> bytes_{};
};

}  // namespace recado

// Digests, MACs, random bytes, Base64: the only includer of OpenSSL's digest headers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace recado {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);
/// The digest's 32 bytes, not hexadecimal; valid as long as `digest`.
inline std::string_view bytes_of(const Sha256& digest) noexcept {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}
std::string hex(std::span<const unsigned char> bytes);

/// HMAC-SHA256 with a key that is set up once and used often (a cached EVP_MAC context). Not thread-safe.
class HmacSha256 {
 public:
  explicit HmacSha256(std::string_view key);
  ~HmacSha256();
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;
  /// MAC over the parts in order.
  Sha256 sign(std::initializer_list<std::string_view> parts) const;

 private:
  void* context_ = nullptr;
};

/// HMAC-SHA1, only for a protocol that asks for it: 20 bytes.
std::string hmac_sha1(std::string_view key, std::string_view text);

/// How much work scrypt (RFC 7914) makes of a password: 128·n·r bytes of memory, and time in n·r·p.
struct ScryptCost {
  std::uint32_t n = 1 << 14;  ///< a power of two
  std::uint32_t r = 8;
  std::uint32_t p = 5;
  friend bool operator==(const ScryptCost&, const ScryptCost&) = default;
};
/// Whether it can be computed, in at most 64 MiB.
bool is_scrypt_cost(const ScryptCost& cost) noexcept;
/// 32 bytes from a password. Takes long on purpose, a quarter of a second or so: never on the loop. Requires
/// is_scrypt_cost(cost). From any thread.
Sha256 scrypt(std::string_view password, std::string_view salt, const ScryptCost& cost);

/// Padded standard alphabet (RFC 4648 section 4).
std::string base64_encode(std::string_view bytes);
/// Strict: padding required, no white space. Errors: invalid_argument.
Result<std::string> base64_decode(std::string_view text);

/// The alphabet for URLs, without padding (RFC 4648 section 5).
std::string base64url_encode(std::string_view bytes);

/// From the operating system's generator. Ends the process when there is none.
void random_bytes(std::span<unsigned char> out);
std::uint64_t random_u64();
/// Fast, not for secrets: jitter. Uniform in [0, 1).
double random_unit();

/// A new token for people to carry: 32 random bytes as 43 base64url characters.
std::string random_token();

/// Constant-time comparison (of equal lengths; the length itself is not secret).
bool constant_time_equals(std::string_view a, std::string_view b) noexcept;

/// Standard Webhooks 1.0.0 signing keys: one or two `whsec_` + base64 of 24-64 bytes, space separated while
/// rotating.
class WebhookSigner {
 public:
  /// Errors: invalid_argument, `detail` says what is accepted (never the value).
  static Result<WebhookSigner> create(std::string_view secrets);
  /// `v1,` + base64(HMAC-SHA256(`id.timestamp.body`)), one a key, space separated.
  std::string sign(std::string_view id, std::int64_t timestamp_s, std::string_view body) const;
  /// Whether `header` (space-separated signatures) holds one that matches; the timestamp is not judged here.
  bool verify(std::string_view id, std::string_view timestamp, std::string_view body,
              std::string_view header) const;
  /// A new secret, `whsec_` + base64 of 32 random bytes.
  static std::string generate();

 private:
  std::vector<HmacSha256> keys_;
};

}  // namespace recado

// Secrets at rest: encrypted and authenticated with AES-256-GCM.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace recado {

/// A sealed text: version (1 byte), nonce (12, random), ciphertext, tag (16); Base64 of that. The nonces of
/// one key are random: good for 2^32 texts.
class Sealer {
 public:
  /// `secret`: SECRETS_KEY, text of any length. The key is HKDF-Extract (RFC 5869) of it with SHA-256.
  explicit Sealer(const Secret& secret);

  /// `context` says what the text belongs to (RFC 5116: associated data): sealed for one record, it does not
  /// open for another.
  std::string seal(std::string_view text, std::string_view context) const;
  /// Errors: invalid_argument when it was sealed with another key, for another context, or is damaged.
  Result<Secret> open(std::string_view sealed, std::string_view context) const;

 private:
  Secret key_;
};

}  // namespace recado

#include <array>
#include <charconv>

#include "base/crypto.hpp"

namespace recado {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kShortestKey = 24;
constexpr std::size_t kLongestKey = 64;
constexpr std::size_t kMostKeys = 2;

Error refused() {
  return {ErrorCode::invalid_argument,
          "accepted is whsec_ and the Base64 of 24 to 64 bytes, or two of these with a space between while "
          "rotating"};
}

/// The next of the space-separated words of `rest`; empty at the end.
std::string_view next_word(std::string_view& rest) {
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

}  // namespace

Result<WebhookSigner> WebhookSigner::create(std::string_view secrets) {
  WebhookSigner signer;
  for (auto word = next_word(secrets); !word.empty(); word = next_word(secrets)) {
    if (!word.starts_with(kPrefix) || signer.keys_.size() == kMostKeys) return refused();
    auto key = base64_decode(word.substr(kPrefix.size()));
    if (!key || key->size() < kShortestKey || key->size() > kLongestKey) return refused();
    const Secret wiped(*std::move(key));
    signer.keys_.emplace_back(wiped.reveal());
  }
  if (signer.keys_.empty()) return refused();
  return signer;
}

std::string WebhookSigner::sign(std::string_view id, std::int64_t timestamp_s, std::string_view body) const {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), timestamp_s).ptr;
  const std::string_view timestamp(digits.data(), static_cast<std::size_t>(end - digits.data()));
  std::string out;
  for (const auto& key : keys_) {
    if (!out.empty()) out += ' ';
    out.append("v1,").append(base64_encode(bytes_of(key.sign({id, ".", timestamp, ".", body}))));
  }
  return out;
}

bool WebhookSigner::verify(std::string_view id, std::string_view timestamp, std::string_view body,
                           std::string_view header) const {
  for (const auto& key : keys_) {
    const auto expected = "v1," + base64_encode(bytes_of(key.sign({id, ".", timestamp, ".", body})));
    auto rest = header;
    for (auto word = next_word(rest); !word.empty(); word = next_word(rest)) {
      if (constant_time_equals(word, expected)) return true;
    }
  }
  return false;
}

std::string WebhookSigner::generate() {
  std::array<unsigned char, 32> bytes;
  random_bytes(bytes);
  return std::string{kPrefix} + base64_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace recado

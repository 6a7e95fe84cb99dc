#include "base/crypto.hpp"
#include "base/mix.hpp"
#include "base/openssl.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include <sys/random.h>

namespace recado {
namespace {

EVP_MAC_CTX* context_of(void* context) noexcept {
  return static_cast<EVP_MAC_CTX*>(context);
}

EVP_MAC* hmac() {
  // Fetched once: a fetch costs more than the MAC itself.
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  return mac;
}

const EVP_MD* sha256_digest() {
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest;
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
  Sha256 out;
  require(context && EVP_DigestInit_ex2(context.get(), sha256_digest(), nullptr) == 1 &&
          EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
          EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1);
  return out;
}

std::string hex(std::span<const unsigned char> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xF];
  }
  return out;
}

HmacSha256::HmacSha256(std::string_view key) {
  auto* context = EVP_MAC_CTX_new(hmac());
  require(context != nullptr);
  context_ = context;
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                               OSSL_PARAM_construct_end()};
  // An empty key must not be a null pointer, which would mean "keep the key".
  const auto* data = reinterpret_cast<const unsigned char*>(key.empty() ? "" : key.data());
  if (EVP_MAC_init(context, data, key.size(), params) != 1) {
    EVP_MAC_CTX_free(context);
    require(false);
  }
}

HmacSha256::~HmacSha256() {
  EVP_MAC_CTX_free(context_of(context_));
}

HmacSha256::HmacSha256(HmacSha256&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}

HmacSha256& HmacSha256::operator=(HmacSha256&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}

Sha256 HmacSha256::sign(std::initializer_list<std::string_view> parts) const {
  auto* context = context_of(context_);
  require(EVP_MAC_init(context, nullptr, 0, nullptr) == 1);  // the same key again
  for (const auto part : parts) {
    require(EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(part.data()), part.size()) == 1);
  }
  Sha256 out;
  std::size_t size = 0;
  require(EVP_MAC_final(context, out.data(), &size, out.size()) == 1 && size == out.size());
  return out;
}

std::string hmac_sha1(std::string_view key, std::string_view text) {
  std::string mac(20, '\0');
  unsigned size = 0;
  require(HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()),
               reinterpret_cast<const unsigned char*>(text.data()), text.size(),
               reinterpret_cast<unsigned char*>(mac.data()), &size) != nullptr);
  return mac;
}

bool is_scrypt_cost(const ScryptCost& cost) noexcept {
  constexpr std::uint64_t kMostMemory = std::uint64_t{64} << 20;
  const bool power = cost.n >= 2 && (cost.n & (cost.n - 1)) == 0;
  return power && cost.r >= 1 && cost.p >= 1 && cost.p <= 64 &&
         std::uint64_t{128} * cost.n * cost.r <= kMostMemory && std::uint64_t{cost.r} * cost.p < (1U << 30);
}

Sha256 scrypt(std::string_view password, std::string_view salt, const ScryptCost& cost) {
  constexpr std::uint64_t kMostMemory = std::uint64_t{128} << 20;  // with what OpenSSL needs beside
  Sha256 out;
  require(EVP_PBE_scrypt(password.data(), password.size(),
                         reinterpret_cast<const unsigned char*>(salt.data()), salt.size(), cost.n, cost.r,
                         cost.p, kMostMemory, out.data(), out.size()) == 1);
  return out;
}

void random_bytes(std::span<unsigned char> out) {
  while (!out.empty()) {
    const auto n = ::getrandom(out.data(), out.size(), 0);
    if (n > 0) {
      out = out.subspan(static_cast<std::size_t>(n));
    } else if (errno != EINTR) {
      std::fputs("recado: the operating system gives no random bytes (getrandom)\n", stderr);
      std::abort();
    }
  }
}

std::uint64_t random_u64() {
  std::uint64_t value = 0;
  random_bytes({reinterpret_cast<unsigned char*>(&value), sizeof value});
  return value;
}

double random_unit() {
  // splitmix64.
  thread_local std::uint64_t state = random_u64();
  return static_cast<double>(mix_bits(state += 0x9E3779B97F4A7C15) >> 11) * 0x1.0p-53;
}

bool constant_time_equals(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace recado

#include "base/crypto_sealer.hpp"

#include <openssl/evp.h>

#include <memory>

#include "base/crypto.hpp"
#include "base/openssl.hpp"

namespace recado {
namespace {

constexpr char kVersion = 1;
constexpr int kNonceBytes = 12;
constexpr int kTagBytes = 16;
constexpr std::string_view kSalt = "recado secrets at rest 1";

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

Error unreadable() {
  return Error(ErrorCode::invalid_argument,
               "was encrypted with another SECRETS_KEY, or is damaged: set the former key again, or give the "
               "secrets anew");
}

}  // namespace

Sealer::Sealer(const Secret& secret) {
  const auto key = HmacSha256(kSalt).sign({secret.reveal()});
  key_ = Secret(std::string(key.begin(), key.end()));
}

std::string Sealer::seal(std::string_view text, std::string_view context) const {
  std::string nonce(kNonceBytes, '\0');
  random_bytes({bytes(nonce), nonce.size()});
  std::string out = kVersion + nonce;
  const std::size_t head = out.size();
  out.resize(head + text.size() + kTagBytes);
  const Context cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  require(cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key_.reveal()),
                                       bytes(nonce)) == 1);
  require(EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes(context),
                            static_cast<int>(context.size())) == 1);
  require(EVP_EncryptUpdate(cipher.get(), bytes(out) + head, &length, bytes(text),
                            static_cast<int>(text.size())) == 1);
  int rest = 0;
  require(EVP_EncryptFinal_ex(cipher.get(), bytes(out) + head + length, &rest) == 1);
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                              bytes(out) + head + text.size()) == 1);
  return base64_encode(out);
}

Result<Secret> Sealer::open(std::string_view sealed, std::string_view context) const {
  auto decoded = base64_decode(sealed);
  if (!decoded || decoded->size() < 1 + kNonceBytes + kTagBytes || decoded->front() != kVersion)
    return unreadable();
  const std::string_view nonce = std::string_view(*decoded).substr(1, kNonceBytes);
  const std::string_view text =
      std::string_view(*decoded).substr(1 + kNonceBytes, decoded->size() - 1 - kNonceBytes - kTagBytes);
  std::string tag = decoded->substr(decoded->size() - kTagBytes);
  std::string out(text.size(), '\0');
  const Context cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  require(cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key_.reveal()),
                                       bytes(nonce)) == 1);
  require(EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes(context),
                            static_cast<int>(context.size())) == 1);
  require(EVP_DecryptUpdate(cipher.get(), bytes(out), &length, bytes(text), static_cast<int>(text.size())) ==
          1);
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, bytes(tag)) == 1);
  int rest = 0;
  const bool genuine = EVP_DecryptFinal_ex(cipher.get(), bytes(out) + length, &rest) == 1;
  if (!genuine) {
    wipe(out);
    return unreadable();
  }
  return Secret(std::move(out));
}

}  // namespace recado

#include <gtest/gtest.h>

#include <set>

#include "base/crypto.hpp"
#include "base/crypto_sealer.hpp"

namespace recado {
namespace {

TEST(Sealer, OpensWhatItSealed) {
  const Sealer sealer(Secret("a key of any length"));
  for (const std::string& text : {std::string(), std::string("x"), std::string(1000, '\0')}) {
    const auto opened = sealer.open(sealer.seal(text, "record 1"), "record 1");
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened->reveal(), text);
  }
}

TEST(Sealer, OpensForNoOtherKeyAndNoOtherRecord) {
  const Sealer sealer(Secret("one key"));
  const auto sealed = sealer.seal("the secret", "record 1");
  EXPECT_FALSE(sealer.open(sealed, "record 2").ok());
  EXPECT_FALSE(Sealer(Secret("another key")).open(sealed, "record 1").ok());
  EXPECT_TRUE(Sealer(Secret("one key")).open(sealed, "record 1").ok());
}

TEST(Sealer, RefusesWhatWasTouched) {
  const Sealer sealer(Secret("one key"));
  const auto bytes = base64_decode(sealer.seal("the secret", "c")).value();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto touched = bytes;
    touched[i] = static_cast<char>(touched[i] ^ 1);
    EXPECT_FALSE(sealer.open(base64_encode(touched), "c").ok()) << i;
  }
  EXPECT_FALSE(sealer.open(base64_encode(bytes.substr(0, bytes.size() - 1)), "c").ok());
  EXPECT_FALSE(sealer.open("", "c").ok());
  EXPECT_FALSE(sealer.open("not base64", "c").ok());
}

TEST(Sealer, SealsTheSameTextAnewEachTime) {
  const Sealer sealer(Secret("one key"));
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(seen.insert(sealer.seal("x", "c")).second);
}

/// What another implementation (Python's cryptography) made of the same key, nonce and text.
TEST(Sealer, IsAesGcmUnderHkdfExtract) {
  const Sealer sealer(Secret("SECRETS_KEY"));
  const auto opened = sealer.open("AQABAgMEBQYHCAkKCxycGo12pNIRfQrd+wVrB4XFRAn4d6M0uqvj", "context");
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->reveal(), "known text");
}

}  // namespace
}  // namespace recado

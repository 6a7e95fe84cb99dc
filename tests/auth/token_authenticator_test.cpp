#include "auth/token_authenticator.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace recado::auth {
namespace {

TokenAuthenticator with_two_tokens() {
  TokenAuthenticator tokens;
  tokens.add(Secret{"correct horse"}, Identity{"main", "API_TOKEN", Level::admin});
  tokens.add(Secret{"reader"}, Identity{"clinic", "dashboard", Level::read});
  return tokens;
}

TEST(TokenAuthenticator, KnowsWhoseTokenItIs) {
  const auto tokens = with_two_tokens();
  const auto first = tokens.authenticate("Bearer correct horse");
  ASSERT_EQ(first.denial, Denial::none);
  EXPECT_EQ(first.identity.account, "main");
  EXPECT_EQ(first.identity.token_name, "API_TOKEN");
  EXPECT_EQ(first.identity.level, Level::admin);
  const auto second = tokens.authenticate("Bearer reader");
  ASSERT_EQ(second.denial, Denial::none);
  EXPECT_EQ(second.identity.account, "clinic");
  EXPECT_EQ(second.identity.level, Level::read);
}

TEST(TokenAuthenticator, TakesBearerAndTokenInAnyLetterCaseAndSpacing) {
  const auto tokens = with_two_tokens();
  for (const char* value : {"Bearer reader", "bearer reader", "BEARER reader", "Token reader", "tOkEn reader",
                            "Bearer   reader", "  Bearer reader  ", "Bearer reader\t"}) {
    EXPECT_EQ(tokens.authenticate(value).denial, Denial::none) << value;
  }
}

TEST(TokenAuthenticator, TellsMissingFromMalformedFromInvalid) {
  const auto tokens = with_two_tokens();
  EXPECT_EQ(tokens.authenticate(std::nullopt).denial, Denial::missing);
  for (const char* value : {"", " ", "reader", "Bearer", "Bearer ", "Basic cmVhZGVyOg==", "Bearerreader"}) {
    EXPECT_EQ(tokens.authenticate(value).denial, Denial::malformed) << value;
  }
  for (const char* value : {"Bearer Reader", "Bearer reade", "Bearer readerr", "Token x"}) {
    EXPECT_EQ(tokens.authenticate(value).denial, Denial::invalid) << value;
  }
}

TEST(TokenAuthenticator, ForgetsARemovedTokenOnly) {
  auto tokens = with_two_tokens();
  tokens.remove("clinic", "API_TOKEN");
  EXPECT_EQ(tokens.authenticate("Bearer correct horse").denial, Denial::none);
  tokens.remove("clinic", "dashboard");
  EXPECT_EQ(tokens.authenticate("Bearer reader").denial, Denial::invalid);
  EXPECT_EQ(tokens.authenticate("Bearer correct horse").denial, Denial::none);
}

TEST(TokenAuthenticator, RefusesAnEmptyToken) {
  TokenAuthenticator tokens;
  EXPECT_THROW(tokens.add(Secret{}, Identity{}), std::invalid_argument);
  EXPECT_EQ(tokens.authenticate("Bearer x").denial, Denial::invalid);
}

}  // namespace
}  // namespace recado::auth

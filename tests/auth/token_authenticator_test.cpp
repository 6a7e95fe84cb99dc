#include "auth/token_authenticator.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace recado::auth {
namespace {

constexpr Instant kNow = from_ms(1'776'220'905'000);

TokenAuthenticator with_two_tokens() {
  TokenAuthenticator tokens;
  tokens.add(Secret{"correct horse"}, Identity{"main", "API_TOKEN", Scopes::all()});
  tokens.add(Secret{"reader"}, Identity{"clinic", "dashboard", {Scope::read}});
  return tokens;
}

Token stored(std::int64_t id, const std::string& value) {
  Token token;
  token.id = id;
  token.name = "token " + std::to_string(id);
  token.scopes = {Scope::write};
  token.digest = sha256(value);
  return token;
}

TEST(TokenAuthenticator, KnowsWhoseTokenItIs) {
  auto tokens = with_two_tokens();
  const auto first = tokens.authenticate("Bearer correct horse", kNow);
  ASSERT_EQ(first.denial, Denial::none);
  EXPECT_EQ(first.identity.account, "main");
  EXPECT_EQ(first.identity.token_name, "API_TOKEN");
  EXPECT_EQ(first.identity.scopes, Scopes::all());
  const auto second = tokens.authenticate("Bearer reader", kNow);
  ASSERT_EQ(second.denial, Denial::none);
  EXPECT_EQ(second.identity.account, "clinic");
  EXPECT_EQ(second.identity.scopes, Scopes{Scope::read});
}

TEST(TokenAuthenticator, TakesBearerAndTokenInAnyLetterCaseAndSpacing) {
  auto tokens = with_two_tokens();
  for (const char* value : {"Bearer reader", "bearer reader", "BEARER reader", "Token reader", "tOkEn reader",
                            "Bearer   reader", "  Bearer reader  ", "Bearer reader\t"}) {
    EXPECT_EQ(tokens.authenticate(value, kNow).denial, Denial::none) << value;
  }
}

TEST(TokenAuthenticator, TellsMissingFromMalformedFromInvalid) {
  auto tokens = with_two_tokens();
  EXPECT_EQ(tokens.authenticate(std::nullopt, kNow).denial, Denial::missing);
  for (const char* value : {"", " ", "reader", "Bearer", "Bearer ", "Basic cmVhZGVyOg==", "Bearerreader"}) {
    EXPECT_EQ(tokens.authenticate(value, kNow).denial, Denial::malformed) << value;
  }
  for (const char* value :
       {"Bearer Reader", "Bearer reade", "Bearer readerr", "Token x", "Bearer recado_x"}) {
    EXPECT_EQ(tokens.authenticate(value, kNow).denial, Denial::invalid) << value;
  }
}

TEST(TokenAuthenticator, TellsWhatCouldBeATokenOfOursFromWhatCannot) {
  auto tokens = with_two_tokens();
  const auto value = make_token_value();
  const std::string header = "Bearer " + std::string(value.reveal());
  EXPECT_EQ(tokens.authenticate(header, kNow).denial, Denial::unknown);
  tokens.add_stored(stored(1, std::string(value.reveal())));
  EXPECT_EQ(tokens.authenticate(header, kNow).denial, Denial::none);
}

TEST(TokenAuthenticator, ReplacesTheStoredTokensOnly) {
  auto tokens = with_two_tokens();
  tokens.set_stored({stored(1, "one"), stored(2, "two")});
  EXPECT_EQ(tokens.authenticate("Bearer one", kNow).identity.token_name, "token 1");
  tokens.set_stored({stored(2, "two"), stored(3, "three")});
  EXPECT_EQ(tokens.authenticate("Bearer one", kNow).denial, Denial::invalid);
  EXPECT_EQ(tokens.authenticate("Bearer two", kNow).denial, Denial::none);
  EXPECT_EQ(tokens.authenticate("Bearer three", kNow).denial, Denial::none);
  EXPECT_EQ(tokens.authenticate("Bearer correct horse", kNow).denial, Denial::none);
  tokens.remove_stored("main", 2);
  EXPECT_EQ(tokens.authenticate("Bearer two", kNow).denial, Denial::invalid);
  EXPECT_EQ(tokens.authenticate("Bearer three", kNow).denial, Denial::none);
  EXPECT_EQ(tokens.authenticate("Bearer correct horse", kNow).denial, Denial::none);
}

TEST(TokenAuthenticator, RefusesATokenFromTheMomentItExpires) {
  TokenAuthenticator tokens;
  auto token = stored(1, "one");
  token.expires_at = kNow;
  tokens.set_stored({token});
  EXPECT_EQ(tokens.authenticate("Bearer one", kNow - Millis{1}).denial, Denial::none);
  const auto late = tokens.authenticate("Bearer one", kNow);
  EXPECT_EQ(late.denial, Denial::expired);
  EXPECT_EQ(late.expires_at, kNow);
}

TEST(TokenAuthenticator, TellsEachUseOnceAndNotTooOften) {
  auto tokens = with_two_tokens();
  tokens.set_stored({stored(1, "one"), stored(2, "two")});
  EXPECT_TRUE(tokens.take_uses(Millis{60'000}).empty());
  tokens.authenticate("Bearer correct horse", kNow);
  tokens.authenticate("Bearer one", kNow);
  tokens.authenticate("Bearer one", kNow + Millis{5});
  const auto first = tokens.take_uses(Millis{60'000});
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].id, 1);
  EXPECT_EQ(first[0].at, kNow + Millis{5});
  tokens.authenticate("Bearer one", kNow + Millis{60'000});
  tokens.set_stored({stored(1, "one"), stored(2, "two")});  // what is known of uses stays
  EXPECT_TRUE(tokens.take_uses(Millis{60'000}).empty());
  EXPECT_EQ(tokens.take_uses(Millis{1}).size(), 1U);
  EXPECT_TRUE(tokens.take_uses(Millis{1}).empty());
}

TEST(TokenAuthenticator, RefusesAnEmptyToken) {
  TokenAuthenticator tokens;
  EXPECT_THROW(tokens.add(Secret{}, Identity{}), std::invalid_argument);
  EXPECT_EQ(tokens.authenticate("Bearer x", kNow).denial, Denial::invalid);
}

}  // namespace
}  // namespace recado::auth

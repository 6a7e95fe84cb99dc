#include "auth/user.hpp"

#include <gmock/gmock.h>

#include "auth/token.hpp"

namespace recado::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr ScryptCost kCheap{16, 1, 1};

User ana(const std::string& password = "correct horse") {
  return make_user("ana", Secret(password), {Scope::read, Scope::write}, from_ms(1'000), "command line",
                   kCheap);
}

TEST(User, IsKnownByThePassword) {
  const auto user = ana();
  EXPECT_TRUE(is_key_of(user, password_key(user, Secret("correct horse"))));
  for (const char* other : {"", "correct hors", "Correct horse", "correct horse "})
    EXPECT_FALSE(is_key_of(user, password_key(user, Secret(other)))) << other;
  EXPECT_NE(ana().check, ana().check) << "each has a salt";
}

TEST(User, GetsATokenThatOnlyThePasswordGives) {
  const auto user = ana();
  const auto key = password_key(user, Secret("correct horse"));
  const auto token = token_value_of(key, "u1");
  EXPECT_TRUE(has_token_form(token.reveal()));
  EXPECT_TRUE(token.equals(token_value_of(key, "u1").reveal()));
  EXPECT_FALSE(token.equals(token_value_of(key, "u2").reveal()));
  EXPECT_FALSE(token.equals(token_value_of(password_key(user, Secret("x")), "u1").reveal()));
}

TEST(User, IsKeptWithoutThePassword) {
  const auto user = ana();
  const auto text = encode(user);
  EXPECT_THAT(text, Not(HasSubstr("correct horse")));
  const auto read = decode_user("ana", text);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(encode(*read), text);
  EXPECT_EQ(read->salt, user.salt);
  EXPECT_EQ(read->cost, kCheap);
  EXPECT_TRUE(is_key_of(*read, password_key(*read, Secret("correct horse"))));
}

TEST(User, IsNotReadFromWhatIsDamaged) {
  const auto text = encode(ana());
  for (const std::string& damaged : std::vector<std::string>{"", "{}", "[]", text.substr(0, text.size() / 2)})
    EXPECT_EQ(decode_user("ana", damaged).error().code(), ErrorCode::protocol) << damaged;
  auto costly = text;
  costly.replace(costly.find("\"n\":16"), 6, "\"n\":1073741824");
  EXPECT_FALSE(decode_user("ana", costly).ok()) << "it would take all memory";
}

TEST(User, HasANameThatATokenCanHave) {
  EXPECT_TRUE(check_user_name("ana@example.com").ok());
  EXPECT_TRUE(check_user_name(std::string(kMaxUserNameBytes, 'a')).ok());
  for (const std::string& name : std::vector<std::string>{"", "7", "a\nb", "\xFF", "user:ana", "API_TOKEN",
                                                          std::string(kMaxUserNameBytes + 1, 'a')})
    EXPECT_FALSE(check_user_name(name).ok()) << name;
  EXPECT_LE(token_name_of(std::string(kMaxUserNameBytes, 'a')).size(), kMaxNameBytes);
  EXPECT_FALSE(check_token_name("user:ana").ok()) << "nobody else makes a user's token";
}

TEST(User, HasAPassword) {
  EXPECT_TRUE(check_password("x").ok());
  EXPECT_FALSE(check_password("").ok());
  EXPECT_FALSE(check_password(std::string(kMaxPasswordBytes + 1, 'x')).ok());
}

}  // namespace
}  // namespace recado::auth

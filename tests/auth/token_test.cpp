#include "auth/token.hpp"

#include <gmock/gmock.h>

namespace recado::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Token example() {
  Token token;
  token.account = "main";
  token.id = 7;
  token.uuid = "01a201e7-85e7-7110-aab9-91bbc488ade8";
  token.name = "painel \"clínica\"";
  token.scopes = {Scope::read, Scope::admin};
  token.digest = sha256("value");
  token.created_at = from_ms(1'776'220'905'123);
  token.created_by = "API_TOKEN";
  return token;
}

TEST(Scopes, AreReadAndWrittenAsNames) {
  EXPECT_EQ(Scopes::parse("read")->text(), "read");
  EXPECT_EQ(Scopes::parse(" write , read,read")->text(), "read,write");
  EXPECT_EQ(*Scopes::parse("admin,write,read"), Scopes::all());
  for (const char* text : {"", "Read", "read,", ",read", "read write", "all", "*", "read;write"}) {
    const auto scopes = Scopes::parse(text);
    ASSERT_FALSE(scopes.ok()) << text;
    EXPECT_THAT(scopes.error().detail(), HasSubstr("accepted are read, write and admin")) << text;
  }
}

TEST(Scopes, IncludeNoOther) {
  EXPECT_FALSE(Scopes{Scope::admin}.has(Scope::read));
  EXPECT_FALSE(Scopes{Scope::write}.has(Scope::read));
  EXPECT_TRUE(Scopes{Scope::write}.has(Scope::write));
  EXPECT_TRUE(Scopes().empty());
}

TEST(Token, IsStoredWithoutItsValue) {
  auto token = example();
  token.expires_at = from_ms(1'800'000'000'000);
  const auto record = encode(token);
  EXPECT_THAT(record, HasSubstr(hex(sha256("value"))));
  EXPECT_THAT(record, Not(HasSubstr("\"value\"")));
  const auto read = decode("main", 7, record);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->name, token.name);
  EXPECT_EQ(read->uuid, token.uuid);
  EXPECT_EQ(read->scopes, token.scopes);
  EXPECT_EQ(read->digest, token.digest);
  EXPECT_EQ(read->created_at, token.created_at);
  EXPECT_EQ(read->created_by, token.created_by);
  EXPECT_EQ(read->expires_at, token.expires_at);
  EXPECT_EQ(decode("main", 7, encode(example()))->expires_at, std::nullopt);
}

/// A record that was written by the first version: it must be read for ever.
TEST(Token, ReadsTheStoredFormOfVersion1) {
  const auto token =
      decode("main", 3,
             R"({"v":1,"uuid":"01a201e7-85e7-7110-aab9-91bbc488ade8","name":"n8n","scopes":"read,write",)"
             R"("digest":"cd42404d52ad55ccfa9aca4adc828aa5800ad9d385a0671fbcbf724118320619",)"
             R"("createdAt":1776220905123,"createdBy":"command line","expiresAt":1800000000000})");
  ASSERT_TRUE(token.ok());
  EXPECT_EQ(token->digest, sha256("value"));
  EXPECT_EQ(token->scopes.text(), "read,write");
}

TEST(Token, RefusesAnyOtherRecord) {
  const auto good = encode(example());
  for (const std::string& record :
       {std::string(), std::string("null"), std::string("[]"), std::string("{}"),
        good.substr(0, good.size() - 1), std::string(good).replace(good.find("\"v\":1"), 5, "\"v\":2"),
        std::string(good).replace(good.find("read,admin"), 10, "read,super"),
        std::string(good).replace(good.find("cd42"), 4, "cd4g"),
        std::string(good).replace(good.find("cd42"), 4, "")}) {
    EXPECT_FALSE(decode("main", 7, record).ok()) << record;
  }
}

TEST(Token, HasANameThatIsNoId) {
  for (const char* name :
       {"n8n", "painel da clínica", "a", "7a", "1.0", "API_TOKEN_2", "01a201e7-85e7-7110-aab9-91bbc488ade"}) {
    EXPECT_TRUE(check_token_name(name).ok()) << name;
  }
  for (const std::string& name :
       {std::string(), std::string(65, 'x'), std::string("a\nb"), std::string("a\0b", 3), std::string("\x7f"),
        std::string("\xff"), std::string("7"), std::string("API_TOKEN"),
        std::string("01A201E7-85e7-7110-aab9-91bbc488ade8")}) {
    EXPECT_FALSE(check_token_name(name).ok()) << name;
  }
}

TEST(Token, HasAValueOfItsOwnForm) {
  const auto value = make_token_value();
  EXPECT_TRUE(has_token_form(value.reveal()));
  EXPECT_FALSE(value.equals(make_token_value().reveal()));
  EXPECT_FALSE(has_token_form(std::string(value.reveal()) + "x"));
  EXPECT_FALSE(has_token_form(value.reveal().substr(1)));
  EXPECT_FALSE(has_token_form("recado_" + std::string(43, '.')));
  EXPECT_FALSE(has_token_form(""));
}

}  // namespace
}  // namespace recado::auth

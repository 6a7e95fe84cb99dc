#include "engine/header_rules.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string_view>

namespace recado::engine {
namespace {

using std::string_view_literals::operator""sv;

TEST(HeaderRules, ReserveHopByHopFramingAndWhatIsOurs) {
  for (const char* name : {"Connection", "keep-alive", "Proxy-Connection", "Proxy-Authorization", "TE",
                           "Trailer", "TRANSFER-ENCODING", "Upgrade", "Host", "Content-Length", "webhook-id",
                           "Webhook-Anything", "RECADO-attempt"}) {
    EXPECT_TRUE(header_is_reserved(name)) << name;
  }
  for (const char* name :
       {"Content-Type", "User-Agent", "Authorization", "X-Webhook-Id", "Cookie", "webhook", "Hosts", ""}) {
    EXPECT_FALSE(header_is_reserved(name)) << name;
  }
}

TEST(HeaderRules, TakeTokensForNames) {
  for (const char* name : {"X", "x-a_b.c", "!#$%&'*+-.^_`|~09azAZ"})
    EXPECT_TRUE(header_name_is_valid(name)) << name;
  for (const std::string_view name : std::initializer_list<std::string_view>{
           "", "a b", "a:", "a\r", "a\n", "a\0b"sv, "é", "a(b)", "a/b", "\"a\"", "a\x7f"}) {
    EXPECT_FALSE(header_name_is_valid(name)) << name;
  }
}

TEST(HeaderRules, TakeAnyValueWithoutControlCharacters) {
  for (const std::string_view value :
       std::initializer_list<std::string_view>{"", "a b", "a\tb", "é", "\xff"}) {
    EXPECT_TRUE(header_value_is_valid(value)) << value;
  }
  for (const std::string_view value :
       std::initializer_list<std::string_view>{"a\rb", "a\nb", "a\0b"sv, "\x01", "\x7f", "\x1b[0m"}) {
    EXPECT_FALSE(header_value_is_valid(value)) << value;
  }
}

}  // namespace
}  // namespace recado::engine

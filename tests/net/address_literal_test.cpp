#include <gmock/gmock.h>

#include "net/address_policy.hpp"

namespace recado::net {
namespace {

std::string spell(std::string_view host) {
  const auto literal = parse_address_literal(host);
  if (!literal) {
    EXPECT_EQ(literal.error().code(), ErrorCode::invalid_argument);
    return "error";
  }
  return literal->has_value() ? literal->value().to_string() : "name";
}

struct Spelling {
  const char* host;
  const char* address;
};

TEST(AddressLiteral, ReadsEverySpellingThatABrowserOrInetAtonReads) {
  constexpr Spelling kSpellings[] = {
      {"127.0.0.1", "127.0.0.1"},
      {"127.0.0.1.", "127.0.0.1"},
      {"127.1", "127.0.0.1"},
      {"127.0.1", "127.0.0.1"},
      {"127.65535", "127.0.255.255"},
      {"127.1.65535", "127.1.255.255"},
      {"2130706433", "127.0.0.1"},
      {"2130706433.", "127.0.0.1"},
      {"0x7f000001", "127.0.0.1"},
      {"0X7F000001", "127.0.0.1"},
      {"0x7f.1", "127.0.0.1"},
      {"0x7f.0.0.0x1", "127.0.0.1"},
      {"0177.0.0.1", "127.0.0.1"},
      {"017700000001", "127.0.0.1"},
      {"0177.0x0.0.01", "127.0.0.1"},
      {"0", "0.0.0.0"},
      {"0.", "0.0.0.0"},
      {"00", "0.0.0.0"},
      {"0x", "0.0.0.0"},
      {"0x0", "0.0.0.0"},
      {"0.0", "0.0.0.0"},
      {"1", "0.0.0.1"},
      {"4294967295", "255.255.255.255"},
      {"0xffffffff", "255.255.255.255"},
      {"037777777777", "255.255.255.255"},
      {"169.254.169.254", "169.254.169.254"},
      {"0xa9fea9fe", "169.254.169.254"},
      {"2852039166", "169.254.169.254"},
      {"0251.0376.0251.0376", "169.254.169.254"},
      {"0000000000000000000000000000000000000177.1", "127.0.0.1"},
      {"[::1]", "::1"},
      {"::1", "::1"},
      {"[0:0:0:0:0:0:0:1]", "::1"},
      {"[::ffff:127.0.0.1]", "::ffff:127.0.0.1"},
      {"[::FFFF:7F00:1]", "::ffff:127.0.0.1"},
      {"[fe80::1]", "fe80::1"},
      {"[64:ff9b::7f00:1]", "64:ff9b::7f00:1"},
  };
  for (const auto& s : kSpellings) EXPECT_EQ(spell(s.host), s.address) << s.host;
}

TEST(AddressLiteral, RefusesWhatEndsInANumberButIsNoAddress) {
  for (const char* host : {"1.2.3.256",
                           "256.1.1.1",
                           "1.256.1",
                           "1.2.3.4.5",
                           "1.2.3.4.5.",
                           "4294967296",
                           "0x100000000",
                           "040000000000",
                           "08",
                           "1.2.3.09",
                           "99999999999999999999999999",
                           "1..2",
                           ".1",
                           "foo.1",
                           "foo.0x1",
                           "example.com.7",
                           "1.2.65536",
                           "1.16777216",
                           "[::1",
                           "[]",
                           "[1.2.3.4]",
                           "[::1]x",
                           "[::g]",
                           "[fe80::1%eth0]",
                           "[fe80::1%25eth0]",
                           "1:2",
                           "[:::]",
                           "[1:2:3:4:5:6:7:8:9]"}) {
    EXPECT_EQ(spell(host), "error") << host;
  }
}

TEST(AddressLiteral, LeavesNamesToDns) {
  for (const char* host : {"localhost", "example.com", "example.com.", "1.example", "127.0.0.1.nip.io",
                           "0x7f.1.example", "a", "0xg", "1e3", "x1", "1-1", "123abc", "0x7g.0x7g", "1_1"}) {
    EXPECT_EQ(spell(host), "name") << host;
  }
}

}  // namespace
}  // namespace recado::net

#include "net/url.hpp"

#include <gmock/gmock.h>
#include <rapidcheck.h>

namespace recado::net {
namespace {

using ::testing::HasSubstr;

Url url(std::string_view text) {
  auto parsed = parse_url(text);
  EXPECT_TRUE(parsed.ok()) << text << ": " << (parsed.ok() ? "" : parsed.error().detail());
  return parsed.ok() ? parsed.value() : Url{};
}

std::string problem(std::string_view text) {
  const auto parsed = parse_url(text);
  if (parsed.ok()) return "accepted";
  EXPECT_EQ(parsed.error().code(), ErrorCode::invalid_argument);
  return parsed.error().detail();
}

TEST(Url, KeepsPathAndQueryAsGivenAndDropsTheFragment) {
  const auto parsed = url("HTTPS://Hooks.Example.COM:8443/A/./b%20c/../d?x=1&y=a+b?/:@#part?");
  EXPECT_TRUE(parsed.tls);
  EXPECT_EQ(parsed.host, "hooks.example.com");
  EXPECT_EQ(parsed.port, 8443);
  EXPECT_EQ(parsed.target, "/A/./b%20c/../d?x=1&y=a+b?/:@");
  EXPECT_EQ(parsed.origin(), "https://hooks.example.com:8443");
  EXPECT_EQ(parsed.host_header(), "hooks.example.com:8443");
}

TEST(Url, FillsInDefaultPortAndPath) {
  EXPECT_EQ(url("http://example.com").target, "/");
  EXPECT_EQ(url("http://example.com?q=1").target, "/?q=1");
  EXPECT_EQ(url("http://example.com#x").target, "/");
  EXPECT_EQ(url("http://example.com").port, 80);
  EXPECT_EQ(url("https://example.com").port, 443);
  EXPECT_EQ(url("https://example.com:").port, 443);
  EXPECT_EQ(url("http://example.com:00080/").port, 80);
  EXPECT_EQ(url("http://example.com:65535/").port, 65535);
  EXPECT_EQ(url("http://example.com:80/").origin(), "http://example.com");
  EXPECT_EQ(url("http://example.com:443/").origin(), "http://example.com:443");
}

TEST(Url, WritesLiteralsInOneSpelling) {
  EXPECT_EQ(url("http://[0:0::1]:3000/x").host, "::1");
  EXPECT_EQ(url("http://[::1]:3000/x").host_header(), "[::1]:3000");
  EXPECT_EQ(url("https://[2001:DB8::1]/").origin(), "https://[2001:db8::1]");
  EXPECT_EQ(url("http://0x7f.1/").host, "127.0.0.1");
  EXPECT_EQ(url("http://2130706433/").host, "127.0.0.1");
}

TEST(Url, AcceptsTheNamesThatPeopleUse) {
  for (const char* text :
       {"http://my_service:5678/webhook/a-b_c~d", "http://n8n/webhook", "https://example.com./x",
        "https://xn--bcher-kva.example/", "http://a.b.c.d.e/;p=1,2!$'()*", "http://1.example/"}) {
    EXPECT_EQ(problem(text), "accepted") << text;
  }
  EXPECT_EQ(url("http://example.com./").host, "example.com.");
}

struct Refusal {
  std::string text;
  const char* says;
};

TEST(Url, SaysWhatIsWrongAndWhatToWrite) {
  const Refusal kRefusals[] = {
      {"", "empty"},
      {"example.com/x", "http:// or https://"},
      {"//example.com/x", "http:// or https://"},
      {"/x", "http:// or https://"},
      {"ftp://example.com/", "http:// or https://"},
      {"javascript:alert(1)", "http:// or https://"},
      {"file:///etc/passwd", "http:// or https://"},
      {" http://example.com/", "http:// or https://"},
      {"http:/example.com", "http:// or https://"},
      {"http://", "no host"},
      {"http:///x", "no host"},
      {"http://:80/", "no host"},
      {"http://?x", "no host"},
      {"http://user:password@example.com/", "user information"},
      {"http://user@example.com/", "user information"},
      {"http://@example.com/", "user information"},
      {"http://b\xc3\xbc"
       "cher.example/",
       "xn--"},
      {"http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/", "xn--"},
      {"http://ex%61mple.com/", "percent-encoded"},
      {"http://127.0.0%2e1/", "percent-encoded"},
      {"http://exa mple.com/", "space"},
      {std::string("http://exam\0ple.com/", 20), "control"},
      {"http://exam\tple.com/", "control"},
      {"http://a,b/", "`,`"},
      {"http://a\\b/", "`\\`"},
      {"http://a..b/", "empty label"},
      {"http://.a/", "empty label"},
      {"http://./", "empty label"},
      {"http://a../", "empty label"},
      {"http://" + std::string(64, 'a') + ".example/", "63"},
      {"http://1.2.3.256/", "not an IPv4 address"},
      {"http://[::1/", "closing bracket"},
      {"http://[::1]x/", "closing bracket"},
      {"http://[v1.x]/", "not an IPv6 address"},
      {"http://[fe80::1%25eth0]/", "zone identifier"},
      {"http://example.com:0/", "1 to 65535"},
      {"http://example.com:65536/", "1 to 65535"},
      {"http://example.com:4294967376/", "1 to 65535"},
      {"http://example.com:99999999999999999999/", "1 to 65535"},
      {"http://example.com:80a/", "1 to 65535"},
      {"http://example.com:-1/", "1 to 65535"},
      {"http://example.com:80:81/", "1 to 65535"},
      {"http://example.com/a b", "%20"},
      {"http://example.com/a\nb", "%0A"},
      {std::string("http://example.com/a\0b", 22), "%00"},
      {"http://example.com/\x7f", "%7F"},
      {"http://example.com/caf\xc3\xa9", "%C3"},
      {"http://example.com/?q={x}", "`{`; percent-encode it (%7B)"},
      {"http://example.com/a|b", "%7C"},
      {"http://example.com/a\\b", "%5C"},
      {"http://example.com/\"", "%22"},
      {"http://example.com/[1]", "%5B"},
      {"http://example.com/%", "%25"},
      {"http://example.com/%4", "%25"},
      {"http://example.com/%zz", "%25"},
      {"http://example.com/" + std::string(8192, 'a'), "8192"},
  };
  for (const auto& refusal : kRefusals)
    EXPECT_THAT(problem(refusal.text), HasSubstr(refusal.says)) << refusal.text;

  std::string long_host;
  for (int i = 0; i < 64; ++i) long_host += "abc.";
  EXPECT_THAT(problem("http://" + long_host + "example/"), HasSubstr("253"));
}

TEST(Url, JudgesLiteralsAtRegistration) {
  const auto nothing = AddressPolicy::create({}).value();
  const auto loopback = AddressPolicy::create({"127.0.0.0/8"}).value();
  for (const char* text :
       {"http://127.0.0.1/", "http://127.1:8080/", "http://0x7f000001/", "http://2130706433/",
        "http://017700000001/x", "http://[::ffff:127.0.0.1]/", "http://127.0.0.1./"}) {
    const auto refused = parse_destination(text, nothing);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.error().code(), ErrorCode::refused);
    EXPECT_THAT(refused.error().detail(), HasSubstr("WEBHOOK_ALLOW_NETWORKS=127.0.0.0/8"));
    EXPECT_TRUE(parse_destination(text, loopback).ok()) << text;
  }
  EXPECT_FALSE(parse_destination("http://169.254.169.254/latest", loopback).ok());
  EXPECT_FALSE(parse_destination("http://0/", loopback).ok());
  EXPECT_TRUE(parse_destination("http://localhost/", nothing).ok()) << "names are judged when they resolve";
  EXPECT_TRUE(parse_destination("https://1.1.1.1/", nothing).ok());
  EXPECT_EQ(parse_destination("nonsense", nothing).error().code(), ErrorCode::invalid_argument);
}

TEST(Url, ReadsBackWhatItWrites) {
  EXPECT_TRUE(rc::check("a parsed URL written out parses to itself", [] {
    const auto host =
        *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcxyz-_09"))));
    const auto path = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab/?&=.~:@+")));
    const auto parsed = parse_url("http://" + host + "/" + path);
    RC_PRE(parsed.ok());
    const auto again = parse_url(parsed->origin() + parsed->target);
    RC_ASSERT(again.ok());
    RC_ASSERT(
        (again->host == parsed->host && again->port == parsed->port && again->target == parsed->target));
  }));
}

TEST(Url, SurvivesAnyBytes) {
  EXPECT_TRUE(rc::check("any bytes are accepted or refused with a sentence", [] {
    const auto text = *rc::gen::arbitrary<std::string>();
    for (const auto& candidate : {text, "http://" + text, "http://a/" + text}) {
      const auto parsed = parse_url(candidate);
      RC_ASSERT((parsed.ok() || !parsed.error().detail().empty()));
    }
  }));
}

}  // namespace
}  // namespace recado::net

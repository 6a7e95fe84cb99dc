// The address policy from outside: every spelling of a forbidden address, names that change their minds
// between the check and the connection, proxies of the environment. 127.0.0.2 is allowed and 127.0.0.1 is
// not, so that nothing leaves the machine.
#include <gmock/gmock.h>

#include <atomic>

#include "end_to_end/harness.hpp"
#include "net/dns_server.hpp"

namespace recado::e2e {
namespace {

using test::DnsQuestion;
using test::DnsServer;
using test::Receiver;
using ::testing::HasSubstr;
using Replies = std::vector<std::string>;

const std::string kForbidden("\x7f\0\0\x01", 4);
const std::string kAllowed("\x7f\0\0\x02", 4);

/// The same port on the address that may be reached and on the one that may not.
struct BothAddresses {
  Receiver forbidden{Receiver::answering(200)};
  Receiver allowed{Receiver::answering(200), Receiver::Place{"127.0.0.2", forbidden.port()}};

  std::string url(const std::string& host) const {
    return "http://" + host + ":" + std::to_string(forbidden.port()) + "/";
  }
};

Environment guarded(const DnsServer& names) {
  return {{"WEBHOOK_ALLOW_NETWORKS", "127.0.0.2/32"}, {"DNS_SERVERS", names.address()}};
}

std::string attempts(const Recado& recado, const std::string& id, const char* path) {
  return member(recado.get("/messages/" + id).body, "attempts." + std::string(path));
}

/// IPv4 answers only.
Replies four(const DnsQuestion& question, const std::vector<std::string>& addresses, unsigned ttl) {
  return {DnsServer::answer(question, question.type == 1 ? addresses : std::vector<std::string>(), ttl)};
}

constexpr const char* kOnce = R"(,"retry":{"maxAttempts":1})";

TEST(Address, IsJudgedAgainWhenANameChangesItsMind) {
  std::atomic<bool> rebound = false;
  DnsServer names(
      [&](const DnsQuestion& question) { return four(question, {rebound ? kForbidden : kAllowed}, 0); });
  BothAddresses both;
  Recado recado(guarded(names));
  const std::string url = both.url("rebinding.test");
  const Answer plan = recado.post("/messages/plan", message("m", now(), url));
  EXPECT_EQ(member(plan.body, "address.allowed"), "true") << plan.body;
  ASSERT_EQ(recado.post("/messages", message("before", now(), url, kOnce)).status, 201);
  ASSERT_TRUE(recado.wait_status("before", "delivered"));
  rebound = true;
  // A connection to the address that was judged may be used again; a new one is judged anew.
  both.allowed.stop();
  ASSERT_EQ(recado.post("/messages", message("after", now(), url)).status, 201);
  ASSERT_TRUE(recado.wait_status("after", "failed"));
  EXPECT_EQ(attempts(recado, "after", "0.error"), "address_refused") << recado.get("/messages/after").body;
  EXPECT_EQ(both.forbidden.connections(), 0);
}

/// Each question is answered differently: whatever was judged is what is connected to, never a second answer.
TEST(Address, IsConnectedToAsItWasJudged) {
  std::atomic<int> asked = 0;
  DnsServer names([&](const DnsQuestion& question) {
    if (question.type != 1) return four(question, {}, 0);
    return four(question, {asked++ % 2 == 0 ? kAllowed : kForbidden}, 0);
  });
  BothAddresses both;
  Recado recado(guarded(names));
  for (int i = 0; i < 20; ++i) {
    const std::string id = "m-" + std::to_string(i);
    // A host of its own each: no connection is used again.
    const std::string url = both.url("flapping-" + std::to_string(i) + ".test");
    ASSERT_EQ(recado.post("/messages", message(id, now(), url, kOnce)).status, 201);
    ASSERT_TRUE(
        eventually([&] { return recado.status_of(id) == "delivered" || recado.status_of(id) == "failed"; }));
    if (recado.status_of(id) == "failed") {
      EXPECT_EQ(attempts(recado, id, "0.error"), "address_refused");
    }
  }
  EXPECT_GT(both.allowed.connections(), 0);
  EXPECT_EQ(both.forbidden.connections(), 0);
}

TEST(Address, OfSeveralIsOnlyOneThatMayBeReached) {
  DnsServer names([](const DnsQuestion& question) {
    return four(question, {kForbidden, kAllowed, kForbidden}, 60);
  });
  BothAddresses both;
  Recado recado(guarded(names));
  ASSERT_EQ(recado.post("/messages", message("mixed", now(), both.url("mixed.test"), kOnce)).status, 201);
  ASSERT_TRUE(recado.wait_status("mixed", "delivered"));
  // Nor is the other tried when the good one does not answer.
  both.allowed.stop();
  ASSERT_EQ(recado.post("/messages", message("down", now(), both.url("mixed2.test"), kOnce)).status, 201);
  ASSERT_TRUE(recado.wait_status("down", "failed"));
  EXPECT_EQ(attempts(recado, "down", "0.error"), "connect");
  EXPECT_EQ(both.forbidden.connections(), 0);
}

TEST(Address, IsJudgedAtTheEndOfAChainOfNames) {
  DnsServer names([](const DnsQuestion& question) -> Replies {
    if (question.type != 1) return {DnsServer::answer(question, {})};
    // <name> → inner.test → the address.
    const std::string inner("\x05inner\x04test\0", 12);
    const std::string alias = std::string("\xc0\x0c", 2) + DnsServer::be16(5) + DnsServer::be16(1) +
                              std::string(4, '\0') + DnsServer::be16(12) + inner;
    const std::string address = inner + DnsServer::be16(1) + DnsServer::be16(1) + std::string(4, '\0') +
                                DnsServer::be16(4) + (question.name == "good.test" ? kAllowed : kForbidden);
    return {question.id + DnsServer::be16(0x8180) + DnsServer::be16(1) + DnsServer::be16(2) +
            DnsServer::be16(0) + DnsServer::be16(0) + question.section + alias + address};
  });
  BothAddresses both;
  Recado recado(guarded(names));
  ASSERT_EQ(recado.post("/messages", message("good", now(), both.url("good.test"), kOnce)).status, 201);
  ASSERT_TRUE(recado.wait_status("good", "delivered"));
  ASSERT_EQ(recado.post("/messages", message("bad", now(), both.url("bad.test"), kOnce)).status, 201);
  ASSERT_TRUE(recado.wait_status("bad", "failed"));
  EXPECT_EQ(attempts(recado, "bad", "0.error"), "address_refused") << recado.get("/messages/bad").body;
  EXPECT_EQ(both.forbidden.connections(), 0);
}

TEST(Address, InsideAnIpv6OneOfANameIsJudged) {
  const std::map<std::string, std::string> hidden = {
      {"mapped.test", std::string("\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\x01", 16)},
      {"compatible.test", std::string("\0\0\0\0\0\0\0\0\0\0\0\0\x7f\0\0\x01", 16)},
      {"nat64.test", std::string("\0\x64\xff\x9b\0\0\0\0\0\0\0\0\x7f\0\0\x01", 16)},
      {"local-nat64.test", std::string("\0\x64\xff\x9b\0\x01\0\0\0\0\0\0\x7f\0\0\x01", 16)},
      {"6to4.test", std::string("\x20\x02\x7f\0\0\x01\0\0\0\0\0\0\0\0\0\x01", 16)},
      {"teredo.test", std::string("\x20\x01\0\0\x7f\0\0\x01\0\0\0\0\x80\xff\xff\xfe", 16)},
      {"loopback.test", std::string(15, '\0') + "\x01"},
      {"link-local.test", std::string("\xfe\x80", 2) + std::string(13, '\0') + "\x01"},
      {"unspecified.test", std::string(16, '\0')},
  };
  DnsServer names([&](const DnsQuestion& question) -> Replies {
    const auto found = hidden.find(question.name);
    if (question.type != 28 || found == hidden.end()) return {DnsServer::answer(question, {})};
    return {DnsServer::answer(question, {found->second})};
  });
  BothAddresses both;
  Recado recado(guarded(names));
  for (const auto& [name, address] : hidden) {
    ASSERT_EQ(recado.post("/messages", message(name, now(), both.url(name), kOnce)).status, 201);
    ASSERT_TRUE(recado.wait_status(name, "failed")) << name;
    EXPECT_EQ(attempts(recado, name, "0.error"), "address_refused") << recado.get("/messages/" + name).body;
  }
  EXPECT_EQ(both.forbidden.connections(), 0);
}

TEST(Address, IsRefusedAtRegistrationInEverySpelling) {
  Recado recado(Environment{{"WEBHOOK_ALLOW_NETWORKS", ""}});
  const std::string hosts[] = {
      // this machine
      "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "2130706433.", "0x7f000001", "0X7F000001",
      "0x7f.1", "0x7f.0x0.0x0.0x1", "0177.0.0.1", "0177.1", "017700000001", "00000000177.0.0.1",
      "127.0x0.0.01", "127.255.255.254", "0", "0.0.0.0", "0x0", "00.0",
      // metadata and link-local
      "169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518",
      "100.100.100.200",
      // private
      "10.1", "10.0.0.1", "192.168.257", "172.16.1", "0300.0250.1", "100.64.1",
      // IPv6, and IPv4 inside it
      "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
      "[0:0:0:0:0:FFFF:7F00:0001]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]",
      "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]",
      // no addresses to anybody, or not to everybody
      "[::1%25lo]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "127.0.0.1%00", "127.0.0%2e1", "%31%32%37.0.0.1",
      "１２７.0.0.1", "127。0。0。1", "①②⑦.0.0.1", "bücher.example", "127.0.0.256", "1.2.3.4.5", "0x",
      "127..1", "[127.0.0.1]", "[::1", "::1", "",
      // somebody else's host before or after
      "user@127.0.0.1", "user:password@127.0.0.1", "example.com@127.0.0.1", "127.0.0.1@example.com",
      "@127.0.0.1", "example.com\\@127.0.0.1", "127.0.0.1\\.example.com", "127.0.0.1\t", " 127.0.0.1",
      "127.0.0.1\n.example.com", "127.0.0.1\\r\\nHost: x", "example.com:80:80"};
  for (const auto& host : hosts) {
    for (const std::string scheme : {"http://", "https://"}) {
      const std::string body = R"({"webhookUrl":)" + json::quote(scheme + host + "/") + "}";
      const Answer answer = recado.post("/messages", body);
      EXPECT_EQ(answer.status, 422) << body << answer.body;
      EXPECT_EQ(member(answer.body, "errors.0.field"), "webhookUrl") << answer.body;
    }
  }
  for (const std::string url :
       {"http:///127.0.0.1/", "http:/127.0.0.1/", "http:127.0.0.1/", "//127.0.0.1/", "127.0.0.1",
        "http:\\\\127.0.0.1\\", "\thttp://127.0.0.1/", "ht\ntp://127.0.0.1/", "http\t://127.0.0.1/",
        "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "unix:///run/redis.sock",
        "http+unix://%2frun%2fredis.sock/", "javascript:alert(1)", "http://127.0.0.1:0/",
        "http://example.com:65536/"}) {
    const Answer answer = recado.post("/messages", R"({"webhookUrl":)" + json::quote(url) + "}");
    EXPECT_EQ(answer.status, 422) << url << answer.body;
  }
}

TEST(Address, OfACallbackIsJudgedAsAnyOther) {
  DnsServer names([](const DnsQuestion& question) { return four(question, {kForbidden}, 60); });
  BothAddresses both;
  auto environment = guarded(names);
  environment["FAILURE_CALLBACK_URL"] = both.url("failures.test");
  Recado recado(environment);
  const std::string allowed = both.url("127.0.0.2");
  const Answer literal = recado.post(
      "/messages", message("m", now(), allowed, R"(,"callbackUrl":")" + both.url("127.0.0.1") + "\""));
  EXPECT_EQ(literal.status, 422);
  EXPECT_EQ(member(literal.body, "errors.0.field"), "callbackUrl") << literal.body;
  ASSERT_EQ(recado.post("/messages", message("waits", now() + Millis{60'000}, allowed)).status, 201);
  for (const char* field : {"webhookUrl", "callbackUrl"}) {
    const Answer patched = recado.ask("PATCH", "/messages/waits",
                                      std::string("{\"") + field + "\":\"" + both.url("127.0.0.1") + "\"}");
    EXPECT_EQ(patched.status, 422) << field;
    const Answer replaced = recado.ask("PUT", "/messages/waits",
                                       std::string(R"({"webhookUrl":")") + allowed + "\",\"" + field +
                                           "\":\"" + both.url("127.0.0.1") + "\"}");
    EXPECT_EQ(replaced.status, 422) << field;
  }

  const std::string named = R"(,"callbackUrl":")" + both.url("callback.test") + "\"";
  ASSERT_EQ(recado.post("/messages", message("called", now(), allowed, named)).status, 201);
  ASSERT_TRUE(recado.wait_status("called", "delivered"));
  ASSERT_EQ(recado.post("/messages", message("fails", now(), both.url("forbidden.test"), kOnce)).status, 201);
  ASSERT_TRUE(recado.wait_status("fails", "failed"));
  // Both callbacks were judged: their names were asked for.
  EXPECT_TRUE(eventually([&] { return names.asked() >= 6; }));
  EXPECT_EQ(recado.terminate(), 0);
  EXPECT_EQ(both.forbidden.connections(), 0);
}

TEST(Address, OfTheFailureCallbackIsJudgedAtStart) {
  const redis::testing::TempDir directory;
  const Environment environment = {{"API_PORT", "0"}, {"FAILURE_CALLBACK_URL", "http://127.1/failed"}};
  const auto refused = run_recado({"serve"}, environment, directory.path());
  EXPECT_EQ(refused.status, 78);
  EXPECT_THAT(refused.output, HasSubstr("FAILURE_CALLBACK_URL: "));
  EXPECT_THAT(refused.output, HasSubstr("WEBHOOK_ALLOW_NETWORKS=127.0.0.0/8"));
}

TEST(Address, IsNotThatOfAProxyOfTheEnvironment) {
  BothAddresses both;
  const std::string proxy = both.url("127.0.0.1");
  Environment environment = {{"WEBHOOK_ALLOW_NETWORKS", "127.0.0.2/32"}};
  for (const char* name :
       {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    environment[name] = proxy;
  }
  Recado recado(environment);
  ASSERT_EQ(recado.post("/messages", message("direct", now(), both.url("127.0.0.2"), kOnce)).status, 201);
  ASSERT_TRUE(recado.wait_status("direct", "delivered"));
  EXPECT_EQ(both.allowed.connections(), 1);
  EXPECT_EQ(both.forbidden.connections(), 0);
}

/// Where a redirect points to is not even looked at.
TEST(Address, BehindARedirectIsNotReached) {
  Receiver forbidden(Receiver::answering(200));
  Sink sink([&](const Arrival& arrival) {
    const std::string to = "Location: " + forbidden.url() + "\r\n";
    return Sink::Reply{std::atoi(arrival.request.target.c_str() + 1), to, ""};
  });
  Recado recado;
  for (const char* status : {"301", "302", "303", "307", "308"}) {
    ASSERT_EQ(recado.post("/messages", message(status, now(), sink.url(std::string("/") + status))).status,
              201);
    ASSERT_TRUE(recado.wait_status(status, "failed"));
    EXPECT_EQ(attempts(recado, status, "0.error"), "redirect");
  }
  EXPECT_EQ(sink.count(), 5U);
  EXPECT_EQ(forbidden.connections(), 0);
}

}  // namespace
}  // namespace recado::e2e

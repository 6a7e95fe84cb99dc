#include "net/resolver.hpp"

#include <gmock/gmock.h>

#include "dns_server.hpp"
#include "loop_fixture.hpp"
#include "net/lookup.hpp"

namespace recado::net {
namespace {

using boost::asio::ip::make_address;
using test::DnsQuestion;
using test::DnsServer;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Addresses = std::vector<boost::asio::ip::address>;
using Replies = std::vector<std::string>;

const std::string kOne("\x0a\0\0\x01", 4);
const std::string kTwo("\x0a\0\0\x02", 4);
const std::string kSix = std::string(15, '\0') + "\x06";

class ResolverTest : public LoopFixture {
 protected:
  void ask(std::vector<std::string> servers) {
    resolver = std::move(Resolver::create(loop, std::move(servers)).value());
  }
  Result<Addresses> resolve(const std::string& host, Millis limit = Millis(5000)) {
    return run(resolver->resolve(host, limit));
  }
  std::string problem(const std::string& host, ErrorCode code, Millis limit = Millis(5000)) {
    const auto result = resolve(host, limit);
    if (result.ok()) return "resolved";
    EXPECT_EQ(result.error().code(), code) << result.error().detail();
    return result.error().detail();
  }

  std::unique_ptr<Resolver> resolver;
};

/// 10.0.0.1 and ::6 for every name.
Replies both(const DnsQuestion& question) {
  return {DnsServer::answer(question, {question.type == 1 ? kOne : kSix})};
}

TEST_F(ResolverTest, AsksTheSystemForNames) {
  ask({});
  const auto addresses = resolve("localhost");
  ASSERT_TRUE(addresses.ok()) << addresses.error().detail();
  EXPECT_THAT(addresses.value(), Contains(make_address("127.0.0.1")));
}

// A helper thread that was quicker than the one who asked took the question for one that nobody waits for.
TEST_F(ResolverTest, NeverSkipsALookupThatHasJustBeenAskedFor) {
  for (int round = 0; round < 3000; ++round) {
    ask({});
    const auto addresses = resolve("localhost");
    ASSERT_TRUE(addresses.ok()) << "round " << round << ": " << addresses.error().detail();
  }
}

/// Skips the first lookup, as a helper thread does that finds nobody waiting.
class SkippingSource final : public LookupSource {
 public:
  SkippingSource(io::Loop& loop, int& started) : loop_(loop), started_(started) {}
  void start(std::string, Interest, Done done) override {
    const bool skip = started_++ == 0;
    loop_.post([done = std::move(done), skip] {
      done(skip ? Lookup::skipped() : Lookup(Addresses(1, make_address("10.0.0.1")), Millis(1000)));
    });
  }

 private:
  io::Loop& loop_;
  int& started_;
};

TEST_F(ResolverTest, AsksAgainForOneWhoCameWhenALookupWasJustSkipped) {
  int started = 0;
  resolver = make_caching_resolver(loop, std::make_unique<SkippingSource>(loop, started));
  EXPECT_THAT(resolve("a.test").value(), ElementsAre(make_address("10.0.0.1")));
  EXPECT_EQ(started, 2);
}

TEST_F(ResolverTest, ReturnsLiteralsAtOnce) {
  ask({});
  EXPECT_THAT(resolve("127.1").value(), ElementsAre(make_address("127.0.0.1")));
  EXPECT_THAT(resolve("::1").value(), ElementsAre(make_address("::1")));
  EXPECT_EQ(resolve("1.2.3.256").error().code(), ErrorCode::invalid_argument);
}

TEST_F(ResolverTest, AsksForBothFamilies) {
  DnsServer server(both);
  ask({server.address()});
  EXPECT_THAT(resolve("a.test").value(), ElementsAre(make_address("10.0.0.1"), make_address("::6")));
}

TEST_F(ResolverTest, KeepsAnswersAsLongAsTheyLive) {
  DnsServer server([](const DnsQuestion& question) -> Replies {
    return {DnsServer::answer(question, {question.type == 1 ? kOne : kSix},
                              question.name == "fleeting.test" ? 0 : 60)};
  });
  ask({server.address()});
  for (const char* host : {"a.test", "A.Test", "a.test."}) EXPECT_TRUE(resolve(host).ok());
  EXPECT_EQ(server.asked(), 2) << "once for each family";
  EXPECT_TRUE(resolve("fleeting.test").ok());
  EXPECT_TRUE(resolve("fleeting.test").ok());
  EXPECT_EQ(server.asked(), 6);
}

TEST_F(ResolverTest, SharesOneLookupAmongThoseWhoAskTogether) {
  DnsServer server(both);
  ask({server.address()});
  int answered = 0;
  const auto one = [](Resolver& r, int& count, io::Loop& on) -> io::Task<> {
    const auto result = co_await r.resolve("a.test", Millis(5000));
    if (result.ok()) ++count;
    if (count == 50) on.stop();
  };
  for (int i = 0; i < 50; ++i) tasks.spawn("resolve", one(*resolver, answered, loop));
  go();
  EXPECT_EQ(answered, 50);
  EXPECT_EQ(server.asked(), 2);
}

TEST_F(ResolverTest, SaysThatANameDoesNotExistAndRemembersItBriefly) {
  DnsServer server([](const DnsQuestion& question) -> Replies {
    return {DnsServer::answer(question, {}, 0, question.name == "empty.test" ? 0x8180 : 0x8183)};
  });
  ask({server.address()});
  EXPECT_EQ(problem("nowhere.test", ErrorCode::not_found), "the name `nowhere.test` does not exist");
  EXPECT_EQ(problem("nowhere.test", ErrorCode::not_found), "the name `nowhere.test` does not exist");
  EXPECT_EQ(server.asked(), 2);
  EXPECT_EQ(problem("empty.test", ErrorCode::not_found), "the name `empty.test` has no address");
}

TEST_F(ResolverTest, IsContentWithOneFamily) {
  DnsServer server([](const DnsQuestion& question) -> Replies {
    if (question.type == 28)
      return question.name == "silent.test" ? Replies{} : Replies{DnsServer::answer(question, {})};
    return {DnsServer::answer(question, {kOne, kTwo})};
  });
  ask({server.address()});
  EXPECT_EQ(resolve("a.test").value().size(), 2U);
  EXPECT_EQ(resolve("silent.test").value().size(), 2U)
      << "the other family's silence delays, it does not fail";
}

TEST_F(ResolverTest, AsksTheNextServerWhenOneIsSilentOrFails) {
  DnsServer silent([](const DnsQuestion&) -> Replies { return {}; });
  DnsServer failing(
      [](const DnsQuestion& question) -> Replies { return {DnsServer::answer(question, {}, 0, 0x8182)}; });
  DnsServer good(both);
  ask({failing.address(), silent.address(), good.address()});
  EXPECT_TRUE(resolve("a.test").ok());
  EXPECT_EQ(failing.asked(), 2);
  EXPECT_EQ(silent.asked(), 2);
  ask({"127.0.0.1:1", good.address()});
  EXPECT_TRUE(resolve("b.test", Millis(900)).ok()) << "a closed port is noticed at once";
}

TEST_F(ResolverTest, GivesUpAfterTheLimitItWasGiven) {
  DnsServer silent([](const DnsQuestion&) -> Replies { return {}; });
  ask({silent.address()});
  EXPECT_EQ(problem("a.test", ErrorCode::timeout, Millis(100)),
            "the name `a.test` was not resolved within 100ms");
}

TEST_F(ResolverTest, SaysWhenNoServerCanAnswer) {
  DnsServer failing(
      [](const DnsQuestion& question) -> Replies { return {DnsServer::answer(question, {}, 0, 0x8182)}; });
  ask({failing.address()});
  EXPECT_EQ(problem("a.test", ErrorCode::io), "no name server could answer for `a.test`");
}

TEST_F(ResolverTest, IgnoresForgedAnswersAndWaitsForTheRealOne) {
  DnsServer server([](const DnsQuestion& question) -> Replies {
    auto wrong_id = question;
    wrong_id.id[0] = static_cast<char>(~wrong_id.id[0]);
    auto wrong_name = question;
    wrong_name.section[1] = 'z';
    return {DnsServer::answer(wrong_id, {kTwo}), DnsServer::answer(wrong_name, {kTwo}), "", "garbage",
            DnsServer::answer(question, {question.type == 1 ? kOne : kSix})};
  });
  ask({server.address()});
  EXPECT_THAT(resolve("a.test").value(), ElementsAre(make_address("10.0.0.1"), make_address("::6")));
}

TEST_F(ResolverTest, AsksOverTcpWhenAnAnswerIsCut) {
  DnsServer server([](const DnsQuestion& question) -> Replies {
    if (question.type == 28) return {DnsServer::answer(question, {})};
    if (!question.tcp) return {DnsServer::answer(question, {}, 0, 0x8380)};
    return {DnsServer::answer(question, std::vector<std::string>(60, kOne))};
  });
  ask({server.address()});
  EXPECT_EQ(resolve("many.test").value().size(), 60U);
}

TEST_F(ResolverTest, KnowsLocalhostWithoutAsking) {
  DnsServer server(both);
  ask({server.address()});
  EXPECT_THAT(resolve("localhost").value(), ElementsAre(make_address("127.0.0.1"), make_address("::1")));
  EXPECT_TRUE(resolve("app.localhost").ok());
  EXPECT_EQ(server.asked(), 0);
}

TEST_F(ResolverTest, MayBeDestroyedWhileALookupIsUnderWay) {
  DnsServer silent([](const DnsQuestion&) -> Replies { return {}; });
  for (const auto& servers : {std::vector<std::string>{silent.address()}, std::vector<std::string>{}}) {
    ask(servers);
    problem("slow-to-come.test", ErrorCode::timeout, Millis(0));
    resolver.reset();
    run(loop_turns());
  }
}

TEST_F(ResolverTest, NamesAServerThatCannotBeOne) {
  for (const char* text :
       {"", "dns.example", "1.2.3", "127.0.0.1:0", "127.0.0.1:x", "127.0.0.1:70000", "[::1", "[::1]53"}) {
    const auto result = Resolver::create(loop, {"127.0.0.1", text});
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().code(), ErrorCode::configuration);
    EXPECT_THAT(result.error().detail(), HasSubstr("DNS_SERVERS: `" + std::string(text) + "`"));
  }
  EXPECT_TRUE(Resolver::create(loop, {"9.9.9.9", "[::1]:53", "::1", "127.0.0.1:5353"}).ok());
}

}  // namespace
}  // namespace recado::net

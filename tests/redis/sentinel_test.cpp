#include "redis/sentinel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_server.hpp"
#include "harness.hpp"

namespace recado::redis {
namespace {

using testing::array;
using testing::bulk;
using testing::FakeServer;
using testing::reply;
using testing::words;
using Words = FakeServer::Words;

MasterAnswer answer(std::string host, std::int64_t epoch) {
  MasterAnswer out;
  out.host = std::move(host);
  out.port = 6379;
  out.epoch = epoch;
  return out;
}

TEST(SentinelAnswers, HaveAnAddressAndAnEpoch) {
  const auto found = parse_master(reply(array({bulk("10.0.0.1"), bulk("6380")})),
                                  reply(array({bulk("name"), bulk("m"), bulk("config-epoch"), bulk("7")})));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->host, "10.0.0.1");
  EXPECT_EQ(found->port, 6380);
  EXPECT_EQ(found->epoch, 7);
  // SENTINEL MASTER may be forbidden.
  EXPECT_EQ(parse_master(reply(array({bulk("h"), bulk("1")})), reply("-NOPERM no\r\n"))->epoch, 0);
}

TEST(SentinelAnswers, MayBeNone) {
  EXPECT_EQ(parse_master(reply("*-1\r\n"), reply("-ERR No such master\r\n")).error().code(),
            ErrorCode::not_found);
  EXPECT_EQ(parse_master(reply("-NOAUTH x\r\n"), reply("-NOAUTH x\r\n")).error().detail(), "NOAUTH x");
  for (const auto& wire : {array({}), array({bulk("h")}), array({bulk("h"), bulk("0")}),
                           array({bulk("h"), bulk("70000")}), array({bulk(""), bulk("1")}), bulk("h:1")}) {
    EXPECT_EQ(parse_master(reply(wire), reply("*0\r\n")).error().code(), ErrorCode::protocol) << wire;
  }
}

TEST(SentinelAnswers, TheHighestEpochCountsThenTheMajority) {
  using Answers = std::vector<std::optional<MasterAnswer>>;
  EXPECT_EQ(choose_master(Answers{std::nullopt, std::nullopt}), nullptr);
  const Answers by_epoch{answer("old", 3), answer("old", 3), std::nullopt, answer("new", 4)};
  EXPECT_EQ(choose_master(by_epoch)->host, "new");
  const Answers by_votes{answer("one", 3), answer("most", 3), answer("most", 3)};
  EXPECT_EQ(choose_master(by_votes)->host, "most");
  const Answers first{answer("first", 3), answer("second", 3)};
  EXPECT_EQ(choose_master(first)->host, "first");
}

/// Sentinels and masters that say what the test sets.
struct SentinelTest : testing::LoopTest {
  struct Said {
    std::string role = "master";
    bool readonly = false;
  };
  /// A data server that answers GET with its own port.
  std::unique_ptr<FakeServer> server(Said& said) {
    auto port = std::make_shared<std::string>();
    auto made = std::make_unique<FakeServer>(loop, [&said, port](const Words& told) -> std::string {
      if (told[0] == "ROLE") return array({bulk(said.role), testing::integer(0), array({})});
      if (said.readonly) return testing::failure("READONLY You can't write against a read only replica.");
      return bulk(*port);
    });
    *port = std::to_string(made->port());
    return made;
  }
  struct Named {
    std::uint16_t port = 0;
    int epoch = 1;
  };
  std::unique_ptr<FakeServer> sentinel(Named& named) {
    return std::make_unique<FakeServer>(loop, [&named](const Words& told) -> std::string {
      if (told[1] == "GET-MASTER-ADDR-BY-NAME") {
        if (named.port == 0) return "*-1\r\n";
        return array({bulk("127.0.0.1"), bulk(std::to_string(named.port))});
      }
      return array({bulk("config-epoch"), bulk(std::to_string(named.epoch))});
    });
  }
  Location location(const std::vector<const FakeServer*>& sentinels) {
    std::string url = "redis+sentinel://";
    for (const auto* one : sentinels) url += (url.back() == '/' ? "" : ",") + one->address();
    return *Location::parse(url + "/mymaster");
  }
  /// Which server answers; waits until it is `port`.
  io::Task<> expect_served_by(Client& client, std::uint16_t port) {
    const SteadyPoint until = clock.steady() + Millis{10'000};
    std::string served;
    while (served != std::to_string(port) && clock.steady() < until) {
      co_await client.wait_connected(Millis{100});
      const auto got = co_await client.command(words("GET", "port"));
      if (got) served = std::string(got->text());
      if (served != std::to_string(port)) co_await loop.sleep(Millis{10});
    }
    EXPECT_EQ(served, std::to_string(port));
  }
};

TEST_F(SentinelTest, LeavesAMasterThatStillAnswersWhenANewerOneIsNamed) {
  Said said;
  const auto old_master = server(said), new_master = server(said);
  Named cut_off{old_master->port(), 1}, first{old_master->port(), 1}, second{old_master->port(), 1};
  const auto a = sentinel(cut_off), b = sentinel(first), c = sentinel(second);
  Client client(loop, location({a.get(), b.get(), c.get()}));
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_TRUE(co_await client.wait_connected(Millis{5000}));
    co_await expect_served_by(client, old_master->port());
    // The sentinel on the old master's side of the partition learns nothing.
    first.port = second.port = new_master->port();
    first.epoch = second.epoch = 2;
    co_await expect_served_by(client, new_master->port());
    const std::size_t before = old_master->heard.size();
    co_await loop.sleep(Millis{700});  // longer than two rounds of asking
    co_await expect_served_by(client, new_master->port());
    EXPECT_EQ(old_master->heard.size(), before);
    co_await client.stop();
    for (const auto* one : {a.get(), b.get(), c.get(), old_master.get(), new_master.get()}) {
      const_cast<FakeServer*>(one)->stop();
    }
  });
}

TEST_F(SentinelTest, AsksAgainWhenTheMasterHasBecomeAReplica) {
  Said old_said, new_said;
  const auto old_master = server(old_said), new_master = server(new_said);
  Named named{old_master->port(), 1};
  const auto a = sentinel(named);
  Client client(loop, location({a.get()}));
  run([&]() -> io::Task<> {
    client.start();
    co_await expect_served_by(client, old_master->port());
    old_said.readonly = true;
    old_said.role = "slave";
    const auto refused = co_await client.command(words("SET", "k", "v"));
    EXPECT_THAT(testing::said(refused), ::testing::StartsWith("unavailable: READONLY"));
    EXPECT_FALSE(client.connected());
    // The sentinel has not noticed: the old one is named, and refused for its role.
    co_await client.wait_connected(Millis{300});
    EXPECT_FALSE(client.connected());
    EXPECT_THAT(client.last_error(), ::testing::HasSubstr("says that it is a replica"));
    named.port = new_master->port();
    co_await expect_served_by(client, new_master->port());
    co_await client.stop();
    a->stop();
    old_master->stop();
    new_master->stop();
  });
}

TEST_F(SentinelTest, SaysWhichSentinelSaysWhat) {
  Named unknown;
  const auto a = sentinel(unknown);
  Named gone;
  const auto b = sentinel(gone);
  b->stop();
  Client client(loop, location({a.get(), b.get()}));
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_FALSE(co_await client.wait_connected(Millis{2500}));
    EXPECT_THAT(client.last_error(), ::testing::HasSubstr("no sentinel says where the master mymaster is"));
    EXPECT_THAT(client.last_error(),
                ::testing::HasSubstr(a->address() + ": it knows no master of that name"));
    EXPECT_THAT(client.last_error(), ::testing::HasSubstr(b->address() + ": "));
    const SteadyPoint began = clock.steady();
    co_await client.stop();
    EXPECT_LT(clock.steady() - began, Millis{1000});
    a->stop();
  });
}

}  // namespace
}  // namespace recado::redis

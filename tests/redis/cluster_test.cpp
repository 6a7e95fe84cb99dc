// What a cluster redirects, and how long a command follows: against nodes that say what the test sets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_server.hpp"
#include "harness.hpp"
#include "redis/slots.hpp"

namespace recado::redis {
namespace {

using testing::array;
using testing::bulk;
using ::testing::ElementsAre;
using testing::failure;
using testing::FakeServer;
using ::testing::HasSubstr;
using testing::integer;
using testing::kOk;
using testing::said;
using testing::words;
using Words = FakeServer::Words;

/// A node: what it says of the cluster, and what it answers to everything else.
struct Node {
  Node(io::Loop& loop, FakeServer::Script answers)
      : answers_(std::move(answers)), server(loop, [this](const Words& told) { return answer(told); }) {}

  std::string answer(const Words& told) const {
    if (told[0] != "CLUSTER") return answers_(told);
    if (told[1] == "INFO") {
      return bulk(std::string("cluster_state:") + (sound ? "ok" : "fail") +
                  "\r\ncluster_current_epoch:" + std::to_string(epoch) + "\r\n");
    }
    return map;
  }
  std::vector<std::string> commands() const {
    std::vector<std::string> out;
    for (const std::string& one : server.heard) {
      if (!one.starts_with("CLUSTER")) out.push_back(one);
    }
    return out;
  }

  FakeServer::Script answers_;
  FakeServer server;
  bool sound = true;
  int epoch = 1;
  std::string map;
};

std::string range(int first, int last, const Node& node) {
  return array(
      {integer(first), integer(last), array({bulk("127.0.0.1"), integer(node.server.port()), bulk("id")})});
}

struct ClusterTest : testing::LoopTest {
  Location location(const Node& node) { return *Location::parse("redis+cluster://" + node.server.address()); }
  const std::string slot = std::to_string(slot_of("k"));
};

TEST_F(ClusterTest, FollowsMovedAndRemembersIt) {
  Node other(loop, [](const Words&) { return bulk("here"); });
  Node one(loop, [&](const Words&) { return failure("MOVED " + slot + " " + other.server.address()); });
  one.map = array({range(0, 16383, one)});
  other.map = one.map;
  Client client(loop, location(one));
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_TRUE(co_await client.wait_connected(Millis{5000}));
    EXPECT_EQ(client.last_error(), "");
    const auto got = co_await client.command(words("GET", "k"));
    EXPECT_EQ(said(got), "here");
    const auto again = co_await client.command(words("GET", "k"));
    EXPECT_EQ(said(again), "here");
    EXPECT_THAT(one.commands(), ElementsAre("GET k"));
    EXPECT_THAT(other.commands(), ElementsAre("GET k", "GET k"));
    co_await client.stop();
    one.server.stop();
    other.server.stop();
  });
}

TEST_F(ClusterTest, FollowsAskForOneCommandOnlyWithAskingBeforeIt) {
  Node other(loop, [](const Words& told) {
    return told[0] == "ASKING" ? kOk : told[0] == "EVALSHA" ? failure("NOSCRIPT none") : bulk("there");
  });
  bool moving = true;
  Node one(loop, [&](const Words&) {
    return moving ? failure("ASK " + slot + " " + other.server.address()) : bulk("here");
  });
  one.map = array({range(0, 16383, one)});
  other.map = one.map;
  const Script script("two", "return 2");
  Client client(loop, location(one));
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    const auto got = co_await client.command(words("GET", "k"));
    EXPECT_EQ(said(got), "there");
    // A script that the importing node does not know comes along, still with ASKING before it.
    const auto evaluated = co_await client.eval(script, words("k"), words());
    EXPECT_EQ(said(evaluated), "there");
    EXPECT_THAT(other.commands(),
                ElementsAre("ASKING", "GET k", "ASKING", "EVALSHA " + script.sha1() + " 1 k", "ASKING",
                            "EVAL return 2 1 k"));
    moving = false;
    const auto back = co_await client.command(words("GET", "k"));
    EXPECT_EQ(said(back), "here");
    co_await client.stop();
    one.server.stop();
    other.server.stop();
  });
}

TEST_F(ClusterTest, TriesAgainWhileASlotIsBeingMovedAndThenGivesUpAsUnavailable) {
  int left = 3;
  Node one(loop, [&](const Words&) {
    return left != 0 && left-- > -1'000'000
               ? failure("TRYAGAIN Multiple keys request during rehashing of slot")
               : bulk("done");
  });
  one.map = array({range(0, 16383, one)});
  Client client(loop, location(one));
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    std::vector<std::vector<std::string>> commands(1, words("MGET", "{k}1", "{k}2"));
    const auto replies = co_await client.pipeline(std::move(commands));
    EXPECT_EQ(said(replies[0]), "done");
    EXPECT_EQ(one.commands().size(), 4u);
    left = -1;  // for ever
    const SteadyPoint began = clock.steady();
    const auto never = co_await client.command(words("GET", "k"));
    EXPECT_THAT(said(never), ::testing::StartsWith("unavailable: "));
    EXPECT_THAT(said(never), HasSubstr("is being moved"));
    EXPECT_GE(clock.steady() - began, Millis{1700});
    EXPECT_LT(clock.steady() - began, Millis{4000});
    co_await client.stop();
    one.server.stop();
  });
}

TEST_F(ClusterTest, NodesThatRedirectToEachOtherEndInAnError) {
  std::string one_address, other_address;
  Node one(loop, [&](const Words&) { return failure("MOVED " + slot + " " + other_address); });
  Node other(loop, [&](const Words&) { return failure("MOVED " + slot + " " + one_address); });
  one_address = one.server.address();
  other_address = other.server.address();
  one.map = other.map = array({range(0, 16383, one)});
  Client client(loop, location(one));
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    const auto lost = co_await client.command(words("GET", "k"));
    EXPECT_THAT(said(lost), ::testing::StartsWith("unavailable: "));
    EXPECT_LT(one.commands().size(), 40u);  // not as fast as it can
    co_await client.stop();
    one.server.stop();
    other.server.stop();
  });
}

TEST_F(ClusterTest, AClusterThatIsDownDidNothing) {
  Node one(loop, [](const Words&) { return failure("CLUSTERDOWN The cluster is down"); });
  one.map = array({range(0, 16383, one)});
  Client client(loop, location(one));
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    const auto down = co_await client.command(words("GET", "k"));
    EXPECT_THAT(said(down), ::testing::StartsWith("unavailable: "));
    EXPECT_THAT(said(down), HasSubstr("CLUSTERDOWN"));
    co_await client.stop();
    one.server.stop();
  });
}

TEST_F(ClusterTest, AMasterThatIsAwayIsNamedAndTheOthersServe) {
  Node away(loop, [](const Words&) { return bulk("away"); });
  Node one(loop, [](const Words&) { return bulk("here"); });
  const int middle = slot_of("k");
  one.map = away.map = array({range(0, middle - 1, away), range(middle, 16383, one)});
  Client client(loop, location(one));
  testing::Changes changes(loop, client);
  run([&]() -> io::Task<> {
    client.start();
    co_await changes.wait(1);
    EXPECT_TRUE(client.connected());
    away.server.stop();
    co_await changes.wait(2);
    EXPECT_FALSE(client.connected());
    EXPECT_TRUE(client.partly_connected());
    EXPECT_THAT(client.last_error(), HasSubstr("the master " + away.server.address() + " (slots 0-" +
                                               std::to_string(middle - 1) + "): "));
    const auto here = co_await client.command(words("GET", "k"));
    EXPECT_EQ(said(here), "here");
    // {a}: some slot below.
    std::string low = "a";
    while (slot_of(low) >= middle) low += "a";
    const auto none = co_await client.command(words("GET", low));
    EXPECT_THAT(said(none), ::testing::StartsWith("unavailable: "));
    std::vector<std::vector<std::string>> both{words("GET", low), words("GET", "k")};
    const auto replies = co_await client.pipeline(std::move(both));
    EXPECT_FALSE(replies[0].ok());
    EXPECT_EQ(said(replies[1]), "here");
    const auto everywhere = co_await client.command(words("PING"));
    EXPECT_THAT(said(everywhere), ::testing::StartsWith("unavailable: "));
    co_await client.stop();
    one.server.stop();
  });
}

TEST_F(ClusterTest, BelievesTheNewerMapOfNodesThatDisagree) {
  Node old_master(loop, [](const Words&) { return bulk("old"); });
  Node new_master(loop, [](const Words&) { return bulk("new"); });
  Node third(loop, [](const Words&) { return bulk("third"); });
  const int middle = slot_of("k");
  const auto map = [&](const Node& owner) {
    return array({range(0, middle - 1, third), range(middle, 16383, owner)});
  };
  old_master.map = third.map = new_master.map = map(old_master);
  Client client(loop, location(third));
  run([&]() -> io::Task<> {
    client.start();
    co_await client.wait_connected(Millis{5000});
    const auto before = co_await client.command(words("GET", "k"));
    EXPECT_EQ(said(before), "old");
    // A failover that the old master, cut off from the others, knows nothing of: it answers as before.
    third.map = new_master.map = map(new_master);
    third.epoch = new_master.epoch = 2;
    const SteadyPoint until = clock.steady() + Millis{10'000};
    std::string served;
    while (served != "new" && clock.steady() < until) {
      co_await loop.sleep(Millis{50});
      const auto got = co_await client.command(words("GET", "k"));
      if (got) served = std::string(got->text());
    }
    EXPECT_EQ(served, "new");
    co_await client.stop();
    for (Node* node : {&old_master, &new_master, &third}) node->server.stop();
  });
}

TEST_F(ClusterTest, SaysThatAServerIsNoNodeOfACluster) {
  Node one(loop, [](const Words&) { return kOk; });
  one.map = failure("ERR This instance has cluster support disabled");
  Client client(loop, location(one));
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_FALSE(co_await client.wait_connected(Millis{300}));
    EXPECT_THAT(client.last_error(),
                HasSubstr("cluster support disabled; redis+cluster:// is for Redis Cluster"));
    EXPECT_FALSE(client.partly_connected());
    co_await client.stop();
    one.server.stop();
  });
}

}  // namespace
}  // namespace recado::redis

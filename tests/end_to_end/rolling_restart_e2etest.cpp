// Nodes that share a port: restarted one after the other under load, by socket activation and by
// SO_REUSEPORT.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using http::testing::Client;
using ::testing::HasSubstr;

/// A listening socket on loopback that children inherit.
struct Socket {
  Socket() : descriptor(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(at);
    EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&at), sizeof(at)), 0);
    EXPECT_EQ(::listen(descriptor, 1024), 0);
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
  }
  ~Socket() { ::close(descriptor); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  const int descriptor;
  std::uint16_t port = 0;
};

/// A node that is handed the socket as systemd would hand it over.
class ActivatedNode {
 public:
  ActivatedNode(const Socket& socket, const std::string& redis_url) {
    environment_ = {{"PATH", "/usr/bin:/bin"},
                    {"API_TOKEN", kToken},
                    {"REDIS_URL", redis_url},
                    {"DATA_DIR", directory_.path() + "/data"},
                    {"WEBHOOK_ALLOW_NETWORKS", "127.0.0.0/8"},
                    {"LISTEN_FDS", "1"},
                    {"LISTEN_FDNAMES", "recado.socket"}};
    // The process id is known only after the fork: the shell sets it, and becomes recado.
    command_ = {"/bin/bash", "-c",
                "export LISTEN_PID=$$; exec \"$0\" serve 3<&" + std::to_string(socket.descriptor),
                recado_binary()};
  }
  void start() {
    child_ = std::make_unique<Child>(command_, environment_, directory_.path());
    ASSERT_TRUE(child_->wait_output("redis connected")) << child_->output();
  }
  int terminate() {
    child_->signal(SIGTERM);
    return child_->wait();
  }

 private:
  TempDir directory_;
  Environment environment_;
  std::vector<std::string> command_;
  std::unique_ptr<Child> child_;
};

/// Registers messages, one after the other, until told to stop; keeps count of what was not answered 201.
class Caller {
 public:
  struct Habits {
    bool keeps_connection = true;
    Millis pause{4};           ///< between an answer and the next request
    Millis before_sending{0};  ///< on a new connection
  };
  Caller(std::string name, Habits habits, std::uint16_t port, std::string url)
      : name_(std::move(name)), habits_(habits), port_(port), url_(std::move(url)), thread_([this] {
          call();
        }) {}
  ~Caller() { stop(); }

  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::size_t registered() const { return registered_; }
  /// After stop(): what went wrong, empty when nothing did.
  const std::string& complaints() const { return complaints_; }

 private:
  void call() {
    std::unique_ptr<Client> connection;
    while (!stopping_) {
      if (!connection) {
        connection = std::make_unique<Client>(port_);
        if (connection->descriptor() < 0) complaints_ += name_ + ": the connection was refused\n";
        if (habits_.before_sending > Millis{0}) wait_until(now() + habits_.before_sending);
      }
      const std::string id = name_ + "-" + std::to_string(registered_);
      const Instant due = now() + Millis{200 + 150 * (static_cast<int>(registered_) % 15)};
      const auto answer = connection->ask(http::testing::post(
          "/messages", message(id, due, url_),
          "Authorization: Bearer " + std::string(kToken) + "\r\nContent-Type: application/json\r\n"));
      if (answer.status == 201) {
        ++registered_;
      } else {
        complaints_ += id + ": answered " + std::to_string(answer.status) + " " + answer.body + "\n";
      }
      const bool ends = answer.status == 0 || answer.header("connection") == "close";
      if (ends || !habits_.keeps_connection) connection.reset();
      wait_until(now() + habits_.pause);
    }
  }

  const std::string name_;
  const Habits habits_;
  const std::uint16_t port_;
  const std::string url_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> registered_{0};
  std::string complaints_;
  std::thread thread_;
};

TEST(RollingRestart, OfThreeActivatedNodesDropsLosesAndRepeatsNothing) {
  redis::testing::Server server({"--appendonly", "yes", "--appendfsync", "everysec"});
  Sink sink;
  const Socket socket;
  std::vector<std::unique_ptr<ActivatedNode>> nodes;
  for (int i = 0; i < 3; ++i) {
    nodes.push_back(std::make_unique<ActivatedNode>(socket, "unix://" + server.dir() + "/redis.sock"));
    ASSERT_NO_FATAL_FAILURE(nodes.back()->start());
  }
  std::vector<std::unique_ptr<Caller>> callers;
  const auto call = [&](const char* name, Caller::Habits habits) {
    callers.push_back(std::make_unique<Caller>(name, habits, socket.port, sink.url()));
  };
  call("steady", {});
  call("busy", {true, Millis{0}, Millis{0}});
  call("slow", {true, Millis{300}, Millis{0}});
  call("once", {false, Millis{4}, Millis{0}});
  call("hesitant", {false, Millis{4}, Millis{60}});
  const auto registered = [&callers] {
    std::size_t all = 0;
    for (const auto& caller : callers) all += caller->registered();
    return all;
  };
  const auto go_on = [&](std::size_t more) {
    const std::size_t goal = registered() + more;
    EXPECT_TRUE(eventually([&] { return registered() >= goal; }));
  };
  for (auto& node : nodes) {
    go_on(50);
    EXPECT_EQ(node->terminate(), 0);
    go_on(50);
    ASSERT_NO_FATAL_FAILURE(node->start());
  }
  go_on(50);
  for (auto& caller : callers) {
    caller->stop();
    EXPECT_EQ(caller->complaints(), "");
  }
  const auto arrived = sink.wait_ids(registered());
  EXPECT_EQ(arrived.size(), registered());
  for (auto& node : nodes) EXPECT_EQ(node->terminate(), 0);
  for (const auto& [id, times] : sink.wait_ids(registered())) EXPECT_EQ(times, 1) << id;
}

/// Redis stands still while the node claims, the node is told to stop, and only then the claim is answered.
TEST(Drain, GivesBackWhatWasBeingClaimedWhenItBegan) {
  redis::testing::Server server;
  Recado node({{"REDIS_URL", "unix://" + server.dir() + "/redis.sock"}});
  // A delivery that takes a while, so that there is something to wait for.
  Sink sink([](const Arrival& arrival) {
    if (arrival.message_id() == "slow") wait_until(now() + Millis{2'000});
    return Sink::Reply();
  });
  const Instant began = now();
  ASSERT_EQ(node.post("/messages", message("next", began + Millis{3'000}, sink.url())).status, 201);
  wait_until(began + Millis{1'600});
  ASSERT_EQ(node.post("/messages", message("slow", now(), sink.url())).status, 201);
  ASSERT_EQ(sink.wait(1).size(), 1U);
  // From two seconds on it would claim the other; until then, it waits for an answer to that.
  wait_until(began + Millis{1'900});
  ASSERT_EQ(redis_command(server.dir(), {"CLIENT", "PAUSE", "1200"}), "OK");
  wait_until(began + Millis{2'700});
  EXPECT_EQ(node.terminate(), 0);
  EXPECT_EQ(redis_command(server.dir(), {"KEYS", "*:claimed:*"}), "");
  EXPECT_EQ(sink.count(), 1U);
  EXPECT_LT(now(), began + Millis{20'000});  // not the whole of DRAIN_TIMEOUT
  node.start();
  EXPECT_EQ(sink.wait_ids(2).size(), 2U);
}

TEST(SharedPort, IsServedByWhicheverNodeIsThere) {
  redis::testing::Server server;
  const Environment shared = {{"REDIS_URL", "unix://" + server.dir() + "/redis.sock"},
                              {"API_REUSE_PORT", "true"}};
  Recado one(shared);
  Environment same_port = shared;
  same_port["API_PORT"] = std::to_string(one.port());
  Recado two(same_port);
  EXPECT_EQ(two.port(), one.port());
  EXPECT_EQ(one.terminate(), 0);
  EXPECT_EQ(two.get("/health").status, 200);
  Recado three(same_port);
  EXPECT_EQ(two.terminate(), 0);
  EXPECT_EQ(three.get("/health").status, 200);
}

TEST(SharedPort, ASecondStartByMistakeIsRefusedAndSaysWhatToDo) {
  redis::testing::Server server;
  const Environment redis = {{"REDIS_URL", "unix://" + server.dir() + "/redis.sock"}};
  Recado one(redis);
  for (const char* reuse : {"false", "true"}) {
    TempDir directory;
    Environment second = redis;
    second["API_PORT"] = std::to_string(one.port());
    second["API_TOKEN"] = kToken;
    second["API_REUSE_PORT"] = reuse;
    const auto finished = run_recado({"serve"}, second, directory.path());
    EXPECT_EQ(finished.status, 78);
    EXPECT_THAT(finished.output, HasSubstr("address already in use"));
    EXPECT_THAT(finished.output, HasSubstr("API_REUSE_PORT"));
  }
}

TEST(SharedPort, NeedsASharedRedis) {
  TempDir directory;
  const auto finished =
      run_recado({"serve"}, {{"API_REUSE_PORT", "true"}, {"API_PORT", "0"}}, directory.path());
  EXPECT_EQ(finished.status, 78);
  EXPECT_THAT(finished.output, HasSubstr("API_REUSE_PORT=true"));
  EXPECT_THAT(finished.output, HasSubstr("REDIS_URL"));
}

TEST(SocketActivation, RefusesWhatIsNoListeningSocket) {
  TempDir directory;
  const Environment environment = {
      {"PATH", "/usr/bin:/bin"}, {"LISTEN_FDS", "1"}, {"DATA_DIR", directory.path() + "/data"}};
  std::vector<std::string> command = {"/bin/bash", "-c",
                                      "export LISTEN_PID=$$; exec \"$0\" serve 3</dev/null", recado_binary()};
  Child child(std::move(command), environment, directory.path());
  EXPECT_EQ(child.wait(), 78);
  child.whole_standard_output();
  EXPECT_THAT(child.output(), HasSubstr("LISTEN_FDS: descriptor 3 is not a listening TCP socket"));
}

}  // namespace
}  // namespace recado::e2e

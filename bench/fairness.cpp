// How much a bad destination delays the others: the real binary with its private Redis, lateness as the
// receiver sees it. The promise: under 100 ms at the 99th percentile, whatever the flood.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

constexpr std::size_t kOthers = 600;
constexpr Millis kBetween{5};
constexpr double kPromisedMs = 100;

/// A port that takes connections, as the kernel does by itself, and never answers.
class Silence {
 public:
  Silence() {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    ::listen(fd_, 4'096);
    socklen_t size = sizeof(address);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Silence() { ::close(fd_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

struct Fairness : ::testing::Test {
  Sink good;
  Recado recado;

  /// Registers a flood of `count` messages for `url`, all due now.
  void flood(const std::string& prefix, std::size_t count, const std::string& url, const std::string& more) {
    for (std::size_t from = 0; from < count; from += 1'000) {
      const std::size_t some = std::min<std::size_t>(1'000, count - from);
      const Instant due = now();
      const auto all = [due](std::size_t) { return due; };
      expect_all_created(
          recado.post("/messages/batch", batch(prefix + std::to_string(from) + "-", some, all, url, more)),
          some);
    }
  }

  /// Others' messages, one every kBetween from in two seconds on; `during` runs when they are registered.
  void measure(const char* what, const std::function<void()>& during) {
    const Instant first = now() + Millis{2'000};
    const auto spread = [first](std::size_t i) { return first + kBetween * static_cast<int>(i); };
    expect_all_created(recado.post("/messages/batch", batch("good-", kOthers, spread, good.url())), kOthers);
    during();
    const auto arrivals = good.wait(kOthers);
    ASSERT_EQ(arrivals.size(), kOthers);
    std::vector<double> late;
    for (const auto& arrival : arrivals) {
      const auto index = std::stoul(arrival.message_id().substr(5));
      late.push_back(static_cast<double>(arrival.at_ns - to_ms(spread(index)) * 1'000'000) / 1e6);
    }
    std::sort(late.begin(), late.end());
    const auto at = [&late](double share) {
      return late[static_cast<std::size_t>(share * static_cast<double>(late.size() - 1))];
    };
    std::printf("| %-62s | %6.1f | %6.1f | %6.1f |\n", what, at(0.5), at(0.99), late.back());
    EXPECT_GE(late.front(), 0.0);
    EXPECT_LT(at(0.99), kPromisedMs) << what;
  }
};

TEST_F(Fairness, Alone) {
  measure("nothing else", [] {});
}

TEST_F(Fairness, BesideADestinationThatNeverAnswers) {
  const Silence silent;
  measure("3,000 messages for a destination that never answers",
          [&] { flood("flood-", 3'000, silent.url(), R"(,"timeout":30)"); });
}

TEST_F(Fairness, BesideADestinationThatNeverAnswersFloodedOverTheRoom) {
  const Silence silent;
  measure("30,000 messages for a destination that never answers",
          [&] { flood("flood-", 30'000, silent.url(), R"(,"timeout":30)"); });
}

TEST_F(Fairness, BesideARefusedPort) {
  std::string url;
  {
    const Silence closed;
    url = closed.url();
  }
  measure("3,000 messages for a port that refuses connections", [&] {
    flood("flood-", 3'000, url, R"(,"retry":{"backoff":"fixed","initial":"500ms","maxAttempts":100})");
  });
}

TEST_F(Fairness, BesideASlowDestination) {
  Sink slow([](const Arrival&) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    return Sink::Reply();
  });
  measure("3,000 messages for a destination that takes a second each",
          [&] { flood("flood-", 3'000, slow.url(), ""); });
}

TEST_F(Fairness, BesideManySilentDestinations) {
  std::vector<std::unique_ptr<Silence>> silent;
  measure("7,000 messages for 70 destinations that never answer (MAX_IN_FLIGHT used up)", [&] {
    for (int i = 0; i < 70; ++i) {
      silent.push_back(std::make_unique<Silence>());
      flood("flood" + std::to_string(i) + "-", 100, silent.back()->url(), R"(,"timeout":30)");
    }
  });
}

struct Table : ::testing::Environment {
  void SetUp() override {
    std::printf(
        "| lateness of others in ms, beside                                | p50    | p99    | max    |\n");
    std::printf(
        "|----------------------------------------------------------------|--------|--------|--------|\n");
  }
};
const auto* const kTable = ::testing::AddGlobalTestEnvironment(new Table);

}  // namespace
}  // namespace recado::e2e

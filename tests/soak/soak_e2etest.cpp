// Everything at once for as long as SOAK_SECONDS says (6): messages that go well, that are retried, given up,
// changed, cancelled and expire, lists and metrics being read. In the end nothing is pending, nothing was
// lost, memory has not grown and the process ends by itself with 0: under AddressSanitizer that includes its
// leak check.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

constexpr std::size_t kBatch = 25;
constexpr Millis kPace{100};
/// Growth is judged where a run is long enough to tell it from warming up.
constexpr int kJudgedSeconds = 120;
constexpr std::size_t kAllowedGrowth = 10 * 1024 * 1024;

int soak_seconds() {
  const char* text = std::getenv("SOAK_SECONDS");
  return text == nullptr ? 6 : std::max(1, std::atoi(text));
}

/// proc(5), statm: the second figure is the resident pages.
std::size_t resident_bytes(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

/// Answers by path: /ok 200, /flaky 503 at first, /gone 410.
class Destination {
 public:
  std::string url(std::string_view path) const { return receiver_.url(path); }
  std::uint64_t delivered() const { return delivered_; }

 private:
  void serve(test::Receiver::Connection& connection) {
    while (const auto request = connection.read_request()) {
      const bool first = request->headers.at("recado-attempt") == "1";
      if (request->target == "/gone") {
        connection.answer(410);
      } else if (request->target == "/flaky" && first) {
        connection.answer(503, "not yet");
      } else {
        ++delivered_;
        connection.answer(200, "thanks");
      }
    }
  }

  std::atomic<std::uint64_t> delivered_ = 0;
  test::Receiver receiver_{[this](test::Receiver::Connection& connection) { serve(connection); }};
};

/// What the messages of a batch are for, by their place in it.
struct Kind {
  const char* path;
  const char* more;
};
constexpr Kind kKinds[] = {
    {"/ok", ""},
    {"/ok", R"(,"tags":["soak","a"],"queue":"busy")"},
    {"/flaky", R"(,"retry":{"backoff":"fixed","initial":"200ms"})"},
    {"/gone", ""},
    {"/ok", R"(,"headers":{"X-Key":"value"})"},
};

struct Tally {
  std::uint64_t to_deliver = 0;
  std::uint64_t to_fail = 0;
};

/// One step of the workload: a batch, and something done to a message or two of it.
void step(const Recado& recado, const Destination& destination, std::uint64_t round, Tally& tally) {
  std::string body = "[";
  const Instant start = now();
  for (std::size_t i = 0; i < kBatch; ++i) {
    const Kind& kind = kKinds[i % std::size(kKinds)];
    const std::string id = std::to_string(round) + "-" + std::to_string(i);
    if (i > 0) body += ',';
    body += message(id, start + Millis(200 * (i % 10)), destination.url(kind.path), kind.more);
    ++(std::string_view(kind.path) == "/gone" ? tally.to_fail : tally.to_deliver);
  }
  const std::string prefix = "/messages/" + std::to_string(round);
  const std::string far =
      message(std::to_string(round) + "-far", start + Millis(60'000), destination.url("/ok"));
  const std::string closed =
      message(std::to_string(round) + "-closed", start, "http://127.0.0.1:1/",
              R"(,"queue":"closed","retry":{"maxAttempts":2,"backoff":"fixed","initial":"100ms"})");
  const std::string late =
      message(std::to_string(round) + "-late", start - Millis(5000), destination.url("/ok"),
              R"(,"expiresAt":")" + utc(start - Millis(1000)) + "\"");
  expect_all_created(recado.post("/messages/batch", body + "," + far + "," + closed + "," + late + "]"),
                     kBatch + 3);
  tally.to_fail += 2;
  if (round % 2 == 0) {
    EXPECT_EQ(recado.ask("DELETE", prefix + "-far").status, 200);
  } else {
    EXPECT_EQ(recado.ask("PATCH", prefix + "-far", R"({"delay":"1s","payload":"changed"})").status, 200);
    ++tally.to_deliver;
  }
  if (round % 20 == 0) {
    for (const char* path :
         {"/messages?limit=50", "/messages?status=failed&limit=50", "/messages?tag=soak&limit=50", "/queues",
          "/health", "/metrics", "/openapi.json"}) {
      EXPECT_EQ(recado.get(path).status, 200) << path;
    }
    EXPECT_EQ(recado.post("/messages", R"({"webhookUrl":"nowhere"})").status, 422);
    EXPECT_EQ(recado.post("/messages", "{").status, 400);
  }
}

TEST(Soak, LosesNothingLeaksNothingAndStaysSmall) {
  const int seconds = soak_seconds();
  const Destination destination;
  Recado recado({{"HISTORY_RETENTION", "20s"},
                 {"FAILED_RETENTION", "20s"},
                 {"ASAN_OPTIONS", "detect_leaks=1:quarantine_size_mb=8:malloc_context_size=6"}});
  Tally tally;
  std::vector<std::size_t> resident;
  const Instant began = now();
  const Instant until = began + Millis(1000 * seconds);
  for (std::uint64_t round = 0; now() < until && !::testing::Test::HasFailure(); ++round) {
    step(recado, destination, round, tally);
    if (round % 100 == 99) {
      resident.push_back(resident_bytes(recado.child().pid()));
      std::cout << (now() - began).count() / 1000 << " s: " << destination.delivered() << " delivered, "
                << resident.back() / 1024 << " KiB resident" << std::endl;
    }
    wait_until(began + kPace * static_cast<std::int64_t>(round + 1));
  }
  // The breaker holds back what goes to the closed port, and probes ever less often.
  EXPECT_TRUE(eventually([&] {
    EXPECT_EQ(recado.ask("DELETE", "/messages?queue=closed").status, 200);
    return member(recado.get("/health").body, "scheduled_jobs") == "0";
  }));
  EXPECT_EQ(destination.delivered(), tally.to_deliver);
  std::cout << tally.to_deliver << " to be delivered, " << tally.to_fail << " to fail or to be cancelled\n";

  if (seconds >= kJudgedSeconds && resident.size() >= 6) {
    const auto third = static_cast<std::ptrdiff_t>(resident.size() / 3);
    const std::size_t early = *std::max_element(resident.begin() + third, resident.begin() + 2 * third);
    const std::size_t late = *std::max_element(resident.end() - third, resident.end());
    EXPECT_LT(late, early + kAllowedGrowth) << "resident bytes at most in the second and in the last third";
  }
  EXPECT_EQ(recado.terminate(), 0) << recado.child().output();
}

}  // namespace
}  // namespace recado::e2e

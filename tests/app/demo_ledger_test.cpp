#include "app/demo_ledger.hpp"

#include <gmock/gmock.h>

namespace recado::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kMs = 1'000'000;
constexpr Millis kRetry{1000};

DemoLedger ledger() {
  std::vector<DemoMessage> messages;
  messages.emplace_back("a", Millis{1000}, false);
  messages.emplace_back("b", Millis{2000}, true);
  return DemoLedger(std::move(messages));
}

TEST(DemoLedger, KeepsItsPromisesWhenEachArrivesOnce) {
  auto kept = ledger();
  EXPECT_TRUE(kept.arrive("a", 1000 * kMs, 1002 * kMs, kRetry).accept);
  const auto refused = kept.arrive("b", 2000 * kMs, 2001 * kMs, kRetry);
  EXPECT_TRUE(refused.known);
  EXPECT_FALSE(refused.accept);
  EXPECT_FALSE(kept.complete());
  const auto again = kept.arrive("b", 2000 * kMs, 3004 * kMs, kRetry);
  EXPECT_TRUE(again.accept);
  EXPECT_DOUBLE_EQ(again.late_ms, 3);  // after its retry's time, a second after the refusal
  EXPECT_TRUE(kept.complete());
  EXPECT_THAT(kept.broken_promises(), IsEmpty());
  EXPECT_THAT(kept.lateness(), ElementsAre(1, 2, 3));
}

TEST(DemoLedger, NamesWhatIsLostTwiceEarlyOrStrange) {
  auto broken = ledger();
  broken.arrive("a", 1000 * kMs, 998 * kMs, kRetry);
  broken.arrive("a", 1000 * kMs, 1001 * kMs, kRetry);
  broken.arrive("c", 1000 * kMs, 1001 * kMs, kRetry);
  EXPECT_FALSE(broken.complete());
  EXPECT_THAT(broken.broken_promises(), ElementsAre("a came 2.0 ms early", "something else arrived: c",
                                                    "a arrived 2 times", "b did not arrive"));
}

TEST(DemoLedger, CountsWhatWasDueInTheOutageApart) {
  auto down = ledger();
  down.server_down(900 * kMs);
  down.server_up(1500 * kMs);
  const auto arrival = down.arrive("a", 1000 * kMs, 1510 * kMs, kRetry);
  EXPECT_TRUE(arrival.during_outage);
  EXPECT_DOUBLE_EQ(arrival.late_ms, 510);
  EXPECT_EQ(down.delayed(), 1U);
  EXPECT_THAT(down.lateness(), IsEmpty());
}

}  // namespace
}  // namespace recado::app

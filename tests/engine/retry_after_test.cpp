#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "engine/delivery/webhook.hpp"

namespace recado::engine {
namespace {

using namespace std::chrono_literals;

const Instant kReceived = from_ms(1'776'220'906'250);

TEST(RetryAfter, IsSecondsOrADate) {
  const Instant now = from_ms(784'111'777'000) - 60s;  // a minute before Sun, 06 Nov 1994 08:49:37 GMT
  struct Case {
    const char* text;
    std::optional<Millis> wait;
  };
  for (const Case& c : std::vector<Case>{
           {"0", 0s},
           {"120", 120s},
           {" 120\t", 120s},
           {"007", 7s},
           {"Sun, 06 Nov 1994 08:49:37 GMT", 60s},
           {"Sunday, 06-Nov-94 08:49:37 GMT", 60s},
           {"Sun Nov  6 08:49:37 1994", 60s},
           {"Wed Nov 16 08:49:37 1994", 240h + 60s},
           {"Sun, 06 Nov 1994 08:48:37 GMT", 0s},
           {"Sun, 06 Nov 1994 08:48:00 GMT", 0s},
           {"Thu, 01 Jan 1970 00:00:00 GMT", 0s},
           {"Mon, 06 Nov 1994 08:49:37 GMT", 60s},  // it was a Sunday
           {"Sat, 31 Dec 1994 23:59:60 GMT", (55 * 24h) + 15h + 11min + 23s},
           {"Saturday, 06-Nov-93 08:49:37 GMT", 0s},
           {"Sunday, 06-Nov-50 08:49:37 GMT", 0s},  // 1950, not 2050
           {"", std::nullopt},
           {"  ", std::nullopt},
           {"-1", std::nullopt},
           {"1.5", std::nullopt},
           {"1e3", std::nullopt},
           {"12 s", std::nullopt},
           {"soon", std::nullopt},
           {"Sun, 06 Nov 1994 08:49:37", std::nullopt},
           {"Sun, 06 Nov 1994 08:49:37 EST", std::nullopt},
           {"Sun, 06 Nov 1994 08:49:37 GMT x", std::nullopt},
           {"Sun, 31 Feb 1994 08:49:37 GMT", std::nullopt},
           {"Sun, 00 Nov 1994 08:49:37 GMT", std::nullopt},
           {"Sun, 06 Nov 1994 24:00:00 GMT", std::nullopt},
           {"Sun, 6 Nov 1994 08:49:37 GMT", std::nullopt},
           {"Sun, 06 Nov 94 08:49:37 GMT", std::nullopt},
           {"2026-04-15T02:41:45Z", std::nullopt},
       }) {
    EXPECT_EQ(parse_retry_after(c.text, now), c.wait) << c.text;
  }
}

TEST(RetryAfter, ReadsATwoDigitYearAsTheNearestThatIsAtMostFiftyYearsAhead) {
  const Instant now = from_ms(1'776'220'905'000);  // 2026
  EXPECT_GT(*parse_retry_after("Sunday, 06-Nov-76 08:49:37 GMT", now), 8760h * 50);
  EXPECT_EQ(*parse_retry_after("Sunday, 06-Nov-77 08:49:37 GMT", now), 0s);
}

TEST(RetryAfter, OfAnyNumberOfSecondsDoesNotOverflow) {
  EXPECT_GE(*parse_retry_after("9223372036854775807", kReceived), 24h);
  EXPECT_GE(*parse_retry_after(std::string(1000, '9'), kReceived), 24h);
  EXPECT_GE(*parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", kReceived), 24h);
}

}  // namespace
}  // namespace recado::engine

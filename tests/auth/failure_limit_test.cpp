#include "auth/failure_limit.hpp"

#include <gtest/gtest.h>

namespace recado::auth {
namespace {

using std::chrono::seconds;

constexpr const char* kClient = "203.0.113.7:41234";

SteadyPoint at(seconds after) {
  return SteadyPoint{std::chrono::hours{100}} + after;
}

TEST(FailureLimit, LetsTenWrongTokensPassAndThenOneEverySixSeconds) {
  FailureLimit limit;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limit.count(kClient, at(seconds{0})).wait) << i;
  const auto first = limit.count("203.0.113.7:9", at(seconds{0}));
  EXPECT_EQ(first.wait, seconds{6});
  EXPECT_TRUE(first.first);
  const auto second = limit.count(kClient, at(seconds{4}));
  EXPECT_EQ(second.wait, seconds{2});
  EXPECT_FALSE(second.first) << "one line in the log is enough";
  EXPECT_EQ(limit.look(kClient, at(seconds{4})).wait, seconds{2});
  EXPECT_FALSE(limit.look(kClient, at(seconds{6})).wait);
  EXPECT_FALSE(limit.count(kClient, at(seconds{6})).wait);
  EXPECT_TRUE(limit.count(kClient, at(seconds{6})).wait);
}

TEST(FailureLimit, ForgetsWhoWaited) {
  FailureLimit limit;
  for (int i = 0; i < 11; ++i) limit.count(kClient, at(seconds{0}));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limit.count(kClient, at(seconds{60})).wait) << i;
  EXPECT_TRUE(limit.count(kClient, at(seconds{60})).first);
}

TEST(FailureLimit, CountsEachAddressForItself) {
  FailureLimit limit;
  for (int i = 0; i < 20; ++i) limit.count(kClient, at(seconds{0}));
  EXPECT_FALSE(limit.look("203.0.113.8:41234", at(seconds{0})).wait);
  EXPECT_FALSE(limit.count("203.0.113.8:41234", at(seconds{0})).wait);
}

TEST(FailureLimit, TellsAddressesByWhatOneClientHasToItself) {
  EXPECT_EQ(FailureLimit::address_of("203.0.113.7:1"), "203.0.113.7");
  EXPECT_EQ(FailureLimit::address_of("[::ffff:203.0.113.7]:1"), "203.0.113.7");
  EXPECT_EQ(FailureLimit::address_of("[2001:db8:1:2:3:4:5:6]:1"), "2001:db8:1:2::/64");
  EXPECT_EQ(FailureLimit::address_of("[2001:db8:1:2::9]:2"), "2001:db8:1:2::/64");
  EXPECT_EQ(FailureLimit::address_of("[fe80::1%eth0]:2"), "fe80::/64");
  EXPECT_EQ(FailureLimit::address_of("unix"), "unix");
  EXPECT_EQ(FailureLimit::address_of(""), "");
}

TEST(FailureLimit, KeepsABoundedNumberOfAddressesAndStillCountsTheRest) {
  FailureLimit limit;
  for (std::size_t i = 0; i < 3 * FailureLimit::kMaxAddresses; ++i) {
    limit.count("10." + std::to_string(i / 65536) + "." + std::to_string(i / 256 % 256) + "." +
                    std::to_string(i % 256) + ":1",
                at(seconds{0}));
  }
  EXPECT_EQ(limit.addresses(), FailureLimit::kMaxAddresses);
  EXPECT_TRUE(limit.count("192.0.2.1:1", at(seconds{0})).wait) << "the rest shares one count";
  EXPECT_FALSE(limit.count("10.0.0.1:1", at(seconds{0})).wait) << "who is counted is not touched by the rest";
  EXPECT_FALSE(limit.count("192.0.2.1:1", at(seconds{61})).wait) << "places become free again";
  EXPECT_LT(limit.addresses(), FailureLimit::kMaxAddresses);
}

}  // namespace
}  // namespace recado::auth

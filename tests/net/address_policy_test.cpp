#include "net/address_policy.hpp"

#include <gmock/gmock.h>

namespace recado::net {
namespace {

using boost::asio::ip::make_address;
using ::testing::HasSubstr;
using ::testing::Not;

AddressPolicy policy(const std::vector<std::string>& allow = {}) {
  return AddressPolicy::create(allow).value();
}

std::string verdict(const AddressPolicy& judge, const std::string& address) {
  const auto result = judge.check(make_address(address));
  if (result.ok()) return "allowed";
  EXPECT_EQ(result.error().code(), ErrorCode::refused);
  return result.error().detail();
}

struct Case {
  const char* address;
  const char* kind;
};

constexpr Case kNever[] = {
    {"0.0.0.0", "unspecified"},
    {"0.1.2.3", "reserved"},
    {"169.254.0.1", "link-local"},
    {"169.254.169.254", "metadata"},
    {"100.100.100.200", "metadata"},
    {"192.0.0.1", "reserved"},
    {"192.0.2.255", "documentation"},
    {"192.88.99.1", "reserved"},
    {"198.18.0.1", "benchmarking"},
    {"198.19.255.255", "benchmarking"},
    {"198.51.100.7", "documentation"},
    {"203.0.113.7", "documentation"},
    {"224.0.0.1", "multicast"},
    {"239.255.255.255", "multicast"},
    {"240.0.0.1", "reserved"},
    {"255.255.255.255", "broadcast"},
    {"::", "unspecified"},
    {"fe80::1", "link-local"},
    {"febf::1", "link-local"},
    {"fec0::1", "site-local"},
    {"ff02::1", "multicast"},
    {"100::1", "discard"},
    {"2001:db8::1", "documentation"},
    {"2001::1", "Teredo"},
    {"fd00:ec2::254", "metadata"},
    {"4000::1", "reserved"},
    {"64:ff9b:1::1", "translator"},
};

constexpr Case kAllowable[] = {
    {"127.0.0.1", "127.0.0.0/8"},
    {"127.255.255.255", "127.0.0.0/8"},
    {"10.0.0.1", "10.0.0.0/8"},
    {"10.255.255.255", "10.0.0.0/8"},
    {"172.16.0.1", "172.16.0.0/12"},
    {"172.31.255.255", "172.16.0.0/12"},
    {"192.168.0.1", "192.168.0.0/16"},
    {"100.64.0.1", "100.64.0.0/10"},
    {"100.127.255.255", "100.64.0.0/10"},
    {"::1", "::1/128"},
    {"fc00::1", "fc00::/7"},
    {"fdff::1", "fc00::/7"},
};

TEST(AddressPolicy, NeverAllowsReservedRangesWhateverTheSetting) {
  const auto everything = policy({"0.0.0.0/0", "::/0"});
  for (const auto& c : kNever) {
    SCOPED_TRACE(c.address);
    EXPECT_THAT(verdict(policy(), c.address), HasSubstr(c.kind));
    EXPECT_THAT(verdict(everything, c.address), HasSubstr(c.kind));
    EXPECT_THAT(verdict(everything, c.address), Not(HasSubstr("WEBHOOK_ALLOW_NETWORKS")));
  }
}

TEST(AddressPolicy, RefusesPrivateAndLoopbackNamingTheSettingThatAllowsThem) {
  for (const auto& c : kAllowable) {
    SCOPED_TRACE(c.address);
    EXPECT_THAT(verdict(policy(), c.address),
                HasSubstr(std::string("set WEBHOOK_ALLOW_NETWORKS=") + c.kind + " "));
    EXPECT_EQ(verdict(policy({c.kind}), c.address), "allowed") << "the setting it names must work";
  }
  EXPECT_EQ(verdict(policy(), "127.0.0.1"),
            "127.0.0.1 is a loopback address; set WEBHOOK_ALLOW_NETWORKS=127.0.0.0/8 to allow it");
  EXPECT_EQ(verdict(policy({"127.0.0.0/8"}), "10.0.0.1"),
            "10.0.0.1 is a private address; add 10.0.0.0/8 to WEBHOOK_ALLOW_NETWORKS to allow it");
}

TEST(AddressPolicy, AllowsPublicAddressesUpToTheEdgesOfTheRanges) {
  for (const char* address :
       {"1.1.1.1",         "9.255.255.255",        "11.0.0.0",       "100.63.255.255",
        "100.128.0.0",     "126.255.255.255",      "128.0.0.0",      "169.253.255.255",
        "169.255.0.0",     "172.15.255.255",       "172.32.0.0",     "192.0.1.0",
        "192.167.255.255", "192.169.0.0",          "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "2606:4700:4700::1111", "2a00::1",        "2001:4860:4860::8888"}) {
    EXPECT_EQ(verdict(policy(), address), "allowed") << address;
  }
}

TEST(AddressPolicy, JudgesTheIpv4AddressInsideAnIpv6One) {
  for (const char* address : {"::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::1"}) {
    SCOPED_TRACE(address);
    EXPECT_THAT(verdict(policy(), address), HasSubstr("which carries 127.0.0.1) is a loopback address"));
    EXPECT_EQ(verdict(policy({"127.0.0.0/8"}), address), "allowed");
  }
  for (const char* address : {"::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::"}) {
    EXPECT_THAT(verdict(policy({"0.0.0.0/0", "::/0"}), address), HasSubstr("metadata")) << address;
  }
  EXPECT_EQ(verdict(policy(), "::ffff:8.8.8.8"), "allowed");
  EXPECT_EQ(verdict(policy(), "64:ff9b::8.8.8.8"), "allowed");
}

TEST(AddressPolicy, AllowsOnlyTheNetworkThatIsNamed) {
  const auto narrow = policy({"10.1.0.0/16", "192.168.7.9", "fd12:3456::/32"});
  EXPECT_EQ(verdict(narrow, "10.1.255.255"), "allowed");
  EXPECT_NE(verdict(narrow, "10.2.0.0"), "allowed");
  EXPECT_EQ(verdict(narrow, "192.168.7.9"), "allowed");
  EXPECT_NE(verdict(narrow, "192.168.7.8"), "allowed");
  EXPECT_EQ(verdict(narrow, "fd12:3456::1"), "allowed");
  EXPECT_NE(verdict(narrow, "fd12:3457::1"), "allowed");
  EXPECT_NE(verdict(policy({"::/0"}), "10.0.0.1"), "allowed") << "all of IPv6 is not all of IPv4";
  EXPECT_NE(verdict(policy({"0.0.0.0/0"}), "::1"), "allowed");
}

TEST(AddressPolicy, NamesTheNetworkThatCannotBeRead) {
  for (const char* text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "::/129",
                           "10.0.0.1/8", "localhost", "10.0.0/8", "fe80::%eth0/10", "10.0.0.0/8 "}) {
    const auto result = AddressPolicy::create({"127.0.0.0/8", text});
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().code(), ErrorCode::configuration);
    EXPECT_THAT(result.error().detail(), HasSubstr("`" + std::string(text) + "`"));
  }
}

}  // namespace
}  // namespace recado::net

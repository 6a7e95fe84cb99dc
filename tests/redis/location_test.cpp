#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/endpoint.hpp"

namespace recado::redis {
namespace {

using Kind = Location::Kind;
using Transport = Endpoint::Transport;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Location, IsOneServerInEveryFormOfBefore) {
  const auto one = Location::parse("rediss://app:pw@h:1/2?ca_file=/ca.pem");
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->kind, Kind::server);
  EXPECT_EQ(one->describe(), "rediss://app@h:1/2");
  EXPECT_EQ(one->server.ca_file, "/ca.pem");
}

TEST(Location, NamesSentinelsAndTheirMaster) {
  const auto plain = Location::parse("redis+sentinel://a,b:1,[::1]/mymaster");
  ASSERT_TRUE(plain.ok()) << plain.error().detail();
  EXPECT_EQ(plain->kind, Kind::sentinel);
  EXPECT_EQ(plain->master_name, "mymaster");
  ASSERT_EQ(plain->entries.size(), 3u);
  EXPECT_EQ(plain->entries[0].address(), "a:26379");
  EXPECT_EQ(plain->entries[1].address(), "b:1");
  EXPECT_EQ(plain->entries[2].address(), "[::1]:26379");
  EXPECT_EQ(plain->server.database, 0);
  EXPECT_EQ(plain->describe(), "redis+sentinel://a:26379,b:1,[::1]:26379/mymaster/0");
}

TEST(Location, TellsTheSentinelsCredentialsFromTheMasters) {
  const auto full = Location::parse(
      "rediss+sentinel://app:p%40ss@a:1/my%20master/3?sentinel_user=watch&sentinel_password=s3nt&ca_file=/"
      "ca.pem");
  ASSERT_TRUE(full.ok()) << full.error().detail();
  EXPECT_EQ(full->master_name, "my master");
  EXPECT_EQ(full->server.user, "app");
  EXPECT_EQ(full->server.password.reveal(), "p@ss");
  EXPECT_EQ(full->server.database, 3);
  EXPECT_EQ(full->server.transport, Transport::tls);
  EXPECT_EQ(full->server.ca_file, "/ca.pem");
  EXPECT_EQ(full->entries[0].user, "watch");
  EXPECT_EQ(full->entries[0].password.reveal(), "s3nt");
  EXPECT_EQ(full->entries[0].transport, Transport::tls);
  EXPECT_EQ(full->entries[0].ca_file, "/ca.pem");
  EXPECT_EQ(full->entries[0].database, 0);
  EXPECT_THAT(full->describe(), Not(HasSubstr("p@ss")));
  EXPECT_THAT(full->describe(), Not(HasSubstr("s3nt")));
  EXPECT_EQ(Location::parse("redis+sentinel://:pw@a/m")->entries[0].password.reveal(), "");
}

TEST(Location, NamesNodesOfACluster) {
  const auto cluster = Location::parse("REDIS+Cluster://app:pw@a:7000,b,a:7000");
  ASSERT_TRUE(cluster.ok()) << cluster.error().detail();
  EXPECT_EQ(cluster->kind, Kind::cluster);
  ASSERT_EQ(cluster->entries.size(), 2u);
  EXPECT_EQ(cluster->entries[0].address(), "a:7000");
  EXPECT_EQ(cluster->entries[1].address(), "b:6379");
  EXPECT_EQ(cluster->entries[1].password.reveal(), "pw");
  EXPECT_EQ(cluster->server.user, "app");
  EXPECT_EQ(cluster->describe(), "redis+cluster://app@a:7000,b:6379");
  EXPECT_TRUE(Location::parse("redis+cluster://a/0").ok());
  EXPECT_TRUE(Location::parse("redis+cluster://a/").ok());
  EXPECT_EQ(Location::parse("rediss+cluster://a?ca_file=/ca.pem")->entries[0].ca_file, "/ca.pem");
}

TEST(Location, RefusesWhatCannotBeMeantAndNeverShowsThePassword) {
  const std::vector<std::string> table{"redis+sentinel://",
                                       "redis+sentinel://a",
                                       "redis+sentinel://a/",
                                       "redis+sentinel:///mymaster",
                                       "redis+sentinel://a,/mymaster",
                                       "redis+sentinel://,a/mymaster",
                                       "redis+sentinel://a,,b/mymaster",
                                       "redis+sentinel://a:0/mymaster",
                                       "redis+sentinel://:hunter2@a:x/mymaster",
                                       "redis+sentinel://:hunter2@a/mymaster/one",
                                       "redis+sentinel://:hunter2@a/mymaster/1/2",
                                       "redis+sentinel://:hunter2@a/mymaster%zz",
                                       "redis+sentinel://:hunter2@a/mymaster?ca_file=/x",
                                       "redis+sentinel://a/mymaster?sentinel_password=hunter2%",
                                       "redis+sentinel://a/mymaster?sentinel_user=watch",
                                       "redis+sentinel://a/mymaster?password=hunter2",
                                       "redis+sentinel://hunter2@a/mymaster",
                                       "redis+sentinel://:hunter2/x@a/mymaster",
                                       "redis+cluster://",
                                       "redis+cluster://:hunter2@a/1",
                                       "redis+cluster://:hunter2@a?db=1",
                                       "redis+cluster://:hunter2@a/mymaster",
                                       "redis+cluster://:hunter2@a?sentinel_password=hunter2",
                                       "redis+cluster://a b",
                                       "unix+cluster:///x",
                                       "redis+clusters://a",
                                       "redis+://a",
                                       "http://a"};
  for (const auto& url : table) {
    SCOPED_TRACE(url);
    const auto parsed = Location::parse(url);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().code(), ErrorCode::configuration);
    EXPECT_THAT(parsed.error().detail(), ::testing::StartsWith("REDIS_URL: "));
    EXPECT_THAT(parsed.error().detail(), Not(HasSubstr("hunter2")));
    EXPECT_THAT(parsed.error().detail(), Not(HasSubstr("\n")));
  }
}

}  // namespace
}  // namespace recado::redis

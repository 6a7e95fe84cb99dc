#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/client.hpp"

namespace recado::redis {
namespace {

using Transport = Endpoint::Transport;

struct Accepted {
  std::string url;
  Transport transport;
  std::string where;  ///< host, or the socket's path
  int port;
  std::string user, password;
  int database;
  std::string described;
};

TEST(Endpoint, ReadsEveryFormOfUrl) {
  const std::vector<Accepted> table{
      {"redis://localhost", Transport::tcp, "localhost", 6379, "", "", 0, "redis://localhost:6379/0"},
      {"redis://localhost/", Transport::tcp, "localhost", 6379, "", "", 0, "redis://localhost:6379/0"},
      {"REDIS://10.0.0.1:7000/3", Transport::tcp, "10.0.0.1", 7000, "", "", 3, "redis://10.0.0.1:7000/3"},
      {"redis://:s3cret@h:1", Transport::tcp, "h", 1, "", "s3cret", 0, "redis://h:1/0"},
      {"redis://app:a%40b%3A%2f%25@h", Transport::tcp, "h", 6379, "app", "a@b:/%", 0, "redis://app@h:6379/0"},
      {"redis://app:p@ss@h", Transport::tcp, "h", 6379, "app", "p@ss", 0, "redis://app@h:6379/0"},
      {"redis://app:p:w@h", Transport::tcp, "h", 6379, "app", "p:w", 0, "redis://app@h:6379/0"},
      {"redis://h?db=5", Transport::tcp, "h", 6379, "", "", 5, "redis://h:6379/5"},
      {"redis://[::1]:6380/1", Transport::tcp, "::1", 6380, "", "", 1, "redis://[::1]:6380/1"},
      {"rediss://redis.example.com", Transport::tls, "redis.example.com", 6379, "", "", 0,
       "rediss://redis.example.com:6379/0"},
      {"unix:///run/redis.sock", Transport::unix_socket, "/run/redis.sock", 6379, "", "", 0,
       "unix:///run/redis.sock"},
      {"unix://:pw@/run/a%20b.sock?db=2", Transport::unix_socket, "/run/a b.sock", 6379, "", "pw", 2,
       "unix:///run/a b.sock?db=2"},
      {"unix:///srv/a@b/redis.sock", Transport::unix_socket, "/srv/a@b/redis.sock", 6379, "", "", 0,
       "unix:///srv/a@b/redis.sock"},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.url);
    const auto parsed = Endpoint::parse(row.url);
    ASSERT_TRUE(parsed.ok()) << parsed.error().detail();
    EXPECT_EQ(parsed->transport, row.transport);
    EXPECT_EQ(row.transport == Transport::unix_socket ? parsed->path : parsed->host, row.where);
    EXPECT_EQ(parsed->port, row.port);
    EXPECT_EQ(parsed->user, row.user);
    EXPECT_EQ(parsed->password.reveal(), row.password);
    EXPECT_EQ(parsed->database, row.database);
    EXPECT_EQ(parsed->describe(), row.described);
  }
}

TEST(Endpoint, TakesAnAuthorityFileForTlsOnly) {
  const auto parsed = Endpoint::parse("rediss://h:1/2?ca_file=%2Fetc%2Fca.pem");
  ASSERT_TRUE(parsed.ok()) << parsed.error().detail();
  EXPECT_EQ(parsed->ca_file, "/etc/ca.pem");
  EXPECT_FALSE(Endpoint::parse("redis://h?ca_file=/etc/ca.pem").ok());
}

TEST(Endpoint, RefusesWhatCannotBeMeantAndNeverShowsThePassword) {
  const std::vector<std::string> table{"",
                                       "localhost:6379",
                                       "http://hunter2@h",
                                       "redis://",
                                       "redis:///0",
                                       "redis://:6379",
                                       "redis://hunter2@h",
                                       "redis://app:@h",
                                       "redis://:hunter2%zz@h",
                                       "redis://:hunter2%@h",
                                       "redis://:hunter2%00@h",
                                       "redis://:hunter2/x@h",
                                       "redis://:hunter2#x@h",
                                       "redis://:hunter2@h:0",
                                       "redis://:hunter2@h:65536",
                                       "redis://:hunter2@h:port",
                                       "redis://:hunter2@h:",
                                       "redis://:hunter2@h/one",
                                       "redis://:hunter2@h/-1",
                                       "redis://:hunter2@h/1/2",
                                       "redis://:hunter2@h?db=",
                                       "redis://:hunter2@h?timeout=hunter2",
                                       "redis://:hunter2@::1:6379",
                                       "redis://:hunter2@[::1",
                                       "redis://:hunter2@[::1]x",
                                       "redis://:hunter2@[]:1",
                                       "redis://:hunter2@ho st",
                                       "unix://",
                                       "unix:///",
                                       "unix://run/redis.sock"};
  for (const auto& url : table) {
    SCOPED_TRACE(url);
    const auto parsed = Endpoint::parse(url);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().code(), ErrorCode::configuration);
    EXPECT_THAT(parsed.error().detail(), ::testing::StartsWith("REDIS_URL: "));
    EXPECT_THAT(parsed.error().detail(), ::testing::Not(::testing::HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace recado::redis

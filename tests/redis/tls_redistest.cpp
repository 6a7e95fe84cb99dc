// rediss:// and plain TCP against a real redis-server, with an authority made by the openssl program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness.hpp"
#include "support/certificates.hpp"
#include "support/ports.hpp"

namespace recado::redis {
namespace {

using test::Certificates;
using testing::Server;
using testing::words;

using TlsTest = testing::LoopTest;

TEST_F(TlsTest, SpeaksToAServerWhoseAuthorityIsGivenAndToNoOther) {
  const Certificates certificates;
  ASSERT_TRUE(certificates.made);
  const std::string port = std::to_string(test::free_port());
  auto arguments = certificates.redis_arguments();
  for (const auto& word : words("--tls-port", port, "--bind", "127.0.0.1")) arguments.push_back(word);
  Server server(arguments);
  const auto good = Endpoint::parse("rediss://127.0.0.1:" + port + "?ca_file=" + certificates.file("ca.pem"));
  const auto untrusted = Endpoint::parse("rediss://127.0.0.1:" + port);
  const auto missing = Endpoint::parse("rediss://127.0.0.1:" + port + "?ca_file=/nowhere.pem");
  ASSERT_TRUE(good.ok() && untrusted.ok() && missing.ok());
  Client client(loop, *good);
  Client stranger(loop, *untrusted);
  Client lost(loop, *missing);
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_TRUE(co_await client.wait_connected(Millis{5000})) << client.last_error();
    const std::string large(3'000'000, 'x');
    co_await client.command(words("SET", "k", large));
    const auto got = co_await client.command(words("GET", "k"));
    EXPECT_EQ(got->text().size(), large.size());
    stranger.start();
    lost.start();
    bool let_in = false;
    while (!let_in && stranger.last_error().find("certificate") == std::string::npos) {
      let_in = co_await stranger.wait_connected(Millis{100});  // run() bounds it
    }
    EXPECT_FALSE(let_in);
    EXPECT_THAT(stranger.last_error(), ::testing::HasSubstr("certificate"));
    EXPECT_FALSE(co_await lost.wait_connected(Millis{50}));
    EXPECT_THAT(lost.last_error(), ::testing::HasSubstr("/nowhere.pem"));
    co_await client.stop();
    co_await stranger.stop();
    co_await lost.stop();
  });
}

TEST_F(TlsTest, PlainTcpWorksByNameToo) {
  const std::string port = std::to_string(test::free_port());
  Server server({"--port", port, "--bind", "127.0.0.1"});
  const auto endpoint = Endpoint::parse("redis://localhost:" + port);
  ASSERT_TRUE(endpoint.ok());
  Client client(loop, *endpoint);
  run([&]() -> io::Task<> {
    client.start();
    EXPECT_TRUE(co_await client.wait_connected(Millis{5000})) << client.last_error();
    const auto pong = co_await client.command(words("PING"));
    EXPECT_EQ(pong->text(), "PONG");
    co_await client.stop();
  });
}

}  // namespace
}  // namespace recado::redis

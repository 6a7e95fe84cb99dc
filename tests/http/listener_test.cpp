#include "http/listener.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/metrics.hpp"
#include "http/server.hpp"

namespace recado::http {
namespace {

using ::testing::HasSubstr;

struct ListenerTest : ::testing::Test {
  SystemClock clock;
  io::Loop loop{clock};
  Router router;
  Metrics metrics;

  Result<void> listen(Server& server) { return server.listen(); }
  static ServerOptions options(std::string host, std::uint16_t port) {
    ServerOptions made;
    made.host = std::move(host);
    made.port = port;
    return made;
  }
};

TEST_F(ListenerTest, ListensOnLiteralsAndNames) {
  for (const char* host : {"127.0.0.1", "localhost", "0.0.0.0"}) {
    Server server(loop, options(host, 0), router, nullptr, metrics);
    ASSERT_TRUE(server.listen()) << host;
    EXPECT_NE(server.port(), 0);
  }
}

TEST_F(ListenerTest, SaysWhoElseMayListenThere) {
  Server first(loop, options("127.0.0.1", 0), router, nullptr, metrics);
  ASSERT_TRUE(first.listen());
  Server second(loop, options("127.0.0.1", first.port()), router, nullptr, metrics);
  const auto refused = second.listen();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::configuration);
  const std::string port = std::to_string(first.port());
  EXPECT_THAT(
      refused.error().detail(),
      HasSubstr("API_HOST=127.0.0.1, API_PORT=" + port +
                ": address already in use (is another recado or program listening there? try API_PORT="));
}

TEST_F(ListenerTest, SaysWhatIsWrongWithTheHost) {
  Server foreign(loop, options("192.0.2.1", 0), router, nullptr, metrics);
  EXPECT_THAT(foreign.listen().error().detail(), HasSubstr("no such address"));
  Server unknown(loop, options("no-such-host.invalid", 0), router, nullptr, metrics);
  EXPECT_THAT(unknown.listen().error().detail(), HasSubstr("cannot be resolved"));
}

TEST_F(ListenerTest, TakesOverInheritedSockets) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&at), sizeof(at)), 0);
  auto inherited = options("ignored.invalid", 0);
  inherited.inherited_sockets = {socket};
  Server early(loop, inherited, router, nullptr, metrics);
  EXPECT_THAT(early.listen().error().detail(), HasSubstr("not a listening TCP socket"));
  ASSERT_EQ(::listen(socket, 10), 0);
  Server server(loop, inherited, router, nullptr, metrics);
  ASSERT_TRUE(server.listen());
  socklen_t size = sizeof(at);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size);
  EXPECT_EQ(server.port(), ntohs(at.sin_port));
}

}  // namespace
}  // namespace recado::http

#include "net/connect_race.hpp"

#include <gmock/gmock.h>

#include "http_client_fixture.hpp"

namespace recado::net {
namespace {

using test::Receiver;
using ::testing::HasSubstr;

/// An address that does not answer: a listener on 127.0.0.2 whose queue is full, so that the kernel drops
/// each SYN.
class SilentAddress {
 public:
  explicit SilentAddress(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    address.sin_port = htons(port);
    sockets_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* any = reinterpret_cast<const sockaddr*>(&address);
    EXPECT_EQ(::bind(sockets_[0], any, sizeof address), 0);
    EXPECT_EQ(::listen(sockets_[0], 0), 0);
    for (int i = 0; i < 4; ++i) {
      sockets_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      ::connect(sockets_.back(), any, sizeof address);
    }
  }
  ~SilentAddress() {
    for (const int fd : sockets_) ::close(fd);
  }
  SilentAddress(const SilentAddress&) = delete;
  SilentAddress& operator=(const SilentAddress&) = delete;

 private:
  std::vector<int> sockets_;
};

class ConnectRaceTest : public HttpClientFixture {
 protected:
  Receiver receiver{Receiver::answering(200)};
  SilentAddress silent{receiver.port()};
  std::string port = std::to_string(receiver.port());
};

TEST(ConnectRace, TakesFamiliesInTurns) {
  using boost::asio::ip::make_address;
  const auto order = interleave({make_address("1.1.1.1"), make_address("1.1.1.2"), make_address("1.1.1.3"),
                                 make_address("2000::1"), make_address("2000::2")});
  std::string text;
  for (const auto& address : order) text += address.to_string() + " ";
  EXPECT_EQ(text, "1.1.1.1 2000::1 1.1.1.2 2000::2 1.1.1.3 ");
}

TEST_F(ConnectRaceTest, LetsTheNextAddressJoinWhenOneIsSilent) {
  resolver.table["half.test"] = {"127.0.0.2", "127.0.0.1"};
  const auto response = send("http://half.test:" + port + "/");
  EXPECT_EQ(response.status, 200) << response.detail;
  EXPECT_GE(response.latency, kNextAddressAfter);
  EXPECT_LT(response.latency, Millis(2000));
}

TEST_F(ConnectRaceTest, GivesUpAfterTheTimeForConnecting) {
  HttpClientLimits limits;
  limits.connect_timeout = Millis(100);
  make_client(limits);
  const auto response = send("http://127.0.0.2:" + port + "/");
  EXPECT_EQ(response.error, SendError::connect);
  EXPECT_EQ(response.detail, "could not connect to `127.0.0.2`: no answer within 100ms");
  EXPECT_FALSE(response.written);
}

TEST_F(ConnectRaceTest, SaysTimeoutWhenTheRequestsOwnTimeRunsOut) {
  const auto response = send("http://127.0.0.2:" + port + "/", "{}", Millis(100));
  EXPECT_EQ(response.error, SendError::timeout);
  EXPECT_THAT(response.detail, HasSubstr("no answer within 100ms; the time ran out while connecting"));
  EXPECT_FALSE(response.written);
}

}  // namespace
}  // namespace recado::net

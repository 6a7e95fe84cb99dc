#include "app/receiver.hpp"

#include <gmock/gmock.h>

#include "net/http_client.hpp"

namespace recado::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct ReceiverTest : ::testing::Test {
  SystemClock clock;
  io::Loop loop{clock};
  io::TaskGroup tasks{loop};
  std::vector<std::string> arrived;

  io::Task<http::Response> note(http::Request& request, std::int64_t at) {
    EXPECT_LE(at, clock.now_ns());
    arrived.push_back(request.method + " " + request.target + " " + request.body);
    co_return http::Response::text(503, "no");
  }

  Receiver receiver{loop, "127.0.0.1", 0,
                    [this](http::Request& request, std::int64_t at) { return note(request, at); }};

  io::Task<> send_odd_ones() {
    auto policy = net::AddressPolicy::create({"127.0.0.0/8"});
    auto resolver = net::Resolver::create(loop, {});
    auto client = net::HttpClient::create(loop, *policy, **resolver, net::HttpClientLimits(), "");
    for (const auto& [method, path, header, value] :
         {std::tuple{"POST", "/a//b/%20?q", "Content-Type", "text/plain; charset=latin1"},
          std::tuple{"BREW", "/", "Content-Encoding", "br"}, std::tuple{"DELETE", "/api/x/", "X-Any", "1"}}) {
      net::HttpRequest request;
      request.url = std::move(*net::parse_url("http://127.0.0.1:" + std::to_string(receiver.port()) + "/"));
      request.url.target = path;
      request.method = method;
      request.headers.emplace_back(header, value);
      request.body = "body";
      const auto response = co_await (*client)->send(std::move(request));
      EXPECT_EQ(response.status, 503) << method << " " << path << " " << response.body;
    }
    (*client)->close_idle();
    co_await receiver.stop();
  }
};

TEST_F(ReceiverTest, TakesAnyMethodPathAndContent) {
  ASSERT_TRUE(receiver.start().ok());
  tasks.spawn("send", send_odd_ones());
  loop.run();
  EXPECT_THAT(arrived, ElementsAre("POST /a//b/%20?q body", "BREW / body", "DELETE /api/x/ body"));
}

TEST_F(ReceiverTest, NamesItsFlagsWhenThePortIsTaken) {
  ASSERT_TRUE(receiver.start().ok());
  Receiver second(loop, "127.0.0.1", receiver.port(), {});
  const auto refused = second.start();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().detail(), HasSubstr("--port=" + std::to_string(receiver.port())));
}

}  // namespace
}  // namespace recado::app

// What is refused when there is more than there is room for, and what is not.
#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <vector>

#include "http/running_server.hpp"
#include "http/test_client.hpp"

namespace recado::http {
namespace {

using namespace http::testing;
using ::testing::HasSubstr;

void expect_come_back_later(const Answer& answer) {
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("retry-after"), "1");
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
}

/// The value of an unlabelled metric, or of one series with its labels.
double value_of(RunningServer& server, const std::string& series) {
  const std::string page = "\n" + server.metrics();
  const auto at = page.find("\n" + series + " ");
  return at == std::string::npos ? -1 : std::stod(page.substr(at + series.size() + 2));
}

void await_held(RunningServer& server, double bytes) {
  while (value_of(server, "recado_http_request_bytes") < bytes) continue;
}

TEST(Load, RegistrationsAreRefusedUnderPressureAndNothingElse) {
  std::atomic<bool> pressed{true};
  auto options = test_options();
  options.overload = [&pressed]() -> std::optional<Overload> {
    if (!pressed) return std::nullopt;
    Overload overload;
    overload.code = "redis_slow";
    overload.detail = "Redis answers slowly";
    return overload;
  };
  RunningServer server(options);
  Client client(server.port());
  const auto refused = client.ask(post("/echo", "{}"));
  expect_come_back_later(refused);
  EXPECT_THAT(refused.body, HasSubstr("Redis answers slowly"));
  // The connection goes on: a reconnection would cost more than the answer.
  EXPECT_EQ(client.ask(post("/text", "x", "Content-Type: text/plain\r\n")).status, 200);
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
  EXPECT_EQ(value_of(server, "recado_http_shed_total{reason=\"redis_slow\"}"), 1);
  pressed = false;
  EXPECT_EQ(client.ask(post("/echo", "{}")).status, 201);
}

TEST(Load, ARegistrationThatWaitedLongForItsTurnIsRefused) {
  Metrics metrics;
  Load load(LoadLimits{}, {}, metrics);
  Route route;
  route.work = Work::registration;
  EXPECT_FALSE(load.refusal(route, 0, std::chrono::milliseconds(250)));
  const auto refused = load.refusal(route, 0, std::chrono::milliseconds(251));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  route.work = Work::light;
  EXPECT_FALSE(load.refusal(route, 0, std::chrono::milliseconds(251)));
}

TEST(Load, ASingleClientIsNoFlood) {
  auto options = test_options();
  options.overload = []() -> std::optional<Overload> {
    Overload overload;
    overload.code = "loop";
    overload.detail = "this node has more to do than it can";
    overload.from = 1;
    return overload;
  };
  RunningServer server(options);
  Client client(server.port());
  EXPECT_EQ(client.ask(post("/echo", "{}")).status, 201);
}

TEST(Load, WhatIsVitalIsAnsweredWhenTheRestHasNoRoom) {
  auto options = test_options();
  options.limits.light = 1;
  RunningServer server(options);
  Client slow(server.port());
  slow.send(get("/wait"));
  server.await_waiting();
  Client other(server.port());
  expect_come_back_later(other.ask(get("/hello")));
  EXPECT_EQ(other.ask(get("/open")).status, 200);
  EXPECT_EQ(other.ask(post("/echo", "{}")).status, 201);  // each kind has room of its own
  EXPECT_EQ(value_of(server, "recado_http_shed_total{reason=\"requests\"}"), 1);
  server.release();
  EXPECT_EQ(slow.read().status, 200);
  EXPECT_EQ(other.ask(get("/hello")).status, 200);
}

TEST(Load, ABodyForWhichThereIsNoMemoryIsNotReceived) {
  auto options = test_options();
  options.limits.bytes = 260'000;
  RunningServer server(options);
  Client first(server.port());
  const std::string body(150'000, 'x');
  const std::string request = post("/echo", body);
  first.send(std::string_view(request).substr(0, 100'000));
  await_held(server, 90'000);
  Client second(server.port());
  const auto refused =
      second.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\nExpect: 100-continue\r\n\r\n");
  expect_come_back_later(refused);
  EXPECT_TRUE(second.at_end());
  EXPECT_EQ(Client(server.port()).ask(get("/hello")).status, 200);  // has no body
  first.send(std::string_view(request).substr(100'000));
  EXPECT_EQ(first.read().body, body);
  while (value_of(server, "recado_http_request_bytes") > 0) continue;
  EXPECT_EQ(Client(server.port()).ask(request).status, 201);
}

TEST(Load, ABodyThatOutgrowsTheMemoryIsRefusedInTheMiddle) {
  auto options = test_options();
  options.limits.bytes = 200'000;
  RunningServer server(options);
  const std::string head = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string chunk = "186a0\r\n" + std::string(100'000, 'x') + "\r\n";
  Client first(server.port());
  first.send(head + chunk);
  await_held(server, 100'000);
  Client second(server.port());
  second.send(head + chunk + chunk);
  expect_come_back_later(second.read());
  first.send("0\r\n\r\n");
  EXPECT_EQ(first.read().status, 201);
}

TEST(Load, AnIdleConnectionGivesItsMemoryBack) {
  RunningServer server;
  Client client(server.port());
  EXPECT_EQ(client.ask(post("/echo", std::string(1'000'000, 'x'))).status, 201);
  while (value_of(server, "recado_http_request_bytes") != 0) continue;
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST(Load, TheLongestIdleConnectionMakesRoomForANewOne) {
  auto options = test_options();
  options.max_connections = 3;
  RunningServer server(options);
  Client idle(server.port());
  EXPECT_EQ(idle.ask(get("/hello")).status, 200);
  Client half(server.port());
  half.send("GET /hello HTTP/1.1\r\nHost:");
  Client used(server.port());
  std::vector<Client> served;
  int refused = 0;
  // For a second all three count as in use, and a fourth is sent away.
  while (served.size() < 2) {
    EXPECT_EQ(used.ask(get("/hello")).status, 200);
    Client fourth(server.port());
    const auto answer = fourth.ask(get("/hello"));
    if (answer.status == 200) {
      served.push_back(std::move(fourth));
      continue;
    }
    expect_come_back_later(answer);
    EXPECT_TRUE(fourth.at_end());
    ++refused;
  }
  EXPECT_GT(refused, 0);
  EXPECT_EQ(value_of(server, "recado_http_shed_total{reason=\"connections\"}"), refused);
  EXPECT_TRUE(idle.at_end());
  EXPECT_EQ(half.read().status, 0);
  EXPECT_EQ(used.ask(get("/hello")).status, 200);
}

}  // namespace
}  // namespace recado::http

// The API as the router serves it, without sockets: a request goes in, an answer comes out, and each answer
// is held against openapi.json.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/api.hpp"
#include "api/fake_engine.hpp"
#include "api/json_tree.hpp"
#include "api/schema_judge.hpp"
#include "auth/memory_token_store.hpp"
#include "auth/memory_user_store.hpp"
#include "net/address_policy.hpp"
#include "net/resolver.hpp"

namespace recado::api::testing {

/// Sends nothing: the request is the message's own parts.
class PlainChannel final : public engine::Channel {
 public:
  Result<net::HttpRequest> request(const engine::Message& message, std::uint32_t attempt,
                                   Instant now) const override;
  engine::Outcome outcome(const net::HttpResponse&, Instant, Instant) const override { return {}; }
  std::optional<Error> fail;
};

class FakeResolver final : public net::Resolver {
 public:
  io::Task<Result<std::vector<boost::asio::ip::address>>> resolve(std::string host, Millis limit) override;
  std::vector<std::string> addresses;  ///< empty: the name does not exist
};

class ServedApi : public ::testing::Test {
 protected:
  ServedApi();
  ~ServedApi() override;

  /// Serves with another context (metrics access, resolver, …).
  void serve(const std::function<void(ApiContext&)>& change = {});

  /// Serves over other records.
  void serve_with(messaging::Messaging& other) { records = &other, serve(); }

  /// With a channel of each kind.
  static messaging::MessagingOptions messaging_options();

  using Headers = std::vector<std::pair<std::string, std::string>>;
  /// With the token `secret`. Fails the test when the answer is not one that the document describes.
  http::Response call(const std::string& method, const std::string& target, const std::string& body = {});
  http::Response call_with(const Headers& headers, const std::string& method, const std::string& target,
                           const std::string& body = {});
  /// The body of an answer that must have `status`.
  Tree expect(int status, const http::Response& response);
  /// Expects a 422 and returns `field: message` lines.
  std::vector<std::string> field_errors(const http::Response& response);

  ManualClock clock{from_ms(1'776'220'905'000)};  // 2026-04-15T02:41:45Z
  io::Loop loop{clock};
  FakeEngine engine{clock};
  net::AddressPolicy policy;
  engine::Destinations destinations{policy};
  PlainChannel channel;
  FakeResolver resolver;
  engine::Destinations resolving{policy, &resolver};
  Metrics metrics;
  auth::testing::MemoryTokenStore tokens;
  auth::Access access{loop, tokens, metrics};
  auth::testing::MemoryUserStore users;
  auth::Login login{loop, users, access, metrics};
  redis::Client nowhere{loop, redis::Endpoint()};  ///< never started: what needs records answers 503
  messaging::Messaging messaging{loop, nowhere, messaging_options()};
  messaging::Messaging* records = &messaging;
  std::unique_ptr<http::Router> router;
  std::unique_ptr<Api> api;
  std::unique_ptr<Tree> document;

 private:
  http::Response run(const http::Router::Match& match, http::Request& request);
  void hold_against_document(const http::Request& request, const http::Route& route,
                             const http::Response& response);
};

std::optional<std::string> header(const http::Response& response, std::string_view name);
std::string body_of(const http::Response& response);

/// A message body with `more` members: `"delay":5`.
std::string message_body(const std::string& more = {});

}  // namespace recado::api::testing

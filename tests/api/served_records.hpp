// The API over a real redis-server, for what is kept in records.
#pragma once

#include "api/served_api.hpp"
#include "redis/harness.hpp"

namespace recado::api::testing {

class ServedRecords : public ServedApi {
 protected:
  ServedRecords();
  ~ServedRecords() override;

  /// The `X-Total-Count` of an answer.
  static std::string total(const http::Response& response) {
    return header(response, "X-Total-Count").value_or("none");
  }
  /// The target of its `Link`; empty without one.
  static std::string next(const http::Response& response);

  redis::testing::Server redis_server;
  redis::Client client{loop, redis_server.endpoint()};
  messaging::Messaging kept{loop, client, messaging::MessagingOptions()};
};

}  // namespace recado::api::testing

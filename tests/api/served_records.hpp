// The API over a real redis-server, for what is kept in records.
#pragma once

#include <boost/asio/co_spawn.hpp>

#include "api/served_api.hpp"
#include "messaging/channel_directory.hpp"
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

  /// Runs a coroutine to its end.
  template <class T>
  T await(io::Task<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(loop.executor(), keep(std::move(task), result),
                          [&](std::exception_ptr) { loop.context().stop(); });
    loop.context().restart();
    loop.run();
    return std::move(result.value());
  }

  template <class T>
  static io::Task<> keep(io::Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }

  redis::testing::Server redis_server;
  redis::Client client{loop, redis_server.endpoint()};
  messaging::Messaging kept{loop, client, messaging_options()};
};

/// With channels of the environment: WhatsApp by Twilio, e-mail by Gmail.
class ServedChannels : public ServedRecords {
 protected:
  explicit ServedChannels(const std::function<void(ApiContext&)>& change = {});

  std::unique_ptr<messaging::ChannelDirectory> channels;
  std::unique_ptr<messaging::Messaging> people;
};

}  // namespace recado::api::testing

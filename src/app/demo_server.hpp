// The server of `recado demo`: a child process of this same program, with its private Redis, in a folder of
// its own.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "io/loop.hpp"
#include "net/address_policy.hpp"
#include "net/http_client.hpp"
#include "net/resolver.hpp"

namespace recado::app {

class DemoServer {
 public:
  /// `folder` must exist; the server's data and log go there. Errors: configuration.
  static Result<std::unique_ptr<DemoServer>> create(io::Loop& loop, std::string folder);
  /// Kills what still runs.
  ~DemoServer();
  DemoServer(const DemoServer&) = delete;
  DemoServer& operator=(const DemoServer&) = delete;

  /// Returns once it is healthy. Errors: io, with the reason that its log gives.
  io::Task<Result<void>> start();
  /// kill -9. Returns once it is gone.
  void kill();
  /// SIGTERM, and SIGKILL when `grace` was not enough.
  io::Task<> stop(Millis grace);
  pid_t pid() const noexcept { return child_; }

  /// One request with the API's token; the body of the answer. Errors: unavailable when there is none;
  /// protocol for any status but 2xx.
  io::Task<Result<std::string>> request(std::string method, std::string path, std::string body);

 private:
  DemoServer(io::Loop& loop, std::string folder, net::AddressPolicy policy);
  Result<void> build();
  io::Task<Result<void>> wait_until_healthy();
  void read_log();
  bool running();

  io::Loop& loop_;
  const std::string folder_;
  net::AddressPolicy policy_;
  std::unique_ptr<net::Resolver> resolver_;
  std::unique_ptr<net::HttpClient> client_;
  pid_t child_ = -1;
  std::size_t log_read_ = 0;  ///< bytes of the log that were looked at
  std::string url_;           ///< where it listens; empty: not said yet
  std::string complaint_;     ///< the last error in its log
  Secret token_;
};

}  // namespace recado::app

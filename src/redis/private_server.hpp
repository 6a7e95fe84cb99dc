// The private redis-server: a child process on a unix socket in DATA_DIR, started when no Redis is
// configured.
//
// `appendonly yes`, `appendfsync always`, `save ""`, `port 0`, socket mode 0700. In a session of its own
// (Ctrl-C at a terminal does not reach it before we have drained); PDEATHSIG SIGTERM ends it with us, even by
// kill -9. `redis.lock` in DATA_DIR is inherited by the child: a successor waits until the former Redis has
// ended.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "io/loop.hpp"
#include "redis/client.hpp"

namespace recado::redis {

class PrivateServer {
 public:
  /// `data_dir` must exist (0700). Nothing is started yet.
  PrivateServer(io::Loop& loop, std::string data_dir);
  /// After stop(); without it the child is only asked to end.
  ~PrivateServer();

  /// Takes redis.lock (waits up to 60 s for a former Redis to end, logging what it waits for), starts
  /// redis-server and returns; the server may still be loading its file (the client's LOADING replies say
  /// so). Errors: configuration when redis-server is not installed (names the package), io otherwise.
  io::Task<Result<void>> start();
  /// The child is started again when it ends without being asked to (logged, at most once a second), until
  /// stop(): SIGTERM, waits up to `grace` for the file to be written, then SIGKILL.
  io::Task<> stop(Millis grace);

  Endpoint endpoint() const;
  /// The same without a running server, for commands beside a running recado. The path may be longer than a
  /// socket's address takes (107 bytes): Client reaches it all the same, other programs from within DATA_DIR.
  static Endpoint endpoint_in(const std::string& data_dir);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace recado::redis

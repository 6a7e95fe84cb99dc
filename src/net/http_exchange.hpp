// One request and its answer: from a connection of the pool, or a new one, to the response. Private to the
// room.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "io/deadline.hpp"
#include "io/loop.hpp"
#include "io/stream.hpp"
#include "io/tls.hpp"
#include "net/address_policy.hpp"
#include "net/connection_pool.hpp"
#include "net/http_client.hpp"
#include "net/resolver.hpp"
#include "net/response_reader.hpp"

namespace recado::net {

/// What all exchanges of a client share.
struct ClientParts {
  ClientParts(io::Loop& l, const AddressPolicy& p, Resolver& r, HttpClientLimits s,
              std::unique_ptr<io::TlsClient> t)
      : loop(l),
        policy(p),
        resolver(r),
        limits(s),
        tls(std::move(t)),
        pool(l, s.max_idle, s.max_idle_per_origin),
        writers(l) {}

  io::Loop& loop;
  const AddressPolicy& policy;
  Resolver& resolver;
  const HttpClientLimits limits;
  const std::unique_ptr<io::TlsClient> tls;
  ConnectionPool pool;
  io::TaskGroup writers;         ///< bodies that are written while the answer is read
  std::size_t in_use = 0;        ///< connections that an exchange holds
  std::uint64_t generation = 0;  ///< goes up at close_idle(): what was connected before is not kept
};

class Exchange {
 public:
  Exchange(ClientParts& parts, HttpRequest request, std::function<bool()> before_write);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  io::Task<HttpResponse> run();

 private:
  /// What goes over the connection. A body written in the background owns it too, so it may outlive the
  /// exchange.
  struct Wire {
    explicit Wire(io::Loop& loop) : done(loop) {}
    std::array<boost::asio::const_buffer, 2> buffers() const;

    std::unique_ptr<io::Stream> stream;
    std::string head;
    std::string body;
    std::optional<io::IoResult> written;
    io::WakeEvent done;  ///< notified when `written` is set in the background
  };

  bool reuse();
  io::Task<bool> open();
  io::Task<bool> connect();
  io::Task<bool> start_tls();
  io::Task<std::optional<std::vector<boost::asio::ip::address>>> find_addresses();
  static io::Task<> write_body(std::shared_ptr<Wire> wire);
  io::Task<ResponseReader::State> read_answer();
  io::Task<> stop_writing();
  void conclude(ResponseReader::State state);
  void give_back();

  Millis elapsed() const;
  Millis remaining() const;
  bool out_of_time() const;
  void fail(SendError error, std::string detail);
  void hold(std::unique_ptr<io::Stream> stream);
  void let_go();

  ClientParts& parts_;
  HttpRequest request_;
  std::function<bool()> before_write_;
  const std::string origin_;
  const SteadyPoint started_;
  const std::shared_ptr<Wire> wire_;
  ResponseReader reader_;
  HttpResponse response_;
  const char* phase_ = "resolving the name";  ///< for the timeout's sentence
  io::Stream* guarded_ = nullptr;             ///< what the deadline closes
  bool reused_ = false;
  bool held_ = false;
  std::uint64_t generation_ = 0;
  io::Deadline deadline_;
};

}  // namespace recado::net

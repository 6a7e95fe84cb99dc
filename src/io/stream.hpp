// Byte streams on the loop: TCP, TLS and unix sockets behind one face.
//
// Used by the Redis connection, the outbound HTTP client and the HTTP server. One reader and one writer at a
// time may wait on a stream. Errors come back as error_code values; nothing throws.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <memory>
#include <span>
#include <string>

#include "io/loop.hpp"

namespace recado::io {

using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using UnixSocket = asio::basic_stream_socket<asio::local::stream_protocol, Executor>;

/// Bytes moved and how it ended. At the end of input `error` is asio::error::eof.
struct IoResult {
  IoResult() = default;
  IoResult(error_code e, std::size_t n) : error(e), bytes(n) {}
  error_code error;
  std::size_t bytes = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;
  /// Reads at least one byte into `buffer`, or fails.
  virtual Task<IoResult> read_some(asio::mutable_buffer buffer) = 0;
  /// Writes all of `buffers` in order, or fails; `bytes` tells how much the kernel (TLS: the record layer)
  /// took. The bytes must stay valid until it completes.
  virtual Task<IoResult> write(std::span<const asio::const_buffer> buffers) = 0;
  /// Ends both directions at once; waiting operations complete with operation_aborted or bad_descriptor.
  /// Safe to call twice and from a Deadline.
  virtual void close() noexcept = 0;
  /// Says end-of-output to the peer (TLS: close_notify), waits for the bytes to leave; reading goes on.
  virtual Task<> shutdown_write() = 0;
  virtual bool is_open() const noexcept = 0;
  /// Whether the peer closed or sent something while nobody was reading: such an idle connection is not
  /// reused.
  virtual bool readable_now() noexcept = 0;
  /// Of a stream that nobody reads from or writes to: frees what it can do without until it is used again.
  virtual void free_buffers() noexcept {}
  /// `127.0.0.1:41234`, `[::1]:80`, `unix`.
  virtual std::string peer() const = 0;

  Task<IoResult> write(asio::const_buffer buffer);
};

std::unique_ptr<Stream> make_tcp_stream(TcpSocket socket);
std::unique_ptr<Stream> make_unix_stream(UnixSocket socket);

/// Connects to one address (no name resolution here); TCP_NODELAY is set. `error` is set when null is
/// returned. Bound it with the caller's cancellation or `limit` (0: no limit); a timeout is
/// asio::error::timed_out.
Task<std::unique_ptr<Stream>> connect_tcp(Loop& loop, asio::ip::tcp::endpoint to, Millis limit,
                                          error_code& error);
Task<std::unique_ptr<Stream>> connect_unix(Loop& loop, std::string path, Millis limit, error_code& error);

}  // namespace recado::io

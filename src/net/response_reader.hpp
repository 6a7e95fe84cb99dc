// Reads one HTTP/1.x answer out of bytes, without I/O. Private to the room; the only user of Beast's parser
// here.
#pragma once

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "net/http_client.hpp"

namespace recado::net {

class ResponseReader {
 public:
  enum class State {
    need_more,
    complete,   ///< the answer is whole; leftover() tells of bytes behind it
    too_long,   ///< the body passed what is kept by more than kDrainLimit: no reason to read on
    malformed,  ///< problem() says why; when has_status(), the header was good and the body is not
  };

  /// `head`: the request was a HEAD, whose answer has no body whatever its header says.
  ResponseReader(bool head, std::size_t keep_body);
  ~ResponseReader();
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  /// Where the next bytes may be read to, never empty; then commit() as many as came.
  boost::asio::mutable_buffer prepare();
  State commit(std::size_t bytes);
  /// The peer said it will send no more.
  State end_of_input();

  /// Whether a final (not 1xx) header has been read: status and headers are set.
  bool has_status() const noexcept;
  bool received_any() const noexcept;
  bool leftover() const noexcept;
  /// Whether the connection may carry another request, by version and Connection header.
  bool keep_alive() const noexcept;
  const std::string& problem() const noexcept;
  /// Moves status, headers and body out.
  void take(HttpResponse& into);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace recado::net

// Bytes of a connection in, requests out: no socket, no clock. The only includer of Beast.
//
// Beast's parser reads the head, the body and its chunks; what it takes more lightly than RFC 9112 demands
// (bare line feeds, folded lines, repeated lengths, codings beside chunked) is refused here, because a proxy
// in front of us might read such a message differently.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace recado::http {

inline constexpr std::size_t kMaxTargetBytes = 8 * 1024;

class RequestReader {
 public:
  enum class Event {
    need_more,  ///< everything usable was consumed: read more
    head,       ///< request() has all but the body; comes once a request
    body,       ///< the request is complete; call next() before feeding on
    failed,     ///< status() and detail() say why; the connection's framing is lost
  };

  explicit RequestReader(std::size_t max_header_bytes);
  ~RequestReader();

  /// Looks at `bytes`, the not yet consumed bytes of the connection in order, and sets how many of them were
  /// consumed: the rest must come again at the front of the next call.
  Event feed(std::string_view bytes, std::size_t& consumed);
  /// Forgets the request that is complete and begins with the next.
  void next();

  Request& request() noexcept;

  /// Whether a byte of the next head was seen (an empty line before it does not count), and it is not
  /// complete.
  bool in_head() const noexcept;
  /// Whether head was said of the request at hand, also when its body failed later.
  bool head_complete() const noexcept;
  // From head on:
  bool has_body() const noexcept;
  bool chunked() const noexcept;
  std::uint64_t content_length() const noexcept;  ///< 0 when chunked
  bool keep_alive() const noexcept;
  /// The body may have that many bytes; more is failed with 413. Call after head.
  void limit_body(std::uint64_t bytes) noexcept;
  /// The body is read, counted and dropped.
  void discard_body() noexcept;

  int status() const noexcept;
  const std::string& detail() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace recado::http

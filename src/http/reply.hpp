// A Response as bytes: status line, the headers every answer has, the handler's own.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "http/message.hpp"

namespace recado::http {

/// The header lines that are the same in every answer of a second: `Date`, `Server`,
/// `X-Content-Type-Options`.
class CommonHeaders {
 public:
  std::string_view lines(Instant now);

 private:
  std::int64_t second_ = -1;
  std::string lines_;
};

struct ReplyOptions {
  int version = 11;         ///< of the request
  bool keep_alive = false;  ///< whether the connection goes on after it
  bool chunked = false;     ///< its body follows in chunks, of nobody knows which length
  std::string_view common;  ///< CommonHeaders::lines()
  std::string_view cors;    ///< further header lines, each with its CRLF
};

/// The body, wherever it lives.
std::string_view body_of(const Response& response) noexcept;

/// Appends the head, with its empty line. Content-Length, Connection, Date and Transfer-Encoding among the
/// response's own headers are dropped, and so is (with an error in the log) a header that would break the
/// framing.
void append_reply_head(std::string& out, const Response& response, const ReplyOptions& options);

/// Whether an answer with that status has a body at all.
bool status_has_body(int status) noexcept;

}  // namespace recado::http

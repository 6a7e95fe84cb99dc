// One part of a multipart/form-data body (RFC 7578) as a stream. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace recado::http {

/// The parameter `name` of a header value such as `multipart/form-data; boundary=x` or
/// `form-data; name="file"`, unquoted.
std::optional<std::string> header_parameter(std::string_view value, std::string_view name);

/// Takes the first part called `name` out of the body and drops the others.
class MultipartReader {
 public:
  MultipartReader(std::string_view boundary, std::string name);

  /// Appends to `out` what of the wanted part is in `bytes`, the body's next ones. Keeps at most the length
  /// of a part's header. Errors: invalid_argument when the body is malformed.
  Result<void> feed(std::string_view bytes, std::string& out);
  /// Whether the wanted part began.
  bool found() const noexcept { return found_; }
  /// Whether the closing boundary was seen.
  bool complete() const noexcept { return state_ == State::end; }

 private:
  enum class State { skipped, wanted, boundary, headers, end };

  bool step(std::string& out);

  std::string delimiter_;
  std::string name_;
  std::string buffer_ = "\r\n";  ///< the first boundary may stand at the very beginning
  State state_ = State::skipped;
  bool found_ = false;
  std::optional<Error> error_;
};

}  // namespace recado::http

// Inbound requests and answers as plain values: no Beast type leaves this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "http/body_stream.hpp"

namespace recado::http {

using Headers =
    std::vector<std::pair<std::string, std::string>>;  ///< names in lower case, in order of arrival

struct Request {
  std::string method;  ///< as sent, `GET`
  std::string target;  ///< as sent
  std::string
      path;  ///< percent-encoded path as routed: without query, `/api` prefix and trailing slash taken off
  std::string query;  ///< without `?`
  int version = 11;   ///< 10 or 11
  Headers headers;
  std::string body;                          ///< whole, decoded from chunks
  std::string peer;                          ///< `127.0.0.1:41234`
  std::vector<std::string> path_parameters;  ///< percent-decoded, in the order of the route's pattern

  /// First header of that (lower-case) name.
  std::optional<std::string_view> header(std::string_view name) const;
  /// Percent-decoded query parameters in order (`+` is a space).
  std::vector<std::pair<std::string, std::string>> query_parameters() const;
};

struct Response {
  Response() = default;
  Response(int s, std::string content_type, std::string b);

  int status = 200;
  Headers headers;  ///< Content-Length, Date, Connection are written by the session
  std::string body;
  /// A body that lives as long as the program (embedded pages), used instead of `body` when set.
  std::string_view static_body;
  /// What follows `body`, when set: sent as it is made, in chunks.
  BodySource more;

  static Response json(int status, std::string body);  ///< application/json
  static Response text(int status, std::string body);  ///< text/plain; charset=utf-8
};

/// One field of a 422.
struct FieldError {
  FieldError(std::string f, std::string m) : field(std::move(f)), message(std::move(m)) {}
  std::string field;
  std::string message;
};

/// RFC 9457, application/problem+json: type (`about:blank`), title (the status's phrase), status, detail,
/// errors for 422. `members` are further top-level members, already serialised (`"messageId":"x"`).
Response problem(int status, std::string detail, std::vector<FieldError> errors = {},
                 std::string members = {});

/// Fills `target`, `path` and `query` of `request` from a request target: origin-form, absolute-form
/// (`http://host/path`, whose authority is dropped) or `*`. Trailing slashes and one leading `/api` segment
/// are taken off; nothing is decoded or resolved. Errors: invalid_argument (another form, a bad escape, a
/// character that has to be escaped).
Result<void> assign_target(Request& request, std::string_view target);

/// The fields of a form (`application/x-www-form-urlencoded`) or query, decoded, in order: `+` is a space, a
/// bad escape stays as it is.
std::vector<std::pair<std::string, std::string>> form_fields(std::string_view text);

/// The phrase of a status, `Not Found`.
std::string_view reason_phrase(int status) noexcept;

using recado::percent_decode;
using recado::percent_encode;

}  // namespace recado::http

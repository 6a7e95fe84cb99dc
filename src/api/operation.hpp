// One declaration a route: the router's entry, validation of path, query and body, and its part of
// openapi.json.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/schema.hpp"
#include "api/validate.hpp"
#include "base/json.hpp"
#include "http/message.hpp"
#include "http/router.hpp"
#include "io/loop.hpp"

namespace recado::api {

/// Query parameters that the declaration accepted, decoded.
class Query {
 public:
  void add(std::string name, std::string value) { values_.emplace_back(std::move(name), std::move(value)); }
  std::optional<std::string> text(std::string_view name) const;
  /// Requires that the parameter was declared as an integer or boolean.
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  bool flag(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& values() const noexcept { return values_; }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

/// A request whose parts were judged by the operation's declaration. `request` outlives the handler; `body`
/// is a view into it.
struct Call {
  Call(http::Request& r, const http::Principal& w) : request(r), who(w) {}
  http::Request& request;
  const http::Principal& who;
  Query query;
  json::Raw body;  ///< an object or array as declared; null when the operation takes none

  const std::string& path(std::size_t index) const { return request.path_parameters[index]; }
};

using Answerer = std::function<io::Task<http::Response>(Call)>;
/// Takes the body as it arrives, of an operation with `upload_types`.
using UploadAnswerer = std::function<io::Task<http::Response>(Call, http::BodyStream&)>;

/// One status that an operation answers.
struct Answer {
  Answer(int s, std::string d, Type t) : status(s), doc(std::move(d)), type(std::move(t)) {}
  /// A body of another kind than JSON.
  Answer(int s, std::string d, std::string content)
      : status(s), doc(std::move(d)), content_type(std::move(content)) {}
  int status;
  std::string doc;
  Type type;
  std::string content_type = "application/json";
  std::vector<Field> headers;
};

struct Operation {
  std::string method;
  std::string path;
  http::Scope scope = http::Scope::read;
  http::Work work = http::Work::light;
  std::string name;  ///< operationId
  std::string tag;   ///< the group in the document
  std::string summary;
  std::string doc;                 ///< Markdown
  std::vector<Field> path_fields;  ///< in the order of the path
  int bad_path_status =
      404;  ///< when the path parameter cannot name anything; 422 where it would create something
  std::vector<Field> query;
  /// nullopt: takes no body. An object or array that is judged whole before the handler runs.
  std::optional<Type> body;
  std::string body_example;  ///< JSON
  /// The body, which is an object, may be a form too; a field that is given twice counts as its last.
  bool takes_form = false;
  /// The body's fields may be query parameters too; the body, which may then be missing, wins.
  bool takes_query = false;
  bool handler_judges_body =
      false;                       ///< the handler calls validate() itself, to add what the schema cannot say
  std::size_t max_body_bytes = 0;  ///< 0: MAX_BODY_BYTES
  std::vector<Answer>
      answers;  ///< what is special; 400, 401, 413, 415, 422 and 503 are added by what applies
  bool needs_redis = true;
  Answerer handler;
  /// Instead of `body` and `handler`: the body is of these types (the first is what a body without
  /// Content-Type is taken for), of any length, and taken as it arrives.
  std::vector<std::string> upload_types;
  std::string upload_doc;
  UploadAnswerer upload;
};

/// A GET that is open to everybody and answers without Redis; answers and handler are the caller's to add.
Operation open_get(const char* tag, const char* path, const char* name, const char* summary);

/// The router's entry. Requires that `operation` outlives the router.
http::Route route_of(const Operation& operation);

/// Judges the parts of a request; a refusal, or nullopt and `call` filled.
std::optional<http::Response> judge(const Operation& operation, Call& call);

}  // namespace recado::api

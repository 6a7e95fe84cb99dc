// The route table: one declaration a route; 404, 405 with Allow, 501 and authorisation come from it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"
#include "io/loop.hpp"

namespace recado::http {

/// What a caller must be allowed; `open` needs no credentials.
enum class Scope { open, read, write, admin };

/// Who is asking, as the authoriser found; shared by the handlers of one request.
struct Principal {
  std::string account = "main";
  std::string token_name;
  Scope highest = Scope::open;
};

using Handler = std::function<io::Task<Response>(Request&, const Principal&)>;

struct Route {
  std::string method;   ///< GET, POST, PUT, PATCH, DELETE. HEAD is answered from GET without a body.
  std::string path;     ///< `/messages/{id}/retry`; a literal segment wins over a parameter
  Scope scope = Scope::read;
  Handler handler;
  std::size_t max_body_bytes = 0;  ///< 0: the server's default (MAX_BODY_BYTES)
  bool accepts_body = true;        ///< false: a body is read and ignored
  std::vector<std::string> content_types;  ///< accepted; empty: application/json (any `+json` too, any charset utf-8)
  std::string name;                ///< operationId in openapi.json
};

/// Finds who is asking from the request's head (Authorization). nullopt-principal answers are problems (401, 403, 429).
using Authoriser = std::function<std::optional<Response>(const Request& head, Scope needed, Principal& out)>;

class Router {
 public:
  void add(Route route);
  void set_authoriser(Authoriser authoriser);
  const std::vector<Route>& routes() const noexcept { return routes_; }

  /// What the session asks once the header is complete: a refusal in API.md's order (501 unknown method, 401 before 404, 405),
  /// or the route, with `request.path_parameters` filled and `principal` set.
  struct Match {
    const Route* route = nullptr;
    Principal principal;
    std::optional<Response> refusal;
  };
  Match match(Request& request) const;

 private:
  std::vector<Route> routes_;
  Authoriser authoriser_;
};

}  // namespace recado::http

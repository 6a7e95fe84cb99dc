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

/// What a caller must be allowed: `open` needs no credentials, `any` only valid ones; none of the others
/// includes another.
enum class Scope { open, any, read, write, admin };

/// `read`.
const char* to_string(Scope scope) noexcept;

/// What a request costs and is worth, for http/load.hpp: who is refused first when something is short.
enum class Work {
  light,         ///< a little work on what exists
  heavy,         ///< much at once: long lists, bulk changes
  registration,  ///< takes on something new: refused first
  vital,         ///< shows or mends an overload: never refused
};

/// Who is asking, as the authoriser found; shared by the handlers of one request.
struct Principal {
  std::string account = "main";
  std::string token_name;
  bool read = false, write = false, admin = false;

  bool may(Scope needed) const noexcept;
};

using Handler = std::function<io::Task<Response>(Request&, const Principal&)>;
/// Takes the body as it arrives; `body` outlives it. `Request::body` is not for it.
using StreamHandler = std::function<io::Task<Response>(Request&, const Principal&, BodyStream& body)>;

struct Route {
  std::string method;  ///< GET, POST, PUT, PATCH, DELETE. HEAD is answered from GET without a body.
  std::string path;    ///< `/messages/{id}/retry`; a literal segment wins over a parameter
  Scope scope = Scope::read;
  Work work = Work::light;
  Handler handler;
  /// Instead of `handler`: the body has no limit in bytes and in time, only silence has.
  StreamHandler stream_handler;
  std::size_t max_body_bytes = 0;          ///< 0: the server's default (MAX_BODY_BYTES)
  bool accepts_body = true;                ///< false: a body is read and ignored
  std::vector<std::string> content_types;  ///< accepted; empty: application/json (any `+json` too, any
                                           ///< charset utf-8); `*/*`: anything
  bool any_charset = false;                ///< the handler reads other charsets than UTF-8 too
  std::string name;                        ///< operationId in openapi.json
};

/// What an authoriser says: come in, or a refusal (401, 403, 429, 503), or that it has to ask elsewhere
/// first.
struct Authorisation {
  Authorisation() = default;
  Authorisation(std::nullopt_t) {}                                     // NOLINT: implicit on purpose
  Authorisation(Response r) : refusal(std::move(r)) {}                 // NOLINT: implicit on purpose
  Authorisation(std::optional<Response> r) : refusal(std::move(r)) {}  // NOLINT: implicit on purpose
  std::optional<Response> refusal;
  bool undecided = false;
};

/// Finds who is asking from the request's head (Authorization), at once.
using Authoriser = std::function<Authorisation(const Request& head, Scope needed, Principal& out)>;
/// The same for what the authoriser left undecided, however long it takes; always decides. `head` and `out`
/// outlive it.
using LateAuthoriser =
    std::function<io::Task<std::optional<Response>>(const Request& head, Scope needed, Principal& out)>;

class Router {
 public:
  void add(Route route);
  /// Without `late` the authoriser must decide everything.
  void set_authoriser(Authoriser authoriser, LateAuthoriser late = {});
  /// Answers, without authorisation, whatever no route does, by any method: for receivers, not for the API.
  /// `path_parameters` stay empty.
  void set_fallback(Handler handler);
  const std::vector<Route>& routes() const noexcept { return routes_; }

  /// What the session asks once the header is complete: a refusal in API.md's order (501 unknown method, 401
  /// before 404, 405), or the route, with `request.path_parameters` filled and `principal` set.
  struct Match {
    const Route* route = nullptr;
    Principal principal;
    std::optional<Response> refusal;
    bool undecided = false;  ///< nothing else is set but `needed`: ask decide()
    Scope needed = Scope::open;
  };
  Match match(Request& request) const;
  /// For a match that is undecided: what match() says once the authoriser has asked. `request` must outlive
  /// it.
  io::Task<Match> decide(Request& request, Scope needed) const;

 private:
  /// One segment of the paths. A tree of them finds a path without looking at every route.
  struct Node {
    std::vector<std::pair<std::string, std::size_t>> literals;  ///< segment, index of its node
    std::size_t parameter = 0;                                  ///< index of the `{…}` child, 0: none
    std::vector<std::size_t> routes;                            ///< indices of the routes that end here
    std::string allow;                                          ///< value of the Allow header
    bool open = false;                                          ///< one of the routes needs no credentials
  };
  struct Captures;

  struct Decided;

  Match match(Request& request, Decided* decided) const;
  std::size_t child(std::size_t node, std::string_view segment);
  const Node* find(std::size_t node, std::string_view rest, Captures& captures) const;
  std::string allow_of(const std::vector<std::size_t>& routes) const;

  std::vector<Route> routes_;
  std::vector<Node> nodes_ = std::vector<Node>(1);  ///< the first is the root
  Authoriser authoriser_;
  LateAuthoriser late_;
  std::optional<Route> fallback_;
};

}  // namespace recado::http

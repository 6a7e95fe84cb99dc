// The HTTP API: every route, declared once. Router, 405, authorisation, validation and openapi.json come from
// the same table of operations.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "api/operation.hpp"
#include "auth/access.hpp"
#include "auth/login.hpp"
#include "base/config.hpp"
#include "base/metrics.hpp"
#include "engine/destination.hpp"
#include "engine/engine.hpp"
#include "http/router.hpp"
#include "io/loop.hpp"
#include "messaging/messaging.hpp"

namespace recado::api {

/// What the handlers work with. Everything referred to must outlive the Api.
struct ApiContext {
  ApiContext(io::Loop& l, engine::Engine& e, const engine::Destinations& d, const engine::Channel& w,
             Metrics& m, auth::Access& a, auth::Login& i, messaging::Messaging& p)
      : loop(l),
        engine(e),
        destinations(&d),
        webhook(w),
        metrics(m),
        access(a),
        login(i),
        messaging(p),
        started_at(l.clock().steady()) {}

  io::Loop& loop;
  engine::Engine& engine;
  const engine::Destinations* destinations;
  const engine::Channel& webhook;  ///< for `plan`
  Metrics& metrics;
  auth::Access& access;
  auth::Login& login;
  messaging::Messaging& messaging;
  SteadyPoint started_at;  ///< for `uptime`
  std::string version = "0.0.0";
  MetricsAccess metrics_access = MetricsAccess::token;
  std::size_t max_body_bytes = 1 << 20;  ///< MAX_BODY_BYTES
  std::string public_url;                ///< PUBLIC_URL: how providers reach us; empty: not known
  std::string default_timezone = "UTC";  ///< DEFAULT_TIMEZONE
  std::vector<std::string> warnings;     ///< of the configuration, shown in `/health` before the engine's own
};

class Api {
 public:
  explicit Api(ApiContext context);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Adds every route and the authoriser. The Api must outlive the router.
  void register_routes(http::Router& router);

  const std::vector<Operation>& operations() const noexcept;
  /// The OpenAPI 3.1 document, as served.
  const std::string& openapi() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recado::api

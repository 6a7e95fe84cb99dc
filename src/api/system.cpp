// Health, metrics, who am I, and the root.
#include "api/answers.hpp"
#include "api/content_negotiation.hpp"
#include "api/problem_schema.hpp"
#include "api/resources.hpp"
#include "ui/assets.hpp"

namespace recado::api {
namespace {

using http::Response;

/// Longer than any pause that a busy machine explains; the watchdog is stricter.
constexpr double kStuckSeconds = 30;
constexpr const char* kMainAccount = "main";

std::string uptime(const ApiContext& api) {
  return format_uptime(
      std::chrono::duration_cast<std::chrono::seconds>(api.loop.clock().steady() - api.started_at));
}

std::string why_unhealthy(const engine::Health& health) {
  if (health.redis_refuses) return health.redis_error;
  if (!health.redis_connected) {
    const std::string what = health.redis_partly_connected ? "a part of Redis" : "Redis";
    return what + " cannot be reached" + (health.redis_error.empty() ? "" : ": " + health.redis_error);
  }
  return "the scheduler makes no progress";
}

Response not_now(Response response) {
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

/// What everybody may read: an account's own names are not among that.
std::string channel_name(const ApiContext& api, const std::string& key) {
  const auto* const kept = api.messaging.channel_directory().kept(key);
  return kept != nullptr && kept->info.account == kMainAccount ? kept->info.name : key;
}

io::Task<Response> health(const ApiContext& api, Call) {
  const auto state = co_await api.engine.health();
  const bool healthy = state.redis_connected && state.running;
  json::Writer out;
  out.begin_object().member("status", healthy ? "healthy" : "unhealthy");
  out.member("redis", state.redis_connected ? "connected" : "disconnected");
  out.member("scheduler", state.running ? "running" : "stopped").key("scheduled_jobs");
  state.pending ? out.value(static_cast<std::int64_t>(*state.pending)) : out.null();
  out.member("uptime", uptime(api)).member("version", api.version);
  out.key("warnings").begin_array();
  for (const auto& warning : api.warnings) out.value(warning);
  for (const auto& warning : state.warnings) out.value(warning.detail);
  for (const auto& closed : api.engine.closed_channels()) {
    out.value("the channel " + channel_name(api, closed.name) + " is " +
              engine::to_string(closed.state.kind) + " and holds its messages: " + closed.state.detail);
  }
  out.end_array();
  if (!healthy) out.member("detail", why_unhealthy(state));
  auto response = Response::json(healthy ? 200 : 503, std::move(out.end_object()).str());
  co_return healthy ? response : not_now(std::move(response));
}

io::Task<Response> live(const ApiContext& api, Call) {
  const bool stuck = api.engine.seconds_since_progress() > kStuckSeconds;
  co_return Response::json(stuck ? 503 : 200, stuck ? R"({"status":"stuck"})" : R"({"status":"alive"})");
}

io::Task<Response> ready(const ApiContext& api, Call) {
  const auto state = co_await api.engine.health();
  // A part of a cluster that is away is away for every node: sending requests elsewhere would not help, and
  // taking all nodes out of service would lose the rest too.
  const bool served = state.redis_connected || state.redis_partly_connected;
  if (served && state.running) co_return Response::json(200, R"({"status":"ready"})");
  co_return not_now(
      Response::json(503, R"({"status":"unavailable","detail":)" + json::quote(why_unhealthy(state)) + "}"));
}

io::Task<Response> me(const ApiContext&, Call call) {
  json::Writer out;
  out.begin_object().member("account", call.who.account).member("tokenName", call.who.token_name);
  out.key("scopes").begin_array();
  for (const auto scope : {http::Scope::read, http::Scope::write, http::Scope::admin}) {
    if (call.who.may(scope)) out.value(http::to_string(scope));
  }
  co_return Response::json(200, std::move(out.end_array().end_object()).str());
}

io::Task<Response> root(const ApiContext&, Call call) {
  Response response;
  if (prefers_html(call.request.header("accept").value_or(""))) {
    response.static_body = ui::index_page();
    response.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
    response.headers.emplace_back("Content-Security-Policy", std::string{ui::kContentSecurityPolicy});
  } else {
    response = Response::json(200, R"({"status":"ok","service":"Communication and Scheduling API"})");
  }
  response.headers.emplace_back("Vary", "Accept");
  co_return response;
}

io::Task<Response> metrics(const ApiContext& api, Call) {
  co_return Response(200, "text/plain; version=0.0.4; charset=utf-8", api.metrics.text());
}

ShapePtr health_shape() {
  static const auto shape = std::make_shared<const Shape>(Shape{
      "Health",
      "",
      {Field("status", one_of({"healthy", "unhealthy"}), "").require(),
       Field("redis", one_of({"connected", "disconnected"}), "").require(),
       Field("scheduler", one_of({"running", "stopped"}), "").require(),
       Field("scheduled_jobs", nullable(integer(0)), "Pending messages; null: not known now.").require(),
       Field("uptime", text(), "", R"("2h 34m 12s")").require(), Field("version", text(), "").require(),
       Field("warnings", list_of(text()), "What could lose messages, and the remedy.").require(),
       Field("detail", text(), "Why it is unhealthy.")}});
  return shape;
}

Type state_of(std::vector<std::string> words) {
  return object(std::make_shared<const Shape>(
      Shape{"", "", {Field("status", one_of(std::move(words)), "").require(), Field("detail", text(), "")}}));
}

Answer try_again(std::string doc, Type type) {
  Answer answer(503, std::move(doc), std::move(type));
  answer.headers.emplace_back("Retry-After", integer(0), "Seconds.");
  return answer;
}

Operation me_operation() {
  Operation op;
  op.method = "GET";
  op.path = "/me";
  op.scope = http::Scope::any;
  op.name = "whoAmI";
  op.tag = "System";
  op.summary = "Who am I: a connection test";
  op.needs_redis = false;
  op.answers.emplace_back(
      200, "The token is good.",
      object(std::make_shared<const Shape>(
          Shape{"Me",
                "",
                {Field("account", text(), "", R"("main")").require(),
                 Field("tokenName", text(), "", R"("API_TOKEN")").require(),
                 Field("scopes", list_of(one_of({"read", "write", "admin"})), "").require()}})));
  return op;
}

}  // namespace

Operations system_operations(const ApiContext& api) {
  Operations table;
  const auto add = [&](Operation op, io::Task<Response> (*handler)(const ApiContext&, Call)) {
    op.handler = bind(api, handler);
    table.push_back(std::move(op));
  };

  auto op = open_get("System", "/", "root", "Is anybody there");
  op.doc = "JSON; the index page to who asks for `text/html`.";
  op.answers.emplace_back(
      200, "Yes.",
      object(std::make_shared<const Shape>(Shape{
          "", "", {Field("status", one_of({"ok"}), "").require(), Field("service", text(), "").require()}})));
  add(std::move(op), root);

  op = open_get("System", "/health", "health", "Health, for people and monitors");
  op.answers.emplace_back(200, "Healthy.", object(health_shape()));
  op.answers.push_back(try_again("Redis is gone, or the scheduler stands still.", object(health_shape())));
  add(std::move(op), health);

  op = open_get("System", "/health/live", "healthLive", "Liveness: restart it when this fails");
  op.answers.emplace_back(200, "Alive.", state_of({"alive"}));
  op.answers.emplace_back(503, "Stuck.", state_of({"stuck"}));
  add(std::move(op), live);

  op = open_get("System", "/health/ready", "healthReady", "Readiness: send requests here when this succeeds");
  op.answers.emplace_back(200, "Ready.", state_of({"ready"}));
  op.answers.push_back(try_again("Redis is gone, or the scheduler stands still.", state_of({"unavailable"})));
  add(std::move(op), ready);

  add(me_operation(), me);

  if (api.metrics_access != MetricsAccess::off) {
    op = open_get("System", "/metrics", "metrics", "Metrics for Prometheus");
    op.doc = "METRICS sets who may read them: whoever has a token, everybody, nobody.";
    if (api.metrics_access == MetricsAccess::token) op.scope = http::Scope::read;
    op.answers.emplace_back(200, "Text format 0.0.4.", "text/plain; version=0.0.4; charset=utf-8");
    add(std::move(op), metrics);
  }
  return table;
}

}  // namespace recado::api

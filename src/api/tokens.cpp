// `/tokens`: named tokens with scopes. A token's value is in one answer only, that to its creation.
#include <algorithm>
#include <charconv>

#include "api/answers.hpp"
#include "api/filters.hpp"
#include "api/problem_schema.hpp"
#include "api/resources.hpp"
#include "auth/access.hpp"

namespace recado::api {
namespace {

using http::Response;

void optional_time(json::Writer& out, const char* name, const std::optional<Instant>& at) {
  out.key(name);
  at ? out.value(format_time(*at)) : out.null();
}

void write_token(json::Writer& out, const auth::Token& token, Instant now, const Secret* value) {
  out.begin_object().member("id", token.id).member("uuid", token.uuid).member("name", token.name);
  out.key("scopes").begin_array();
  for (const auto& name : token.scopes.names()) out.value(name);
  out.end_array();
  out.member("status", auth::expired(token, now) ? "expired" : "active");
  out.member("createdAt", format_time(token.created_at)).member("createdBy", token.created_by);
  optional_time(out, "expiresAt", token.expires_at);
  optional_time(out, "lastUsedAt", token.last_used_at);
  if (value != nullptr) out.member("token", value->reveal());
  out.end_object();
}

Response one(int status, const auth::Token& token, Instant now, const Secret* value = nullptr) {
  json::Writer out;
  write_token(out, token, now, value);
  return Response::json(status, std::move(out).str());
}

/// What the body says; errors name their fields.
auth::NewToken read_new_token(const json::Raw& body, Instant now, FieldErrors& errors) {
  const Values values(body);
  auth::NewToken wanted;
  wanted.name = values.string("name").value_or("");
  if (const auto fine = auth::check_token_name(wanted.name); !fine) {
    errors.emplace_back("name", fine.error().detail());
  }
  const auto* const scopes = values.given("scopes");
  const auto elements = scopes != nullptr ? json::elements(*scopes) : Result<std::vector<json::Raw>>({});
  for (const auto& element : *elements) {
    const auto name = json::as_string(element);
    const auto scope = name ? auth::Scopes::parse(*name) : Result<auth::Scopes>(name.error());
    if (!scope) continue;  // the schema allows no other
    for (const auto one_scope : {auth::Scope::read, auth::Scope::write, auth::Scope::admin}) {
      if (scope->has(one_scope)) wanted.scopes.add(one_scope);
    }
  }
  if (const auto text = values.string("expiresAt")) {
    const auto parsed = parse_time(*text, std::nullopt);
    if (!parsed) {
      errors.emplace_back("expiresAt", parsed.error().detail());
    } else if (parsed->at <= now) {
      errors.emplace_back("expiresAt", format_time(parsed->at) + " has passed; expected a time to come");
    } else {
      wanted.expires_at = parsed->at;
    }
  }
  return wanted;
}

io::Task<Response> create(const ApiContext& api, Call call) {
  const auto now = api.loop.clock().now();
  FieldErrors errors;
  auto wanted = read_new_token(call.body, now, errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  wanted.account = call.who.account;
  wanted.made_by = call.who.token_name;
  const auto made = co_await api.access.create(std::move(wanted));
  if (!made && made.error().code() == ErrorCode::too_large)
    co_return http::problem(409, made.error().detail());
  if (!made && made.error().code() == ErrorCode::outcome_unknown) {
    co_return unavailable("a token of that name may exist now (" + made.error().detail() +
                          "): revoke it, try again");
  }
  if (!made) co_return failure(made.error(), "createToken");
  auto response = one(201, made->token, now, &made->value);
  response.headers.emplace_back("Location", "/tokens/" + std::to_string(made->token.id));
  co_return response;
}

io::Task<Response> list(const ApiContext& api, Call call) {
  std::int64_t after = 0;
  if (const auto cursor = call.query.text("cursor")) {
    const char* const end = cursor->data() + cursor->size();
    const auto [stop, error] = std::from_chars(cursor->data(), end, after);
    if (error != std::errc{} || stop != end || after < 0) {
      co_return unprocessable("cursor", "is not a cursor of ours: use the one in the header Link");
    }
  }
  const auto tokens = co_await api.access.list(call.who.account);
  if (!tokens) co_return failure(tokens.error(), "listTokens");
  const auto limit = call.query.integer("limit", kDefaultLimit);
  const auto first =
      std::find_if(tokens->begin(), tokens->end(), [&](const auto& t) { return t.id > after; });
  const auto count = std::min<std::ptrdiff_t>(limit, tokens->end() - first);
  json::Writer out;
  out.begin_array();
  for (auto token = first; token != first + count; ++token) {
    write_token(out, *token, api.loop.clock().now(), nullptr);
  }
  auto response = Response::json(200, std::move(out.end_array()).str());
  response.headers.emplace_back("X-Total-Count", std::to_string(tokens->size()));
  if (count > 0 && first + count != tokens->end()) {
    response.headers.emplace_back("Link", "</tokens?limit=" + std::to_string(limit) + "&cursor=" +
                                              std::to_string((first + count - 1)->id) + R"(>; rel="next")");
  }
  co_return response;
}

Response no_such_token(const std::string& which) {
  return http::problem(404, "there is no token " + shown(which));
}

/// Paths take ids; a name in their place names nothing.
bool is_id(const auth::Token& token, const std::string& which) {
  return token.uuid == which || std::to_string(token.id) == which;
}

io::Task<Response> read_one(const ApiContext& api, Call call) {
  const auto token = co_await api.access.find(call.who.account, call.path(0));
  if (!token) co_return failure(token.error(), "getToken");
  if (!token->has_value() || !is_id(**token, call.path(0))) co_return no_such_token(call.path(0));
  co_return one(200, **token, api.loop.clock().now());
}

io::Task<Response> revoke(const ApiContext& api, Call call) {
  const auto found = co_await api.access.find(call.who.account, call.path(0));
  if (!found) co_return failure(found.error(), "revokeToken");
  if (!found->has_value() || !is_id(**found, call.path(0))) co_return no_such_token(call.path(0));
  const auto revoked = co_await api.access.revoke(call.who.account, call.path(0));
  if (!revoked) co_return failure(revoked.error(), "revokeToken");
  Response response;
  response.status = 204;
  co_return response;
}

Type scopes_type() {
  auto type = list_of(one_of({"read", "write", "admin"}), 3);
  type.min_size = 1;
  return type;
}

std::vector<Field> token_fields() {
  return {Field("id", integer(1), "", "1").require(),
          Field("uuid", text(), "").require(),
          Field("name", text(), "", R"("n8n")").require(),
          Field("scopes", list_of(one_of({"read", "write", "admin"})), "").require(),
          Field("status", one_of({"active", "expired"}), "").require(),
          Field("createdAt", instant(), "").require(),
          Field("createdBy", text(), "The token that made it, or `command line`.").require(),
          Field("expiresAt", nullable(instant()), "From then on it is refused; null: never.").require(),
          Field("lastUsedAt", nullable(instant()), "To the minute; null: not yet.").require()};
}

ShapePtr token_shape() {
  static const auto shape = std::make_shared<const Shape>(
      Shape{"Token", "Its value was shown once, when it was made.", token_fields()});
  return shape;
}

ShapePtr made_token_shape() {
  static const auto shape = [] {
    auto fields = token_fields();
    fields.push_back(Field("token", text(), "Its value, shown here and never again.").require());
    return std::make_shared<const Shape>(Shape{"MadeToken", "", std::move(fields)});
  }();
  return shape;
}

ShapePtr new_token_shape() {
  static const auto shape = std::make_shared<const Shape>(Shape{
      "NewToken",
      "",
      {Field("name", line(1, auth::kMaxNameBytes), "Who uses it; unique.", R"("n8n")").require(),
       Field("scopes", scopes_type(),
             "`read`: see messages, queues, metrics. `write`: register, change, cancel and send "
             "messages, pause queues; the answers show what was changed. `admin`: tokens. None includes "
             "another.",
             R"(["read","write"])")
           .require(),
       Field("expiresAt", nullable(text(1, 100)), "RFC 3339 with offset; absent: it does not expire.",
             R"("2027-01-01T00:00:00-03:00")")}});
  return shape;
}

Operation token_operation(const char* method, const char* path, const char* name, const char* summary) {
  Operation op;
  op.method = method;
  op.path = path;
  op.scope = http::Scope::admin;
  op.name = name;
  op.tag = "Tokens";
  op.summary = summary;
  if (op.path.ends_with("{id}"))
    op.path_fields.emplace_back("id", text(1, 64), "Its `id` or `uuid`.", R"("1")");
  return op;
}

}  // namespace

Operations token_operations(const ApiContext& api) {
  Operations table;
  const auto add = [&](Operation op, io::Task<Response> (*handler)(const ApiContext&, Call)) {
    op.handler = bind(api, handler);
    table.push_back(std::move(op));
  };
  auto op = token_operation("POST", "/tokens", "createToken", "Make a token");
  op.body = object(new_token_shape());
  op.body_example = R"({"name":"n8n","scopes":["read","write"]})";
  Answer made(201, "Made. `token` is its value: keep it, it is never shown again.",
              object(made_token_shape()));
  made.headers.emplace_back("Location", text(), "`/tokens/{id}`");
  op.answers.push_back(std::move(made));
  op.answers.emplace_back(409, "There is one of that name, or there are too many.", object(problem_shape()));
  add(std::move(op), create);

  op = token_operation("GET", "/tokens", "listTokens", "List tokens");
  op.query.emplace_back("limit", integer(1, kMaxLimit), "Default 100.", "100");
  op.query.emplace_back("cursor", text(0, 1024), "From the header `Link` of the page before.");
  Answer listed(200, "Tokens by id; API_TOKEN is none of them.", list_of(object(token_shape())));
  listed.headers.emplace_back("X-Total-Count", integer(0), "How many there are.");
  listed.headers.emplace_back("Link", text(), R"(`<…>; rel="next"` when there are more.)");
  op.answers.push_back(std::move(listed));
  add(std::move(op), list);

  op = token_operation("GET", "/tokens/{id}", "getToken", "Read a token");
  op.answers.emplace_back(200, "What is known of it.", object(token_shape()));
  add(std::move(op), read_one);

  op = token_operation("DELETE", "/tokens/{id}", "revokeToken", "Revoke a token");
  op.doc = "This node refuses it at once, others within a second or two.";
  op.work = http::Work::vital;
  op.answers.emplace_back(204, "It is refused from now on.", Type());
  add(std::move(op), revoke);
  return table;
}

}  // namespace recado::api

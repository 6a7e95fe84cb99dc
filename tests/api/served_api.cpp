#include "api/served_api.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <memory>

namespace recado::api::testing {

using http::Response;

Result<net::HttpRequest> PlainChannel::request(const engine::Message& message, std::uint32_t attempt,
                                               Instant now) const {
  if (fail) return *fail;
  net::HttpRequest request;
  auto url = net::parse_url(message.spec.webhook_url);
  if (!url) return url.error();
  request.url = *url;
  request.method = message.spec.method;
  request.headers = message.spec.headers;
  request.headers.emplace_back("recado-attempt", std::to_string(attempt));
  request.headers.emplace_back("webhook-timestamp", std::to_string(to_ms(now) / 1000));
  request.body = message.spec.payload;
  return request;
}

io::Task<Result<std::vector<boost::asio::ip::address>>> FakeResolver::resolve(std::string host, Millis) {
  std::vector<boost::asio::ip::address> found;
  for (const auto& text : addresses) found.push_back(boost::asio::ip::make_address(text));
  if (found.empty()) co_return Error(ErrorCode::not_found, host + " does not exist");
  co_return found;
}

messaging::MessagingOptions ServedApi::messaging_options() {
  static const auto channels = [] {
    Options environment;
    environment.whatsapp_api_url = "https://graph.example/v23.0";
    environment.whatsapp_api_token = Secret("meta-token");
    environment.whatsapp_phone_number_id = "1065";
    environment.smtp_server = "mail.example";
    environment.from_email = "contato@clinica.example";
    return std::move(messaging::ChannelDirectory::from_environment(environment)).value();
  }();
  messaging::MessagingOptions options;
  options.channels = channels.get();
  return options;
}

ServedApi::ServedApi() : policy(net::AddressPolicy::create({"127.0.0.0/8"}).value()) {
  access.add(Secret{"secret"}, auth::Identity{"main", "API_TOKEN", auth::Scopes::all()});
  access.add(Secret{"reader"}, auth::Identity{"clinic", "dashboard", {auth::Scope::read}});
  access.add(Secret{"writer"}, auth::Identity{"main", "workflow", {auth::Scope::write}});
  messaging.open_schedules(engine);
  engine.state.redis_connected = true;
  engine.state.running = true;
  engine.state.pending = 5;
  serve();
}

ServedApi::~ServedApi() = default;

void ServedApi::serve(const std::function<void(ApiContext&)>& change) {
  ApiContext context(loop, engine, destinations, channel, metrics, access, login, *records);
  context.version = "1.2.3";
  if (change) change(context);
  router.reset();
  api = std::make_unique<Api>(std::move(context));
  router = std::make_unique<http::Router>();
  api->register_routes(*router);
  document = std::make_unique<Tree>(Tree::of(api->openapi()));
}

Response ServedApi::call(const std::string& method, const std::string& target, const std::string& body) {
  return call_with({{"authorization", "Bearer secret"}}, method, target, body);
}

Response ServedApi::call_with(const Headers& headers, const std::string& method, const std::string& target,
                              const std::string& body) {
  http::Request request;
  request.method = method;
  request.headers = headers;
  request.peer = "127.0.0.1:40000";
  request.body = body;
  const auto assigned = http::assign_target(request, target);
  EXPECT_TRUE(assigned.ok()) << target;
  auto match = router->match(request);
  if (match.refusal) return std::move(*match.refusal);
  auto response = run(match, request);
  hold_against_document(request, *match.route, response);
  return response;
}

Response ServedApi::run(const http::Router::Match& match, http::Request& request) {
  std::optional<Response> answer;
  std::exception_ptr failure;
  boost::asio::co_spawn(loop.executor(), match.route->handler(request, match.principal),
                        [&](std::exception_ptr thrown, Response response) {
                          failure = thrown;
                          answer = std::move(response);
                          loop.context().stop();  // a connection to Redis would keep it running
                        });
  loop.context().restart();
  loop.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(answer.value());
}

void ServedApi::hold_against_document(const http::Request& request, const http::Route& route,
                                      const Response& response) {
  std::string method = route.method;
  for (auto& c : method) c = static_cast<char>(c + ('a' - 'A'));
  const Tree* operation = nullptr;
  for (const auto& [path, item] : (*document)["paths"].members) {
    const auto* found = item.find(method);
    if (found != nullptr && (*found)["operationId"].text() == route.name) operation = found;
  }
  ASSERT_NE(operation, nullptr) << route.name << " is not in the document";
  const auto* answer = (*operation)["responses"].find(std::to_string(response.status));
  ASSERT_NE(answer, nullptr) << request.method << ' ' << request.target << " answered " << response.status
                             << ", which the document does not know: " << body_of(response);
  const SchemaJudge judge(*document);
  if (const auto* reference = answer->find("$ref")) answer = &judge.resolve(reference->text());
  const auto* content = answer->find("content");
  if (content == nullptr) {
    EXPECT_EQ(body_of(response), "");
    return;
  }
  const auto type = header(response, "Content-Type").value_or("");
  const auto* described = content->find(type);
  if (type.find("json") == std::string::npos) return;
  ASSERT_NE(described, nullptr) << type << " is not among " << ::testing::PrintToString(content->keys());
  EXPECT_EQ(judge.problems((*described)["schema"], Tree::of(body_of(response))), std::vector<std::string>())
      << request.method << ' ' << request.target << ' ' << response.status;
}

Tree ServedApi::expect(int status, const Response& response) {
  EXPECT_EQ(response.status, status) << body_of(response);
  return Tree::of(body_of(response));
}

std::vector<std::string> ServedApi::field_errors(const Response& response) {
  std::vector<std::string> lines;
  const auto body = expect(422, response);
  if (!body.has("errors")) return lines;
  for (const auto& error : body["errors"].items)
    lines.push_back(error["field"].text() + ": " + error["message"].text());
  return lines;
}

std::optional<std::string> header(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string body_of(const Response& response) {
  return response.static_body.empty() ? response.body : std::string{response.static_body};
}

std::string message_body(const std::string& more) {
  return R"({"webhookUrl":"https://example.com/hook")" + (more.empty() ? "" : "," + more) + "}";
}

}  // namespace recado::api::testing

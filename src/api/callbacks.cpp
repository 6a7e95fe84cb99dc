// `/callbacks/…`: what providers tell of their own accord. Open without a token: each proves itself by its
// signature or by a secret that only it was told.
#include "api/answers.hpp"
#include "api/problem_schema.hpp"
#include "api/resources.hpp"
#include "base/log.hpp"

namespace recado::api {
namespace {

using http::Response;
using messaging::ProviderName;

constexpr std::size_t kMaxCallback = 3 * 1024 * 1024;  ///< bytes; Meta sends at most 3 MiB

/// The whole body; nullopt: it is too large.
io::Task<Result<std::optional<std::string>>> read_all(http::BodyStream& body) {
  std::string all;
  while (true) {
    auto piece = co_await body.next();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return std::optional<std::string>(std::move(all));
    all += *piece;
    if (all.size() > kMaxCallback) co_return std::optional<std::string>();
  }
}

/// The URLs under which the provider may know us: PUBLIC_URL's, else by the Host that it called.
std::vector<std::string> urls_of(const ApiContext& api, const http::Request& request) {
  std::vector<std::string> urls;
  if (!api.public_url.empty()) {
    urls.push_back(api.public_url + request.target);
    return urls;
  }
  const auto host = std::string(request.header("host").value_or(""));
  for (const char* scheme : {"https://", "http://"}) urls.push_back(scheme + host + request.target);
  return urls;
}

messaging::CallbackRequest request_of(const ApiContext& api, const Call& call, const std::string& body,
                                      const char* signature_header) {
  messaging::CallbackRequest out;
  out.urls = urls_of(api, call.request);
  out.body = body;
  out.signature = call.request.header(signature_header).value_or("");
  out.token = call.query.text("token").value_or("");
  out.message = call.query.text("message").value_or("");
  out.now = api.loop.clock().now();
  const auto type = call.request.header("content-type").value_or("");
  if (type.starts_with("application/x-www-form-urlencoded")) {
    http::Request form;
    form.query = body;
    out.form = form.query_parameters();
  }
  return out;
}

Response no_such_channel(const Call& call, ProviderName provider) {
  return http::problem(404, "there is no channel " + shown(call.path(0)) + " of " + to_string(provider));
}

Response refused(const Call& call, const Error& error) {
  log::warning("a callback was refused",
               {{"path", call.request.path}, {"peer", call.request.peer}, {"reason", error.detail()}});
  if (error.code() == ErrorCode::refused) return http::problem(403, error.detail());
  return http::problem(400, error.detail());
}

/// Takes in what a callback tells.
io::Task<Response> take(const ApiContext& api, ProviderName provider, Call call, http::BodyStream& stream) {
  const auto channel = api.messaging.callbacks().find(call.path(0), provider);
  if (!channel) co_return no_such_channel(call, provider);
  const auto body = co_await read_all(stream);
  if (!body) co_return failure(body.error(), "callback");
  if (!*body)
    co_return http::problem(413, "a callback has at most " + std::to_string(kMaxCallback) + " bytes");
  const auto told = channel->read(request_of(api, call, **body, channel->signature_header()));
  if (!told) co_return refused(call, told.error());
  const auto taken = co_await api.messaging.callbacks().take_in(*channel, *told);
  if (!taken) co_return failure(taken.error(), "callback");
  Response response;
  response.status = 204;
  co_return response;
}

/// Meta asks once whether the URL is ours.
io::Task<Response> confirm(const ApiContext& api, Call call) {
  const auto channel = api.messaging.callbacks().find(call.path(0), ProviderName::cloud);
  if (!channel) co_return no_such_channel(call, ProviderName::cloud);
  const bool asks = call.query.text("hub.mode") == "subscribe";
  if (!asks || !channel->knows(call.query.text("hub.verify_token").value_or("")))
    co_return refused(call, Error(ErrorCode::refused, "hub.verify_token is not this channel's verify token"));
  co_return Response::text(200, call.query.text("hub.challenge").value_or(""));
}

Operation callback_operation(const ApiContext& api, ProviderName provider, const char* path, const char* name,
                             const char* summary, const char* doc) {
  Operation op;
  op.method = "POST";
  op.path = path;
  op.scope = http::Scope::open;
  op.name = name;
  op.tag = "Callbacks";
  op.summary = summary;
  op.doc = doc;
  op.path_fields.emplace_back("channel", text(1, 200),
                              "The channel's uuid; of one of the environment its name.", R"("twilio")");
  op.query.emplace_back("token", text(0, 200), "Proves who calls where nothing is signed.");
  op.query.emplace_back("message", text(0, 1024), "Our message's id, which we ask to be repeated.");
  op.upload_types = {"application/json", "application/x-www-form-urlencoded"};
  op.upload_doc = "As the provider has it.";
  op.answers.emplace_back(204, "Taken in.", Type());
  op.answers.emplace_back(403, "It is not signed as this channel's provider signs.", object(problem_shape()));
  op.upload = [&api, provider](Call call, http::BodyStream& body) {
    return take(api, provider, std::move(call), body);
  };
  return op;
}

}  // namespace

Operations callback_operations(const ApiContext& api) {
  Operations table;
  table.push_back(callback_operation(
      api, ProviderName::twilio, "/callbacks/twilio/{channel}", "takeTwilioCallback",
      "Status and replies by Twilio",
      "Signed by `X-Twilio-Signature` with the account's auth token, over the URL that Twilio was given: "
      "`PUBLIC_URL` must be it. Statuses are asked for with each message; for replies enter the URL at the "
      "sender in Twilio's console."));
  table.push_back(callback_operation(
      api, ProviderName::cloud, "/callbacks/whatsapp/{channel}", "takeWhatsAppCallback",
      "Status and replies by Meta",
      "Signed by `X-Hub-Signature-256` with the app's secret (`META_APP_SECRET`). Subscribe the app to the "
      "field `messages`."));
  auto op =
      callback_operation(api, ProviderName::evolution, "/callbacks/evolution/{channel}",
                         "takeEvolutionCallback", "Status and replies by Evolution",
                         "Evolution signs nothing: it must repeat its `apikey` in the body, or be given "
                         "the `callbackUrl` that `GET /channels` shows. Events: "
                         "`MESSAGES_UPDATE` and `MESSAGES_UPSERT`.");
  table.push_back(std::move(op));

  Operation ask;
  ask.method = "GET";
  ask.path = "/callbacks/whatsapp/{channel}";
  ask.scope = http::Scope::open;
  ask.name = "confirmWhatsAppCallback";
  ask.tag = "Callbacks";
  ask.summary = "Confirm the URL to Meta";
  ask.path_fields.emplace_back("channel", text(1, 200),
                               "The channel's uuid; of one of the environment its name.", R"("cloud")");
  ask.query.emplace_back("hub.mode", text(0, 100), "`subscribe`.", R"("subscribe")");
  ask.query.emplace_back("hub.verify_token", text(0, 500), "`META_VERIFY_TOKEN`, as entered at Meta.");
  ask.query.emplace_back("hub.challenge", text(0, 500), "Is answered.", R"("1158201444")");
  ask.needs_redis = false;
  ask.answers.emplace_back(200, "The challenge.", "text/plain; charset=utf-8");
  ask.answers.emplace_back(403, "The token is another one.", object(problem_shape()));
  ask.handler = bind(api, confirm);
  table.push_back(std::move(ask));
  return table;
}

}  // namespace recado::api

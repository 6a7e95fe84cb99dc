#include "messaging/channels/cloud_api.hpp"

#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"

namespace recado::messaging {
namespace {

struct MetaAnswer {
  std::string id;
  std::string message;
  int code = 0;
  bool has_code = false;  ///< 0 is a code of Meta's
};

std::string text_of(json::Raw raw) {
  auto text = json::as_string(raw);
  return text ? std::move(text).value() : std::string();
}

std::vector<json::Member> members_of(json::Raw raw) {
  if (raw.kind != json::Kind::object) return {};
  auto members = json::members(raw);
  return members ? std::move(members).value() : std::vector<json::Member>{};
}

void read_error(json::Raw raw, MetaAnswer& out) {
  std::string details;
  for (const auto& member : members_of(raw)) {
    if (member.key == "message") out.message = text_of(member.value);
    if (member.key == "code") {
      const auto code = json::as_int(member.value);
      out.has_code = code.ok();
      if (code) out.code = static_cast<int>(*code);
    }
    if (member.key != "error_data") continue;
    for (const auto& data : members_of(member.value)) {
      if (data.key == "details") details = text_of(data.value);
    }
  }
  if (!details.empty() && details != out.message) out.message += ": " + details;
}

MetaAnswer parse_answer(std::string_view body) {
  MetaAnswer out;
  const auto raw = json::parse(body);
  if (!raw) return out;
  for (const auto& member : members_of(*raw)) {
    if (member.key == "error") read_error(member.value, out);
    if (member.key != "messages" || member.value.kind != json::Kind::array) continue;
    const auto elements = json::elements(member.value);
    if (!elements || elements->empty()) continue;
    for (const auto& part : members_of(elements->front())) {
      if (part.key == "id") out.id = text_of(part.value);
    }
  }
  return out;
}

void write_template(json::Writer& w, const ProviderTemplate& given) {
  w.member("type", "template").key("template").begin_object();
  w.member("name", given.name);
  w.key("language").begin_object().member("code", given.language).end_object();
  if (!given.parameters.empty()) {
    w.key("components").begin_array().begin_object();
    w.member("type", "body").key("parameters").begin_array();
    for (const auto& parameter : given.parameters) {
      w.begin_object().member("type", "text").member("text", parameter).end_object();
    }
    w.end_array().end_object().end_array();
  }
  w.end_object();
}

}  // namespace

std::optional<Meaning> cloud_api_meaning(int code) {
  switch (code) {
    case 131047:
      return Meaning::needs_template;
    case 131021:  // the sender itself
    case 131026:  // cannot be delivered to that number
    case 131030:  // not in the allowed list of a test number
    case 131050:  // does not want marketing messages
      return Meaning::recipient_refused;
    case 131049:  // to keep the ecosystem healthy
      return Meaning::wait;
    case 100:
    case 131008:
    case 131009:
    case 131051:
      return Meaning::request_wrong;
    case 0:
    case 3:
    case 10:
    case 190:
    case 368:
    case 131031:
    case 131042:
    case 131045:
    case 131048:
      return Meaning::stop_channel;
    case 2:
    case 4:
    case 80007:
    case 130429:
    case 131000:
    case 131016:
    case 131056:  // the pair rate limit: backoff grows until it fits
    case 131057:
      return Meaning::try_again;
    default:
      break;
  }
  if (code >= 132000 && code <= 132016) return Meaning::request_wrong;
  if (code >= 200 && code <= 299) return Meaning::stop_channel;
  return std::nullopt;
}

Result<std::unique_ptr<Provider>> CloudApi::create(CloudApiSettings settings) {
  const std::string number = "/" + percent_encode(settings.phone_number_id);
  auto messages = endpoint(settings.base_url, number + "/messages");
  if (!messages) return messages.error();
  auto own = endpoint(settings.base_url, number + "?fields=id");
  if (!own) return own.error();
  std::unique_ptr<Provider> made =
      std::make_unique<CloudApi>(std::move(settings), std::move(messages).value(), std::move(own).value());
  return made;
}

CloudApi::CloudApi(CloudApiSettings settings, net::Url messages, net::Url number)
    : settings_(std::move(settings)), messages_(std::move(messages)), number_(std::move(number)) {}

net::HttpRequest CloudApi::base(const net::Url& url) const {
  net::HttpRequest request;
  request.url = url;
  request.trusted = settings_.trusted;
  request.max_response_bytes = kMaxProviderAnswer;
  request.headers.emplace_back("Authorization", "Bearer " + std::string(settings_.token.reveal()));
  return request;
}

Result<net::HttpRequest> CloudApi::request(const Content& content) const {
  if (content.provider_template && content.provider_template->name.empty()) {
    return Error(ErrorCode::invalid_argument,
                 "Meta's templates have a name and a language; this one has none");
  }
  json::Writer w;
  w.begin_object();
  w.member("messaging_product", "whatsapp").member("recipient_type", "individual");
  w.member("to", digits_of(content.to));
  if (content.provider_template) {
    write_template(w, *content.provider_template);
  } else {
    w.member("type", "text").key("text").begin_object();
    w.member("preview_url", false).member("body", content.text).end_object();
  }
  // It comes back with every status: so even what was not answered is known again.
  if (!content.message.empty()) w.member("biz_opaque_callback_data", content.message);
  w.end_object();
  net::HttpRequest request = base(messages_);
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(w).str();
  return request;
}

Reading CloudApi::read(const net::HttpResponse& response, Instant now) const {
  if (response.error != net::SendError::none) return read_failure(response);
  Reading out = read_status(response, now);
  const MetaAnswer answer = parse_answer(response.body);
  if (!answer.has_code) {
    if (out.meaning == Meaning::accepted) out.provider_id = answer.id;
    return out;
  }
  out.code = answer.code;
  const auto known = cloud_api_meaning(answer.code);
  // An error in an answer of 200 is still an error.
  if (known) {
    out.meaning = *known;
  } else if (out.meaning == Meaning::accepted) {
    out.meaning = Meaning::request_wrong;
  }
  if (answer.code == 131049) {
    out.wait = kUnhealthyWait;
  } else if (out.meaning == Meaning::try_again && out.wait) {
    out.meaning = Meaning::wait;  // the answer had a Retry-After
  } else if (out.meaning != Meaning::wait) {
    out.wait.reset();
  }
  out.detail = sentence("Meta's error " + std::to_string(answer.code), answer.message);
  return out;
}

net::HttpRequest CloudApi::probe() const {
  net::HttpRequest request = base(number_);
  request.method = "GET";
  return request;
}

ProbeResult CloudApi::read_probe(const net::HttpResponse& response) const {
  return probe_by_status(response, read(response, Instant{}));
}

Result<Told> CloudApi::read_callback(const CallbackRequest& request) const {
  if (settings_.app_secret.empty())
    return Error(ErrorCode::refused,
                 "this channel has no app secret (META_APP_SECRET) to check callbacks with");
  if (!signed_by_meta(settings_.app_secret, request.body, request.signature))
    return Error(ErrorCode::refused, "X-Hub-Signature-256 does not fit: the app secret must be this app's");
  return read_cloud_api_callback(request.body, request.now);
}

bool CloudApi::knows(std::string_view token) const {
  return !settings_.verify_token.empty() && settings_.verify_token.equals(token);
}

}  // namespace recado::messaging

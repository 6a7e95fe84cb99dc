#include "messaging/channels/evolution.hpp"

#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "messaging/templates/value.hpp"

namespace recado::messaging {
namespace {

Value tree(std::string_view body) {
  auto value = parse_value(body);
  return value ? std::move(value).value() : Value{};
}

const Value* at(const Value& value, std::initializer_list<const char*> path) {
  const Value* found = &value;
  for (const char* name : path) {
    if (found != nullptr) found = found->find(name);
  }
  return found;
}

std::string text_at(const Value& value, std::initializer_list<const char*> path) {
  const Value* found = at(value, path);
  return found == nullptr ? std::string() : found->text;
}

/// `exists: false` somewhere below: version 1 and 2 nest it differently.
bool says_not_on_whatsapp(const Value& value) {
  const Value* exists = value.find("exists");
  if (exists != nullptr && exists->kind == Value::Kind::boolean && !exists->flag) return true;
  const auto deeper = [](const Value& one) { return says_not_on_whatsapp(one); };
  return std::any_of(value.items.begin(), value.items.end(), deeper) ||
         std::any_of(value.members.begin(), value.members.end(),
                     [](const auto& member) { return says_not_on_whatsapp(member.second); });
}

/// The words of `response.message`, which is text or a list of texts.
void collect_words(const Value& value, std::string& out) {
  if (value.kind == Value::Kind::text) out += (out.empty() ? "" : "; ") + value.text;
  for (const auto& item : value.items) collect_words(item, out);
}

std::string words_of(const Value& answer) {
  std::string out;
  for (const Value* found : {at(answer, {"response", "message"}), answer.find("message")}) {
    if (found != nullptr && out.empty()) collect_words(*found, out);
  }
  return out.empty() ? text_at(answer, {"error"}) : out;
}

bool says_disconnected(const std::string& words) {
  constexpr const char* kSigns[] = {"Connection Closed", "Connection Lost", "connection is closed",
                                    "not connected"};
  return std::any_of(std::begin(kSigns), std::end(kSigns),
                     [&](const char* sign) { return words.find(sign) != std::string::npos; });
}

}  // namespace

Result<std::unique_ptr<Provider>> Evolution::create(EvolutionSettings settings) {
  const std::string instance = percent_encode(settings.instance);
  auto send = endpoint(settings.base_url, "/message/sendText/" + instance);
  if (!send) return send.error();
  auto state = endpoint(settings.base_url, "/instance/connectionState/" + instance);
  if (!state) return state.error();
  std::unique_ptr<Provider> made =
      std::make_unique<Evolution>(std::move(settings), std::move(send).value(), std::move(state).value());
  return made;
}

Evolution::Evolution(EvolutionSettings settings, net::Url send, net::Url state)
    : settings_(std::move(settings)), send_(std::move(send)), state_(std::move(state)) {}

net::HttpRequest Evolution::base(const net::Url& url) const {
  net::HttpRequest request;
  request.url = url;
  request.trusted = settings_.trusted;
  request.max_response_bytes = kMaxProviderAnswer;
  request.headers.emplace_back("apikey", std::string(settings_.api_key.reveal()));
  return request;
}

Result<net::HttpRequest> Evolution::request(const Content& content) const {
  if (content.provider_template) {
    return Error(ErrorCode::invalid_argument,
                 "Evolution knows no templates of the provider's: use a template with a body");
  }
  json::Writer w;
  w.begin_object();
  w.member("number", digits_of(content.to));
  w.member("text", content.text);
  w.member("delay", settings_.typing_ms);
  w.key("options").begin_object().member("delay", settings_.typing_ms).end_object();
  w.key("textMessage").begin_object().member("text", content.text).end_object();
  w.end_object();
  net::HttpRequest request = base(send_);
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(w).str();
  return request;
}

Reading Evolution::read(const net::HttpResponse& response, Instant now) const {
  if (response.error != net::SendError::none) return read_failure(response);
  Reading out = read_status(response, now);
  const Value answer = tree(response.body);
  if (out.meaning == Meaning::accepted) {
    out.provider_id = text_at(answer, {"key", "id"});
    return out;
  }
  const std::string words = words_of(answer);
  if (says_not_on_whatsapp(answer)) {
    out.meaning = Meaning::recipient_refused;
    out.detail = "the number is not on WhatsApp";
    return out;
  }
  if (says_disconnected(words)) {
    out.meaning = Meaning::session_down;
    out.detail = sentence("the WhatsApp session is down", words);
    return out;
  }
  out.detail = sentence(out.detail, words);
  return out;
}

net::HttpRequest Evolution::probe() const {
  net::HttpRequest request = base(state_);
  request.method = "GET";
  return request;
}

ProbeResult Evolution::read_probe(const net::HttpResponse& response) const {
  ProbeResult out = probe_by_status(response, read(response, Instant{}));
  if (out.state != ProbeResult::State::ready) return out;
  const Value answer = tree(response.body);
  std::string state = text_at(answer, {"instance", "state"});
  if (state.empty()) state = text_at(answer, {"state"});
  if (state == "open") return out;
  out.state = ProbeResult::State::disconnected;
  out.detail = sentence("the WhatsApp session is not open", state);
  return out;
}

Result<Told> Evolution::read_callback(const CallbackRequest& request) const {
  const auto key = evolution_callback_key(request.body);
  if (!key) return key.error();
  const bool by_key = !key->empty() && settings_.api_key.equals(*key);
  if (!by_key && !constant_time_equals(callback_token(settings_.api_key), request.token)) {
    return Error(
        ErrorCode::refused,
        "neither its apikey nor the URL's token is this channel's: see callbackUrl in GET /channels");
  }
  return read_evolution_callback(request.body, request.now);
}

}  // namespace recado::messaging

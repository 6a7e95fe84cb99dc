#include "messaging/channels/callbacks.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/words.hpp"
#include "messaging/channels/reading.hpp"

namespace recado::messaging {
namespace {

using json::Raw;

/// A value of a provider's JSON; whatever is not there is empty. Decoded only where it is asked for, unlike a
/// Value: half an emoji in somebody's name (which JSON.stringify writes as a lone escape) spoils nothing
/// else.
class Node {
 public:
  Node() = default;
  explicit Node(Raw raw) : raw_(raw), there_(true) {}

  Node operator[](std::string_view name) const {
    if (!there_ || raw_.kind != json::Kind::object) return Node();
    const auto members = json::members(raw_);
    for (const auto& member : members ? *members : std::vector<json::Member>()) {
      if (member.key == name) return Node(member.value);
    }
    return Node();
  }
  std::vector<Node> elements() const {
    std::vector<Node> out;
    if (!there_) return out;
    if (raw_.kind != json::Kind::array) {
      out.push_back(*this);
      return out;
    }
    const auto all = json::elements(raw_);
    for (const auto& one : all ? *all : std::vector<Raw>()) out.emplace_back(one);
    return out;
  }
  bool there() const { return there_ && raw_.kind != json::Kind::null; }
  std::string text() const {
    if (!there_) return {};
    if (raw_.kind == json::Kind::number) return std::string(raw_.text);
    const auto text = json::as_string(raw_);
    return text ? *text : std::string();
  }
  std::optional<std::int64_t> number() const {
    if (!there_) return std::nullopt;
    if (raw_.kind == json::Kind::number) {
      const auto value = json::as_int(raw_);
      return value ? std::optional(*value) : std::nullopt;
    }
    const auto digits = text();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) return std::nullopt;
    return value;
  }
  bool flag() const { return there_ && raw_.text == "true"; }

 private:
  Raw raw_;
  bool there_ = false;
};

/// Seconds since 1970; a time that cannot be, or is yet to come, is now.
Instant time_of(const Node& seconds, Instant now) {
  const auto value = seconds.number();
  if (!value || *value <= 0) return now;
  return std::min(now, Instant(Millis(*value < 100'000'000'000 ? *value * 1'000 : *value)));
}

std::string field(const FormFields& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return {};
}

/// `whatsapp:+55…`, `+55…`, `55…`, `55…@s.whatsapp.net` and `55…:12@…` as E.164; empty for a group and what
/// else is no number.
std::string number_of(std::string_view given) {
  if (given.starts_with("whatsapp:")) given.remove_prefix(9);
  if (given.starts_with('+')) given.remove_prefix(1);
  const auto at = given.find('@');
  if (at != std::string_view::npos && given.substr(at) != "@s.whatsapp.net" && given.substr(at) != "@c.us")
    return {};
  given = given.substr(0, std::min(given.find(':'), at));
  const bool digits = std::all_of(given.begin(), given.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && given.size() >= 8 && given.size() <= 15 ? "+" + std::string(given) : std::string();
}

std::optional<Receipt::Kind> kind_of(std::string_view word) {
  for (const auto& [name, kind] : {std::pair("sent", Receipt::Kind::sent),
                                   {"delivered", Receipt::Kind::delivered},
                                   {"read", Receipt::Kind::read},
                                   {"failed", Receipt::Kind::failed},
                                   {"undelivered", Receipt::Kind::failed}}) {
    if (word == name) return kind;
  }
  return std::nullopt;
}

std::optional<Receipt::Kind> evolution_kind(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : static_cast<char>(c);
  });
  if (word == "SERVER_ACK" || word == "2") return Receipt::Kind::sent;
  if (word == "DELIVERY_ACK" || word == "3") return Receipt::Kind::delivered;
  if (word == "READ" || word == "PLAYED" || word == "4" || word == "5") return Receipt::Kind::read;
  if (word == "ERROR" || word == "0") return Receipt::Kind::failed;
  return std::nullopt;
}

std::string provider_sentence(int code, const std::string& words) {
  const auto what = code == 0 ? std::string("the provider could not deliver it")
                              : "the provider could not deliver it: code " + std::to_string(code);
  return sentence(what, words);
}

void read_statuses(const Node& value, Instant now, Told& told) {
  for (const auto& status : value["statuses"].elements()) {
    const auto kind = kind_of(status["status"].text());
    Receipt receipt;
    receipt.provider_id = status["id"].text();
    if (!kind || receipt.provider_id.empty()) continue;
    receipt.kind = *kind;
    receipt.message = status["biz_opaque_callback_data"].text();
    receipt.at = time_of(status["timestamp"], now);
    if (*kind == Receipt::Kind::failed) {
      const auto errors = status["errors"].elements();
      const Node error = errors.empty() ? Node() : errors.front();
      receipt.code = static_cast<int>(error["code"].number().value_or(0));
      const auto details = error["error_data"]["details"].text();
      receipt.detail = provider_sentence(receipt.code, details.empty() ? error["title"].text() : details);
    }
    told.receipts.push_back(std::move(receipt));
  }
}

void read_messages(const Node& value, Instant now, Told& told) {
  for (const auto& message : value["messages"].elements()) {
    Reply reply;
    reply.from = number_of(message["from"].text());
    reply.provider_id = message["id"].text();
    reply.at = time_of(message["timestamp"], now);
    reply.text = message["text"]["body"].text();
    if (reply.text.empty()) reply.text = message["button"]["text"].text();
    if (reply.text.empty()) reply.text = message["interactive"]["button_reply"]["title"].text();
    if (reply.text.empty()) reply.text = message["interactive"]["list_reply"]["title"].text();
    if (!reply.from.empty() && !reply.provider_id.empty()) told.replies.push_back(std::move(reply));
  }
}

/// `messages.update`, `MESSAGES_UPDATE` and `messages-update` are the same event.
std::string event_of(const Node& body) {
  auto event = body["event"].text();
  for (char& c : event) {
    if (c == '_' || c == '-') c = '.';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return event;
}

void read_update(const Node& data, Instant now, Told& told) {
  Receipt receipt;
  // Version 1 has `key.id`, version 2 `keyId`.
  receipt.provider_id = data["key"]["id"].text();
  if (receipt.provider_id.empty()) receipt.provider_id = data["keyId"].text();
  auto status = data["status"].text();
  if (status.empty()) status = data["update"]["status"].text();
  const auto kind = evolution_kind(std::move(status));
  const bool ours = !data["key"].there() || data["key"]["fromMe"].flag();
  if (!kind || receipt.provider_id.empty() || !ours) return;
  receipt.kind = *kind;
  receipt.at = now;
  if (*kind == Receipt::Kind::failed) receipt.detail = provider_sentence(0, "");
  told.receipts.push_back(std::move(receipt));
}

void read_upsert(const Node& data, Instant now, Told& told) {
  const auto key = data["key"];
  Reply reply;
  reply.from = number_of(key["remoteJid"].text());
  // Where a number is hidden behind an id of its own, the number stands beside it.
  if (reply.from.empty()) reply.from = number_of(key["senderPn"].text());
  if (reply.from.empty()) reply.from = number_of(key["remoteJidAlt"].text());
  reply.provider_id = key["id"].text();
  if (key["fromMe"].flag() || reply.from.empty() || reply.provider_id.empty()) return;
  reply.at = time_of(data["messageTimestamp"], now);
  reply.text = data["message"]["conversation"].text();
  if (reply.text.empty()) reply.text = data["message"]["extendedTextMessage"]["text"].text();
  if (reply.text.empty())
    reply.text = data["message"]["buttonsResponseMessage"]["selectedDisplayText"].text();
  told.replies.push_back(std::move(reply));
}

Result<Node> parse_object(std::string_view body) {
  const auto parsed = json::parse(body);
  if (!parsed) return parsed.error();
  if (parsed->kind != json::Kind::object) return Error(ErrorCode::invalid_argument, "expected a JSON object");
  return Node(*parsed);
}

}  // namespace

bool signed_by_twilio(const Secret& auth_token, std::string_view url, FormFields fields,
                      std::string_view signature) {
  std::sort(fields.begin(), fields.end());
  // A field that comes twice with the same value counts once.
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  std::string text(url);
  for (const auto& [name, value] : fields) text += name + value;
  return constant_time_equals(base64_encode(hmac_sha1(auth_token.reveal(), text)), signature);
}

Told read_twilio_callback(const FormFields& fields, const std::string& message, Instant now) {
  Told told;
  auto sid = field(fields, "MessageSid");
  if (sid.empty()) sid = field(fields, "SmsSid");
  auto status = field(fields, "MessageStatus");
  if (status.empty()) status = field(fields, "SmsStatus");
  if (sid.empty()) return told;
  if (status == "received" || status == "receiving") {
    Reply reply;
    reply.from = number_of(field(fields, "From"));
    reply.text = field(fields, "Body");
    reply.provider_id = sid;
    reply.at = now;
    if (!reply.from.empty()) told.replies.push_back(std::move(reply));
    return told;
  }
  const auto kind = kind_of(status);
  if (!kind) return told;  // queued, sending, accepted: not yet sent
  Receipt receipt;
  receipt.kind = *kind;
  receipt.provider_id = sid;
  receipt.message = message;
  receipt.at = now;
  if (*kind == Receipt::Kind::failed) {
    const auto code = field(fields, "ErrorCode");
    (void)std::from_chars(code.data(), code.data() + code.size(), receipt.code);
    receipt.detail = provider_sentence(receipt.code, field(fields, "ErrorMessage"));
  }
  told.receipts.push_back(std::move(receipt));
  return told;
}

bool signed_by_meta(const Secret& app_secret, std::string_view body, std::string_view signature) {
  const auto mac = HmacSha256(app_secret.reveal()).sign({body});
  return constant_time_equals("sha256=" + hex(mac), signature);
}

Result<Told> read_cloud_api_callback(std::string_view body, Instant now) {
  const auto root = parse_object(body);
  if (!root) return root.error();
  Told told;
  for (const auto& entry : (*root)["entry"].elements()) {
    for (const auto& change : entry["changes"].elements()) {
      if (change["field"].text() != "messages") continue;
      read_statuses(change["value"], now, told);
      read_messages(change["value"], now, told);
    }
  }
  return told;
}

std::string callback_token(const Secret& key) {
  return hex(HmacSha256(key.reveal()).sign({"recado callback"})).substr(0, 32);
}

Result<std::string> evolution_callback_key(std::string_view body) {
  const auto root = parse_object(body);
  if (!root) return root.error();
  return (*root)["apikey"].text();
}

Result<Told> read_evolution_callback(std::string_view body, Instant now) {
  const auto root = parse_object(body);
  if (!root) return root.error();
  Told told;
  const auto event = event_of(*root);
  for (const auto& data : (*root)["data"].elements()) {
    if (event == "messages.update") read_update(data, now, told);
    if (event == "messages.upsert") read_upsert(data, now, told);
  }
  return told;
}

bool asks_to_stop(std::string_view text) {
  const auto words = words_of(text);
  return words.size() == 1 &&
         (words.front() == "sair" || words.front() == "parar" || words.front() == "stop");
}

}  // namespace recado::messaging

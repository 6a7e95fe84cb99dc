#include "messaging/channels/twilio.hpp"

#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace recado::messaging {
namespace {

struct TwilioAnswer {
  std::string sid;
  std::string message;
  int code = 0;
};

TwilioAnswer parse_answer(std::string_view body) {
  TwilioAnswer out;
  const auto raw = json::parse(body);
  if (!raw || raw->kind != json::Kind::object) return out;
  const auto members = json::members(*raw);
  if (!members) return out;
  for (const auto& member : *members) {
    if (member.key == "sid")
      out.sid = json::as_string(member.value).ok() ? *json::as_string(member.value) : "";
    if (member.key == "message") {
      out.message = json::as_string(member.value).ok() ? *json::as_string(member.value) : "";
    }
    if (member.key == "code") {
      const auto code = json::as_int(member.value);
      if (code) out.code = static_cast<int>(*code);
    }
  }
  return out;
}

/// ContentVariables is text that holds JSON: {"1":"Ana"}.
std::string content_variables(const ProviderTemplate& given) {
  json::Writer w;
  w.begin_object();
  for (std::size_t i = 0; i < given.parameters.size(); ++i) {
    w.member(std::to_string(i + 1), given.parameters[i]);
  }
  w.end_object();
  return std::move(w).str();
}

}  // namespace

std::optional<Meaning> twilio_meaning(int code) {
  switch (code) {
    case 63016:  // outside the window of 24 hours
      return Meaning::needs_template;
    case 21211:  // To is not a valid number
    case 21214:
    case 21265:
    case 21408:  // no permission for that region
    case 21608:  // trial accounts: an unverified number
    case 21610:  // unsubscribed
    case 21612:  // cannot be reached from this sender
    case 21614:  // not a mobile number
    case 63003:  // the channel does not find the recipient
    case 63015:  // the sandbox: the recipient has not joined
    case 63024:  // the recipient is invalid
    case 63032:  // the user takes part in an experiment of WhatsApp's
    case 63033:
      return Meaning::recipient_refused;
    case 14107:  // too many between two numbers
    case 20429:
    case 21611:  // the queue is full
    case 63017:
    case 63018:  // the channel's rate limit
    case 63022:
      return Meaning::wait;
    case 63049:  // Meta chose not to deliver it: again in a day at the earliest
      return Meaning::wait;
    case 20003:  // authentication
    case 20004:
    case 20005:  // the account is not active
    case 20006:
    case 20008:  // test credentials
    case 20404:
    case 21212:  // From is not valid
    case 21606:  // From cannot send
    case 21660:  // From does not belong to the account
    case 30002:  // suspended
    case 63007:  // no channel with that From
    case 63020:  // the business has no payment method, or has not accepted
    case 63025:
    case 63026:
    case 63051:
      return Meaning::stop_channel;
    case 21602:  // no Body
    case 21604:
    case 21605:  // too long
    case 21617:
    case 21619:
    case 21655:  // ContentSid is not valid
    case 21656:  // ContentVariables is not valid
    case 63005:  // the channel did not accept the content
    case 63013:  // against the channel's policy
    case 63019:
    case 63021:
    case 63027:  // no such template
    case 63028:  // its parameters do not match
    case 63029:
    case 63030:
    case 63040:  // rejected
    case 63041:  // paused
    case 63042:  // disabled
      return Meaning::request_wrong;
    case 20500:
    case 20503:
    case 63010:
    case 63012:
    case 63023:
      return Meaning::try_again;
    default:
      return std::nullopt;
  }
}

Result<std::unique_ptr<Provider>> Twilio::create(TwilioSettings settings) {
  const std::string account = "/2010-04-01/Accounts/" + percent_encode(settings.account_sid);
  auto messages = endpoint(settings.base_url, account + "/Messages.json");
  if (!messages) return messages.error();
  auto own = endpoint(settings.base_url, account + ".json");
  if (!own) return own.error();
  constexpr std::string_view kPrefix = "whatsapp:";
  if (settings.from.starts_with(kPrefix)) settings.from.erase(0, kPrefix.size());
  std::unique_ptr<Provider> made =
      std::make_unique<Twilio>(std::move(settings), std::move(messages).value(), std::move(own).value());
  return made;
}

Twilio::Twilio(TwilioSettings settings, net::Url messages, net::Url account)
    : settings_(std::move(settings)), messages_(std::move(messages)), account_(std::move(account)) {}

net::HttpRequest Twilio::base(const net::Url& url) const {
  net::HttpRequest request;
  request.url = url;
  request.trusted = settings_.trusted;
  request.max_response_bytes = kMaxProviderAnswer;
  request.headers.emplace_back(
      "Authorization",
      "Basic " + base64_encode(settings_.account_sid + ":" + std::string(settings_.auth_token.reveal())));
  request.headers.emplace_back("Accept", "application/json");
  return request;
}

Result<net::HttpRequest> Twilio::request(const Content& content) const {
  std::vector<std::pair<std::string, std::string>> fields;
  fields.emplace_back("To", "whatsapp:" + content.to);
  fields.emplace_back("From", "whatsapp:" + settings_.from);
  if (content.provider_template) {
    if (content.provider_template->content_sid.empty()) {
      return Error(ErrorCode::invalid_argument, "Twilio's templates have a contentSid; this one has none");
    }
    fields.emplace_back("ContentSid", content.provider_template->content_sid);
    fields.emplace_back("ContentVariables", content_variables(*content.provider_template));
  } else {
    fields.emplace_back("Body", content.text);
  }
  if (!settings_.status_callback.empty()) {
    // The message's id comes back with it: so even what was not answered is known again.
    const auto query = content.message.empty() ? "" : "?message=" + percent_encode(content.message);
    fields.emplace_back("StatusCallback", settings_.status_callback + query);
  }
  net::HttpRequest request = base(messages_);
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.body = form_encode(fields);
  return request;
}

Reading Twilio::read(const net::HttpResponse& response, Instant now) const {
  if (response.error != net::SendError::none) return read_failure(response);
  Reading out = read_status(response, now);
  const TwilioAnswer answer = parse_answer(response.body);
  if (out.meaning == Meaning::accepted) {
    out.provider_id = answer.sid;
    return out;
  }
  if (answer.code == 0) return out;
  out.code = answer.code;
  if (const auto known = twilio_meaning(answer.code)) out.meaning = *known;
  if (out.meaning != Meaning::wait) out.wait.reset();
  if (answer.code == 63049) out.wait = Millis{24 * 3600 * 1000};
  out.detail = sentence("Twilio's error " + std::to_string(answer.code), answer.message);
  return out;
}

net::HttpRequest Twilio::probe() const {
  net::HttpRequest request = base(account_);
  request.method = "GET";
  return request;
}

ProbeResult Twilio::read_probe(const net::HttpResponse& response) const {
  ProbeResult out = probe_by_status(response, read(response, Instant{}));
  if (out.state != ProbeResult::State::ready) return out;
  const auto raw = json::parse(response.body);
  const auto members =
      raw ? json::members(*raw) : Result<std::vector<json::Member>>(std::vector<json::Member>{});
  if (!members) return out;
  for (const auto& member : *members) {
    if (member.key != "status") continue;
    const auto status = json::as_string(member.value);
    if (status && *status != "active") {
      out.state = ProbeResult::State::stopped;
      out.detail = "Twilio says that the account is " + *status;
    }
  }
  return out;
}

Result<Told> Twilio::read_callback(const CallbackRequest& request) const {
  const bool proved = std::any_of(request.urls.begin(), request.urls.end(), [&](const std::string& url) {
    return signed_by_twilio(settings_.auth_token, url, request.form, request.signature);
  });
  if (!proved) {
    return Error(
        ErrorCode::refused,
        "X-Twilio-Signature does not fit: PUBLIC_URL must be the URL that Twilio calls, and the auth "
        "token this account's");
  }
  return read_twilio_callback(request.form, request.message, request.now);
}

}  // namespace recado::messaging

#include <fmt/ranges.h>

#include "base/config.hpp"
#include "base/crypto.hpp"
#include "base/setting_values.hpp"

namespace recado {
namespace {

using ReadText = Result<std::string> (*)(std::string_view);

constexpr Millis kLongestRetention{300 * 366 * 86'400'000LL};

/// Names, placeholder, help and default: what all kinds of variable have.
struct Card {
  std::string name;
  std::string placeholder;
  std::string help;
  std::string default_text;
};

/// A variable whose value `read` turns into what `assign` stores.
template <class T, class Read, class Assign>
Variable variable(Card card, bool secret, Read read, Assign assign,
                  std::function<std::string(const Options&)> show) {
  Variable v;
  v.name = std::move(card.name);
  v.placeholder = std::move(card.placeholder);
  v.help = std::move(card.help);
  v.default_text = std::move(card.default_text);
  v.secret = secret;
  v.read = [read, assign](Options& options, std::string_view text) -> Result<void> {
    Result<T> value = read(text);
    if (!value) return Error(ErrorCode::configuration, value.error().detail());
    assign(options, *std::move(value));
    return {};
  };
  v.show = std::move(show);
  return v;
}

Variable text(Card card, std::string Options::*field, ReadText read) {
  return variable<std::string>(
      std::move(card), false, read, [field](Options& o, std::string value) { o.*field = std::move(value); },
      [field](const Options& o) { return o.*field; });
}

Variable secret(Card card, Secret Options::*field, ReadText read) {
  return variable<std::string>(
      std::move(card), true, read,
      [field](Options& o, std::string value) { o.*field = Secret(std::move(value)); },
      [field](const Options& o) { return (o.*field).masked(); });
}

Variable list(Card card, std::vector<std::string> Options::*field, ReadText read) {
  return variable<std::vector<std::string>>(
      std::move(card), false, [read](std::string_view value) { return read_list(value, read); },
      [field](Options& o, std::vector<std::string> value) { o.*field = std::move(value); },
      [field](const Options& o) { return fmt::format("{}", fmt::join(o.*field, ",")); });
}

template <class T>
Variable whole(Card card, T Options::*field, std::string what, std::uint64_t least, std::uint64_t most) {
  return variable<std::uint64_t>(
      std::move(card), false,
      [what, least, most](std::string_view value) { return read_whole(value, what, least, most); },
      [field](Options& o, std::uint64_t value) { o.*field = static_cast<T>(value); },
      [field](const Options& o) { return std::to_string(o.*field); });
}

Variable duration(Card card, Millis Options::*field, Millis least, Millis most) {
  return variable<Millis>(
      std::move(card), false,
      [least, most](std::string_view value) { return read_duration(value, least, most); },
      [field](Options& o, Millis value) { o.*field = value; },
      [field](const Options& o) { return format_duration(o.*field); });
}

Variable boolean(Card card, bool Options::*field) {
  return variable<bool>(
      std::move(card), false, read_boolean, [field](Options& o, bool value) { o.*field = value; },
      [field](const Options& o) { return o.*field ? "true" : "false"; });
}

/// A closed set of words.
template <class T>
Variable choice(Card card, T Options::*field, std::vector<std::pair<std::string, T>> words,
                Result<T> (*read)(std::string_view)) {
  return variable<T>(
      std::move(card), false, read, [field](Options& o, T value) { o.*field = value; },
      [field, words = std::move(words)](const Options& o) {
        for (const auto& [word, value] : words) {
          if (value == o.*field) return word;
        }
        return std::string{};
      });
}

Result<MetricsAccess> read_metrics_access(std::string_view value) {
  if (value == "open") return MetricsAccess::open;
  if (value == "token") return MetricsAccess::token;
  if (value == "off") return MetricsAccess::off;
  return Error(ErrorCode::configuration, "not an access to /metrics; expected open, token or off");
}

Result<std::string> read_signing_secret(std::string_view value) {
  auto signer = WebhookSigner::create(value);
  if (!signer) return signer.error();
  return std::string(value);
}

/// Without the slash at the end: paths are appended.
Result<std::string> read_public_url(std::string_view value) {
  auto url = read_http_url(value);
  while (url && url->ends_with('/')) url->pop_back();
  return url;
}

Variable redis_port() {
  Variable v =
      whole({"REDIS_PORT", "PORT", "Port of REDIS_HOST", "6379"}, &Options::redis_port, "a port", 1, 65535);
  v.read = [read = std::move(v.read)](Options& options, std::string_view value) -> Result<void> {
    if (value.starts_with("tcp://")) {
      return Error(
          ErrorCode::configuration,
          "not a port, but what Kubernetes sets for a service named redis; expected a whole number from 1 to "
          "65535 in the container's env, or enableServiceLinks: false");
    }
    return read(options, value);
  };
  return v;
}

std::vector<Variable> server_variables() {
  using O = Options;
  std::vector<Variable> all;
  all.push_back(text({"API_HOST", "HOST", "Address to listen on; 0.0.0.0 or :: for all", "127.0.0.1"},
                     &O::api_host, read_host));
  all.push_back(whole({"API_PORT", "PORT", "Port to listen on; 0 takes a free one and logs it", "8000"},
                      &O::api_port, "a port", 0, 65535));
  all.push_back(boolean({"API_REUSE_PORT", "BOOL",
                         "Share the port with other nodes of this machine that have set it too", "false"},
                        &O::api_reuse_port));
  all.push_back(secret({"API_TOKEN", "TOKEN", "Bearer token of the API",
                        "private Redis: made at first start; external Redis: required"},
                       &O::api_token, read_token));
  all.push_back(
      secret({"WEBHOOK_SIGNING_SECRET", "WHSEC", "Signs webhooks; two, space separated, while rotating",
              "made at first start, kept in Redis"},
             &O::webhook_signing_secret, read_signing_secret));
  all.push_back(secret({"SECRETS_KEY", "KEY", "Encrypts the secrets of channels at rest",
                        "private Redis: made at first start"},
                       &O::secrets_key, read_token));
  all.push_back(secret(
      {"REDIS_URL", "URL", "redis://, rediss://, unix://, redis+sentinel:// or redis+cluster:// URL of Redis",
       "none: a private redis-server"},
      &O::redis_url, read_redis_url));
  all.push_back(
      text({"REDIS_HOST", "HOST", "Host of Redis, instead of REDIS_URL", "none: a private redis-server"},
           &O::redis_host, read_host));
  all.push_back(redis_port());
  all.push_back(
      secret({"REDIS_PASSWORD", "PASSWORD", "Password of Redis", "none"}, &O::redis_password, read_text));
  all.push_back(
      text({"DATA_DIR", "DIR", "Where the private Redis and the node's identity live; one process each",
            "$STATE_DIRECTORY, else ./recado-data"},
           &O::data_dir, read_text));
  all.push_back(choice<log::Level>(
      {"LOG_LEVEL", "LEVEL", "DEBUG, INFO, WARNING or ERROR", "INFO"}, &O::log_level,
      {{"DEBUG", log::Level::debug},
       {"INFO", log::Level::info},
       {"WARNING", log::Level::warning},
       {"ERROR", log::Level::error}},
      [](std::string_view value) -> Result<log::Level> {
        auto level = log::parse_level(value);
        if (level) return level;
        return Error(ErrorCode::configuration, "not a log level; expected DEBUG, INFO, WARNING or ERROR");
      }));
  all.push_back(choice<log::Format>({"LOG_FORMAT", "FORMAT", "text or json", "text"}, &O::log_format,
                                    {{"text", log::Format::text}, {"json", log::Format::json}},
                                    [](std::string_view value) -> Result<log::Format> {
                                      auto format = log::parse_format(value);
                                      if (format) return format;
                                      return Error(ErrorCode::configuration,
                                                   "not a log format; expected text or json");
                                    }));
  return all;
}

std::vector<Variable> delivery_variables() {
  using O = Options;
  constexpr Millis kNone{0};
  std::vector<Variable> all;
  all.push_back(list({"WEBHOOK_ALLOW_NETWORKS", "CIDRS",
                      "Private networks that webhooks may reach, with commas", "none: public addresses only"},
                     &O::webhook_allow_networks, read_network));
  all.push_back(duration(
      {"HISTORY_RETENTION", "DURATION", "How long delivered messages are kept; 0: not at all", "24h"},
      &O::history_retention, kNone, kLongestRetention));
  all.push_back(
      duration({"FAILED_RETENTION", "DURATION", "How long failed messages are kept; 0: not at all", "30d"},
               &O::failed_retention, kNone, kLongestRetention));
  all.push_back(
      duration({"LOG_RETENTION", "DURATION", "How long rows of /logs are kept; 0: not at all", "90d"},
               &O::log_retention, kNone, kLongestRetention));
  all.push_back(whole({"HISTORY_MAX", "N", "How many finished messages are kept at most", "1000000"},
                      &O::history_max, "a number of messages", 0, 1'000'000'000));
  all.push_back(
      list({"DNS_SERVERS", "ADDRESSES", "Name servers for webhook destinations, with commas", "the system's"},
           &O::dns_servers, read_name_server));
  all.push_back(whole({"REDIS_MIN_REPLICAS", "N", "Replicas that must have a write before its 201", "0"},
                      &O::redis_min_replicas, "a number of replicas", 0, 100));
  return all;
}

std::vector<Variable> http_variables() {
  using O = Options;
  using namespace std::chrono_literals;
  std::vector<Variable> all;
  all.push_back(choice<MetricsAccess>(
      {"METRICS", "ACCESS", "Who may read /metrics: open, token or off", "token"}, &O::metrics,
      {{"open", MetricsAccess::open}, {"token", MetricsAccess::token}, {"off", MetricsAccess::off}},
      read_metrics_access));
  all.push_back(list(
      {"ALLOWED_ORIGINS", "ORIGINS", "Web origins that may call the API (CORS), with commas, or *", "none"},
      &O::allowed_origins, read_origin));
  all.push_back(
      text({"PUBLIC_URL", "URL", "What providers and links are told about where this server is", "none"},
           &O::public_url, read_public_url));
  all.push_back(
      text({"FAILURE_CALLBACK_URL", "URL", "Where failures go when a message has no callbackUrl", "none"},
           &O::failure_callback_url, read_http_url));
  all.push_back(boolean(
      {"IMPORT_SEED_MESSAGES", "BOOL", "Take over the old scheduler's message:<id> keys at start", "false"},
      &O::import_seed_messages));
  all.push_back(variable<std::uint64_t>(
      {"MAX_BODY_BYTES", "SIZE", "Largest request body, such as 1048576 or 1MiB", "1MiB"}, false,
      [](std::string_view value) { return read_size(value, 1 << 10, 64 << 20); },
      [](Options& o, std::uint64_t value) { o.max_body_bytes = value; },
      [](const Options& o) { return std::to_string(o.max_body_bytes); }));
  all.push_back(whole({"MAX_CONNECTIONS", "N", "Connections of HTTP clients at the same time", "16384"},
                      &O::max_connections, "a number of connections", 1, 1'000'000));
  all.push_back(whole({"MAX_IN_FLIGHT", "N", "Deliveries at the same time", "4096"}, &O::max_in_flight,
                      "a number of deliveries", 1, 1'000'000));
  all.push_back(whole({"MAX_IN_FLIGHT_PER_ORIGIN", "N", "Deliveries to one origin at the same time", "64"},
                      &O::max_in_flight_per_origin, "a number of deliveries", 1, 1'000'000));
  all.push_back(duration({"REQUEST_TIMEOUT", "DURATION", "How long a request's body may take", "30s"},
                         &O::request_timeout, 100ms, 1h));
  all.push_back(
      duration({"DRAIN_TIMEOUT", "DURATION", "How long a stop waits for what is being delivered", "25s"},
               &O::drain_timeout, 0ms, 1h));
  all.push_back(
      text({"TLS_CERT_FILE", "PATH", "Certificate chain (PEM); with TLS_KEY_FILE: HTTPS", "none: plain HTTP"},
           &O::tls_cert_file, read_text));
  all.push_back(text({"TLS_KEY_FILE", "PATH", "Private key (PEM) of TLS_CERT_FILE", "none: plain HTTP"},
                     &O::tls_key_file, read_text));
  all.push_back(text({"DEFAULT_TIMEZONE", "ZONE",
                      "Zone of times without one: Portuguese dialect, /schedules, repeat", "the machine's"},
                     &O::default_timezone, read_zone));
  all.push_back(text({"DEFAULT_COUNTRY", "CODE", "Country of phone numbers without a country code", "BR"},
                     &O::default_country, read_country));
  return all;
}

Result<SmtpTls> read_smtp_tls(std::string_view value) {
  if (value == "starttls") return SmtpTls::starttls;
  if (value == "implicit") return SmtpTls::implicit;
  if (value == "none") return SmtpTls::none;
  return Error(ErrorCode::configuration, "no way to secure mail; expected starttls, implicit or none");
}

std::vector<Variable> channel_variables() {
  using O = Options;
  std::vector<Variable> all;
  const auto word = [&all](Card card, std::string O::*field, ReadText read) {
    all.push_back(text(std::move(card), field, read));
  };
  const auto hidden = [&all](Card card, Secret O::*field) {
    all.push_back(secret(std::move(card), field, read_text));
  };
  word({"EMAIL_USER", "ADDRESS", "User name of mail; alone with EMAIL_PASS: at Gmail", "none"},
       &O::email_user, read_text);
  hidden({"EMAIL_PASS", "SECRET", "Password of EMAIL_USER", "none"}, &O::email_pass);
  word({"SMTP_SERVER", "HOST", "Server that takes mail", "none; smtp.gmail.com for EMAIL_USER"},
       &O::smtp_server, read_host);
  all.push_back(whole({"SMTP_PORT", "PORT", "Port of SMTP_SERVER; 0: 465 with implicit TLS, else 587", "0"},
                      &O::smtp_port, "a port", 0, 65535));
  word({"SMTP_USERNAME", "NAME", "User name at SMTP_SERVER", "none: EMAIL_USER"}, &O::smtp_username,
       read_text);
  hidden({"SMTP_PASSWORD", "SECRET", "Password of SMTP_USERNAME", "none"}, &O::smtp_password);
  word({"FROM_EMAIL", "ADDRESS", "Sender of mail, also as Name <address>", "the user name"}, &O::from_email,
       read_text);
  all.push_back(choice<SmtpTls>(
      {"SMTP_TLS", "WAY", "starttls, implicit or none", "starttls"}, &O::smtp_tls,
      {{"starttls", SmtpTls::starttls}, {"implicit", SmtpTls::implicit}, {"none", SmtpTls::none}},
      read_smtp_tls));
  word({"TWILIO_ACCOUNT_SID", "SID", "Twilio's account, for WhatsApp", "none"}, &O::twilio_account_sid,
       read_token);
  hidden({"TWILIO_AUTH_TOKEN", "SECRET", "Token of TWILIO_ACCOUNT_SID", "none"}, &O::twilio_auth_token);
  word({"TWILIO_WHATSAPP_NUMBER", "NUMBER", "The sender at Twilio", "none"}, &O::twilio_whatsapp_number,
       read_text);
  word({"TWILIO_BASE_URL", "URL", "Where Twilio is", "Twilio's own"}, &O::twilio_base_url, read_public_url);
  word({"WHATSAPP_API_URL", "URL", "Meta's Cloud API with its version", "none"}, &O::whatsapp_api_url,
       read_public_url);
  hidden({"WHATSAPP_API_TOKEN", "SECRET", "Token for WHATSAPP_API_URL", "none"}, &O::whatsapp_api_token);
  word({"WHATSAPP_PHONE_NUMBER_ID", "ID", "The sender at Meta", "none"}, &O::whatsapp_phone_number_id,
       read_token);
  hidden({"META_APP_SECRET", "SECRET", "Signs Meta's callbacks", "none"}, &O::meta_app_secret);
  hidden({"META_VERIFY_TOKEN", "SECRET", "Confirms our callback URL to Meta", "none"}, &O::meta_verify_token);
  word({"EVOLUTION_API_BASE_URL", "URL", "Where the Evolution API is", "none"}, &O::evolution_api_base_url,
       read_public_url);
  hidden({"EVOLUTION_API_KEY", "SECRET", "Key of EVOLUTION_API_BASE_URL", "none"}, &O::evolution_api_key);
  word({"EVOLUTION_INSTANCE_NAME", "NAME", "The instance that sends", "none"}, &O::evolution_instance_name,
       read_text);
  return all;
}

}  // namespace

const std::vector<Variable>& variables() {
  static const std::vector<Variable> all = [] {
    std::vector<Variable> table;
    for (auto group : {server_variables(), delivery_variables(), http_variables(), channel_variables()}) {
      std::move(group.begin(), group.end(), std::back_inserter(table));
    }
    return table;
  }();
  return all;
}

}  // namespace recado

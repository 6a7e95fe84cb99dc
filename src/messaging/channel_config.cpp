#include "messaging/channel_config.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "messaging/channels/callbacks.hpp"
#include "messaging/channels/cloud_api.hpp"
#include "messaging/channels/evolution.hpp"
#include "messaging/channels/twilio.hpp"
#include "messaging/phone.hpp"

namespace recado::messaging {
namespace {

constexpr const char* kCloudBaseUrl = "https://graph.facebook.com/v23.0";

struct Setting {
  const char* name;
  bool required;
};

/// What a channel of a provider is given.
struct Known {
  std::vector<Setting> settings;
  std::vector<std::string> secrets;  ///< the first is the one that it cannot do without
};

const Known& known_of(ProviderName provider) {
  static const Known evolution = {{{"baseUrl", true}, {"instanceName", true}, {"dailyLimit", false}},
                                  {"apiKey"}};
  static const Known twilio = {
      {{"accountSid", true}, {"from", true}, {"baseUrl", false}, {"dailyLimit", false}}, {"authToken"}};
  static const Known cloud = {{{"phoneNumberId", true}, {"baseUrl", false}, {"dailyLimit", false}},
                              {"token", "appSecret", "verifyToken"}};
  static const Known smtp = {{{"server", true},
                              {"from", true},
                              {"port", false},
                              {"tls", false},
                              {"username", false},
                              {"dailyLimit", false}},
                             {"password"}};
  switch (provider) {
    case ProviderName::evolution:
      return evolution;
    case ProviderName::twilio:
      return twilio;
    case ProviderName::cloud:
      return cloud;
    case ProviderName::smtp:
      break;
  }
  return smtp;
}

std::string in_words(const std::vector<Setting>& settings) {
  std::string out;
  for (const auto& one : settings) out += (out.empty() ? "" : ", ") + std::string(one.name);
  return out;
}

std::string setting(const ChannelConfig& config, const char* name) {
  return config.settings.text(name).value_or("");
}

void judge_names(const ChannelConfig& config, FieldProblems& problems) {
  const auto& known = known_of(config.provider).settings;
  for (const auto& [name, value] : config.settings.fields()) {
    if (std::none_of(known.begin(), known.end(), [&n = name](const Setting& one) { return n == one.name; })) {
      problems.emplace_back(
          "settings." + name,
          std::string("is no setting of ") + to_string(config.provider) + ": there are " + in_words(known));
    }
  }
  for (const auto& one : known) {
    if (one.required && setting(config, one.name).empty())
      problems.emplace_back(std::string("settings.") + one.name, "is required");
  }
}

void judge_secrets(const ChannelConfig& config, FieldProblems& problems) {
  const auto& names = secret_names(config.provider);
  for (const auto& [name, value] : config.secrets) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    std::string known;
    for (const auto& one : names) known += (known.empty() ? "" : ", ") + one;
    problems.emplace_back("secrets." + name, std::string("is no secret of ") + to_string(config.provider) +
                                                 ": there is " + known);
  }
  const std::string field = "secrets." + names.front();
  const bool given = !config.secret(names.front()).empty();
  if (config.provider != ProviderName::smtp) {
    if (!given) problems.emplace_back(field, "is required");
    return;
  }
  const bool named = !setting(config, "username").empty();
  if (named && !given) problems.emplace_back(field, "is required beside settings.username");
  if (!named && given) problems.emplace_back("settings.username", "is required beside " + field);
}

/// The URL by which the address policy judges where the channel's requests go.
std::string destination(const ChannelConfig& config) {
  if (config.provider != ProviderName::smtp) return setting(config, "baseUrl");
  const std::string host = setting(config, "server");
  return "http://" + (host.find(':') == std::string::npos ? host : "[" + host + "]") + "/";
}

void judge_destination(const ChannelConfig& config, const ChannelSurroundings& around,
                       FieldProblems& problems) {
  const char* const name = config.provider == ProviderName::smtp ? "server" : "baseUrl";
  const std::string given = setting(config, name);
  if (given.empty()) return;
  const std::string field = std::string("settings.") + name;
  if (config.provider == ProviderName::smtp && given.find_first_of("/@?# ") != std::string::npos) {
    problems.emplace_back(field, "is no name of a server: expected one such as smtp.example.com");
    return;
  }
  if (config.provider != ProviderName::smtp) {
    if (const auto url = endpoint(given, "/"); !url) {
      problems.emplace_back(field, url.error().detail());
      return;
    }
  }
  if (config.trusted || !around.check_url) return;
  if (const auto allowed = around.check_url(destination(config)); !allowed)
    problems.emplace_back(field, allowed.error().detail());
}

void judge_from(ChannelConfig& config, const ChannelSurroundings& around, FieldProblems& problems) {
  const std::string from = setting(config, "from");
  if (from.empty()) return;
  if (config.provider == ProviderName::smtp) {
    if (const auto box = parse_mailbox(from); !box)
      problems.emplace_back("settings.from", box.error().detail());
    return;
  }
  const auto number = read_phone(from, around.country);
  if (number) {
    config.settings.set_text("from", *number);
  } else {
    problems.emplace_back("settings.from", number.error().detail());
  }
}

std::shared_ptr<const engine::PersonalChannel> made(const ChannelConfig& config,
                                                    std::unique_ptr<Provider> provider, DailyCap cap) {
  return std::make_shared<const WhatsAppChannel>(config.provider, std::move(provider), std::move(cap));
}

Result<MailSettings> mail_settings(const ChannelConfig& config) {
  MailSettings mail;
  mail.server.host = setting(config, "server");
  mail.server.username = setting(config, "username");
  mail.server.password = config.secret("password");
  mail.server.trusted = config.trusted;
  const std::string tls = setting(config, "tls");
  mail.server.tls = tls == "implicit" ? net::MailTls::implicit
                    : tls == "none"   ? net::MailTls::none
                                      : net::MailTls::starttls;
  const std::int64_t usual = tls == "implicit" ? 465 : 587;
  mail.server.port = static_cast<std::uint16_t>(config.settings.number("port").value_or(usual));
  auto from = parse_mailbox(setting(config, "from"));
  if (!from) return from.error();
  mail.from = std::move(from).value();
  return mail;
}

Result<std::unique_ptr<Provider>> make_provider(const std::string& key, const ChannelConfig& config,
                                                const ChannelSurroundings& around) {
  if (config.provider == ProviderName::twilio) {
    TwilioSettings settings;
    settings.base_url = config.settings.text("baseUrl").value_or(kTwilioBaseUrl);
    settings.account_sid = setting(config, "accountSid");
    settings.auth_token = config.secret("authToken");
    if (!around.public_url.empty()) settings.status_callback = callback_url(key, config, around);
    settings.from = setting(config, "from");
    settings.trusted = config.trusted;
    return Twilio::create(std::move(settings));
  }
  if (config.provider == ProviderName::cloud) {
    CloudApiSettings settings;
    settings.base_url = config.settings.text("baseUrl").value_or(kCloudBaseUrl);
    settings.phone_number_id = setting(config, "phoneNumberId");
    settings.token = config.secret("token");
    settings.app_secret = config.secret("appSecret");
    settings.verify_token = config.secret("verifyToken");
    settings.trusted = config.trusted;
    return CloudApi::create(std::move(settings));
  }
  EvolutionSettings settings;
  settings.base_url = setting(config, "baseUrl");
  settings.api_key = config.secret("apiKey");
  settings.instance = setting(config, "instanceName");
  settings.trusted = config.trusted;
  return Evolution::create(std::move(settings));
}

}  // namespace

std::optional<ProviderName> provider_named(std::string_view name) {
  for (const auto one :
       {ProviderName::twilio, ProviderName::cloud, ProviderName::evolution, ProviderName::smtp}) {
    if (name == to_string(one)) return one;
  }
  return std::nullopt;
}

const std::vector<std::string>& secret_names(ProviderName provider) {
  return known_of(provider).secrets;
}

Secret ChannelConfig::secret(std::string_view name) const {
  const auto found = secrets.find(name);
  return found == secrets.end() ? Secret() : found->second;
}

void ChannelConfig::set_secret(const char* name, Secret value) {
  if (!value.empty()) secrets.insert_or_assign(name, std::move(value));
}

std::string callback_url(const std::string& key, const ChannelConfig& config,
                         const ChannelSurroundings& around) {
  std::string path = "/callbacks/";
  switch (config.provider) {
    case ProviderName::twilio:
      path += "twilio/";
      break;
    case ProviderName::cloud:
      path += "whatsapp/";
      break;
    case ProviderName::evolution:
      path += "evolution/";
      break;
    case ProviderName::smtp:
      return {};
  }
  path += key;
  if (config.provider == ProviderName::evolution) path += "?token=" + callback_token(config.secret("apiKey"));
  return around.public_url + path;
}

void judge(ChannelConfig& config, const ChannelSurroundings& around, FieldProblems& problems) {
  judge_names(config, problems);
  judge_destination(config, around, problems);
  judge_from(config, around, problems);
  judge_secrets(config, problems);
}

Result<std::shared_ptr<const engine::PersonalChannel>> make_channel(const std::string& key,
                                                                    const ChannelConfig& config,
                                                                    const ChannelSurroundings& around) {
  using Made = std::shared_ptr<const engine::PersonalChannel>;
  DailyCap cap;
  cap.most =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, config.settings.number("dailyLimit").value_or(0)));
  cap.timezone = around.timezone;
  if (config.provider == ProviderName::smtp) {
    auto mail = mail_settings(config);
    if (!mail) return mail.error();
    return Made(std::make_shared<const EmailChannel>(Mail(std::move(mail).value()), std::move(cap),
                                                     around.unsubscribe));
  }
  auto provider = make_provider(key, config, around);
  if (!provider) return provider.error();
  return made(config, std::move(provider).value(), std::move(cap));
}

}  // namespace recado::messaging

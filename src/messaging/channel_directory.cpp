#include "messaging/channel_directory.hpp"

#include <algorithm>
#include <tuple>

#include "base/words.hpp"

namespace recado::messaging {
namespace {

struct Needed {
  const char* name;
  bool set;
};

/// Whether a channel is configured: all of what it needs, or nothing of it.
Result<bool> all_or_none(std::initializer_list<Needed> needed) {
  const Needed* given = nullptr;
  const Needed* missing = nullptr;
  for (const auto& one : needed) {
    if (one.set && given == nullptr) given = &one;
    if (!one.set && missing == nullptr) missing = &one;
  }
  if (given == nullptr || missing == nullptr) return missing == nullptr;
  return Error(ErrorCode::configuration, std::string(given->name) + " is set, but " + missing->name +
                                             " is not: the channel needs both");
}

void set_if(records::Document& settings, const char* name, const std::string& value) {
  if (!value.empty()) settings.set_text(name, value);
}

const char* tls_name(SmtpTls tls) {
  return tls == SmtpTls::implicit ? "implicit" : tls == SmtpTls::none ? "none" : "starttls";
}

/// EMAIL_USER and EMAIL_PASS alone mean Gmail, as the seeds have it.
Result<bool> read_mail(const Options& options, ChannelConfig& out) {
  constexpr const char* kGmail = "smtp.gmail.com";
  const bool server = !options.smtp_server.empty();
  if (!server && options.email_user.empty()) {
    if (!options.smtp_username.empty() || !options.from_email.empty()) {
      return Error(ErrorCode::configuration,
                   "SMTP_USERNAME or FROM_EMAIL is set, but SMTP_SERVER is not: the channel needs it");
    }
    return false;
  }
  const std::string username = options.smtp_username.empty() ? options.email_user : options.smtp_username;
  const Secret& password = options.smtp_password.empty() ? options.email_pass : options.smtp_password;
  out.set_secret("password", password);
  if (username.empty() != password.empty()) {
    return Error(ErrorCode::configuration,
                 "a user name and a password for mail belong together: SMTP_USERNAME and SMTP_PASSWORD, or "
                 "EMAIL_USER and EMAIL_PASS");
  }
  const bool named = !options.from_email.empty();
  const std::string from = named ? options.from_email : username;
  if (const auto box = parse_mailbox(from); !box) {
    const std::string variable = named ? "FROM_EMAIL " : "FROM_EMAIL is not set, and the user name ";
    return Error(ErrorCode::configuration, variable + box.error().detail());
  }
  const std::uint16_t usual = options.smtp_tls == SmtpTls::implicit ? 465 : 587;
  out.settings.set_text("server", server ? options.smtp_server : kGmail);
  out.settings.set_number("port", options.smtp_port == 0 ? usual : options.smtp_port);
  out.settings.set_text("tls", tls_name(options.smtp_tls));
  set_if(out.settings, "username", username);
  out.settings.set_text("from", from);
  return true;
}

}  // namespace

Result<std::unique_ptr<ChannelDirectory>> ChannelDirectory::from_environment(const Options& options) {
  auto made = std::make_unique<ChannelDirectory>();
  made->around_.country = options.default_country;
  made->around_.public_url = options.public_url;
  made->links_ = std::make_shared<UnsubscribeLinks>(options.public_url);
  made->around_.unsubscribe = made->links_;
  if (!options.default_timezone.empty()) made->around_.timezone = options.default_timezone;

  auto configured = all_or_none({{"WHATSAPP_API_URL", !options.whatsapp_api_url.empty()},
                                 {"WHATSAPP_API_TOKEN", !options.whatsapp_api_token.empty()},
                                 {"WHATSAPP_PHONE_NUMBER_ID", !options.whatsapp_phone_number_id.empty()}});
  if (!configured) return configured.error();
  if (*configured) {
    ChannelConfig config;
    config.provider = ProviderName::cloud;
    config.settings.set_text("baseUrl", options.whatsapp_api_url);
    config.settings.set_text("phoneNumberId", options.whatsapp_phone_number_id);
    config.set_secret("token", options.whatsapp_api_token);
    config.set_secret("appSecret", options.meta_app_secret);
    config.set_secret("verifyToken", options.meta_verify_token);
    const auto added = made->add("cloud", std::move(config), {{"settings.baseUrl", "WHATSAPP_API_URL"}});
    if (!added) return added.error();
  }

  configured = all_or_none({{"TWILIO_ACCOUNT_SID", !options.twilio_account_sid.empty()},
                            {"TWILIO_AUTH_TOKEN", !options.twilio_auth_token.empty()},
                            {"TWILIO_WHATSAPP_NUMBER", !options.twilio_whatsapp_number.empty()}});
  if (!configured) return configured.error();
  if (*configured) {
    ChannelConfig config;
    config.provider = ProviderName::twilio;
    set_if(config.settings, "baseUrl", options.twilio_base_url);
    config.settings.set_text("accountSid", options.twilio_account_sid);
    config.settings.set_text("from", options.twilio_whatsapp_number);
    config.set_secret("authToken", options.twilio_auth_token);
    const auto added =
        made->add("twilio", std::move(config),
                  {{"settings.from", "TWILIO_WHATSAPP_NUMBER"}, {"settings.baseUrl", "TWILIO_BASE_URL"}});
    if (!added) return added.error();
  }

  configured = all_or_none({{"EVOLUTION_API_BASE_URL", !options.evolution_api_base_url.empty()},
                            {"EVOLUTION_API_KEY", !options.evolution_api_key.empty()},
                            {"EVOLUTION_INSTANCE_NAME", !options.evolution_instance_name.empty()}});
  if (!configured) return configured.error();
  if (*configured) {
    ChannelConfig config;
    config.provider = ProviderName::evolution;
    config.settings.set_text("baseUrl", options.evolution_api_base_url);
    config.settings.set_text("instanceName", options.evolution_instance_name);
    config.set_secret("apiKey", options.evolution_api_key);
    const auto added =
        made->add("evolution", std::move(config), {{"settings.baseUrl", "EVOLUTION_API_BASE_URL"}});
    if (!added) return added.error();
  }

  ChannelConfig mail;
  const auto mails = read_mail(options, mail);
  if (!mails) return mails.error();
  if (*mails) {
    const auto added = made->add("smtp", std::move(mail), {{"settings.server", "SMTP_SERVER"}});
    if (!added) return added.error();
  }
  return made;
}

/// `variables`: by which the settings that can be wrong were set.
Result<void> ChannelDirectory::add(const char* name, ChannelConfig config,
                                   const std::vector<std::pair<std::string, std::string>>& variables) {
  config.trusted = true;
  FieldProblems problems;
  judge(config, around_, problems);
  if (!problems.empty()) {
    std::string variable = problems.front().field;
    for (const auto& [field, its] : variables) {
      if (field == variable) variable = its;
    }
    return Error(ErrorCode::configuration, variable + ": " + problems.front().message);
  }
  auto channel = make_channel(name, config, around_);
  if (!channel) {
    return Error(ErrorCode::configuration, variables.front().second + ": " + channel.error().detail());
  }
  ChannelInfo info;
  info.key = info.name = name;
  info.provider = config.provider;
  info.settings = config.settings.json();
  info.callback_url = callback_url(name, config, around_);
  environment_.push_back({std::move(info), std::move(channel).value()});
  return {};
}

void ChannelDirectory::set_kept(std::vector<KeptChannel> channels) {
  kept_.clear();
  by_account_.clear();
  for (auto& one : channels) {
    auto key = one.info.key;
    kept_.insert_or_assign(std::move(key), std::move(one));
  }
  for (const auto& [key, one] : kept_) by_account_[one.info.account].push_back(&one);
  for (auto& [account, its] : by_account_) {
    std::sort(its.begin(), its.end(),
              [](const KeptChannel* a, const KeptChannel* b) { return a->info.id < b->info.id; });
  }
}

io::Task<bool> ChannelDirectory::look_again() const {
  if (!refresh_) co_return false;
  co_return co_await refresh_();
}

const KeptChannel* ChannelDirectory::kept(std::string_view key) const {
  const auto found = kept_.find(key);
  return found == kept_.end() ? nullptr : &found->second;
}

std::shared_ptr<const engine::PersonalChannel> ChannelDirectory::find(std::string_view key) const {
  for (const auto& entry : environment_) {
    if (entry.info.key == key) return entry.channel;
  }
  if (const auto* one = kept(key)) return one->channel;
  if (on_unknown_) on_unknown_();
  return nullptr;
}

std::string ChannelDirectory::why_not(std::string_view key) const {
  const auto* const one = kept(key);
  return one == nullptr ? "there is no such channel (any more)" : one->info.trouble;
}

/// The account's own that was made the default last; else the environment's first; else the account's
/// oldest.
const ChannelInfo* ChannelDirectory::default_of(std::string_view account, ChannelKind kind) const {
  const KeptChannel* chosen = nullptr;
  const KeptChannel* oldest = nullptr;
  if (const auto found = by_account_.find(account); found != by_account_.end()) {
    for (const auto* one : found->second) {
      if (one->info.kind() != kind) continue;
      if (oldest == nullptr) oldest = one;
      if (!one->default_since.empty() && (chosen == nullptr || one->default_since > chosen->default_since))
        chosen = one;
    }
  }
  if (chosen != nullptr) return &chosen->info;
  for (const auto& entry : environment_) {
    if (entry.info.kind() == kind) return &entry.info;
  }
  return oldest == nullptr ? nullptr : &oldest->info;
}

const ChannelInfo* ChannelDirectory::resolve(std::string_view account, std::string_view given) const {
  for (const auto kind : {ChannelKind::whatsapp, ChannelKind::email}) {
    if (given == to_string(kind)) return default_of(account, kind);
  }
  for (const auto& entry : environment_) {
    if (entry.info.name == given) return &entry.info;
  }
  const auto found = by_account_.find(account);
  if (found == by_account_.end()) return nullptr;
  const std::string name = fold(given);
  for (const auto* one : found->second) {
    if (one->info.key == given || std::to_string(one->info.id) == given || fold(one->info.name) == name)
      return &one->info;
  }
  return nullptr;
}

std::string ChannelDirectory::name_of(std::string_view key) const {
  const auto* const one = kept(key);
  return one == nullptr ? std::string(key) : one->info.name;
}

std::vector<ChannelInfo> ChannelDirectory::list(std::string_view account) const {
  std::vector<ChannelInfo> out;
  for (const auto& entry : environment_) out.push_back(entry.info);
  if (const auto found = by_account_.find(account); found != by_account_.end()) {
    for (const auto* one : found->second) out.push_back(one->info);
  }
  const auto* const whatsapp = default_of(account, ChannelKind::whatsapp);
  const auto* const email = default_of(account, ChannelKind::email);
  for (auto& info : out) {
    info.is_default =
        (whatsapp != nullptr && info.key == whatsapp->key) || (email != nullptr && info.key == email->key);
  }
  return out;
}

bool ChannelDirectory::is_of_environment(std::string_view name) const {
  return std::any_of(environment_.begin(), environment_.end(),
                     [&](const Entry& entry) { return entry.info.name == name; });
}

}  // namespace recado::messaging

#include "messaging/channel_directory.hpp"

#include <algorithm>

#include "messaging/channels/cloud_api.hpp"
#include "messaging/channels/evolution.hpp"
#include "messaging/channels/twilio.hpp"
#include "messaging/phone.hpp"

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

Error wrong(const char* variable, const Error& error) {
  return Error(ErrorCode::configuration, std::string(variable) + ": " + error.detail());
}

/// EMAIL_USER and EMAIL_PASS alone mean Gmail, as the seeds have it.
Result<bool> read_mail(const Options& options, MailSettings& out) {
  constexpr const char* kGmail = "smtp.gmail.com";
  const bool server = !options.smtp_server.empty();
  if (!server && options.email_user.empty()) {
    if (!options.smtp_username.empty() || !options.from_email.empty()) {
      return Error(ErrorCode::configuration,
                   "SMTP_USERNAME or FROM_EMAIL is set, but SMTP_SERVER is not: the channel needs it");
    }
    return false;
  }
  out.server.trusted = true;
  out.server.host = server ? options.smtp_server : kGmail;
  out.server.username = options.smtp_username.empty() ? options.email_user : options.smtp_username;
  out.server.password = options.smtp_password.empty() ? options.email_pass : options.smtp_password;
  if (out.server.username.empty() != out.server.password.empty()) {
    return Error(ErrorCode::configuration,
                 "a user name and a password for mail belong together: SMTP_USERNAME and SMTP_PASSWORD, or "
                 "EMAIL_USER and EMAIL_PASS");
  }
  out.server.tls = options.smtp_tls == SmtpTls::implicit ? net::MailTls::implicit
                   : options.smtp_tls == SmtpTls::none   ? net::MailTls::none
                                                         : net::MailTls::starttls;
  const std::uint16_t usual = options.smtp_tls == SmtpTls::implicit ? 465 : 587;
  out.server.port = options.smtp_port == 0 ? usual : options.smtp_port;
  const bool named = !options.from_email.empty();
  auto from = parse_mailbox(named ? options.from_email : out.server.username);
  if (!from) {
    const std::string variable = named ? "FROM_EMAIL " : "FROM_EMAIL is not set, and the user name ";
    return Error(ErrorCode::configuration, variable + from.error().detail());
  }
  out.from = std::move(from).value();
  return true;
}

}  // namespace

Result<std::unique_ptr<ChannelDirectory>> ChannelDirectory::from_environment(const Options& options) {
  auto made = std::make_unique<ChannelDirectory>();
  made->country_ = options.default_country;

  auto configured = all_or_none({{"WHATSAPP_API_URL", !options.whatsapp_api_url.empty()},
                                 {"WHATSAPP_API_TOKEN", !options.whatsapp_api_token.empty()},
                                 {"WHATSAPP_PHONE_NUMBER_ID", !options.whatsapp_phone_number_id.empty()}});
  if (!configured) return configured.error();
  if (*configured) {
    CloudApiSettings settings;
    settings.base_url = options.whatsapp_api_url;
    settings.phone_number_id = options.whatsapp_phone_number_id;
    settings.token = options.whatsapp_api_token;
    settings.app_secret = options.meta_app_secret;
    settings.verify_token = options.meta_verify_token;
    settings.trusted = true;
    ChannelInfo info{
        "cloud",
        ProviderName::cloud,
        false,
        {{"baseUrl", options.whatsapp_api_url}, {"phoneNumberId", options.whatsapp_phone_number_id}}};
    const auto added =
        made->add_provider(std::move(info), CloudApi::create(std::move(settings)), "WHATSAPP_API_URL");
    if (!added) return added.error();
  }

  configured = all_or_none({{"TWILIO_ACCOUNT_SID", !options.twilio_account_sid.empty()},
                            {"TWILIO_AUTH_TOKEN", !options.twilio_auth_token.empty()},
                            {"TWILIO_WHATSAPP_NUMBER", !options.twilio_whatsapp_number.empty()}});
  if (!configured) return configured.error();
  if (*configured) {
    auto from = read_phone(options.twilio_whatsapp_number, options.default_country);
    if (!from) return wrong("TWILIO_WHATSAPP_NUMBER", from.error());
    TwilioSettings settings;
    if (!options.twilio_base_url.empty()) settings.base_url = options.twilio_base_url;
    settings.account_sid = options.twilio_account_sid;
    settings.auth_token = options.twilio_auth_token;
    settings.from = std::move(from).value();
    if (!options.public_url.empty())
      settings.status_callback = options.public_url + "/callbacks/twilio/twilio";
    settings.trusted = true;
    ChannelInfo info{
        "twilio",
        ProviderName::twilio,
        false,
        {{"baseUrl", settings.base_url}, {"accountSid", settings.account_sid}, {"from", settings.from}}};
    const auto added =
        made->add_provider(std::move(info), Twilio::create(std::move(settings)), "TWILIO_BASE_URL");
    if (!added) return added.error();
  }

  configured = all_or_none({{"EVOLUTION_API_BASE_URL", !options.evolution_api_base_url.empty()},
                            {"EVOLUTION_API_KEY", !options.evolution_api_key.empty()},
                            {"EVOLUTION_INSTANCE_NAME", !options.evolution_instance_name.empty()}});
  if (!configured) return configured.error();
  if (*configured) {
    EvolutionSettings settings;
    settings.base_url = options.evolution_api_base_url;
    settings.api_key = options.evolution_api_key;
    settings.instance = options.evolution_instance_name;
    settings.trusted = true;
    ChannelInfo info{"evolution",
                     ProviderName::evolution,
                     false,
                     {{"baseUrl", settings.base_url}, {"instanceName", settings.instance}}};
    const auto added =
        made->add_provider(std::move(info), Evolution::create(std::move(settings)), "EVOLUTION_API_BASE_URL");
    if (!added) return added.error();
  }

  MailSettings mail;
  const auto mails = read_mail(options, mail);
  if (!mails) return mails.error();
  if (*mails) {
    ChannelInfo info{"smtp",
                     ProviderName::smtp,
                     false,
                     {{"server", mail.server.host},
                      {"port", std::to_string(mail.server.port)},
                      {"from", mail.from.address}}};
    made->add(std::move(info), std::make_shared<const EmailChannel>(Mail(std::move(mail))));
  }
  return made;
}

void ChannelDirectory::add(ChannelInfo info, std::shared_ptr<const engine::PersonalChannel> channel) {
  info.is_default = std::none_of(entries_.begin(), entries_.end(),
                                 [&](const Entry& one) { return one.info.kind() == info.kind(); });
  entries_.push_back({std::move(info), std::move(channel)});
}

Result<void> ChannelDirectory::add_provider(ChannelInfo info, Result<std::unique_ptr<Provider>> made,
                                            const char* variable) {
  if (!made) return wrong(variable, made.error());
  const ProviderName name = info.provider;
  add(std::move(info), std::make_shared<const WhatsAppChannel>(name, std::move(made).value()));
  return {};
}

std::shared_ptr<const engine::PersonalChannel> ChannelDirectory::find(std::string_view name) const {
  for (const auto& entry : entries_) {
    if (entry.info.name == name) return entry.channel;
  }
  return nullptr;
}

const ChannelInfo* ChannelDirectory::resolve(std::string_view given) const {
  for (const auto& entry : entries_) {
    if (entry.info.name == given || (entry.info.is_default && given == to_string(entry.info.kind()))) {
      return &entry.info;
    }
  }
  return nullptr;
}

std::vector<ChannelInfo> ChannelDirectory::list() const {
  std::vector<ChannelInfo> out;
  for (const auto& entry : entries_) out.push_back(entry.info);
  return out;
}

}  // namespace recado::messaging

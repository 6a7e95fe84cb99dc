#include "api/channel_form.hpp"

#include <algorithm>
#include <memory>

namespace recado::api {
namespace {

using engine::ChannelState;
using messaging::ChannelInfo;

Type line_or_null(std::size_t most) {
  return nullable(line(1, most));
}

ShapePtr settings_shape() {
  static const auto shape = std::make_shared<const Shape>(Shape{
      "ChannelSettings",
      "Each provider has its own: evolution baseUrl, instanceName; twilio accountSid, from, baseUrl; cloud "
      "phoneNumberId, baseUrl; smtp server, from, port, tls, username. All of them dailyLimit.",
      {Field(
           "baseUrl", line_or_null(2'000),
           "Where the provider's API is; of twilio and cloud by default theirs. The address policy applies.",
           R"("https://evolution.example")"),
       Field("instanceName", line_or_null(200), "evolution: the instance, that is the telephone."),
       Field("accountSid", line_or_null(64), "twilio."),
       Field("phoneNumberId", line_or_null(64), "cloud: Meta's id of the sending number."),
       Field("from", line_or_null(320),
             "twilio: the sending number. smtp: the sender, an address or `Name <address>`."),
       Field("server", line_or_null(253), "smtp: its name. The address policy applies.",
             R"("smtp.example.com")"),
       Field("port", nullable(integer(1, 65'535)), "smtp: by default 465 with `implicit`, else 587.", "587"),
       Field("tls", nullable(one_of({"starttls", "implicit", "none"})), "smtp: by default `starttls`."),
       Field("username", line_or_null(320), "smtp: absent, nobody logs in."),
       Field(
           "dailyLimit", nullable(integer(1, 1'000'000'000)),
           "So many messages a day at most, in the zone of `DEFAULT_TIMEZONE`; the others wait for the next "
           "day.",
           "200")}});
  return shape;
}

ShapePtr secrets_shape() {
  static const auto shape = std::make_shared<const Shape>(Shape{
      "ChannelSecrets",
      "Taken, encrypted and never shown. Those that are not given stay as they are.",
      {Field("apiKey", line_or_null(4'096), "evolution."), Field("authToken", line_or_null(4'096), "twilio."),
       Field("token", line_or_null(4'096), "cloud: an access token."),
       Field("appSecret", line_or_null(4'096), "cloud: signs what Meta reports; without it, it is refused."),
       Field("verifyToken", line_or_null(4'096), "cloud: yours, by which Meta confirms `callbackUrl`."),
       Field("password", line_or_null(4'096), "smtp: beside `settings.username`.")}});
  return shape;
}

Type provider_type() {
  return one_of({"evolution", "twilio", "cloud", "smtp"});
}

std::vector<Field> state_fields() {
  return {
      Field("kind", one_of({"whatsapp", "email"}), ""),
      Field("readOnly", boolean(), "It was configured in the environment."),
      Field("status", one_of({"ready", "stopped", "disconnected"}),
            "`stopped`: somebody has to mend the account, or how it is configured. `disconnected`: it "
            "cannot be reached, or its session is down. Both hold their messages, and are probed at least "
            "every 10 seconds."),
      Field("detail", nullable(text()), "Why it is not ready."),
      Field("callbackUrl", nullable(text()),
            "Where its provider reports what became of messages, and replies: under `PUBLIC_URL`, without "
            "it only the path. Null: to who may only read, of e-mail, and of one that is not ready.")};
}

void write_state(json::Writer& out, const ChannelInfo& info, const ChannelState& state) {
  out.member("kind", messaging::to_string(info.kind())).member("readOnly", info.of_environment());
  out.member("status", engine::to_string(state.kind)).key("detail");
  state.detail.empty() ? out.null() : out.value(state.detail);
  out.key("callbackUrl");
  info.callback_url.empty() ? out.null() : out.value(info.callback_url);
}

}  // namespace

RecordResource channel_resource(const ApiContext& api) {
  RecordResource resource("/channels", "Channel", "Channels", api.messaging.channels());
  resource.members.push_back(Member(Field("name", line(1, 100),
                                          "Unique. Messages name it, its id or its uuid as their `channel`; "
                                          "`whatsapp` and `email` stand for the default of their kind.",
                                          R"("zap-vendas")"))
                                 .required());
  resource.members.push_back(Member(Field("provider", provider_type(), "", R"("evolution")")).required());
  resource.members.push_back(Member(Field("settings", object(settings_shape()), "Without secrets."), "{}"));
  resource.members.push_back(Member(
      Field("default", boolean(),
            "Whether its kind's name stands for it; of several the one that was made so last. When none "
            "is, it stands for the environment's, else for the account's oldest."),
      "false"));
  resource.members.push_back(Member(Field("secrets", object(secrets_shape()), "")).write_only());
  resource.example = R"({"name":"zap-vendas","provider":"evolution",)"
                     R"("settings":{"baseUrl":"https://evolution.example","instanceName":"vendas"},)"
                     R"("secrets":{"apiKey":"a-key"}})";
  resource.patch_example = R"({"settings":{"dailyLimit":200}})";
  return resource;
}

ShapePtr channel_shape() {
  static const auto shape = [] {
    std::vector<Field> fields = {
        Field("id", any(), "An integer; of one of the environment its name.", "1").require(),
        Field("uuid", nullable(text()), "null: it is one of the environment.").require(),
        Field("name", text(), "").require(),
        Field("provider", provider_type(), "").require(),
        Field("settings", object(settings_shape()), "Without secrets.").require(),
        Field("default", boolean(), "Whether its kind's name stands for it.").require()};
    for (auto& field : state_fields()) fields.push_back(std::move(field).require());
    return std::make_shared<const Shape>(
        Shape{"Channel", "Over which people are written to.", std::move(fields)});
  }();
  return shape;
}

ChannelState state_of(const ApiContext& api, const ChannelInfo& info) {
  ChannelState state;
  if (!info.trouble.empty()) {
    state.kind = ChannelState::Kind::stopped;
    state.detail = info.trouble;
    return state;
  }
  for (const auto& closed : api.engine.closed_channels()) {
    if (closed.name == info.key) return closed.state;
  }
  return state;
}

json::Writer& begin_channel(json::Writer& out, const ChannelInfo& info) {
  out.begin_object().key("id");
  info.of_environment() ? out.value(info.name) : out.value(info.id);
  out.key("uuid");
  info.of_environment() ? out.null() : out.value(info.key);
  return out.member("name", info.name);
}

void write_channel(json::Writer& out, const ChannelInfo& info, const ChannelState& state) {
  begin_channel(out, info).member("provider", messaging::to_string(info.provider));
  out.key("settings").raw(info.settings).member("default", info.is_default);
  write_state(out, info, state);
  out.end_object();
}

ChannelInfo seen_by(const http::Principal& who, ChannelInfo info) {
  if (!who.may(http::Scope::write)) info.callback_url.clear();
  return info;
}

io::Task<Result<std::optional<ChannelInfo>>> channel_of(const ApiContext& api, const Call& call) {
  using Found = std::optional<ChannelInfo>;
  const auto& directory = api.messaging.channel_directory();
  const std::string account = call.who.account;
  const std::string path = call.path(0);
  const ChannelInfo* info = directory.resolve(account, path);
  bool fresh = true;
  if (info == nullptr || !info->of_environment()) {
    fresh = co_await api.messaging.channel_watch().refresh();
    info = directory.resolve(account, path);
  }
  if (info == nullptr && !fresh) co_return Error(ErrorCode::unavailable, "Redis cannot be reached");
  if (info == nullptr) co_return Found();
  for (const auto& one : directory.list(account)) {
    if (one.key == info->key) co_return Found(one);  // says whether it is the default
  }
  co_return Found(*info);
}

}  // namespace recado::api

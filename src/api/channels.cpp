// `/channels`: over which people are written to, and how each stands.
#include <algorithm>

#include "api/answers.hpp"
#include "api/problem_schema.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using engine::ChannelState;
using http::Response;

void write_channel(json::Writer& out, const messaging::ChannelInfo& info, const ChannelState& state) {
  out.begin_object().member("id", info.name).member("name", info.name);
  out.member("provider", messaging::to_string(info.provider));
  out.member("kind", messaging::to_string(info.kind()));
  out.member("default", info.is_default).member("readOnly", true);
  out.key("settings").begin_object();
  for (const auto& [name, value] : info.settings) out.member(name, value);
  out.end_object().member("status", engine::to_string(state.kind)).key("detail");
  state.detail.empty() ? out.null() : out.value(state.detail);
  out.end_object();
}

io::Task<Response> list(const ApiContext& api, Call) {
  const auto closed = api.engine.closed_channels();
  const auto channels =
      api.channels != nullptr ? api.channels->list() : std::vector<messaging::ChannelInfo>{};
  json::Writer out;
  out.begin_array();
  for (const auto& info : channels) {
    const auto found =
        std::find_if(closed.begin(), closed.end(), [&](const auto& one) { return one.name == info.name; });
    write_channel(out, info, found == closed.end() ? ChannelState{} : found->state);
  }
  out.end_array();
  auto response = Response::json(200, std::move(out).str());
  response.headers.emplace_back("X-Total-Count", std::to_string(channels.size()));
  co_return response;
}

io::Task<Response> test(const ApiContext& api, Call call) {
  const auto* const info = api.channels != nullptr ? api.channels->resolve(call.path(0)) : nullptr;
  if (info == nullptr) {
    co_return http::problem(404, "there is no channel " + shown(std::string_view{call.path(0)}));
  }
  const messaging::ChannelInfo known = *info;
  const auto state = co_await api.engine.probe_channel(known.name);
  if (!state) co_return failure(state.error(), "testChannel");
  json::Writer out;
  write_channel(out, known, *state);
  co_return Response::json(200, std::move(out).str());
}

ShapePtr channel_shape() {
  static const auto shape = std::make_shared<const Shape>(
      Shape{"Channel",
            "",
            {Field("id", text(), "", R"("smtp")").require(), Field("name", text(), "").require(),
             Field("provider", one_of({"twilio", "cloud", "evolution", "smtp"}), "").require(),
             Field("kind", one_of({"whatsapp", "email"}), "").require(),
             Field("default", boolean(), "Whether its kind's name stands for it.").require(),
             Field("readOnly", boolean(), "It was configured in the environment.").require(),
             Field("settings", map_of(text()), "Without secrets.").require(),
             Field("status", one_of({"ready", "stopped", "disconnected"}),
                   "`stopped`: somebody has to mend the account. `disconnected`: it cannot be reached, or "
                   "its session is "
                   "down. Both hold their messages, and are probed at least every 10 seconds.")
                 .require(),
             Field("detail", nullable(text()), "Why it is not ready.").require()}});
  return shape;
}

}  // namespace

Operations channel_operations(const ApiContext& api) {
  Operations table;
  Operation op;
  op.method = "GET";
  op.path = "/channels";
  op.name = "listChannels";
  op.tag = "Channels";
  op.summary = "List channels";
  op.doc = "Over which people can be written to, as this node sees them.";
  op.needs_redis = false;
  Answer answer(200, "All channels.", list_of(object(channel_shape())));
  answer.headers.emplace_back("X-Total-Count", integer(0), "How many there are.");
  op.answers.push_back(std::move(answer));
  op.handler = bind(api, list);
  table.push_back(std::move(op));

  op = Operation{};
  op.method = "POST";
  op.path = "/channels/{id}/test";
  op.scope = http::Scope::write;
  op.name = "testChannel";
  op.tag = "Channels";
  op.summary = "Test a channel";
  op.doc = "Asks the provider, or the mail server, whether messages could be sent now, and sends none.";
  op.needs_redis = false;
  op.path_fields.emplace_back("id", line(1, 255), "The channel's id or name; `whatsapp` or `email`.",
                              R"("smtp")");
  op.answers.emplace_back(200, "How it stands.", object(channel_shape()));
  op.answers.emplace_back(404, "There is none.", object(problem_shape()));
  op.handler = bind(api, test);
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api

// `/evolution-configs`: the channels of the provider Evolution, as seed 002 writes them.
#include <memory>
#include <utility>

#include "api/answers.hpp"
#include "api/channel_form.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using http::Response;
using messaging::ChannelInfo;

constexpr const char* kPath = "/evolution-configs";

/// A field in ours and in the seed's spelling, and where a channel has it.
struct Spelling {
  const char* ours;
  const char* seed;
  const char* part;  ///< `settings`, `secrets`; empty: the channel itself
  const char* doc;
  const char* example;
};
const Spelling kSpellings[] = {
    {"name", "", "", "Unique.", R"("zap-vendas")"},
    {"baseUrl", "base_url", "settings", "Where the Evolution API is. The address policy applies.",
     R"("https://evolution.example")"},
    {"instanceName", "instance_name", "settings", "The instance, that is the telephone.", R"("vendas")"},
    {"apiKey", "api_key", "secrets", "Taken, encrypted and never shown.", R"("a-key")"}};

ShapePtr body_shape_of_config(const char* name) {
  Shape shape;
  shape.name = name;
  for (const auto& one : kSpellings) {
    shape.fields.emplace_back(one.ours, nullable(line(1, 2'000)), one.doc, one.example);
    if (*one.seed != '\0')
      shape.fields.emplace_back(
          one.seed, nullable(line(1, 2'000)),
          std::string("The same as `") + one.ours + "`, which wins when both are given.");
  }
  for (const char* ours : {"id", "uuid", "readOnly", "status", "detail"})
    shape.fields.emplace_back(ours, any(), "Ignored: it is ours to say.");
  return std::make_shared<const Shape>(std::move(shape));
}

ShapePtr config_shape() {
  static const auto shape = std::make_shared<const Shape>(
      Shape{"EvolutionConfig",
            "A channel of the provider Evolution; `/channels` has the same one.",
            {Field("id", any(), "An integer; of the environment's its name.", "1").require(),
             Field("uuid", nullable(text()), "null: it is the environment's.").require(),
             Field("name", text(), "").require(), Field("baseUrl", text(), "").require(),
             Field("base_url", text(), "The same as `baseUrl`.").require(),
             Field("instanceName", text(), "").require(),
             Field("instance_name", text(), "The same as `instanceName`.").require(),
             Field("readOnly", boolean(), "It was configured in the environment.").require(),
             Field("status", one_of({"ready", "stopped", "disconnected"}), "").require(),
             Field("detail", nullable(text()), "Why it is not ready.").require()}});
  return shape;
}

void write_config(json::Writer& out, const ChannelInfo& info, const engine::ChannelState& state) {
  const auto settings = records::Document::parse(info.settings).value();
  begin_channel(out, info);
  for (const auto& one : kSpellings) {
    if (std::string_view(one.part) != "settings") continue;
    const auto value = settings.text(one.ours).value_or("");
    out.member(one.ours, value).member(one.seed, value);
  }
  out.member("readOnly", info.of_environment()).member("status", engine::to_string(state.kind)).key("detail");
  state.detail.empty() ? out.null() : out.value(state.detail);
  out.end_object();
}

/// The body as `/channels` takes it.
std::string as_channel(const json::Raw& body) {
  const Values values(body);
  json::Writer out;
  out.begin_object().member("provider", "evolution");
  for (const char* part : {"", "settings", "secrets"}) {
    if (*part != '\0') out.key(part).begin_object();
    for (const auto& one : kSpellings) {
      if (std::string_view(one.part) != part) continue;
      const auto* value = values.find(one.ours);
      if (value == nullptr) value = values.find(one.seed);
      if (value != nullptr) out.key(one.ours).raw(value->text);
    }
    if (*part != '\0') out.end_object();
  }
  return std::move(out.end_object()).str();
}

/// A problem's fields as this resource calls them.
void rename_fields(std::string& problem) {
  for (const char* before : {R"("field":")", R"("detail":")"}) {
    for (const char* part : {"settings.", "secrets."}) {
      const std::string whole = std::string(before) + part;
      for (auto at = problem.find(whole); at != std::string::npos; at = problem.find(whole, at))
        problem.replace(at, whole.size(), before);
    }
  }
}

io::Task<Response> translated(Answerer inner, Call call) {
  const std::string body = as_channel(call.body);
  call.body = json::parse(body).value();
  auto response = co_await inner(call);
  if (response.status == 422) rename_fields(response.body);
  co_return response;
}

/// `createChannel` → `createEvolutionConfig`.
std::string renamed(const std::string& operation) {
  return operation.substr(0, operation.find("Channel")) + "EvolutionConfig" +
         (operation.ends_with('s') ? "s" : "");
}

}  // namespace

Operations evolution_config_operations(const ApiContext& api) {
  ChannelForm form;
  form.path = kPath;
  form.shape = config_shape();
  form.write = write_config;
  form.shows = [](const ChannelInfo& info) { return info.provider == messaging::ProviderName::evolution; };
  const auto whole = body_shape_of_config("EvolutionConfigBody");
  const auto patch = body_shape_of_config("EvolutionConfigPatch");
  Operations table = channel_record_operations(api, form);
  for (auto& op : table) {
    op.path = kPath + op.path.substr(std::string_view("/channels").size());
    op.name = renamed(op.name);
    op.summary += " of the provider Evolution";
    if (!op.body) continue;
    op.body = object(op.method == "PATCH" ? patch : whole);
    op.body_example = op.method == "PATCH" ? R"({"instanceName":"vendas-2"})"
                                           : R"({"name":"zap-vendas","baseUrl":"https://evolution.example",)"
                                             R"("apiKey":"a-key","instanceName":"vendas"})";
    op.handler = [inner = std::move(op.handler)](Call call) { return translated(inner, std::move(call)); };
  }
  return table;
}

}  // namespace recado::api

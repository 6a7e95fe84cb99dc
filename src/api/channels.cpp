// `/channels`: over which people are written to, and how each stands. Those of the environment are listed
// beside the account's own, and cannot be changed.
#include <algorithm>
#include <memory>

#include "api/answers.hpp"
#include "api/channel_form.hpp"
#include "api/problem_schema.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using http::Response;
using messaging::ChannelInfo;

constexpr std::size_t kMostChannels = 1'000;  ///< of one account

Response no_such_channel(const std::string& path) {
  return http::problem(404, "there is no channel " + shown(path));
}

Response read_only(const ChannelInfo& info) {
  return http::problem(409, "the channel " + info.name +
                                " is one of the environment: change it there, where Recado is started");
}

io::Task<Response> list(const ApiContext& api, ChannelForm form, Call call) {
  // What another node changed a moment ago; without Redis what was there before.
  static_cast<void>(co_await api.messaging.channel_watch().refresh());
  std::size_t count = 0;
  json::Writer out;
  out.begin_array();
  for (const auto& info : api.messaging.channel_directory().list(call.who.account)) {
    if (!form.shows(info)) continue;
    form.write(out, seen_by(call.who, info), state_of(api, info));
    ++count;
  }
  auto response = Response::json(200, std::move(out.end_array()).str());
  response.headers.emplace_back("X-Total-Count", std::to_string(count));
  co_return response;
}

io::Task<Response> read_one(const ApiContext& api, ChannelForm form, Call call) {
  const auto found = co_await channel_of(api, call);
  if (!found) co_return failure(found.error(), "getChannel");
  const auto& info = *found;
  if (!info || !form.shows(*info)) co_return no_such_channel(call.path(0));
  json::Writer out;
  form.write(out, seen_by(call.who, *info), state_of(api, *info));
  co_return Response::json(200, std::move(out).str());
}

io::Task<Response> test(const ApiContext& api, Call call) {
  const auto found = co_await channel_of(api, call);
  if (!found) co_return failure(found.error(), "testChannel");
  const auto& info = *found;
  if (!info) co_return no_such_channel(call.path(0));
  json::Writer out;
  if (!info->trouble.empty()) {
    write_channel(out, *info, state_of(api, *info));
    co_return Response::json(200, std::move(out).str());
  }
  if (const auto to = Values(call.body).string("to")) {
    const auto& country = api.messaging.channel_directory().country();
    if (const auto read = messaging::read_recipient(info->kind(), *to, country); !read)
      co_return unprocessable("to", read.error().detail());
  }
  const auto state = co_await api.engine.probe_channel(info->key);
  if (!state) co_return failure(state.error(), "testChannel");
  write_channel(out, *info, *state);
  co_return Response::json(200, std::move(out).str());
}

/// The channel that was made or changed, as it now stands; the record as it is when Redis went away since.
void show(const ApiContext& api, const ChannelForm& form, const Call& call, Response& response) {
  std::string id;
  if (response.status == 200) id = call.path(0);
  for (auto& [name, value] : response.headers) {
    if (name != "Location") continue;
    id = value.substr(value.rfind('/') + 1);
    value = form.path + "/" + id;
  }
  for (const auto& info : api.messaging.channel_directory().list(call.who.account)) {
    if (info.of_environment() || (info.key != id && std::to_string(info.id) != id)) continue;
    json::Writer out;
    form.write(out, seen_by(call.who, info), state_of(api, info));
    response.body = std::move(out).str();
  }
}

/// What a change of a channel needs around the change of its record.
io::Task<Response> change(const ApiContext& api, ChannelForm form, Answerer inner, Call call) {
  auto& watch = api.messaging.channel_watch();
  if (call.request.path_parameters.empty()) {
    static_cast<void>(co_await watch.refresh());
    if (api.messaging.channel_directory().list(call.who.account).size() >= kMostChannels)
      co_return http::problem(409, "there are " + std::to_string(kMostChannels) +
                                       " channels, and no more can be made: remove those not used");
    const auto announced = co_await watch.announce(call.who.account);
    if (!announced) co_return failure(announced.error(), "createChannel");
  } else {
    const auto found = co_await channel_of(api, call);
    if (!found) co_return failure(found.error(), "changeChannel");
    const auto& info = *found;
    if (!info || !form.shows(*info)) co_return no_such_channel(call.path(0));
    if (info->of_environment()) co_return read_only(*info);
    call.request.path_parameters[0] = info->key;
  }
  auto response = co_await inner(call);
  if (response.status >= 300) co_return response;
  co_await watch.changed();
  if (response.status != 204) show(api, form, call, response);
  co_return response;
}

Operation test_operation() {
  Operation op;
  op.method = "POST";
  op.path = "/channels/{id}/test";
  op.scope = http::Scope::write;
  op.name = "testChannel";
  op.tag = "Channels";
  op.summary = "Test a channel";
  op.doc = "Asks the provider, or the mail server, whether messages could be sent now, and sends none.";
  op.needs_redis = false;
  op.path_fields.emplace_back("id", line(1, 255), "The channel's id, uuid or name; `whatsapp` or `email`.",
                              R"("smtp")");
  op.takes_query = true;
  op.body = object(std::make_shared<const Shape>(
      Shape{"ChannelTest",
            "",
            {Field("to", nullable(line(1, 254)),
                   "A telephone number or an address: is judged too, and nothing is sent to it.")},
            false,
            {},
            "{}"}));
  op.body_example = "{}";
  op.answers.emplace_back(200, "How it stands.", object(channel_shape()));
  op.answers.emplace_back(404, "There is none.", object(problem_shape()));
  return op;
}

}  // namespace

Operations channel_record_operations(const ApiContext& api, const ChannelForm& form) {
  Operations table;
  for (auto& op : record_operations(channel_resource(api))) {
    using Handler = io::Task<Response> (*)(const ApiContext&, ChannelForm, Call);
    const Handler reads = op.name == "listChannels" ? list : op.name == "getChannel" ? read_one : nullptr;
    if (reads != nullptr) {
      op.needs_redis = false;
      op.query.clear();
      op.handler = [&api, form, reads](Call call) { return reads(api, form, std::move(call)); };
    } else {
      op.handler = [&api, form, inner = std::move(op.handler)](Call call) {
        return change(api, form, inner, std::move(call));
      };
    }
    std::erase_if(op.answers, [](const Answer& answer) { return answer.status == 409; });
    for (auto& answer : op.answers) {
      if (answer.status != 204) answer.type = object(form.shape);
    }
    if (op.name == "listChannels") {
      op.doc = "Those of the environment, and the account's own, as this node sees them.";
      Answer answer(200, "All of them.", list_of(object(form.shape)));
      answer.headers.emplace_back("X-Total-Count", integer(0), "How many there are.");
      op.answers = {std::move(answer)};
    }
    if (reads == nullptr) {
      op.answers.emplace_back(409,
                              op.path_fields.empty()
                                  ? "Another has this name already; `field` and `id` name both."
                                  : "It is one of the environment, or another has this name already.",
                              object(problem_shape()));
    }
    if (!op.path_fields.empty()) {
      op.path_fields.clear();
      op.path_fields.emplace_back("id", line(1, 255), "Its id, uuid or name.", R"("1")");
    }
    table.push_back(std::move(op));
  }
  return table;
}

Operations channel_operations(const ApiContext& api) {
  ChannelForm form;
  form.path = "/channels";
  form.shape = channel_shape();
  form.write = write_channel;
  form.shows = [](const ChannelInfo&) { return true; };
  Operations table = channel_record_operations(api, form);
  auto op = test_operation();
  op.handler = bind(api, test);
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api

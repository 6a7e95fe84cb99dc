// Many messages at once: `POST /messages/batch`, `DELETE /messages`, `POST /messages/retry`.
#include <algorithm>
#include <iterator>

#include "api/answers.hpp"
#include "api/filters.hpp"
#include "api/message_parse.hpp"
#include "api/message_render.hpp"
#include "api/message_schema.hpp"
#include "api/message_template.hpp"
#include "api/message_time.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using engine::Change;
using engine::Refusal;
using http::Response;

constexpr std::size_t kBatchBodyFactor = 16;

/// So many messages of a batch are read and handed to the engine at a time: while Redis stores a part of one
/// batch, a part of another is read, and due messages do not wait for a thousand to be read. Two scripts'
/// worth of what has no id of its own: ours are made for one shard after the other. Those of clients are
/// spread over all, so that the whole batch shares one script a shard.
constexpr std::size_t kPart = 128;

/// What became of one element before the engine saw it.
struct Element {
  FieldErrors errors;
  std::string id;  ///< the client's own, empty when none (usable) was given
};

void write_errors(json::Writer& out, const FieldErrors& errors) {
  out.key("errors").begin_array();
  for (const auto& error : errors) {
    out.begin_object().member("field", error.field).member("message", error.message).end_object();
  }
  out.end_array();
}

void write_id(json::Writer& out, const std::string& id) {
  out.key("messageId");
  id.empty() ? out.null() : out.value(id);
}

void write_refused_element(json::Writer& out, const Element& element) {
  out.begin_object();
  write_id(out, element.id);
  out.member("status", 422).member("detail", detail_of(element.errors));
  write_errors(out, element.errors);
  out.end_object();
}

void write_change(json::Writer& out, const Change& change, const Element& element) {
  out.begin_object();
  if (change.refusal == Refusal::none) {
    const auto& message = change.message.value();
    write_id(out, message.id());
    out.member("status", 201)
        .member("id", message.id())
        .member("scheduledFor", format_time(message.spec.due));
  } else {
    const auto& id = element.id.empty() ? change.id : element.id;
    const auto refused = describe_refusal(change, id, false);
    write_id(out, id);
    out.member("status", refused.status).member("detail", refused.detail);
    if (refused.status == 409 && change.message) {
      out.key("existing").begin_object().member("messageId", change.message->id());
      out.member("status", engine::to_string(change.message->status));
      out.member("scheduledFor", format_time(change.message->spec.due)).end_object();
    }
  }
  out.end_object();
}

/// Whether Redis was away for everything that was asked: the whole request may be sent again.
bool nothing_was_done(const std::vector<Element>& elements, const std::vector<Change>& changes) {
  if (changes.empty() || changes.size() != elements.size()) return false;
  for (const auto& change : changes) {
    if (change.refusal != Refusal::unavailable) return false;
  }
  return true;
}

/// Adds `specs` and leaves them empty; what became of them comes behind `changes`.
io::Task<> add_part(const ApiContext& api, std::vector<engine::MessageSpec>& specs,
                    std::vector<Change>& changes) {
  if (specs.empty()) co_return;
  std::vector<engine::MessageSpec> part;
  part.reserve(kPart);
  part.swap(specs);
  auto added = co_await api.engine.add_all(std::move(part));
  std::move(added.begin(), added.end(), std::back_inserter(changes));
}

io::Task<Response> batch(const ApiContext& api, Call call) {
  const auto items = json::elements(call.body);
  if (!items) co_return unprocessable("", items.error().detail());
  if (items->size() > kMaxBatch) {
    co_return unprocessable("", "has " + std::to_string(items->size()) + " items: accepted are at most " +
                                    std::to_string(kMaxBatch));
  }
  ParseContext context(*api.destinations, api.loop.clock().now(), api.max_body_bytes, api.default_timezone,
                       &api.messaging.channel_directory());
  std::vector<Element> elements(items->size());
  std::vector<engine::MessageSpec> specs;
  specs.reserve(kPart);
  std::vector<Change> changes;
  changes.reserve(items->size());
  bool looked = false;
  std::optional<Change> not_asked;  ///< Redis went away: of the parts that are left, which do not wait for it
  for (std::size_t i = 0; i < items->size(); ++i) {
    engine::MessageSpec spec;
    spec.account = call.who.account;
    std::optional<FilledTemplate> filled;
    if (may_name_template((*items)[i])) {
      auto found = co_await fill_template(api, call.who.account, (*items)[i]);
      if (!found) co_return failure(found.error(), "createMessages");
      filled = std::move(*found);
    }
    context.filled = filled ? &*filled : nullptr;
    read_message((*items)[i], context, spec, elements[i].errors);
    if (!looked && names_field(elements[i].errors, "channel")) {
      // It may have been made at another node just now.
      looked = true;
      const bool fresh = co_await api.messaging.channel_watch().refresh();
      if (fresh) {
        spec = engine::MessageSpec();
        spec.account = call.who.account;
        elements[i].errors.clear();
        read_message((*items)[i], context, spec, elements[i].errors);
      }
    }
    elements[i].id = spec.id;
    if (!elements[i].errors.empty()) continue;
    if (not_asked) {
      changes.push_back(*not_asked);
      continue;
    }
    const bool own_id = !spec.id.empty();
    specs.push_back(std::move(spec));
    if (own_id || specs.size() < kPart) continue;
    co_await add_part(api, specs, changes);
    if (const auto away = engine::redis_error(changes.back())) {
      not_asked.emplace();
      not_asked->refusal = Refusal::unavailable;
      not_asked->detail = away->detail();
    }
  }
  co_await add_part(api, specs, changes);
  if (nothing_was_done(elements, changes)) {
    co_return unavailable(describe_refusal(changes.front(), elements.front().id, false).detail);
  }
  json::Writer out;
  out.begin_object().key("results").begin_array();
  std::size_t next = 0;
  for (const auto& element : elements) {
    if (element.errors.empty()) {
      write_change(out, changes.at(next++), element);
    } else {
      write_refused_element(out, element);
    }
  }
  co_return Response::json(207, std::move(out.end_array().end_object()).str());
}

/// Everything at once only when it was meant.
void require_filter(const Call& call, const engine::Filter& filter, FieldErrors& errors) {
  const bool all = call.query.flag("all");
  if (filter.matches_everything() && !all) {
    errors.emplace_back(
        "tag", "a filter is required: give tag, queue, before or after, or all=true for every message");
  } else if (!filter.matches_everything() && all) {
    errors.emplace_back("all", "all=true and a filter contradict each other: give one of them");
  }
}

io::Task<Response> remove_all(const ApiContext& api, Call call) {
  FieldErrors errors;
  auto filter = read_filter(call, errors);
  if (errors.empty()) require_filter(call, filter, errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  const auto result = co_await api.engine.cancel_all(std::move(filter));
  if (!result) co_return failure(result.error(), "deleteMessages");
  json::Writer out;
  out.begin_object().member("deleted", static_cast<std::int64_t>(result->done));
  out.member("beingDelivered", static_cast<std::int64_t>(result->being_delivered)).end_object();
  co_return Response::json(200, std::move(out).str());
}

io::Task<Response> retry_all(const ApiContext& api, Call call) {
  FieldErrors errors;
  auto filter = read_filter(call, errors);
  filter.status = read_status(call.query.text("status").value_or("failed"));
  if (errors.empty()) require_filter(call, filter, errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  const auto result = co_await api.engine.retry_all(std::move(filter));
  if (!result) co_return failure(result.error(), "retryMessages");
  co_return Response::json(200, R"({"retried":)" + std::to_string(result->done) + "}");
}

ShapePtr counted(const char* name, std::vector<Field> fields) {
  return std::make_shared<const Shape>(Shape{name, "", std::move(fields)});
}

Operation batch_operation(const ApiContext& api) {
  Operation op;
  op.method = "POST";
  op.path = "/messages/batch";
  op.scope = http::Scope::write;
  op.work = http::Work::registration;
  op.name = "createMessages";
  op.tag = "Messages";
  op.summary = "Leave many messages";
  op.doc = "Up to 1000 messages, each registered or refused for itself, in order.";
  op.body = list_of(object(new_message_shape()), kMaxBatch);
  op.body_example = R"([{"delay":"1h","webhookUrl":"https://seu-webhook.com/endpoint"}])";
  op.handler_judges_body = true;
  op.max_body_bytes = kBatchBodyFactor * api.max_body_bytes;
  op.answers.emplace_back(207, "What became of each.", object(batch_shape()));
  return op;
}

Operation filtered(std::string method, std::string path, std::string name, std::string summary) {
  Operation op;
  op.method = std::move(method);
  op.path = std::move(path);
  op.scope = http::Scope::write;
  op.work = http::Work::heavy;
  op.name = std::move(name);
  op.tag = "Messages";
  op.summary = std::move(summary);
  op.query = filter_fields();
  op.query.emplace_back("all", boolean(), "`true`: every message, instead of a filter.", "true");
  return op;
}

}  // namespace

Operations bulk_operations(const ApiContext& api) {
  Operations table;
  auto op = batch_operation(api);
  op.handler = bind(api, batch);
  table.push_back(std::move(op));

  op = filtered("DELETE", "/messages", "deleteMessages", "Cancel many messages");
  op.doc = "Cancels what is pending and matches. What is being delivered is left alone and counted.";
  op.query.emplace_back("status", one_of({"pending"}), "Only pending messages can be cancelled.",
                        R"("pending")");
  op.answers.emplace_back(
      200, "How many were cancelled.",
      object(counted("DeletedCount", {Field("deleted", integer(0), "").require(),
                                      Field("beingDelivered", integer(0), "Left alone.").require()})));
  op.handler = bind(api, remove_all);
  table.push_back(std::move(op));

  op = filtered("POST", "/messages/retry", "retryMessages", "Send many finished messages again");
  op.doc = "Sends what is finished and matches again, each with fresh attempts and the same `webhook-id`.";
  op.query.emplace_back("status", one_of({"failed", "unknown"}), "Default `failed`.", R"("failed")");
  op.answers.emplace_back(200, "How many are sent again.",
                          object(counted("RetriedCount", {Field("retried", integer(0), "").require()})));
  op.handler = bind(api, retry_all);
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api

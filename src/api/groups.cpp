// `/groups`: contacts that are written to together, and who is in them.
#include <algorithm>
#include <memory>

#include "api/answers.hpp"
#include "api/contact_form.hpp"
#include "api/problem_schema.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

using http::Response;
using Ids = std::vector<std::int64_t>;

constexpr std::size_t kMostAtOnce = 1'000;  ///< contacts that one request names
constexpr std::size_t kMostShown = 1'000;   ///< members that a group itself shows

Type contact_ids() {
  return list_of(integer(1), kMostAtOnce);
}

/// The ids of the member `contacts`, each once; nullopt when it is not there.
std::optional<Ids> read_contacts(json::Raw body) {
  const Values values(body);
  const auto* const given = values.given("contacts");
  if (given == nullptr) return std::nullopt;
  Ids ids;
  const auto elements = json::elements(*given);
  for (const auto& element : elements.ok() ? *elements : std::vector<json::Raw>()) {
    const auto id = json::as_int(element);
    if (id && std::find(ids.begin(), ids.end(), *id) == ids.end()) ids.push_back(*id);
  }
  return ids;
}

void add_unknown(const Ids& ids, const std::vector<std::size_t>& places, FieldErrors& errors) {
  for (const auto place : places)
    errors.emplace_back("contacts", "there is no contact " + std::to_string(ids[place]));
}

io::Task<Result<FieldErrors>> judge_members(messaging::Groups& groups, std::string account, json::Raw body) {
  FieldErrors errors;
  const auto ids = read_contacts(body);
  if (!ids || ids->empty()) co_return errors;
  const auto places = co_await groups.unknown(std::move(account), *ids);
  if (!places) co_return places.error();
  add_unknown(*ids, *places, errors);
  co_return errors;
}

io::Task<Result<void>> store_members(messaging::Groups& groups, std::string account, std::int64_t group,
                                     json::Raw body) {
  auto ids = read_contacts(body);
  if (!ids) co_return Result<void>();
  const auto set = co_await groups.set_members(std::move(account), group, std::move(*ids));
  if (!set) co_return set.error();
  co_return Result<void>();
}

io::Task<Result<std::vector<JsonMembers>>> read_members(messaging::Groups& groups, std::string account,
                                                        Ids ids) {
  const auto sizes = co_await groups.sizes(account, ids);
  if (!sizes) co_return sizes.error();
  Ids shown;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if ((*sizes)[i] > 0 && (*sizes)[i] <= kMostShown) shown.push_back(ids[i]);
  }
  const auto members = co_await groups.first_member_ids(std::move(account), std::move(shown), kMostShown);
  if (!members) co_return members.error();
  std::vector<JsonMembers> all(ids.size());
  auto next = members->begin();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto size = (*sizes)[i];
    json::Writer list;
    if (size > kMostShown) {
      list.null();
    } else {
      list.begin_array();
      if (size > 0) {
        for (const auto id : *next++) list.value(id);
      }
      list.end_array();
    }
    all[i].emplace_back("contactCount", std::to_string(size));
    all[i].emplace_back("contacts", std::move(list).str());
  }
  co_return all;
}

/// Everything that only a group has.
Beside members_beside(messaging::Groups& groups) {
  Beside beside;
  beside.answered = {
      Field("contactCount", integer(0), "How many contacts are in it.", "2"),
      Field("contacts", nullable(list_of(integer(1))),
            "Their ids; null when there are more than 1,000: see `/groups/{id}/contacts`.", "[1,2]")};
  beside.taken = {Field(
      "contacts", nullable(contact_ids()),
      "Ids of the contacts that are to be in it, and no others. Absent or null: who is in it stays.", "[1]")};
  beside.judge = [&groups](std::string account, json::Raw body) {
    return judge_members(groups, std::move(account), body);
  };
  beside.store = [&groups](std::string account, std::int64_t id, json::Raw body) {
    return store_members(groups, std::move(account), id, body);
  };
  beside.read = [&groups](std::string account, Ids ids) {
    return read_members(groups, std::move(account), std::move(ids));
  };
  return beside;
}

RecordResource group_resource(const ApiContext& api) {
  auto& groups = api.messaging.groups();
  RecordResource resource("/groups", "Group", "Groups", groups);
  resource.doc = "Contacts that are written to together.";
  resource.members.push_back(Member(Field("name", line(1, 200), "", R"("Clientes")")).required());
  resource.members.push_back(Member(Field("description", text(0, 2'000), "")));
  resource.beside = members_beside(groups);
  resource.example = R"({"name":"Clientes","description":"Todos","contacts":[]})";
  resource.patch_example = R"({"description":null})";
  resource.filters = {
      Field("search", text(0, 200), "Words, or their beginnings, of name and description.", R"("cli")")};
  resource.read_filters = [](const Call& call, records::Query& query, FieldErrors&) {
    if (const auto text = call.query.text("search")) query.search(*text);
  };
  return resource;
}

Response no_such_group(const std::string& path) {
  return http::problem(404, "there is no group " + shown(path));
}

/// The group of a path: its id, 0 when there is none.
io::Task<Result<std::int64_t>> group_id(const ApiContext& api, const Call& call) {
  const auto found = co_await api.messaging.groups().find(call.who.account, call.path(0));
  if (!found) co_return found.error();
  co_return *found ? (*found)->id : 0;
}

io::Task<Response> list_members(const ApiContext& api, Call call) {
  FieldErrors errors;
  records::Query query;
  read_contact_filters(api.messaging.contacts(), call, query, errors);
  auto request = read_page(call, errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  const auto group = co_await group_id(api, call);
  if (!group) co_return failure(group.error(), "listGroupContacts");
  if (*group == 0) co_return no_such_group(call.path(0));
  const bool by_cursor = !request.cursor.empty();
  const auto page =
      co_await api.messaging.groups().members(call.who.account, *group, std::move(query), std::move(request));
  if (!page && page.error().code() == ErrorCode::invalid_argument)
    co_return unprocessable(by_cursor ? "cursor" : "page", page.error().detail());
  if (!page) co_return failure(page.error(), "listGroupContacts");
  const auto form = contact_resource(api);
  co_return page_response(call, *page, [&](json::Writer& out, const records::Record& record) {
    write_record(out, form, record);
  });
}

/// Adds contacts, or takes them out, and says how many that changed.
io::Task<Response> change_members(const ApiContext& api, const Call& call, Ids ids, bool add) {
  auto& groups = api.messaging.groups();
  const auto group = co_await group_id(api, call);
  if (!group) co_return failure(group.error(), "changeGroup");
  if (*group == 0) co_return no_such_group(call.path(0));
  auto changing =
      add ? groups.add(call.who.account, *group, ids) : groups.take_out(call.who.account, *group, ids);
  const auto linked = co_await std::move(changing);
  if (!linked) co_return failure(linked.error(), "changeGroup");
  if (!linked->found) co_return no_such_group(call.path(0));
  if (!linked->missing.empty()) {
    FieldErrors errors;
    add_unknown(ids, linked->missing, errors);
    co_return unprocessable(std::move(errors));
  }
  Ids one;
  one.push_back(*group);
  const auto sizes = co_await groups.sizes(call.who.account, std::move(one));
  if (!sizes) co_return failure(sizes.error(), "changeGroup");
  json::Writer out;
  out.begin_object().member(add ? "added" : "removed", static_cast<std::int64_t>(linked->changed));
  out.member("contactCount", static_cast<std::int64_t>(sizes->front())).end_object();
  co_return Response::json(200, std::move(out).str());
}

io::Task<Response> add_many(const ApiContext& api, Call call) {
  co_return co_await change_members(api, call, read_contacts(call.body).value_or(Ids()), true);
}

io::Task<Response> remove_many(const ApiContext& api, Call call) {
  co_return co_await change_members(api, call, read_contacts(call.body).value_or(Ids()), false);
}

/// The contact that a path names, in or out.
io::Task<Response> change_one(const ApiContext& api, Call call, bool add) {
  const auto contact = co_await api.messaging.contacts().find(call.who.account, call.path(1));
  if (!contact) co_return failure(contact.error(), "changeGroup");
  if (!*contact) co_return http::problem(404, "there is no contact " + shown(call.path(1)));
  Ids one;
  one.push_back((*contact)->id);
  auto response = co_await change_members(api, call, std::move(one), add);
  if (response.status != 200) co_return response;
  Response done;
  done.status = 204;
  co_return done;
}

io::Task<Response> add_one(const ApiContext& api, Call call) {
  return change_one(api, std::move(call), true);
}

io::Task<Response> remove_one(const ApiContext& api, Call call) {
  return change_one(api, std::move(call), false);
}

Operation member_operation(const char* method, const char* path, const char* name, const char* summary) {
  Operation op;
  op.method = method;
  op.path = path;
  op.scope = std::string_view(method) == "GET" ? http::Scope::read : http::Scope::write;
  op.name = name;
  op.tag = "Groups";
  op.summary = summary;
  op.path_fields.emplace_back("id", text(1, 64), "The group's `id` or `uuid`.", R"("1")");
  if (op.path.ends_with("{contact}"))
    op.path_fields.emplace_back("contact", text(1, 64), "The contact's `id` or `uuid`.", R"("1")");
  return op;
}

ShapePtr named_contacts() {
  static const auto shape = std::make_shared<const Shape>(
      Shape{"GroupContacts", "", {Field("contacts", contact_ids(), "Their ids.", "[1]").require()}});
  return shape;
}

ShapePtr changed_shape(const char* name, const char* what) {
  return std::make_shared<const Shape>(
      Shape{name,
            "",
            {Field(what, integer(0), "How many were not (`added`) or were in it before.", "1").require(),
             Field("contactCount", integer(0), "How many are in it now.", "1").require()}});
}

}  // namespace

Operations group_operations(const ApiContext& api) {
  auto table = record_operations(group_resource(api));
  const auto add = [&](Operation op, io::Task<Response> (*handler)(const ApiContext&, Call)) {
    op.handler = bind(api, handler);
    table.push_back(std::move(op));
  };
  auto op =
      member_operation("GET", "/groups/{id}/contacts", "listGroupContacts", "List the contacts of a group");
  const auto form = contact_resource(api);
  add_page_fields(op);
  for (const auto& filter : form.filters) op.query.push_back(filter);
  op.answers.push_back(page_answer("By id.", object(answer_shape(form))));
  add(std::move(op), list_members);

  op = member_operation("POST", "/groups/{id}/contacts", "addGroupContacts", "Add contacts to a group");
  op.doc = "All of them or, when there is one that does not exist, none.";
  op.body = object(named_contacts());
  op.body_example = R"({"contacts":[1]})";
  op.answers.emplace_back(200, "Added.", object(changed_shape("GroupAddition", "added")));
  add(std::move(op), add_many);

  op = member_operation("POST", "/groups/{id}/remove", "removeGroupContacts", "Take contacts out of a group");
  op.body = object(named_contacts());
  op.body_example = R"({"contacts":[1]})";
  op.answers.emplace_back(200, "Taken out.", object(changed_shape("GroupRemoval", "removed")));
  add(std::move(op), remove_many);

  op = member_operation("PUT", "/groups/{id}/contacts/{contact}", "addGroupContact",
                        "Add one contact to a group");
  op.answers.emplace_back(204, "It is in it.", Type());
  add(std::move(op), add_one);

  op = member_operation("DELETE", "/groups/{id}/contacts/{contact}", "removeGroupContact",
                        "Take one contact out of a group");
  op.answers.emplace_back(204, "It is not in it.", Type());
  add(std::move(op), remove_one);
  return table;
}

}  // namespace recado::api

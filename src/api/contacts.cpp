// `/contacts`: people to whom messages go.
#include "api/contact_form.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

Type short_line() {
  return line(1, 200);
}

/// Tags may be given as a list only; numbers and the like are no tags.
std::vector<Member> contact_members() {
  std::vector<Member> all;
  const auto add = [&](Member member) { all.push_back(std::move(member)); };
  add(Member(Field("name", short_line(), "", R"("João Silva")")).required());
  add(Member(Field("email", line(1, 254), "", R"("joao@empresa.com")")));
  add(Member(Field("phone", line(1, 100),
                   "In any usual spelling, kept as E.164; without a country code it is of "
                   "`DEFAULT_COUNTRY`. Brazilian mobiles gain the ninth digit.",
                   R"("11999998888")")));
  add(Member(Field("preferredChannel", line(1, 20), "`whatsapp` or `email`.", R"("email")"))
          .also("canalPref"));
  add(Member(Field("externalCode", line(1, 100), "Yours; unique.", R"("CLI001")")).also("codExterno"));
  add(Member(Field("tags", list_of(line(1, 64), 32), "", R"(["vip"])"), "[]"));
  add(Member(Field("notes", text(0, 10'000), "")));
  add(Member(Field("custom", map_of(any(), 100), "Your own fields, for templates.", R"({"plan":"gold"})"),
             "{}"));
  add(Member(Field("optedOut", boolean(),
                   "Wants no messages, and gets none. An update that does not name it leaves it as it is."),
             "false"));
  add(Member(Field("optedOutAt", instant(), "Since when; by default the moment of the change.")));
  add(Member(Field("optedOutSource", line(1, 100), "How that was learnt: `api`, `csv`, `reply`, or yours.")));
  add(Member(Field("optedInAt", instant(), "When messages were asked for again, or at all.")));
  add(Member(Field("optedInSource", line(1, 100), "How that was learnt.")));
  return all;
}

/// The records whose `field` has the value of the parameter `name`.
void where(const Call& call, const messaging::Contacts& contacts, const char* name, const char* field,
           records::Query& query) {
  if (const auto value = call.query.text(name)) query.where(*contacts.type().find(field), *value);
}

}  // namespace

void read_contact_filters(const messaging::Contacts& contacts, const Call& call, records::Query& query,
                          FieldErrors& errors) {
  for (const char* field : {"preferredChannel", "email", "optedOut"})
    where(call, contacts, field, field, query);
  where(call, contacts, "tag", "tags", query);
  where(call, contacts, "externalCode", "externalCode", query);
  if (const auto text = call.query.text("phone")) {
    const auto phone = messaging::read_phone(*text, contacts.country());
    if (phone) {
      query.where(*contacts.type().find("phone"), *phone);
    } else {
      errors.emplace_back("phone", phone.error().detail());
    }
  }
  if (const auto text = call.query.text("search")) query.search(messaging::contact_search(*text));
}

RecordResource contact_resource(const ApiContext& api) {
  auto& contacts = api.messaging.contacts();
  RecordResource resource("/contacts", "Contact", "Contacts", contacts);
  resource.doc = "Somebody to whom messages go.";
  resource.members = contact_members();
  resource.example =
      R"({"name":"João Silva","email":"joao@empresa.com","phone":"11999998888","preferredChannel":"email","externalCode":"CLI001"})";
  resource.patch_example = R"({"tags":["vip"],"notes":null})";
  resource.filters = {
      Field("search", text(0, 200),
            "Words, or their beginnings, of name, e-mail, phone and external code; accents and case do not "
            "count.",
            R"("joao")"),
      Field("tag", text(1, 64), "With this tag.", R"("vip")"),
      Field("preferredChannel", one_of({"whatsapp", "email"}), "Who prefer this channel."),
      Field("optedOut", boolean(), "Who opted out, or did not."),
      Field("externalCode", text(1, 100), "With this external code.", R"("CLI001")"),
      Field("phone", text(1, 100), "With this phone, in any spelling.", R"("+5511999998888")"),
      Field("email", text(1, 254), "With this e-mail address; case does not count.")};
  resource.read_filters = [&contacts](const Call& call, records::Query& query, FieldErrors& errors) {
    read_contact_filters(contacts, call, query, errors);
  };
  return resource;
}

Operations contact_operations(const ApiContext& api) {
  return record_operations(contact_resource(api));
}

}  // namespace recado::api

// `/groups` over a real redis-server.
#include "api/served_records.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Groups : public ServedRecords {
 protected:
  void make_contacts(int count) {
    for (int i = 1; i <= count; ++i)
      expect(201, call("POST", "/contacts", R"({"name":"Ana )" + std::to_string(i) + R"("})"));
  }
  std::string members(const std::string& id = "1") {
    return expect(200, call("GET", "/groups/" + id))["contacts"].source;
  }
};

TEST_F(Groups, AreMadeWithTheirContacts) {
  make_contacts(3);
  const auto group = expect(
      201, call("POST", "/api/groups/", R"({"name":"Clientes","description":"Todos","contacts":[3,1,3]})"));
  EXPECT_EQ(group["contacts"].source, "[1,3]");
  EXPECT_EQ(group["contactCount"].source, "2");
  EXPECT_EQ(expect(200, call("GET", "/groups?search=cli")).items.size(), 1u);
  EXPECT_THAT(field_errors(call("POST", "/groups", R"({"name":"x","contacts":[1,77]})")),
              ElementsAre("contacts: there is no contact 77"));
  EXPECT_EQ(total(call("GET", "/groups")), "1");  // nothing was made
}

TEST_F(Groups, GainAndLoseContactsSinglyAndInBulk) {
  make_contacts(4);
  expect(201, call("POST", "/groups", R"({"name":"G"})"));
  auto changed = expect(200, call("POST", "/groups/1/contacts", R"({"contacts":[1,2,3]})"));
  EXPECT_EQ(changed.source, R"({"added":3,"contactCount":3})");
  changed = expect(200, call("POST", "/groups/1/contacts", R"({"contacts":[3,4]})"));
  EXPECT_EQ(changed.source, R"({"added":1,"contactCount":4})");
  changed = expect(200, call("POST", "/groups/1/remove", R"({"contacts":[1,9]})"));
  EXPECT_EQ(changed.source, R"({"removed":1,"contactCount":3})");
  EXPECT_EQ(call("DELETE", "/groups/1/contacts/2").status, 204);
  EXPECT_EQ(call("PUT", "/groups/1/contacts/1").status, 204);
  EXPECT_EQ(call("PUT", "/groups/1/contacts/1").status, 204);
  EXPECT_EQ(members(), "[1,3,4]");
  EXPECT_THAT(field_errors(call("POST", "/groups/1/contacts", R"({"contacts":[2,77]})")),
              ElementsAre(HasSubstr("77")));
  EXPECT_EQ(members(), "[1,3,4]");
  EXPECT_EQ(call("PUT", "/groups/1/contacts/77").status, 404);
  EXPECT_EQ(call("PUT", "/groups/7/contacts/1").status, 404);
}

TEST_F(Groups, KeepTheirContactsUnlessABodyNamesThem) {
  make_contacts(3);
  expect(201, call("POST", "/groups", R"({"name":"G","contacts":[1,2]})"));
  expect(200, call("PATCH", "/groups/1", R"({"description":"x"})"));
  expect(200, call("PUT", "/groups/1", R"({"name":"H"})"));
  EXPECT_EQ(members(), "[1,2]");
  expect(200, call("PUT", "/groups/1", R"({"name":"H","contacts":[2,3]})"));
  EXPECT_EQ(members(), "[2,3]");
  expect(200, call("PATCH", "/groups/1", R"({"contacts":[]})"));
  EXPECT_EQ(members(), "[]");
}

TEST_F(Groups, LoseContactsThatAreRemoved) {
  make_contacts(3);
  expect(201, call("POST", "/groups", R"({"name":"G","contacts":[1,2,3]})"));
  EXPECT_EQ(call("DELETE", "/contacts/2").status, 204);
  EXPECT_EQ(members(), "[1,3]");
  EXPECT_EQ(call("DELETE", "/groups/1").status, 204);
  EXPECT_EQ(call("GET", "/groups/1/contacts").status, 404);
  EXPECT_EQ(total(call("GET", "/contacts")), "2");
}

TEST_F(Groups, ListTheirContactsLikeAnyOthers) {
  make_contacts(5);
  expect(200, call("PATCH", "/contacts/4", R"({"tags":["vip"]})"));
  expect(201, call("POST", "/groups", R"({"name":"G","contacts":[2,3,4,5]})"));
  auto response = call("GET", "/groups/1/contacts?limit=3");
  EXPECT_EQ(total(response), "4");
  EXPECT_EQ(expect(200, response).items.front()["id"].source, "2");
  const auto rest = expect(200, call("GET", next(response)));
  EXPECT_EQ(rest.items.size(), 1u);
  EXPECT_EQ(rest.items.front()["id"].source, "5");
  response = call("GET", "/groups/1/contacts?tag=vip");
  EXPECT_EQ(total(response), "1");
  EXPECT_EQ(expect(200, response).items.front()["id"].source, "4");
}

TEST_F(Groups, OfManyDoNotListThemAll) {
  std::vector<records::Write> writes;
  records::Document fields;
  fields.set_text("name", "Ana");
  for (int i = 0; i < 2'500; ++i) writes.push_back(records::Write::create(fields));
  const auto made =
      await(kept.contacts().store().write_all("main", messaging::contact_type(), std::move(writes)));
  EXPECT_EQ(made.back().record.id, 2'500);
  expect(201, call("POST", "/groups", R"({"name":"G"})"));
  std::vector<std::int64_t> ids;
  for (std::int64_t id = 1; id <= 2'500; ++id) ids.push_back(id);
  const auto linked = await(kept.groups().add("main", 1, ids));
  EXPECT_EQ(linked->changed, 2'500u);
  const auto group = expect(200, call("GET", "/groups/1"));
  EXPECT_EQ(group["contacts"].source, "null");
  EXPECT_EQ(group["contactCount"].source, "2500");
  // More links than one script takes away.
  EXPECT_EQ(call("DELETE", "/groups/1").status, 204);
  const auto left = await(kept.groups().sizes("main", std::vector<std::int64_t>(1, 1)));
  EXPECT_EQ(left->front(), 0u);
}

}  // namespace
}  // namespace recado::api::testing

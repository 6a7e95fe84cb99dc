// `/contacts` over a real redis-server.
#include "api/served_records.hpp"

namespace recado::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Contacts : public ServedRecords {
 protected:
  int make(const std::string& body) {
    const auto response = call("POST", "/contacts", body);
    EXPECT_EQ(response.status, 201) << body_of(response);
    return std::stoi(Tree::of(body_of(response))["id"].source);
  }
  std::vector<std::string> names(const std::string& target) {
    std::vector<std::string> all;
    for (const auto& contact : expect(200, call("GET", target)).items) all.push_back(contact["name"].text());
    return all;
  }
};

TEST_F(Contacts, AreMadeAsSeed000Says) {
  const auto response = call("POST", "/contacts/", R"({
    "name": "João Silva",
    "email": "joao@empresa.com",
    "phone": "11999998888",
    "canalPref": "email",
    "codExterno": "CLI001"
  })");
  const auto contact = expect(201, response);
  EXPECT_EQ(header(response, "Location"), "/contacts/1");
  EXPECT_EQ(contact["id"].source, "1");
  EXPECT_EQ(contact["phone"].text(), "+5511999998888");
  for (const char* name : {"canalPref", "preferredChannel"}) EXPECT_EQ(contact[name].text(), "email");
  for (const char* name : {"codExterno", "externalCode"}) EXPECT_EQ(contact[name].text(), "CLI001");
  EXPECT_EQ(contact["optedOut"].source, "false");
  EXPECT_EQ(contact["tags"].source, "[]");
  const auto by_uuid = call("GET", "/api/contacts/" + contact["uuid"].text() + "/");
  EXPECT_EQ(body_of(by_uuid), body_of(response));
}

TEST_F(Contacts, OfTwoSpellingsOursWins) {
  const auto contact = expect(
      201,
      call("POST", "/contacts", R"({"codExterno":"B","name":"Ana","externalCode":"A","canalPref":"email"})"));
  EXPECT_EQ(contact["codExterno"].text(), "A");
}

TEST_F(Contacts, AreReplacedWholeAndMerged) {
  make(R"({"name":"Ana","email":"ana@x.org","tags":["a","b"],"custom":{"plan":"gold","since":2020}})");
  auto contact =
      expect(200, call("PATCH", "/contacts/1", R"({"email":null,"custom":{"since":null,"x":[1]}})"));
  EXPECT_EQ(contact["email"].source, "null");
  EXPECT_EQ(contact["custom"].source, R"({"plan":"gold","x":[1]})");
  EXPECT_EQ(contact["tags"].source, R"(["a","b"])");
  // What was read can be sent back as it is.
  auto whole = body_of(call("GET", "/contacts/1"));
  contact = expect(200, call("PUT", "/contacts/1", whole));
  EXPECT_EQ(contact["tags"].source, R"(["a","b"])");
  contact = expect(200, call("PUT", "/contacts/1", R"({"name":"Bia"})"));
  EXPECT_EQ(contact["tags"].source, "[]");
  EXPECT_EQ(contact["custom"].source, "{}");
}

TEST_F(Contacts, AreRemoved) {
  make(R"({"name":"Ana"})");
  EXPECT_EQ(call("DELETE", "/contacts/1").status, 204);
  for (const char* method : {"GET", "DELETE", "PUT", "PATCH"})
    EXPECT_EQ(call(method, "/contacts/1", R"({"name":"x"})").status, 404) << method;
}

TEST_F(Contacts, ThatOptedOutStaySoUntilSomebodySaysOtherwise) {
  make(R"({"name":"Ana"})");
  auto contact =
      expect(200, call("PATCH", "/contacts/1", R"({"optedOut":true,"optedOutSource":"telefone"})"));
  EXPECT_EQ(contact["optedOutAt"].text(), "2026-04-15T02:41:45+00:00");
  EXPECT_EQ(contact["optedOutSource"].text(), "telefone");
  contact = expect(200, call("PUT", "/contacts/1", R"({"name":"Ana Maria"})"));
  EXPECT_EQ(contact["optedOut"].source, "true");
  EXPECT_EQ(contact["optedOutSource"].text(), "telefone");
  clock.advance(Millis{60'000});
  contact = expect(200, call("PATCH", "/contacts/1", R"({"optedOut":false})"));
  EXPECT_EQ(contact["optedInAt"].text(), "2026-04-15T02:42:45+00:00");
  EXPECT_EQ(contact["optedInSource"].text(), "api");
  contact = expect(200, call("PATCH", "/contacts/1", R"({"optedOut":true})"));
  EXPECT_EQ(contact["optedOutAt"].text(), "2026-04-15T02:42:45+00:00");
  EXPECT_EQ(contact["optedOutSource"].text(), "api");
}

TEST_F(Contacts, AreRefusedWithEveryFieldThatIsWrong) {
  EXPECT_THAT(field_errors(call("POST", "/contacts", R"({"email":"x","phone":"123","canalPref":"sms"})")),
              ElementsAre(HasSubstr("name: ")));
  EXPECT_THAT(
      field_errors(call("POST", "/contacts", R"({"name":" ","email":"x","phone":"123","canalPref":"sms"})")),
      ElementsAre(HasSubstr("name: "), HasSubstr("email: "), HasSubstr("phone: "),
                  HasSubstr("preferredChannel: ")));
  EXPECT_THAT(field_errors(call("POST", "/contacts", R"({"name":"a","fone":"1"})")),
              ElementsAre(HasSubstr("fone: is not a known field")));
  EXPECT_THAT(field_errors(call("POST", "/contacts", R"({"name":"a","optedOut":"yes","tags":"vip"})")),
              ElementsAre(HasSubstr("tags: "), HasSubstr("optedOut: ")));
  make(R"({"name":"Ana","externalCode":"A"})");
  const auto taken = call("POST", "/contacts", R"({"name":"Bia","externalCode":"A"})");
  const auto problem = expect(409, taken);
  EXPECT_EQ(problem["field"].text(), "externalCode");
  EXPECT_EQ(problem["id"].source, "1");
}

TEST_F(Contacts, AreListedSearchedAndFiltered) {
  make(R"({"name":"João Silva","phone":"(11) 99999-8888","tags":["vip"],"canalPref":"whatsapp"})");
  make(R"({"name":"Maria Souza","email":"Maria@x.org","tags":["vip","sp"],"optedOut":true})");
  make(R"({"name":"Joana Prado","externalCode":"CLI7","canalPref":"email"})");
  EXPECT_THAT(names("/contacts"), ElementsAre("João Silva", "Maria Souza", "Joana Prado"));
  EXPECT_THAT(names("/contacts?search=joao"), ElementsAre("João Silva"));
  EXPECT_THAT(names("/contacts?search=JO"), ElementsAre("Joana Prado", "João Silva"));
  EXPECT_THAT(names("/contacts?search=11+9999"), ElementsAre("João Silva"));
  EXPECT_THAT(names("/contacts?search=%2B55+(11)+99999-8888"), ElementsAre("João Silva"));
  EXPECT_THAT(names("/contacts?search=cli7"), ElementsAre("Joana Prado"));
  EXPECT_THAT(names("/contacts?phone=11999998888"), ElementsAre("João Silva"));
  EXPECT_THAT(names("/contacts?email=maria@X.org"), ElementsAre("Maria Souza"));
  EXPECT_THAT(names("/contacts?externalCode=CLI7"), ElementsAre("Joana Prado"));
  EXPECT_THAT(names("/contacts?preferredChannel=email"), ElementsAre("Joana Prado"));
  EXPECT_THAT(names("/contacts?optedOut=false&tag=vip"), ElementsAre("João Silva"));
  EXPECT_THAT(names("/contacts?tag=nobody"), IsEmpty());
  EXPECT_EQ(total(call("GET", "/contacts?optedOut=false&tag=vip")), "1");
  EXPECT_THAT(field_errors(call("GET", "/contacts?phone=abc")), ElementsAre(HasSubstr("phone: ")));
  EXPECT_EQ(call("GET", "/contacts?sort=name").status, 422);
}

TEST_F(Contacts, GoOnByTheLink) {
  for (int i = 1; i <= 5; ++i) make(R"({"name":"Ana )" + std::to_string(i) + R"(","tags":["a b"]})");
  auto response = call("GET", "/contacts?limit=2&tag=a+b");
  EXPECT_EQ(total(response), "5");
  std::size_t seen = expect(200, response).items.size();
  while (!next(response).empty()) {
    response = call("GET", next(response));
    seen += expect(200, response).items.size();
  }
  EXPECT_EQ(seen, 5u);
  EXPECT_THAT(names("/contacts?limit=2&page=3"), ElementsAre("Ana 5"));
  EXPECT_THAT(field_errors(call("GET", "/contacts?cursor=AAAA")), ElementsAre(HasSubstr("cursor: ")));
  EXPECT_THAT(field_errors(call("GET", "/contacts?page=2&cursor=AAAA")), ElementsAre(HasSubstr("page: ")));
}

TEST_F(Contacts, BelongToTheirAccount) {
  make(R"({"name":"Ana"})");
  const auto theirs = call_with({{"authorization", "Bearer reader"}}, "GET", "/contacts");
  EXPECT_EQ(body_of(theirs), "[]");
  EXPECT_EQ(call_with({{"authorization", "Bearer reader"}}, "GET", "/contacts/1").status, 404);
  EXPECT_EQ(call_with({{"authorization", "Bearer reader"}}, "POST", "/contacts", R"({"name":"x"})").status,
            403);
}

TEST_F(Contacts, AcceptTheirOwnExamples) {
  for (const auto& operation : api->operations()) {
    if ((operation.tag != "Contacts" && operation.tag != "Groups") || !operation.body) continue;
    auto path = operation.path;
    if (const auto brace = path.find('{'); brace != std::string::npos)
      path.replace(brace, path.find('}') + 1 - brace, "1");
    const auto response = call(operation.method, path, operation.body_example);
    EXPECT_LT(response.status, 300) << operation.name << ' ' << body_of(response);
  }
}

}  // namespace
}  // namespace recado::api::testing

// The validator and the served schema are made from one table; here each judges the same bodies, and they
// must agree: what the schema refuses the validator refuses, and what the validator refuses beyond the schema
// is a rule that no schema can say.
#include <rapidcheck.h>

#include <algorithm>

#include "api/message_schema.hpp"
#include "api/served_api.hpp"
#include "api/validate.hpp"

namespace recado::api::testing {
namespace {

class SchemaAgreement : public ServedApi {
 protected:
  const Tree& schema(const char* name) { return (*document)["components"]["schemas"][name]; }

  static bool validator_accepts(const ShapePtr& shape, const std::string& body) {
    FieldErrors errors;
    validate(object(shape), json::parse(body).value(), "", errors);
    return errors.empty();
  }
  bool schema_accepts(const char* name, const std::string& body) {
    return SchemaJudge(*document).accepts(schema(name), Tree::of(body));
  }
};

/// Values that are valid for some field and invalid for others: each is tried on every field.
std::vector<std::string> samples() {
  std::vector<std::string> list = {"null",
                                   "true",
                                   "false",
                                   "0",
                                   "1",
                                   "-1",
                                   "15",
                                   "100",
                                   "101",
                                   "5.0",
                                   "0.5",
                                   "1e2",
                                   "1e400",
                                   "-0.0",
                                   "300",
                                   "301",
                                   "99999999999999999999",
                                   R"("")",
                                   R"("a")",
                                   R"("POST")",
                                   R"("post")",
                                   R"("GET")",
                                   R"("exponential")",
                                   R"("fixed")",
                                   R"("90s")",
                                   R"("10m")",
                                   R"("1d10h30m")",
                                   R"("5m1s")",
                                   R"("90")",
                                   R"("1.5")",
                                   R"("1.5s")",
                                   R"("-5s")",
                                   R"("s")",
                                   R"("5s10m")",
                                   R"("250ms")",
                                   R"("a\u0000b")",
                                   R"("a\nb")",
                                   R"("\u007f")",
                                   R"("\u0080")",
                                   R"("https://example.com/")",
                                   "[]",
                                   "{}",
                                   R"(["a"])",
                                   R"(["a","a"])",
                                   R"(["a",""])",
                                   R"(["a",5])",
                                   R"([null])",
                                   R"([["a"]])",
                                   R"(["1","2","3","4","5","6","7","8"])",
                                   R"(["1","2","3","4","5","6","7","8","9"])",
                                   R"({"X-A":"b"})",
                                   R"({"X-A":5})",
                                   R"({"X-A":null})",
                                   R"({"maxAttempts":3})",
                                   R"({"maxAttempts":0})",
                                   R"({"maxAttempts":"3"})",
                                   R"({"maxAttempts":3.5})",
                                   R"({"backoff":"fixed","initial":"5s"})",
                                   R"({"backoff":"linear"})",
                                   R"({"initial":[]})",
                                   R"({"unknown":1})",
                                   R"({"maxAttempts":null})"};
  for (const std::size_t size : {64u, 65u, 100u, 101u, 255u, 256u, 8192u, 8193u}) {
    list.push_back("\"" + std::string(size, 'x') + "\"");
  }
  return list;
}

/// What a validator refuses and no schema of ours says: longer than the bytes allow, out of a duration's
/// range.
bool is_beyond_a_schema(const Field& field, const std::string& sample) {
  if (field.type.kind == Kind::duration) return true;
  if (field.name == "retry") return sample.find("initial") != std::string::npos;
  return false;
}

TEST_F(SchemaAgreement, HoldsForEverySampleOfEveryField) {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const auto& [shape, name] :
       {std::pair{new_message_shape(), "NewMessage"}, {message_patch_shape(), "MessagePatch"}}) {
    for (const auto& field : shape->fields) {
      for (const auto& sample : samples()) {
        std::string body = "{" + json::quote(field.name) + ":" + sample;
        if (field.name != "webhookUrl") body += R"(,"webhookUrl":"https://example.com/")";
        body += "}";
        const bool by_schema = schema_accepts(name, body);
        const bool by_validator = validator_accepts(shape, body);
        if (by_schema != by_validator && is_beyond_a_schema(field, sample)) {
          EXPECT_FALSE(by_validator) << body;
          continue;
        }
        EXPECT_EQ(by_schema, by_validator) << body.substr(0, 200);
        ++(by_validator ? accepted : refused);
      }
    }
  }
  EXPECT_GT(accepted, 200u);
  EXPECT_GT(refused, 500u);
}

TEST_F(SchemaAgreement, CountsBytesWhereTheSchemaCountsCharacters) {
  std::string id;
  for (int i = 0; i < 200; ++i) id += "ç";
  const auto body = R"({"webhookUrl":"https://e.com","id":")" + id + "\"}";
  EXPECT_TRUE(schema_accepts("NewMessage", body));
  EXPECT_FALSE(validator_accepts(new_message_shape(), body));
}

TEST_F(SchemaAgreement, HoldsForAnyCombination) {
  const auto all = samples();
  const auto shape = new_message_shape();
  std::vector<std::string> names = {"webhook", "Id", "extra"};
  for (const auto& field : shape->fields) names.push_back(field.name);
  const bool held = rc::check("what the schema refuses, the validator refuses", [&] {
    const auto count = *rc::gen::inRange(0, 6);
    std::vector<std::string> used;
    std::string body = "{";
    for (int i = 0; i < count; ++i) {
      const auto name = *rc::gen::elementOf(names);
      if (std::find(used.begin(), used.end(), name) != used.end()) continue;
      used.push_back(name);
      body += (body.size() > 1 ? "," : "") + json::quote(name) + ":" + *rc::gen::elementOf(all);
    }
    body += "}";
    if (!schema_accepts("NewMessage", body)) RC_ASSERT(!validator_accepts(shape, body));
    const bool has_duration = std::any_of(used.begin(), used.end(), [](const std::string& name) {
      return name == "delay" || name == "timeout" || name == "retry";
    });
    if (!has_duration) RC_ASSERT(schema_accepts("NewMessage", body) == validator_accepts(shape, body));
  });
  EXPECT_TRUE(held);
}

TEST_F(SchemaAgreement, RefusesDuplicateKeysWhichNoSchemaSees) {
  const std::string body = R"({"webhookUrl":"https://e.com","queue":"a","queue":"b"})";
  EXPECT_FALSE(validator_accepts(new_message_shape(), body));
}

}  // namespace
}  // namespace recado::api::testing

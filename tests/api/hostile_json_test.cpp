// The JSON a hostile client might send ends in 201 or 4xx.
#include <rapidcheck.h>

#include "api/served_api.hpp"

namespace recado::api::testing {
namespace {

class HostileJson : public ServedApi {};

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::vector<std::string> hostile_values() {
  std::vector<std::string> values = {
      repeated("[", 500) + repeated("]", 500),
      repeated("[", 511) + repeated("]", 511),
      repeated("[", 100'000) + repeated("]", 100'000),
      repeated("[", 100'000),
      repeated(R"({"a":)", 100'000) + "1" + repeated("}", 100'000),
      repeated(R"({"a":)", 100'000),
      repeated("[{\"a\":", 50'000),
      "1e999999999",
      "-1e999999999",
      "1e-999999999",
      std::string(100'000, '9'),
      "0." + std::string(100'000, '0') + "1",
      "-",
      "01",
      "1.",
      ".5",
      "+1",
      "0x10",
      "NaN",
      "Infinity",
      "-Infinity",
      "1e",
      "tru",
      "nulll",
      "'a'",
      "\"a",
      "\"\\",
      "\"\\u12",
      "\"\\u12G4\"",
      "\"\\x41\"",
      "\"\\ud800\"",
      "\"\\udc00\\ud800\"",
      "\"\\u0000\"",
      std::string("\"a\0b\"", 5),
      "\"a\nb\"",
      "\"\x7f\"",
      "\"\xff\"",
      "\"\xc0\xaf\"",
      "\"\xed\xa0\x80\"",
      "\"\xf4\x90\x80\x80\"",
      "\"\xe2\x82\"",
      "\"\xef\xbb\xbf\"",
      "\"" + std::string(1'000'000, 'x') + "\"",
      "[1,]",
      "[,1]",
      "[1 2]",
      "{\"a\":1,}",
      "{\"a\" 1}",
      "{a:1}",
      "{\"a\":1,\"a\":2}",
      "{\"\":1}",
      "{\"\\ud800\":1}",
      "{\"__proto__\":{\"x\":1}}",
      "/* c */ 1",
      "1 // c",
      "",
      " ",
      "\xef\xbb\xbf{}",
  };
  return values;
}

TEST_F(HostileJson, EndsInACreatedMessageOrAClearRefusalWhereverItStands) {
  const std::vector<std::string> places = {
      "id",    "scheduleTo", "timezone",  "delay",       "payload", "webhookUrl", "method", "headers",
      "retry", "timeout",    "expiresAt", "callbackUrl", "queue",   "tags",       "repeat", "surprise"};
  const auto judge = [&](const std::string& method, const std::string& path, const std::string& body) {
    const auto response = call(method, path, body);
    const bool fine = response.status == 200 || response.status == 201 || response.status == 207 ||
                      (response.status >= 400 && response.status < 500);
    EXPECT_TRUE(fine) << response.status << " for " << body.substr(0, 100);
    EXPECT_TRUE(json::parse(body_of(response)).ok()) << body.substr(0, 100);
    EXPECT_LT(body_of(response).size(), body.size() + 100'000) << body.substr(0, 100);
  };
  for (const auto& value : hostile_values()) {
    judge("POST", "/messages", value);
    judge("POST", "/messages/batch", value);
    judge("POST", "/messages/batch", "[" + value + "]");
    judge("POST", "/messages", "{" + value + ":1}");
    for (const auto& place : places) {
      const std::string webhook = place == "webhookUrl" ? "" : R"("webhookUrl":"https://e.com",)";
      judge("POST", "/messages", "{" + webhook + "\"" + place + "\":" + value + "}");
    }
    for (const char* key : {"maxAttempts", "backoff", "initial", "max", "odd"}) {
      judge("POST", "/messages", message_body(std::string("\"retry\":{\"") + key + "\":" + value + "}"));
    }
    judge("POST", "/messages", message_body("\"headers\":{\"X\":" + value + "}"));
    judge("POST", "/messages", message_body("\"headers\":{" + value + ":\"x\"}"));
    judge("POST", "/messages", message_body("\"tags\":[" + value + "]"));
    judge("PATCH", "/messages/a", "{\"payload\":" + value + "}");
    judge("POST", "/messages/plan", message_body("\"payload\":" + value));
  }
}

TEST_F(HostileJson, StoresNothingOfARefusedRequest) {
  for (const auto& value : hostile_values()) {
    const auto before = engine.messages.size();
    const auto response = call("POST", "/messages", message_body("\"payload\":" + value));
    EXPECT_EQ(engine.messages.size(), before + (response.status == 201 ? 1 : 0));
  }
}

TEST_F(HostileJson, EndsTheSameWayForATruncatedOrDamagedBody) {
  const std::string whole = message_body(
      R"("id":"a","scheduleTo":"2026-12-01T09:00","timezone":"America/Sao_Paulo","payload":{"é":[1,2.5e3,"\u00e9"]},)"
      R"("headers":{"X-A":"b"},"retry":{"maxAttempts":3,"initial":"5s"},"tags":["a","b"],"timeout":5)");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(call("POST", "/messages", whole.substr(0, size)).status, 400) << size;
  }
  const bool held = rc::check("a damaged body is a 201 or a 4xx", [&] {
    auto body = whole;
    const auto times = *rc::gen::inRange(1, 4);
    for (int i = 0; i < times; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, body.size());
      body[at] = static_cast<char>(*rc::gen::inRange(0, 256));
    }
    engine.messages.clear();
    const auto status = call("POST", "/messages", body).status;
    RC_ASSERT(status == 201 || status == 400 || status == 422);
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace recado::api::testing

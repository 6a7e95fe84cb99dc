#include "app/message_line.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "net/address_policy.hpp"

namespace recado::app {
namespace {

struct MessageLine : ::testing::Test {
  net::AddressPolicy policy = net::AddressPolicy::create({}).value();
  engine::Destinations destinations{policy};
  const Instant now = from_ms(1'800'000'000'000);

  engine::Message message() const {
    engine::Message out;
    out.spec.id = "m";
    out.spec.webhook_url = "https://a.example/";
    out.spec.due = out.next_run = from_ms(4'000'000'000'123);
    return out;
  }
  api::FieldErrors read(const std::string& line, engine::MessageSpec& spec) const {
    api::FieldErrors errors;
    const api::ParseContext context(destinations, now, 1 << 20);
    read_message_line(line, context, spec, errors);
    return errors;
  }
  engine::MessageSpec read_back(const engine::Message& original) const {
    const std::string line = message_line(original);
    EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos) << line;
    EXPECT_TRUE(json::parse(line).ok()) << line;
    engine::MessageSpec spec;
    for (const auto& error : read(line, spec))
      ADD_FAILURE() << error.field << ": " << error.message << "\n" << line;
    return spec;
  }
};

TEST_F(MessageLine, ReadsBackASeries) {
  engine::Message original = message();
  engine::RepeatSpec rule;
  rule.rrule = "FREQ=DAILY;INTERVAL=2;BYHOUR=9";
  rule.timezone = "America/Sao_Paulo";
  rule.count = 40;
  rule.except_dates = {"2027-02-01"};
  std::string field;
  // Registered some days before it is exported: the interval and the count go on from there.
  const auto made = engine::Recurrence::make(rule, now - Millis{86'400'000 * 3}, field);
  original.spec.repeat = std::make_shared<engine::Repeat>(engine::Repeat{rule, made->bounds()});
  original.spec.due = original.next_run = *made->next(now - Millis{1});
  const auto back = read_back(original);
  ASSERT_TRUE(back.repeat);
  EXPECT_EQ(back.due, original.spec.due);
  EXPECT_EQ(back.repeat->bounds, original.spec.repeat->bounds);
  EXPECT_EQ(back.repeat->rule.except_dates, rule.except_dates);
}

TEST_F(MessageLine, ReadsBackEveryField) {
  engine::Message original = message();
  engine::MessageSpec& spec = original.spec;
  spec.local_time = "2096-10-02T04:06:40.123";
  spec.timezone = "America/Sao_Paulo";
  spec.payload = R"({ "n" : 1.0, "s":"\u00e9 é" })";
  spec.has_payload = true;
  spec.method = "PATCH";
  spec.headers = {{"X-A", "b \" c"}, {"Content-Type", "text/plain"}};
  spec.retry.max_attempts = 3;
  spec.retry.backoff = engine::Backoff::fixed;
  spec.retry.initial = Millis{1'500};
  spec.retry.max = Millis{7'250};
  spec.timeout = Millis{12'345};
  spec.expires_at = from_ms(4'100'000'000'001);
  spec.callback_url = "https://b.example/?x=1";
  spec.queue = "q";
  spec.tags = {"t1", "t 2"};
  const auto back = read_back(original);
  EXPECT_EQ(back.id, spec.id);
  EXPECT_EQ(back.due, spec.due);
  EXPECT_EQ(back.local_time, spec.local_time);
  EXPECT_EQ(back.timezone, spec.timezone);
  EXPECT_EQ(back.payload, spec.payload);
  EXPECT_TRUE(back.has_payload);
  EXPECT_EQ(back.webhook_url, spec.webhook_url);
  EXPECT_EQ(back.method, spec.method);
  EXPECT_EQ(back.headers, spec.headers);
  EXPECT_EQ(back.retry, spec.retry);
  EXPECT_EQ(back.timeout, spec.timeout);
  EXPECT_EQ(back.expires_at, spec.expires_at);
  EXPECT_EQ(back.callback_url, spec.callback_url);
  EXPECT_EQ(back.queue, spec.queue);
  EXPECT_EQ(back.tags, spec.tags);
}

TEST_F(MessageLine, KeepsAPayloadWithLineBreaksByteForByte) {
  engine::Message original = message();
  original.spec.has_payload = true;
  original.spec.payload = "{\r\n  \"a\": [1,\n2]\n}";
  EXPECT_EQ(read_back(original).payload, original.spec.payload);
}

TEST_F(MessageLine, TellsNoPayloadFromNull) {
  engine::Message original = message();
  EXPECT_FALSE(read_back(original).has_payload);
  original.spec.has_payload = true;
  original.spec.payload = "null";
  EXPECT_EQ(read_back(original).payload, "null");
}

TEST_F(MessageLine, KeepsAnIdThatWeMade) {
  engine::Message original = message();
  original.spec.id.clear();
  original.uid = Uid::generate(now);
  EXPECT_EQ(read_back(original).id, original.uid.uuid());
}

TEST_F(MessageLine, SendsARetryingOneAtItsNextAttempt) {
  engine::Message original = message();
  original.spec.due = now - Millis{1};
  original.spec.timezone = "Europe/Berlin";
  original.spec.local_time = "2027-01-15T09:00:00";
  original.next_run = now + Millis{60'000};
  const auto back = read_back(original);
  EXPECT_EQ(back.due, original.next_run);
  EXPECT_EQ(back.timezone, "");
}

TEST_F(MessageLine, NamesWhatIsWrong) {
  engine::MessageSpec spec;
  EXPECT_EQ(read("not json", spec).at(0).field, "");
  EXPECT_EQ(read("[]", spec).size(), 1U);
  EXPECT_EQ(read(R"({"webhookUrl":"http://127.0.0.1/"})", spec).at(0).field, "webhookUrl");
  EXPECT_EQ(read(R"({"webhookUrl":"https://a.example/","payloadBase64":"%"})", spec).at(0).field,
            "payloadBase64");
  EXPECT_EQ(read(R"({"webhookUrl":"https://a.example/","payloadBase64":"e10="})", spec).at(0).field,
            "payloadBase64");
  EXPECT_EQ(
      read(R"({"webhookUrl":"https://a.example/","payload":1,"payloadBase64":"MQ=="})", spec).at(0).field,
      "payload");
}

}  // namespace
}  // namespace recado::app

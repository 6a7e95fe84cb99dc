// Deliveries as a destination sees them: the bytes, the time, the order, the signature, what follows a
// refusal.
#include <gmock/gmock.h>

#include "base/crypto.hpp"
#include "end_to_end/harness.hpp"
#include "support/ports.hpp"

namespace recado::e2e {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

TEST(Delivery, SendsThePayloadByteForByte) {
  const std::vector<std::string> payloads = {
      R"({"z":1,"a":2,"z":3})",
      R"({ "spaced" :	[ 1 , 2 ,3 ] ,
         "lines": true })",
      R"([1.0, 1e3, 1E+3, -0, -0.0, 0.1e-7, 12345678901234567890123456789012345678901234567890, 1e99999])",
      R"("\u00e9 \ud83d\ude00 \ud83d \udE00 \/ \b\f\n\r\t \" \\ é 😀")",
      R"({"":{"\u0000":null}})",
      "null",
      "false",
      "0",
      "\"\"",
      "{}",
      "[]",
      "[" + std::string(400, '[') + std::string(400, ']') + "]",
      "\"" + std::string(200'000, 'x') + "\"",
      "\"\x7f\xc2\x80\xe2\x80\xa8\xef\xbf\xbf\xf4\x8f\xbf\xbf\"",
  };
  Sink sink;
  Recado recado;
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const std::string body = R"({"id":"bytes-)" + std::to_string(i) + R"(", "payload" : )" + payloads[i] +
                             R"(  , "webhookUrl":")" + sink.url() + "\"}";
    ASSERT_EQ(recado.post("/messages", body).status, 201) << payloads[i];
  }
  const auto arrivals = sink.wait(payloads.size());
  ASSERT_EQ(arrivals.size(), payloads.size());
  for (const auto& arrival : arrivals) {
    const std::size_t i = std::stoul(arrival.message_id().substr(6));
    EXPECT_EQ(arrival.request.body, payloads[i]);
    EXPECT_EQ(arrival.header("content-length"), std::to_string(payloads[i].size()));
    EXPECT_EQ(arrival.header("content-type"), "application/json");
    EXPECT_EQ(arrival.header("transfer-encoding"), "");
  }
}

TEST(Delivery, SendsAnEmptyBodyWithoutAPayload) {
  Sink sink;
  Recado recado;
  ASSERT_EQ(recado.post("/messages", R"({"webhookUrl":")" + sink.url() + "\"}").status, 201);
  const auto arrivals = sink.wait(1);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].request.body, "");
  EXPECT_EQ(arrivals[0].header("content-length"), "0");
  EXPECT_EQ(arrivals[0].header("content-type"), "");
}

TEST(Delivery, SendsTheClientsMethodHeadersAndPath) {
  Sink sink;
  Recado recado;
  const std::string body =
      R"({"id":"a/b c","method":"PUT","headers":{"X-Clinic":"centro","Content-Type":"text/plain"},)"
      R"("payload":"x","webhookUrl":")" +
      sink.url("/path?q=1&r=%20") + "\"}";
  ASSERT_EQ(recado.post("/messages", body).status, 201);
  const auto arrivals = sink.wait(1);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].request.method, "PUT");
  EXPECT_EQ(arrivals[0].request.target, "/path?q=1&r=%20");
  EXPECT_EQ(arrivals[0].header("x-clinic"), "centro");
  EXPECT_EQ(arrivals[0].header("content-type"), "text/plain");
  EXPECT_EQ(arrivals[0].header("user-agent"), "recado/0.1.0");
  EXPECT_EQ(arrivals[0].header("recado-message-id"), "a%2Fb%20c");
}

TEST(Delivery, IsNeverEarlyAndComesOnceInOrder) {
  constexpr std::size_t kMessages = 200;
  Sink sink;
  Recado recado(Environment{{"MAX_IN_FLIGHT_PER_ORIGIN", "1"}});
  const Instant first = now() + Millis{1'500};
  const auto due = [first](std::size_t i) {
    return first + Millis{static_cast<int>(i * 37 % kMessages) * 10};
  };
  expect_all_created(recado.post("/messages/batch", batch("m-", kMessages, due, sink.url())), kMessages);
  const auto arrivals = sink.wait(kMessages);
  ASSERT_EQ(arrivals.size(), kMessages);
  std::set<std::string> ids;
  Instant before{};
  for (const auto& arrival : arrivals) {
    const Instant was_due = due(std::stoul(arrival.message_id().substr(2)));
    EXPECT_GE(arrival.at_ns, to_ms(was_due) * 1'000'000) << arrival.message_id();
    EXPECT_GE(was_due, before) << arrival.message_id();
    before = was_due;
    EXPECT_EQ(arrival.header("recado-scheduled-for"), format_time(was_due));
    EXPECT_EQ(arrival.header("recado-attempt"), "1");
    ids.insert(arrival.message_id());
  }
  EXPECT_EQ(ids.size(), kMessages);
  EXPECT_EQ(recado.terminate(), 0);
  EXPECT_EQ(sink.count(), kMessages);
}

TEST(Delivery, SendsWhatIsOverdueAtOnce) {
  Sink sink;
  Recado recado;
  ASSERT_EQ(recado.post("/messages", message("past", from_ms(1'000), sink.url())).status, 201);
  EXPECT_EQ(sink.wait(1).size(), 1U);
}

TEST(Delivery, SignsByStandardWebhooks) {
  Sink sink([](const Arrival& arrival) {
    return Sink::Reply{arrival.header("recado-attempt") == "1" ? 503 : 200, "", ""};
  });
  Recado recado(Environment{{"WEBHOOK_SIGNING_SECRET", kSecret}});
  const std::string more = R"(,"retry":{"backoff":"fixed","initial":"100ms"})";
  ASSERT_EQ(recado.post("/messages", message("signed", now(), sink.url(), more)).status, 201);
  const auto arrivals = sink.wait(2);
  ASSERT_EQ(arrivals.size(), 2U);
  const auto signer = WebhookSigner::create(kSecret);
  ASSERT_TRUE(signer.ok());
  for (const auto& arrival : arrivals) {
    const std::string id = arrival.header("webhook-id");
    EXPECT_TRUE(signer->verify(id, arrival.header("webhook-timestamp"), arrival.request.body,
                               arrival.header("webhook-signature")));
    EXPECT_EQ(id, arrivals[0].header("webhook-id"));
    EXPECT_THAT(id, ::testing::StartsWith("msg_"));
    EXPECT_NEAR(std::stod(arrival.header("webhook-timestamp")), static_cast<double>(arrival.at_ns) / 1e9, 5);
  }
  EXPECT_EQ(arrivals[0].header("recado-attempt"), "1");
  EXPECT_EQ(arrivals[1].header("recado-attempt"), "2");
}

TEST(Delivery, TriesAgainAndTellsTheAttempts) {
  Sink sink([](const Arrival& arrival) {
    return arrival.header("recado-attempt") == "1" ? Sink::Reply{503, "", "not now"}
                                                   : Sink::Reply{200, "", "thanks"};
  });
  Recado recado;
  const std::string more = R"(,"retry":{"maxAttempts":3,"backoff":"fixed","initial":"200ms"})";
  ASSERT_EQ(recado.post("/messages", message("again", now(), sink.url(), more)).status, 201);
  const auto arrivals = sink.wait(2);
  ASSERT_EQ(arrivals.size(), 2U);
  EXPECT_GE(arrivals[1].at_ns - arrivals[0].at_ns, 200'000'000);
  ASSERT_TRUE(recado.wait_status("again", "delivered"));
  const Answer got = recado.get("/messages/again");
  EXPECT_EQ(member(got.body, "attemptCount"), "2");
  EXPECT_EQ(member(got.body, "attempts.0.status"), "503");
  EXPECT_EQ(member(got.body, "attempts.0.error"), "status");
  EXPECT_EQ(member(got.body, "attempts.0.response"), "not now");
  EXPECT_EQ(member(got.body, "attempts.1.status"), "200");
  EXPECT_EQ(member(got.body, "attempts.1.error"), "null");
  EXPECT_EQ(member(got.body, "attempts.1.response"), "thanks");
}

TEST(Delivery, HonoursRetryAfter) {
  Sink sink([](const Arrival& arrival) {
    return arrival.header("recado-attempt") == "1" ? Sink::Reply{429, "Retry-After: 2\r\n", ""}
                                                   : Sink::Reply();
  });
  Recado recado;
  const std::string more = R"(,"retry":{"backoff":"fixed","initial":"10ms","max":"20ms"})";
  ASSERT_EQ(recado.post("/messages", message("later", now(), sink.url(), more)).status, 201);
  const auto arrivals = sink.wait(2);
  ASSERT_EQ(arrivals.size(), 2U);
  EXPECT_GE(arrivals[1].at_ns - arrivals[0].at_ns, 2'000'000'000);
}

TEST(Delivery, GivesUpAtOnceWhereTryingAgainCannotHelp) {
  Sink sink([](const Arrival& arrival) {
    const std::string& path = arrival.request.target;
    if (path == "/callback") return Sink::Reply();
    return Sink::Reply{std::stoi(path.substr(1)), "Location: http://127.0.0.1/elsewhere\r\n", ""};
  });
  Recado recado;
  const std::string more =
      R"(,"retry":{"backoff":"fixed","initial":"1ms"},"callbackUrl":")" + sink.url("/callback") + "\"";
  const std::vector<std::string> statuses = {"410", "400", "401", "422", "301", "302", "307", "308"};
  for (const auto& status : statuses) {
    ASSERT_EQ(
        recado.post("/messages", message("give-up-" + status, now(), sink.url("/" + status), more)).status,
        201);
  }
  ASSERT_EQ(sink.wait_at("/callback", statuses.size()).size(), statuses.size());
  for (const auto& status : statuses) {
    EXPECT_EQ(sink.wait_at("/" + status, 1).size(), 1U) << status;
    const Answer got = recado.get("/messages/give-up-" + status);
    EXPECT_EQ(member(got.body, "status"), "failed") << status;
    EXPECT_EQ(member(got.body, "attemptCount"), "1") << status;
    EXPECT_EQ(member(got.body, "error"), status.starts_with("3") ? "redirect" : "status");
    EXPECT_EQ(member(got.body, "attempts.0.status"), status);
    const bool redirect = status.starts_with("3");
    EXPECT_THAT(member(got.body, "attempts.0.detail"), HasSubstr(redirect ? "/elsewhere" : status));
  }
}

TEST(Delivery, FailsAfterTheLastAttempt) {
  Sink sink([](const Arrival&) { return Sink::Reply{500, "", ""}; });
  Recado recado;
  const std::string more =
      R"(,"retry":{"maxAttempts":3,"backoff":"exponential","initial":"20ms","max":"50ms"})";
  ASSERT_EQ(recado.post("/messages", message("hopeless", now(), sink.url(), more)).status, 201);
  ASSERT_TRUE(recado.wait_status("hopeless", "failed"));
  EXPECT_EQ(sink.count(), 3U);
  EXPECT_EQ(member(recado.get("/messages/hopeless").body, "attemptCount"), "3");
}

TEST(Delivery, NamesWhyNoAnswerCame) {
  const test::ClosedPort closed;
  // Names are asked for where nobody answers.
  Recado recado(Environment{{"DNS_SERVERS", "127.0.0.1:" + std::to_string(closed.number())}});
  test::Receiver silent([](test::Receiver::Connection& connection) { connection.wait_closed(); });
  test::Receiver hanging_up([](test::Receiver::Connection& connection) { connection.read_request(); });
  const std::string once = R"(,"timeout":1,"retry":{"maxAttempts":1})";
  const std::string nowhere = "http://127.0.0.1:" + std::to_string(closed.number()) + "/";
  ASSERT_EQ(recado.post("/messages", message("connect", now(), nowhere, once)).status, 201);
  ASSERT_EQ(recado.post("/messages", message("timeout", now(), silent.url(), once)).status, 201);
  ASSERT_EQ(recado.post("/messages", message("closed", now(), hanging_up.url(), once)).status, 201);
  ASSERT_EQ(recado.post("/messages", message("dns", now(), "http://nowhere.invalid/", once)).status, 201);
  for (const char* failure : {"connect", "timeout", "closed", "dns"}) {
    ASSERT_TRUE(recado.wait_status(failure, "failed")) << failure;
    const Answer got = recado.get(std::string("/messages/") + failure);
    EXPECT_EQ(member(got.body, "attempts.0.error"), failure) << got.body;
    EXPECT_EQ(member(got.body, "attempts.0.status"), "null");
    EXPECT_NE(member(got.body, "attempts.0.detail"), "null");
  }
}

TEST(Delivery, DoesNotConnectToAnAddressThatItsNameHides) {
  Sink sink;
  Recado recado(Environment{{"WEBHOOK_ALLOW_NETWORKS", ""}});
  const std::string port = sink.url("").substr(sink.url("").rfind(':') + 1);
  for (const std::string host :
       {"127.0.0.1", "127.1", "2130706433", "0x7f.1", "0", "[::1]", "[::ffff:127.0.0.1]"}) {
    const Answer literal = recado.post("/messages", R"({"webhookUrl":"http://)" + host + ":" + port + "/\"}");
    EXPECT_EQ(literal.status, 422) << host;
    EXPECT_EQ(member(literal.body, "errors.0.field"), "webhookUrl") << literal.body;
  }
  const std::string named =
      R"({"id":"named","retry":{"maxAttempts":1},"webhookUrl":"http://localhost:)" + port + "/\"}";
  ASSERT_EQ(recado.post("/messages", named).status, 201);
  ASSERT_TRUE(recado.wait_status("named", "failed"));
  EXPECT_EQ(member(recado.get("/messages/named").body, "attempts.0.error"), "address_refused");
  EXPECT_EQ(sink.count(), 0U);
}

}  // namespace
}  // namespace recado::e2e

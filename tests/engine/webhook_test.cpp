#include "engine/delivery/webhook.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace recado::engine {
namespace {

using namespace std::chrono_literals;
using std::string_view_literals::operator""sv;

const Uid kUid = Uid::from_bytes("\x01\x97\x8e\x3c\x5a\x10\x11\x22\x33\x44\x55\x66"sv);
const Instant kDue = from_ms(1'776'220'905'000);  // 2026-04-15T02:41:45Z
const Instant kNow = kDue + 1'250ms;
// The secret of the Standard Webhooks text.
constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

WebhookSigner signer() {
  return std::move(WebhookSigner::create(kSecret)).value();
}

WebhookChannel channel() {
  return WebhookChannel(signer(), "1.2.3");
}

Message message() {
  Message m;
  m.uid = kUid;
  m.spec.due = m.next_run = kDue;
  m.spec.webhook_url = "https://hooks.example.com/wf?x=1#part";
  m.spec.has_payload = true;
  m.spec.payload = R"({"test": 2432232314})";
  return m;
}

net::HttpRequest request_of(const Message& m, std::uint32_t attempt = 1, Instant now = kNow) {
  auto request = channel().request(m, attempt, now);
  EXPECT_TRUE(request.ok()) << request.error().detail();
  return std::move(request).value();
}

std::string header(const net::HttpRequest& request, std::string_view name) {
  std::string all;
  for (const auto& [n, value] : request.headers) {
    if (n == name) all += (all.empty() ? "" : "|") + value;
  }
  return all;
}

std::vector<std::string> names(const net::HttpRequest& request) {
  std::vector<std::string> all;
  for (const auto& h : request.headers) all.push_back(h.first);
  return all;
}

TEST(WebhookRequest, CarriesTheHeadersOfTheContractInTheirOrder) {
  Message m = message();
  m.spec.headers = {{"X-Key", "secret"}, {"Accept", "*/*"}};
  EXPECT_EQ(names(request_of(m)),
            (std::vector<std::string>{"Content-Type", "User-Agent", "X-Key", "Accept", "webhook-id",
                                      "webhook-timestamp", "webhook-signature", "recado-message-id",
                                      "recado-attempt", "recado-scheduled-for"}));
}

TEST(WebhookRequest, SaysWhatIsSentWhereAndHow) {
  Message m = message();
  m.spec.method = "PUT";
  m.spec.timeout = 7s;
  const auto request = request_of(m, 3);
  EXPECT_TRUE(request.url.tls);
  EXPECT_EQ(request.url.host, "hooks.example.com");
  EXPECT_EQ(request.url.target, "/wf?x=1");
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.timeout, 7s);
  EXPECT_EQ(request.max_response_bytes, 1024U);
  EXPECT_EQ(request.body, R"({"test": 2432232314})");
  EXPECT_EQ(header(request, "Content-Type"), "application/json");
  EXPECT_EQ(header(request, "User-Agent"), "recado/1.2.3");
  EXPECT_EQ(header(request, "webhook-id"), kUid.webhook_id());
  EXPECT_EQ(header(request, "webhook-timestamp"), "1776220906");
  EXPECT_EQ(header(request, "recado-message-id"), kUid.uuid());
  EXPECT_EQ(header(request, "recado-attempt"), "3");
  EXPECT_EQ(header(request, "recado-scheduled-for"), "2026-04-15T02:41:45+00:00");
}

TEST(WebhookRequest, IsScheduledForTheOriginalTimeInARetry) {
  Message m = message();
  m.next_run = kDue + 1h;
  EXPECT_EQ(header(request_of(m, 2, kDue + 1h), "recado-scheduled-for"), "2026-04-15T02:41:45+00:00");
}

TEST(WebhookRequest, IsSignedOverIdTimestampAndBody) {
  const auto request = request_of(message());
  EXPECT_TRUE(signer().verify(header(request, "webhook-id"), header(request, "webhook-timestamp"),
                              request.body, header(request, "webhook-signature")));
  EXPECT_FALSE(signer().verify(header(request, "webhook-id"), header(request, "webhook-timestamp"),
                               request.body + " ", header(request, "webhook-signature")));
}

TEST(WebhookRequest, IsSignedAsTheStandardsVectorIs) {
  // The vector's id is none that we could have made: the signer has it, the channel is compared with the
  // signer.
  EXPECT_EQ(signer().sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  const auto request = request_of(message(), 1, from_ms(1'614'265'330'999));
  EXPECT_EQ(header(request, "webhook-timestamp"), "1614265330");
  EXPECT_EQ(header(request, "webhook-signature"),
            signer().sign(kUid.webhook_id(), 1614265330, R"({"test": 2432232314})"));
}

TEST(WebhookRequest, IsSignedWithEveryKeyWhileRotating) {
  auto both = WebhookSigner::create(std::string(kSecret) + " " + WebhookSigner::generate());
  ASSERT_TRUE(both.ok());
  auto request = WebhookChannel(std::move(both).value(), "1").request(message(), 1, kNow);
  ASSERT_TRUE(request.ok());
  const std::string signature = header(*request, "webhook-signature");
  EXPECT_NE(signature.find(" v1,"), std::string::npos);
  EXPECT_TRUE(signer().verify(kUid.webhook_id(), "1776220906", request->body, signature));
}

TEST(WebhookRequest, KeepsItsIdOverAttempts) {
  EXPECT_EQ(header(request_of(message(), 1), "webhook-id"),
            header(request_of(message(), 9, kNow + 1h), "webhook-id"));
}

TEST(WebhookRequest, HasNoContentTypeWithoutAPayload) {
  Message m = message();
  m.spec.has_payload = false;
  m.spec.payload.clear();
  const auto request = request_of(m);
  EXPECT_EQ(header(request, "Content-Type"), "");
  EXPECT_EQ(request.body, "");
  EXPECT_TRUE(signer().verify(kUid.webhook_id(), "1776220906", "", header(request, "webhook-signature")));
}

TEST(WebhookRequest, SendsThePayloadWithAnyMethod) {
  for (const char* method : {"GET", "HEAD", "DELETE", "PATCH"}) {
    Message m = message();
    m.spec.method = method;
    EXPECT_EQ(request_of(m).body, m.spec.payload) << method;
  }
}

TEST(WebhookRequest, LetsOwnHeadersReplaceTheDefaultsInAnyCase) {
  Message m = message();
  m.spec.headers = {{"content-TYPE", "application/xml"}, {"USER-agent", "mine"}};
  const auto request = request_of(m);
  EXPECT_EQ(header(request, "Content-Type"), "");
  EXPECT_EQ(header(request, "content-TYPE"), "application/xml");
  EXPECT_EQ(header(request, "User-Agent"), "");
  EXPECT_EQ(header(request, "USER-agent"), "mine");
}

TEST(WebhookRequest, KeepsRepeatedOwnHeaders) {
  Message m = message();
  m.spec.headers = {{"X-A", "1"}, {"X-A", "2"}};
  EXPECT_EQ(header(request_of(m), "X-A"), "1|2");
}

TEST(WebhookRequest, PercentEncodesTheClientsId) {
  Message m = message();
  m.spec.id = "{appt-17}~lembrete é.\r\n_";
  EXPECT_EQ(header(request_of(m), "recado-message-id"), "%7Bappt-17%7D~lembrete%20%C3%A9.%0D%0A_");
}

TEST(WebhookRequest, IsRefusedForWhatCannotBeSent) {
  const auto refused = [](auto change) {
    Message m = message();
    change(m);
    auto request = channel().request(m, 1, kNow);
    return request.ok() ? std::string("was accepted") : request.error().detail();
  };
  EXPECT_NE(refused([](Message& m) { m.spec.webhook_url = "ftp://example.com/"; }), "was accepted");
  EXPECT_NE(refused([](Message& m) { m.spec.webhook_url = ""; }), "was accepted");
  EXPECT_NE(refused([](Message& m) { m.payload_dropped = true; }), "was accepted");
  EXPECT_NE(refused([](Message& m) { m.spec.method = "GET / HTTP/1.1\r\n"; }), "was accepted");
  EXPECT_NE(refused([](Message& m) { m.spec.headers = {{"X", "a\r\nHost: b"}}; }), "was accepted");
  EXPECT_NE(refused([](Message& m) { m.spec.headers = {{"X: y\r\nZ", "a"}}; }), "was accepted");
  EXPECT_NE(refused([](Message& m) { m.spec.headers = {{"Webhook-Id", "forged"}}; }), "was accepted");
}

// Outcomes.

net::HttpResponse answer(int status, net::Headers headers = {}, std::string body = "") {
  net::HttpResponse response;
  response.status = status;
  response.written = true;
  response.headers = std::move(headers);
  response.body = std::move(body);
  response.latency = 42ms;
  return response;
}

Outcome outcome_of(const net::HttpResponse& response) {
  return channel().outcome(response, kNow, kNow + 50ms);
}

TEST(WebhookOutcome, OfEachStatusIsTheContracts) {
  struct Case {
    int status;
    Verdict verdict;
    Failure failure;
    const char* detail;
  };
  const auto delivered = Verdict::delivered;
  const auto retry = Verdict::retry;
  const auto give_up = Verdict::give_up;
  for (const Case& c : std::vector<Case>{
           {200, delivered, Failure::none, ""},
           {201, delivered, Failure::none, ""},
           {204, delivered, Failure::none, ""},
           {299, delivered, Failure::none, ""},
           {300, give_up, Failure::redirect, "answered 300 Multiple Choices: redirects are not followed"},
           {302, give_up, Failure::redirect, "answered 302 Found: redirects are not followed"},
           {304, give_up, Failure::redirect, "answered 304 Not Modified: redirects are not followed"},
           {400, give_up, Failure::status, "answered 400 Bad Request"},
           {401, give_up, Failure::status, "answered 401 Unauthorized"},
           {403, give_up, Failure::status, "answered 403 Forbidden"},
           {404, retry, Failure::status, "answered 404 Not Found"},
           {405, give_up, Failure::status, "answered 405 Method Not Allowed"},
           {408, retry, Failure::status, "answered 408 Request Timeout"},
           {409, retry, Failure::status, "answered 409 Conflict"},
           {410, give_up, Failure::status, "answered 410 Gone"},
           {422, give_up, Failure::status, "answered 422 Unprocessable Content"},
           {425, retry, Failure::status, "answered 425 Too Early"},
           {429, retry, Failure::status, "answered 429 Too Many Requests"},
           {499, give_up, Failure::status, "answered 499"},
           {500, retry, Failure::status, "answered 500 Internal Server Error"},
           {501, retry, Failure::status, "answered 501 Not Implemented"},
           {503, retry, Failure::status, "answered 503 Service Unavailable"},
           {599, retry, Failure::status, "answered 599"},
           {600, give_up, Failure::status, "answered 600"},
           {101, give_up, Failure::status, "answered 101"},
       }) {
    const Outcome outcome = outcome_of(answer(c.status));
    EXPECT_EQ(outcome.verdict, c.verdict) << c.status;
    EXPECT_EQ(outcome.attempt.failure, c.failure) << c.status;
    EXPECT_EQ(outcome.attempt.detail, c.detail);
    EXPECT_EQ(outcome.attempt.status, c.status);
    EXPECT_EQ(outcome.attempt.at, kNow);
    EXPECT_EQ(outcome.attempt.latency, 42ms);
    EXPECT_FALSE(outcome.destination_down) << c.status;
  }
}

TEST(WebhookOutcome, OfEachFailureToSendIsTheContracts) {
  struct Case {
    net::SendError error;
    Verdict verdict;
    Failure failure;
    bool down;
  };
  for (const Case& c : std::vector<Case>{
           {net::SendError::dns, Verdict::retry, Failure::dns, false},
           {net::SendError::connect, Verdict::retry, Failure::connect, true},
           {net::SendError::tls, Verdict::retry, Failure::tls, true},
           {net::SendError::timeout, Verdict::retry, Failure::timeout, true},
           {net::SendError::closed, Verdict::retry, Failure::closed, false},
           {net::SendError::address_refused, Verdict::give_up, Failure::address_refused, false},
       }) {
    net::HttpResponse response;
    response.error = c.error;
    response.detail = "what went wrong";
    const Outcome outcome = outcome_of(response);
    EXPECT_EQ(outcome.verdict, c.verdict) << to_string(c.failure);
    EXPECT_EQ(outcome.attempt.failure, c.failure);
    EXPECT_EQ(outcome.destination_down, c.down) << to_string(c.failure);
    EXPECT_EQ(outcome.attempt.status, 0);
    EXPECT_EQ(outcome.attempt.detail, "what went wrong");
    EXPECT_EQ(outcome.attempt.latency, 50ms);
  }
}

TEST(WebhookOutcome, NamesTheTargetOfARedirect) {
  EXPECT_EQ(
      outcome_of(answer(301, {{"location", "https://example.com/new"}})).attempt.detail,
      "answered 301 Moved Permanently, a redirect to https://example.com/new: redirects are not followed");
  const std::string detail =
      outcome_of(answer(302, {{"location", "a\tb\x01" + std::string(5000, 'x')}})).attempt.detail;
  EXPECT_NE(detail.find("a?b?x"), std::string::npos);
  EXPECT_LT(detail.size(), 700U);
}

TEST(WebhookOutcome, HearsRetryAfterOfWhatIsRetried) {
  EXPECT_EQ(outcome_of(answer(503, {{"retry-after", "120"}})).retry_after, Millis{120'000});
  EXPECT_EQ(outcome_of(answer(429, {{"retry-after", "Wed, 15 Apr 2026 02:42:45 GMT"}})).retry_after,
            Millis{60'000 - 1'250 - 50});
  EXPECT_EQ(outcome_of(answer(503, {{"retry-after", "soon"}})).retry_after, std::nullopt);
  EXPECT_EQ(outcome_of(answer(503)).retry_after, std::nullopt);
  EXPECT_EQ(outcome_of(answer(400, {{"retry-after", "120"}})).retry_after, std::nullopt);
  EXPECT_EQ(outcome_of(answer(200, {{"retry-after", "120"}})).retry_after, std::nullopt);
}

TEST(WebhookOutcome, KeepsTheFirstKibibyteOfTheAnswerWithoutCuttingACharacter) {
  const auto kept = [](std::string body) {
    return outcome_of(answer(200, {}, std::move(body))).attempt.response;
  };
  const std::string fill(1022, 'x');
  EXPECT_EQ(kept("short"), "short");
  EXPECT_EQ(kept(fill + "ab"), fill + "ab");
  EXPECT_EQ(kept(fill + "abc"), fill + "ab");
  EXPECT_EQ(kept(fill + "é"), fill + "é");
  EXPECT_EQ(kept(fill + "aé"), fill + "a");
  EXPECT_EQ(kept(fill + "€"), fill);
  EXPECT_EQ(kept(fill.substr(1) + "😀"), fill.substr(1));
  // As the transport cuts it, without the rest of the character.
  EXPECT_EQ(kept(fill + "a\xC3"), fill + "a");
  // What is no UTF-8 is kept as it is.
  EXPECT_EQ(kept(fill + "\xFF\xFF"), fill + "\xFF\xFF");
  EXPECT_EQ(kept(fill + "\x80\x80"), fill + "\x80\x80");
  EXPECT_EQ(kept("\xC3"), "\xC3");
}

// Callbacks.

TEST(Callback, OfADeliveredMessage) {
  Message m = message();
  m.spec.id = "order-\"17\"";
  m.spec.tags = {"a", "b"};
  m.status = Status::delivered;
  m.attempt_count = 2;
  Attempt last;
  last.status = 204;
  m.attempts = {{}, last};
  EXPECT_EQ(
      callback_body(m, kNow),
      R"({"type":"message.delivered","timestamp":"2026-04-15T02:41:46.250Z","data":{"messageId":"order-\"17\"",)"
      R"("status":"delivered","attemptCount":2,"lastStatus":204,"error":null,)"
      R"("webhookUrl":"https://hooks.example.com/wf?x=1#part","tags":["a","b"]}})");
}

TEST(Callback, OfAFailedMessageThatWasNeverAnswered) {
  Message m = message();
  m.status = Status::failed;
  m.failure = Failure::connect;
  m.attempt_count = 1;
  m.attempts = {{}};
  EXPECT_EQ(callback_body(m, kDue),
            R"({"type":"message.failed","timestamp":"2026-04-15T02:41:45Z","data":{"messageId":")" +
                kUid.uuid() +
                R"(","status":"failed","attemptCount":1,"lastStatus":null,"error":"connect",)"
                R"("webhookUrl":"https://hooks.example.com/wf?x=1#part","tags":[]}})");
}

TEST(Callback, OfAMessageThatExpiredBeforeItsFirstAttempt) {
  Message m = message();
  m.status = Status::failed;
  m.failure = Failure::expired;
  const std::string body = callback_body(m, kDue);
  EXPECT_NE(body.find(R"("attemptCount":0,"lastStatus":null,"error":"expired")"), std::string::npos) << body;
}

TEST(Callback, IsOneJsonValueWhateverTheMessageHolds) {
  Message m = message();
  m.spec.id = "\x01\xff\"\\";
  m.spec.tags = {"\n", "\xC3"};
  EXPECT_TRUE(json::parse(callback_body(m, kDue)).ok());
}

}  // namespace
}  // namespace recado::engine

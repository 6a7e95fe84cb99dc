#include "app/arrival.hpp"

#include <gmock/gmock.h>

namespace recado::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::int64_t kNow = 1'614'265'330'003'500'000;  // 2021-02-25T15:02:10.0035Z

http::Request request() {
  http::Request made;
  made.method = "POST";
  made.target = "/orders?x=1";
  made.headers = {{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                  {"webhook-timestamp", "1614265330"},
                  {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
                  {"recado-attempt", "2"},
                  {"recado-scheduled-for", "2021-02-25T15:02:10+00:00"}};
  made.body = R"({"test": 2432232314})";
  return made;
}

SignatureVerdict judge(const http::Request& made, std::int64_t now_ns = kNow) {
  const auto signer = WebhookSigner::create(kSecret);
  return judge_signature(made, &*signer, from_ms(now_ns / 1'000'000));
}

TEST(Signature, IsValidByTheStandardsVector) {
  EXPECT_EQ(judge(request()), SignatureVerdict::valid);
}

TEST(Signature, IsInvalidWhenAnythingSignedWasChanged) {
  auto changed = request();
  changed.body += " ";
  EXPECT_EQ(judge(changed), SignatureVerdict::invalid);
  changed = request();
  changed.headers[1].second = "1614265331";
  EXPECT_EQ(judge(changed), SignatureVerdict::invalid);
}

TEST(Signature, IsStaleMoreThanFiveMinutesOff) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  EXPECT_EQ(judge(request(), kNow + 300 * kSecond), SignatureVerdict::valid);
  EXPECT_EQ(judge(request(), kNow + 301 * kSecond), SignatureVerdict::stale);
  EXPECT_EQ(judge(request(), kNow - 301 * kSecond), SignatureVerdict::stale);
}

TEST(Signature, IsMissingWithoutItsHeadersAndNotCheckedWithoutTheSecret) {
  auto bare = request();
  bare.headers.clear();
  EXPECT_EQ(judge(bare), SignatureVerdict::missing);
  EXPECT_EQ(judge_signature(request(), nullptr, from_ms(0)), SignatureVerdict::not_checked);
}

TEST(Arrival, IsOneLineWithItsLateness) {
  EXPECT_EQ(format_arrival(request(), kNow, SignatureVerdict::valid, ArrivalStyle()),
            "2021-02-25T15:02:10.003Z POST /orders?x=1 late 3.5 ms attempt 2 msg_p5jXN8AQM9LWM0D4loKWxJek "
            "signature valid {\"test\": 2432232314}\n");
}

TEST(Arrival, ShowsTheTimeOfAZone) {
  ArrivalStyle style;
  style.timezone = "America/Sao_Paulo";
  EXPECT_THAT(format_arrival(request(), kNow, SignatureVerdict::valid, style),
              ::testing::StartsWith("12:02:10.003 POST"));
}

TEST(Arrival, SaysWhenItWasEarlyOrVeryLate) {
  EXPECT_THAT(format_arrival(request(), kNow - 5'000'000, SignatureVerdict::valid, ArrivalStyle()),
              HasSubstr(" early 1.5 ms "));
  EXPECT_THAT(format_arrival(request(), kNow + 61'234'000'000, SignatureVerdict::valid, ArrivalStyle()),
              HasSubstr(" late 61238 ms "));
}

TEST(Arrival, OfAnythingElseHasNoLateness) {
  http::Request made;
  made.method = "GET";
  made.target = "/";
  EXPECT_EQ(format_arrival(made, kNow, SignatureVerdict::missing, ArrivalStyle()),
            "2021-02-25T15:02:10.003Z GET / signature missing\n");
}

TEST(Arrival, CannotBreakTheLineOrSteerTheTerminal) {
  auto evil = request();
  evil.target = "/\x1b[2J";
  evil.body = "a\nb\x1b]0;x\x07\xc2\x9b\xff";
  const auto line = format_arrival(evil, kNow, SignatureVerdict::valid, ArrivalStyle());
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_THAT(line, Not(HasSubstr("\x1b")));
  EXPECT_THAT(line, HasSubstr("/\\x1b[2J"));
  EXPECT_THAT(line, HasSubstr("a\\nb\\x1b]0;x\\x07\\xc2\\x9b\\xff"));
}

TEST(Arrival, CutsALongBodyBetweenCharacters) {
  auto long_one = request();
  long_one.body = std::string(199, 'x') + "é" + std::string(1000, 'y');
  EXPECT_THAT(format_arrival(long_one, kNow, SignatureVerdict::valid, ArrivalStyle()),
              HasSubstr(std::string(199, 'x') + "… (1201 bytes)\n"));
}

TEST(Arrival, ShowsHeadersAndTheWholeBodyWhenAsked) {
  ArrivalStyle style;
  style.verbose = true;
  auto long_one = request();
  long_one.body = "{\n" + std::string(1000, 'y') + "}";
  const auto text = format_arrival(long_one, kNow, SignatureVerdict::valid, style);
  EXPECT_THAT(text, HasSubstr("\n  recado-attempt: 2\n"));
  EXPECT_THAT(text, HasSubstr("\n\n{\n" + std::string(1000, 'y') + "}\n"));
}

TEST(Arrival, IsColouredOnlyWhenAsked) {
  ArrivalStyle style;
  style.colour = true;
  EXPECT_THAT(format_arrival(request(), kNow, SignatureVerdict::valid, style),
              HasSubstr("\x1b[32msignature valid\x1b[0m"));
  EXPECT_THAT(format_arrival(request(), kNow, SignatureVerdict::invalid, style),
              HasSubstr("\x1b[31msignature invalid\x1b[0m"));
}

}  // namespace
}  // namespace recado::app

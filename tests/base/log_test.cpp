#include "base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>
#include <thread>
#include <type_traits>

#include "base/json.hpp"
#include "base/log_line.hpp"
#include "base/secret.hpp"

namespace recado::log {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;

constexpr Instant kAt = from_ms(1776220905120);  // 2026-04-15T02:41:45.120Z

std::string text_line(Level level, std::string_view event, std::vector<Field> fields = {}) {
  return format_line(Format::text, kAt, level, event, fields);
}

std::string json_line(std::vector<Field> fields) {
  return format_line(Format::json, kAt, Level::info, "event", fields);
}

/// What `body` writes to standard error; the log is at info and text again afterwards.
template <class F>
std::vector<std::string> captured_lines(F body) {
  testing::internal::CaptureStderr();
  body();
  configure(Level::info, Format::text);
  std::istringstream stream(testing::internal::GetCapturedStderr());
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

static_assert(!std::is_constructible_v<Field, std::string_view, Secret>, "a secret cannot be logged");
static_assert(!std::is_constructible_v<Field, std::string_view, const Secret&>);

TEST(LogLine, ReadsAsDocumented) {
  EXPECT_EQ(text_line(Level::info, "message delivered", {{"id", "msg-1"}, {"late_ms", 2}}),
            "2026-04-15T02:41:45.120Z INFO  message delivered id=msg-1 late_ms=2");
  EXPECT_EQ(
      format_line(Format::json, kAt, Level::info, "message delivered",
                  std::vector<Field>{{"id", "msg-1"}, {"late_ms", 2}}),
      R"({"at":"2026-04-15T02:41:45.120Z","level":"INFO","event":"message delivered","id":"msg-1","late_ms":2})");
  EXPECT_EQ(text_line(Level::warning, "w"), "2026-04-15T02:41:45.120Z WARNING w");
  EXPECT_THAT(format_line(Format::text, from_ms(0), Level::error, "e", {}),
              testing::StartsWith("1970-01-01T00:00:00.000Z ERROR e"));
}

TEST(LogLine, ShowsEveryKindOfValue) {
  EXPECT_THAT(text_line(Level::info, "e",
                        {{"yes", true},
                         {"no", false},
                         {"half", 0.5},
                         {"port", std::uint16_t{80}},
                         {"least", std::numeric_limits<std::int64_t>::min()},
                         {"most", std::numeric_limits<std::uint64_t>::max()},
                         {"text", std::string("t")},
                         {"error", Error(ErrorCode::io, "no such file")}}),
              EndsWith("yes=true no=false half=0.5 port=80 least=-9223372036854775808 "
                       "most=18446744073709551615 text=t error=\"no such file\""));
}

TEST(LogLine, QuotesTextThatIsNotOneWord) {
  EXPECT_THAT(
      text_line(Level::info, "e", {{"a", ""}, {"b", "two words"}, {"c", "k=v"}, {"d", "say \"hi\" \\"}}),
      EndsWith(R"(a="" b="two words" c="k=v" d="say \"hi\" \\")"));
  EXPECT_THAT(text_line(Level::info, "e", {{"a", "http://x/y?z"}, {"b", "amanh\xC3\xA3"}}),
              EndsWith("a=http://x/y?z b=amanh\xC3\xA3"));
}

TEST(LogLine, CannotBeForged) {
  const std::string attack =
      "x\n2026-04-15T02:41:45.120Z ERROR forged\r\x1b[2J\x7f\xC2\x9B"
      "2J\xE2\x80\xA8\xE2\x80\xAE";
  EXPECT_THAT(
      text_line(Level::info, "e", {{"id", attack}}),
      EndsWith(R"(id="x\n2026-04-15T02:41:45.120Z ERROR forged\u000d\u001b[2J\u007f\u009b2J\u2028\u202e")"));
  EXPECT_THAT(text_line(Level::info, "event\nforged"), EndsWith("event\\nforged"));
  EXPECT_THAT(text_line(Level::info, "e", {{"a", "x b=\"1"}}), EndsWith(R"(a="x b=\"1")"));
}

TEST(LogLine, ReplacesInvalidUtf8) {
  EXPECT_THAT(text_line(Level::info, "e", {{"a", "\xE9"}, {"b", "\xF0\x9F\x98"}}),
              EndsWith("a=\xEF\xBF\xBD b=\xEF\xBF\xBD"));
}

TEST(LogLine, IsValidJsonWhateverTheValues) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string value = "a" + std::string(1, static_cast<char>(byte)) + "b";
    EXPECT_TRUE(json::parse(json_line({{"v", value}, {"n", -1.5}, {"b", true}}))) << byte;
  }
  EXPECT_TRUE(json::parse(json_line({{"a", std::nan("")}, {"b", HUGE_VAL}, {"c", -HUGE_VAL}, {"d", 1e300}})));
  EXPECT_THAT(json_line({{"quote", "\"\\\n"}}), HasSubstr(R"("quote":"\"\\\n")"));
}

TEST(Log, WritesWholeLinesOfTheLevelsInForce) {
  const auto lines = captured_lines([] {
    configure(Level::warning, Format::text);
    debug("not shown");
    info("not shown");
    warning("shown", {{"n", 1}});
    error("shown too");
    write(Level::info, "not shown");
  });
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], EndsWith(" WARNING shown n=1"));
  EXPECT_THAT(lines[1], EndsWith(" ERROR shown too"));
}

TEST(Log, KeepsBracesAndPercentSigns) {
  const auto lines = captured_lines([] { info("{} %v %s", {{"v", "{0}%n"}}); });
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0], EndsWith("INFO  {} %v %s v={0}%n"));
}

TEST(Log, WritesJsonWhenAsked) {
  const auto lines = captured_lines([] {
    configure(Level::debug, Format::json);
    debug("started", {{"port", 8000}});
  });
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(json::parse(lines[0])) << lines[0];
  EXPECT_THAT(lines[0], HasSubstr(R"("level":"DEBUG","event":"started","port":8000})"));
}

TEST(Log, KeepsLinesOfSeveralThreadsApart) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  const auto lines = captured_lines([] {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([t] {
        for (int i = 0; i < kLines; ++i)
          info("line", {{"thread", t}, {"text", std::string(200, 'x')}, {"end", "."}});
      });
    }
    for (auto& thread : threads) thread.join();
  });
  EXPECT_EQ(lines.size(), std::size_t{kThreads * kLines});
  EXPECT_THAT(lines, testing::Each(AllOf(HasSubstr(" INFO  line thread="), EndsWith(" end=."))));
}

TEST(Log, ReadsLevelsAndFormatsInAnyCase) {
  EXPECT_EQ(*parse_level("DEBUG"), Level::debug);
  EXPECT_EQ(*parse_level("info"), Level::info);
  EXPECT_EQ(*parse_level("Warning"), Level::warning);
  EXPECT_EQ(*parse_level("error"), Level::error);
  EXPECT_THAT(parse_level("loud").error().detail(), HasSubstr("expected DEBUG, INFO, WARNING or ERROR"));
  EXPECT_FALSE(parse_level(""));
  EXPECT_EQ(*parse_format("JSON"), Format::json);
  EXPECT_EQ(*parse_format("text"), Format::text);
  EXPECT_THAT(parse_format("xml").error().detail(), HasSubstr("expected text or json"));
}

TEST(LogRateLimit, LetsOneThroughAndCountsTheRest) {
  ManualClock clock(kAt);
  const auto lines = captured_lines([&clock] {
    RateLimit limit(1000, &clock);
    for (int i = 0; i < 5; ++i) limit.write(Level::warning, "redis is away", {{"try", i}});
    clock.advance(Millis{999});
    limit.write(Level::warning, "redis is away", {{"try", 5}});
    clock.advance(Millis{1});
    limit.write(Level::warning, "redis is away", {{"try", 6}});
    clock.advance(Millis{1000});
    limit.write(Level::debug, "not enabled, not counted");
    limit.write(Level::warning, "redis is away", {{"try", 7}});
  });
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_THAT(lines[0], EndsWith("redis is away try=0"));
  EXPECT_THAT(lines[1], EndsWith("redis is away try=6 repeated=5"));
  EXPECT_THAT(lines[2], EndsWith("redis is away try=7"));
}

}  // namespace
}  // namespace recado::log

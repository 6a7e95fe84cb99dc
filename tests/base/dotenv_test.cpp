#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/config.hpp"

namespace recado {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string value_of(std::string_view line) {
  const auto parsed = parse_dotenv(line);
  if (!parsed) return "error: " + parsed.error().detail();
  return parsed->empty() ? "nothing" : parsed->begin()->second;
}

TEST(Dotenv, ReadsTheFileOfTheOldScheduler) {
  const auto parsed = parse_dotenv(
      "# Redis\n"
      "REDIS_HOST=localhost\n"
      "REDIS_PORT=6379\n"
      "REDIS_PASSWORD=  # Opcional\n"
      "\n"
      "   # the API\n"
      "export API_TOKEN=\"seu-token\"   # change me\r\n"
      "API_HOST = 0.0.0.0\r\n"
      "LAST='no newline'");
  ASSERT_TRUE(parsed) << parsed.error().detail();
  EXPECT_THAT(*parsed, ElementsAre(Pair("API_HOST", "0.0.0.0"), Pair("API_TOKEN", "seu-token"),
                                   Pair("LAST", "no newline"), Pair("REDIS_HOST", "localhost"),
                                   Pair("REDIS_PASSWORD", ""), Pair("REDIS_PORT", "6379")));
}

TEST(Dotenv, ReadsValues) {
  const std::pair<const char*, const char*> cases[] = {
      {"K=", ""},
      {"K=   ", ""},
      {"K=v", "v"},
      {"K=v  ", "v"},
      {"\t K\t=\tv w ", "v w"},
      {"K=a=b", "a=b"},
      {"K=a#b", "a#b"},
      {"K=#b", "#b"},
      {"K= #b", ""},
      {"K=a #b", "a"},
      {"K=a\t# b # c", "a"},
      {"K=http://x/#y", "http://x/#y"},
      {"K=it's", "it's"},
      {"K=''", ""},
      {"K=\"\"", ""},
      {"K=' a # b '", " a # b "},
      {"K='a\\n$B\"'", "a\\n$B\""},
      {"K=\"a\\nb\"", "a\nb"},
      {"K=\"say \\\"hi\\\" \\\\ \\t $X ${Y}\"", "say \"hi\" \\ \\t $X ${Y}"},
      {"K=\"v\"# c", "v"},
      {"K='v' # c", "v"},
      {"K=$HOME/${x}", "$HOME/${x}"},
      {"export K=v", "v"},
      {"export\tK=v", "v"},
      {"export=v", "v"},
      {"exported=v", "v"},
      {"K=v\r\n", "v"},
      {"K='v'\r\n", "v"},
      {"_k9=v", "v"},
      {"K=1\nK=2", "2"},
      {"\xEF\xBB\xBFK=v", "v"},
      {"", "nothing"},
      {"\n\r\n  \n# x", "nothing"},
  };
  for (const auto& [line, value] : cases) EXPECT_EQ(value_of(line), value) << line;
}

TEST(Dotenv, NamesTheLineOfAnErrorButNotItsText) {
  for (const char* line : {"K='secret", "K=\"secret", "K=\"secret\\\"", "K='a\nb'"}) {
    EXPECT_THAT(value_of(std::string("# one\n\n") + line), HasSubstr("error: .env:3: the quote ")) << line;
  }
  for (const char* line :
       {"secret", "=v", "1K=v", "K-L=v", "K L=v", "export K", "export ", "K.x=v", "\xC3\x89=v"}) {
    EXPECT_THAT(value_of(std::string("A=1\r\n") + line), HasSubstr("error: .env:2: expected KEY=value"))
        << line;
  }
  EXPECT_THAT(value_of("K='a'b"), HasSubstr(".env:1: only a # comment may follow"));
  EXPECT_THAT(value_of("K=\"a\" 'b'"), HasSubstr(".env:1: only a # comment may follow"));
  EXPECT_EQ(parse_dotenv("x").error().code(), ErrorCode::configuration);
  EXPECT_THAT(value_of("K='secret"), Not(HasSubstr("secret")));
}

RC_GTEST_PROP(DotenvProperty, ReadsBackWhatIsQuoted, (const std::string& value)) {
  std::string text = "K=\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  const auto parsed = parse_dotenv(text + "\" # comment");
  RC_ASSERT(parsed.ok());
  RC_ASSERT(parsed->at("K") == value);
}

RC_GTEST_PROP(DotenvProperty, SurvivesAnyText, ()) {
  const auto text =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("K=\"'\\# \t\r\nexport1\xFF")));
  const auto parsed = parse_dotenv(text);
  if (!parsed) RC_ASSERT(parsed.error().detail().find('\n') == std::string::npos);
}

}  // namespace
}  // namespace recado

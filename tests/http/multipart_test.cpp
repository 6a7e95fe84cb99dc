#include "http/multipart.hpp"

#include <gtest/gtest.h>

#include "rapidcheck/gtest.h"

namespace recado::http {
namespace {

struct Taken {
  std::string file;
  bool found = false, complete = false, failed = false;
};

Taken take(std::string_view body, std::size_t step = 1'000'000) {
  MultipartReader reader("XX", "file");
  Taken taken;
  for (std::size_t at = 0; at < body.size() && !taken.failed; at += step)
    taken.failed = !reader.feed(body.substr(at, step), taken.file).ok();
  taken.found = reader.found();
  taken.complete = reader.complete();
  return taken;
}

std::string part(const std::string& name, const std::string& content) {
  return "--XX\r\nContent-Disposition: form-data; name=\"" + name +
         "\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\n" + content + "\r\n";
}

TEST(Multipart, TakesThePartThatIsWanted) {
  const auto body =
      part("mode", "upsert") + part("file", "a,b\r\n1,2\r\n") + part("file", "second") + "--XX--\r\n";
  for (const std::size_t step : {1u, 2u, 7u, 1000u}) {
    const auto taken = take(body, step);
    EXPECT_EQ(taken.file, "a,b\r\n1,2\r\n") << step;
    EXPECT_TRUE(taken.found && taken.complete && !taken.failed);
  }
}

TEST(Multipart, KnowsEmptyPartsAndMissingOnes) {
  EXPECT_TRUE(take(part("file", "") + "--XX--").found);
  EXPECT_EQ(take(part("file", "") + "--XX--").file, "");
  EXPECT_FALSE(take(part("data", "x") + "--XX--").found);
  EXPECT_FALSE(take(part("file", "x")).complete);
  EXPECT_EQ(take("preamble\r\n" + part("file", "x--XX\r\n-XX") + "--XX--").file, "x--XX\r\n-XX");
}

TEST(Multipart, RefusesMalformedBodies) {
  EXPECT_TRUE(take("--XXy\r\n\r\n").failed);
  EXPECT_TRUE(take("--XX\r\n" + std::string(10'000, 'h')).failed);
}

TEST(Multipart, ReadsParametersOfHeaders) {
  EXPECT_EQ(header_parameter("multipart/form-data; boundary=abc", "boundary"), "abc");
  EXPECT_EQ(header_parameter("multipart/form-data; charset=x; Boundary=\"a b;c\"", "boundary"), "a b;c");
  EXPECT_EQ(header_parameter("form-data; name=\"a\\\"b\"; filename=x", "name"), "a\"b");
  EXPECT_EQ(header_parameter("text/csv", "charset"), std::nullopt);
}

RC_GTEST_PROP(MultipartProperty, AnyContentComesOutAsItWentIn, (const std::string& content)) {
  if (content.find("\r\n--XX") != std::string::npos) return;
  const auto step = static_cast<std::size_t>(*rc::gen::inRange(1, 20));
  RC_ASSERT(take(part("file", content) + "--XX--\r\n", step).file == content);
}

}  // namespace
}  // namespace recado::http

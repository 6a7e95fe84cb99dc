#include "ui/assets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace recado::ui {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// Every capture of `pattern` in `text`.
std::vector<std::string> captures(std::string_view text, const std::string& pattern) {
  const std::regex expression(pattern);
  const std::string copy(text);
  std::vector<std::string> found;
  for (std::sregex_iterator i(copy.begin(), copy.end(), expression), end; i != end; ++i) {
    found.push_back((*i)[1].str());
  }
  return found;
}

/// The size a gzip member says its content has: the last four bytes, little endian.
std::uint32_t unzipped_size(std::string_view gzip) {
  std::uint32_t size = 0;
  for (std::size_t i = 1; i <= 4; ++i) {
    size = (size << 8) | static_cast<unsigned char>(gzip[gzip.size() - i]);
  }
  return size;
}

class Page : public ::testing::TestWithParam<std::string_view (*)() noexcept> {};

TEST_P(Page, IsHtmlAndNothingElse) {
  const std::string page(GetParam()());
  EXPECT_THAT(page, StartsWith("<!doctype html>"));
  EXPECT_EQ(page.substr(page.size() - 8), "</html>\n");
}

TEST_P(Page, NamesOnlyAssetsThatAreEmbedded) {
  const auto paths = captures(GetParam()(), "\"(/docs/assets/[^\"]*)\"");
  EXPECT_THAT(paths, Not(IsEmpty()));
  for (const auto& path : paths) {
    EXPECT_NE(find_asset(path), nullptr) << path;
  }
}

TEST_P(Page, NeedsNothingFromTheInternet) {
  EXPECT_THAT(captures(GetParam()(), "(?:src|href)=\"([^\"]*)\""), Each(StartsWith("/")));
}

TEST_P(Page, HasNoInlineScriptOrStyle) {
  EXPECT_THAT(captures(GetParam()(), "<script[^>]*>([^<]+)<"), IsEmpty());
  EXPECT_THAT(std::string(GetParam()()),
              Not(AnyOf(HasSubstr("<style"), HasSubstr(" style="), HasSubstr(" onload="))));
}

INSTANTIATE_TEST_SUITE_P(All, Page, ::testing::Values(&docs_page, &redoc_page, &index_page));

TEST(Assets, AreGzippedWholeWithTheirTypeAndAnEtag) {
  for (const char* path : {"/docs/assets/swagger-ui.css", "/docs/assets/swagger-ui-bundle.js",
                           "/docs/assets/redoc.standalone.js", "/docs/assets/index.js"}) {
    const Asset* asset = find_asset(path);
    ASSERT_NE(asset, nullptr) << path;
    EXPECT_EQ(asset->path, path);
    EXPECT_THAT(std::string(asset->gzip_bytes), StartsWith("\x1f\x8b")) << path;
    EXPECT_GT(unzipped_size(asset->gzip_bytes), asset->gzip_bytes.size()) << path;
    EXPECT_THAT(std::string(asset->content_type),
                AnyOf(StartsWith("text/javascript"), StartsWith("text/css")));
    EXPECT_THAT(captures(asset->etag, "^(\"[0-9a-f]{32}\")$"), SizeIs(1)) << path;
  }
}

TEST(Assets, TheBundlesKeepTheirLicences) {
  EXPECT_NE(find_asset("/docs/assets/swagger-ui.LICENSE.txt"), nullptr);
  EXPECT_NE(find_asset("/docs/assets/redoc.LICENSE.txt"), nullptr);
}

TEST(Assets, DifferInTheirEtags) {
  EXPECT_NE(find_asset("/docs/assets/docs.js")->etag, find_asset("/docs/assets/redoc.js")->etag);
}

TEST(Assets, AnythingElseIsNotFound) {
  for (const char* path : {"", "/", "/docs", "/docs/assets/", "/docs/assets/../assets/docs.js", "docs.js"}) {
    EXPECT_EQ(find_asset(path), nullptr) << path;
  }
}

}  // namespace
}  // namespace recado::ui

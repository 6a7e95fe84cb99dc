// A store over a redis-server of the test's own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "people.hpp"
#include "records/store.hpp"
#include "redis/harness.hpp"

namespace recado::records::testing {

struct StoreTest : redis::testing::ClientTest {
  Store store{loop, client};

  io::Task<std::int64_t> made(Document fields) {
    const auto written = co_await store.create("main", people(), std::move(fields));
    EXPECT_EQ(written.refusal, Refusal::none) << written.detail;
    co_return written.record.id;
  }
  io::Task<Page> listed(Query query, PageRequest request = PageRequest()) {
    auto page = co_await store.list("main", people(), std::move(query), std::move(request));
    EXPECT_TRUE(page.ok()) << (page.ok() ? "" : page.error().detail());
    co_return page.ok() ? std::move(*page) : Page();
  }
  static std::vector<std::string> names(const Page& page) {
    std::vector<std::string> all;
    for (const auto& record : page.records) all.push_back(record.fields.text("name").value_or(""));
    return all;
  }
  static std::vector<std::int64_t> ids(const Page& page) {
    std::vector<std::int64_t> all;
    for (const auto& record : page.records) all.push_back(record.id);
    return all;
  }
};

}  // namespace recado::records::testing

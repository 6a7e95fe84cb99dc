// Lists, searches and totals against a real redis-server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store_fixture.hpp"

namespace recado::records {
namespace {

using redis::testing::words;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::people;
using testing::person;

struct RecordList : testing::StoreTest {
  static Query search(std::string_view text) {
    Query query;
    query.search(text);
    return query;
  }
  static PageRequest first(std::size_t limit) {
    PageRequest request;
    request.limit = limit;
    return request;
  }
};

TEST_F(RecordList, GoesOnByCursorWhileRecordsComeAndGo) {
  with_redis([&]() -> io::Task<> {
    for (int i = 1; i <= 7; ++i) co_await made(person("n" + std::to_string(i)));
    auto request = first(3);
    auto page = co_await listed(Query(), request);
    EXPECT_THAT(ids(page), ElementsAre(1, 2, 3));
    EXPECT_EQ(page.total, 7u);
    co_await store.remove("main", people(), "2");
    co_await store.remove("main", people(), "3");
    co_await made(person("n8"));
    request.cursor = page.next_cursor;
    page = co_await listed(Query(), request);
    EXPECT_THAT(ids(page), ElementsAre(4, 5, 6));
    EXPECT_EQ(page.total, 6u);
    request.cursor = page.next_cursor;
    page = co_await listed(Query(), request);
    EXPECT_THAT(ids(page), ElementsAre(7, 8));
    EXPECT_THAT(page.next_cursor, IsEmpty());
  });
}

TEST_F(RecordList, HasPagesByNumber) {
  with_redis([&]() -> io::Task<> {
    for (int i = 1; i <= 5; ++i) co_await made(person("n" + std::to_string(i)));
    auto request = first(2);
    request.page = 3;
    const auto page = co_await listed(Query(), request);
    EXPECT_THAT(ids(page), ElementsAre(5));
    request.page = 2;
    const auto found = co_await listed(search("n"), request);
    EXPECT_THAT(names(found), ElementsAre("n3", "n4"));
    request.page = 9;
    const auto beyond = co_await listed(Query(), request);
    EXPECT_THAT(ids(beyond), IsEmpty());
    request.page = 10'000 / request.limit + 1;
    const auto beyond_what_is_found = co_await listed(search("n"), request);
    EXPECT_THAT(ids(beyond_what_is_found), IsEmpty());
    request.page = 100'000;
    const auto deep = co_await store.list("main", people(), search("n"), request);
    EXPECT_EQ(deep.error().code(), ErrorCode::invalid_argument);
  });
}

TEST_F(RecordList, FindsWordsByTheirBeginningWithoutAccents) {
  with_redis([&]() -> io::Task<> {
    co_await made(person("João Silva"));
    co_await made(person("Joana Souza"));
    co_await made(person("Maria JOÃO"));
    co_await made(person("Mário"));
    const auto joao = co_await listed(search("joão"));
    EXPECT_THAT(names(joao), ElementsAre("João Silva", "Maria JOÃO"));
    const auto two = co_await listed(search("mari joa"));
    EXPECT_THAT(names(two), ElementsAre("Maria JOÃO"));
    EXPECT_EQ(two.total, 1u);
    const auto none = co_await listed(search("silv z"));
    EXPECT_THAT(names(none), IsEmpty());
    const auto nothing = co_await listed(search("!?"));
    EXPECT_EQ(nothing.total, 0u);
    const auto everything = co_await listed(search(""));
    EXPECT_EQ(everything.total, 4u);
  });
}

TEST_F(RecordList, CountsARecordOnceWhoseWordsBeginAlike) {
  with_redis([&]() -> io::Task<> {
    co_await made(person("Ana Anabela Anacleto"));
    co_await made(person("Anabela"));
    const auto page = co_await listed(search("an"), first(1));
    EXPECT_EQ(page.total, 2u);
    EXPECT_THAT(names(page), ElementsAre("Ana Anabela Anacleto"));
    auto request = first(1);
    request.cursor = page.next_cursor;
    const auto rest = co_await listed(search("an"), request);
    EXPECT_THAT(names(rest), ElementsAre("Anabela"));
    EXPECT_THAT(rest.next_cursor, IsEmpty());
  });
}

/// Of 30 people 15 are called Ana, 10 are VIPs, and 5 are both.
struct Combinations : RecordList {
  io::Task<Query> anas_who_are_vips() {
    for (int i = 0; i < 30; ++i) {
      auto tags = i % 3 == 0 ? words("vip") : words("all");
      co_await made(person(i % 2 == 0 ? "Ana" : "Bia", tags, i));
    }
    auto query = search("ana");
    query.where(*people().find("tags"), "vip");
    co_return query;
  }
  void limit(std::uint64_t together, std::uint64_t counted) {
    Store::Limits limits;
    limits.together = together;
    limits.counted = counted;
    store.set_limits(limits);
  }
};

TEST_F(Combinations, AreListedInPagesHoweverManyTheyAre) {
  with_redis([&]() -> io::Task<> {
    const auto query = co_await anas_who_are_vips();
    for (const std::uint64_t together : {25u, 24u}) {
      limit(together, 10);
      auto request = first(2);
      std::vector<std::int64_t> found;
      do {
        const auto page = co_await listed(query, request);
        EXPECT_EQ(page.total, 5u);
        for (const auto id : ids(page)) found.push_back(id);
        request.cursor = page.next_cursor;
      } while (!request.cursor.empty());
      EXPECT_THAT(found, ElementsAre(1, 7, 13, 19, 25)) << together;
      request = first(2);
      request.page = 3;
      const auto last = co_await listed(query, request);
      EXPECT_THAT(ids(last), ElementsAre(25)) << together;
      EXPECT_EQ(last.total, 5u);
      EXPECT_THAT(last.next_cursor, IsEmpty());
      request.page = 4;
      const auto beyond = co_await listed(query, request);
      EXPECT_THAT(ids(beyond), IsEmpty()) << together;
    }
  });
}

TEST_F(Combinations, AreCountedWithinTheLimits) {
  with_redis([&]() -> io::Task<> {
    const auto query = co_await anas_who_are_vips();
    const auto count = [&]() -> io::Task<std::optional<std::uint64_t>> {
      const auto page = co_await listed(query, first(2));
      const auto counted = co_await store.count("main", people(), query);
      EXPECT_EQ(page.total, *counted);
      EXPECT_THAT(ids(page), ElementsAre(1, 7));
      co_return page.total;
    };
    limit(25, 0);
    const auto together = co_await count();
    EXPECT_EQ(together, 5u);
    limit(24, 10);
    const auto one_by_one = co_await count();
    EXPECT_EQ(one_by_one, 5u);
    limit(24, 9);
    const auto too_many = co_await count();
    EXPECT_EQ(too_many, std::nullopt);
  });
}

TEST_F(RecordList, IsOrderedByASortedField) {
  with_redis([&]() -> io::Task<> {
    co_await made(person("çelik", words(), 50));
    co_await made(person("Ana", words(), -3));
    co_await made(person("bia", words(), 7));
    co_await made(person("Dora"));
    Query by_name, by_age;
    by_name.order_by(*people().find("name"));
    by_age.order_by(*people().find("age"), -3, 50);
    const auto named = co_await listed(by_name);
    EXPECT_THAT(names(named), ElementsAre("Ana", "bia", "çelik", "Dora"));
    const auto aged = co_await listed(by_age);
    EXPECT_THAT(names(aged), ElementsAre("Ana", "bia"));
    EXPECT_EQ(aged.total, 2u);
  });
}

TEST_F(RecordList, RefusesACursorOfAnotherList) {
  with_redis([&]() -> io::Task<> {
    for (int i = 0; i < 3; ++i) co_await made(person("Ana", words("vip"), 1));
    const auto page = co_await listed(search("ana"), first(1));
    PageRequest request;
    for (const auto& cursor :
         {page.next_cursor, std::string("x"), std::string(1, '\0'), std::string("\0zzz", 4)}) {
      request.cursor = cursor;
      const auto refused = co_await store.list("main", people(), Query(), request);
      EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
    }
  });
}

TEST_F(RecordList, FindsByUniqueAndByLookupValues) {
  with_redis([&]() -> io::Task<> {
    for (int i = 0; i < 3; ++i) co_await made(person("Ana", words("vip"), i));
    auto bia = person("Bia");
    bia.set_text("email", "Bia@Example.org");
    co_await made(bia);
    std::vector<Question> questions;
    questions.push_back(Question::by_unique(*people().find("email"), "bia@example.ORG"));
    questions.push_back(Question::by_value(*people().find("tags"), "vip"));
    questions.push_back(Question::by_value(*people().find("age"), "2"));
    questions.push_back(Question::by_id(99));
    const auto found = co_await store.find_all("main", people(), std::move(questions));
    EXPECT_EQ(found->at(0).at(0).id, 4);
    EXPECT_EQ(found->at(1).size(), 2u);  // enough to see that it is not one
    EXPECT_EQ(found->at(2).at(0).id, 3);
    EXPECT_THAT(found->at(3), IsEmpty());
  });
}

}  // namespace
}  // namespace recado::records

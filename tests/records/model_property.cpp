// The store beside a plain list in memory: whatever is done, both say the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/words.hpp"
#include "store_fixture.hpp"

namespace recado::records {
namespace {

using testing::people;
using testing::person;

/// What the store should do, in the simplest way that is right.
class Model {
 public:
  std::map<std::int64_t, Document> records;
  std::int64_t last = 0;

  /// Who else has the value of a unique field.
  std::int64_t holder(const Document& fields, std::int64_t but) const {
    for (const char* field : {"code", "email"}) {
      const auto wanted = fields.text(field);
      if (!wanted || wanted->empty()) continue;
      for (const auto& [id, other] : records) {
        const auto has = other.text(field);
        if (id == but || !has) continue;
        const bool same = std::string_view(field) == "email" ? fold(*has) == fold(*wanted) : *has == *wanted;
        if (same) return id;
      }
    }
    return 0;
  }
  static bool has_word(const Document& fields, const std::string& prefix) {
    for (const char* field : {"name", "email"}) {
      for (const auto& word : words_of(fields.text(field).value_or(""))) {
        if (word.starts_with(prefix)) return true;
      }
    }
    return false;
  }
  static bool has_tag(const Document& fields, const std::string& tag) {
    const auto tags = fields.texts("tags");
    return std::find(tags.begin(), tags.end(), tag) != tags.end();
  }
};

struct RecordModel : testing::StoreTest {
  std::mt19937 random{20'250'101};
  Model model;

  template <class T>
  T one_of(std::vector<T> choices) {
    return choices[random() % choices.size()];
  }
  Document any_person() {
    auto fields = person(one_of<std::string>({"Ana", "Ána Anabela", "João Ana", "joana", "Zé", "!", ""}));
    if (random() % 2 == 0) fields.set_text("code", std::to_string(random() % 12));
    if (random() % 3 == 0)
      fields.set_text("email", one_of<std::string>({"A@x.org", "a@X.org", "b@x.org", "C@x.org"}));
    if (random() % 2 == 0)
      fields.set_texts("tags", {one_of<std::string>({"vip", "sp"}), one_of<std::string>({"vip", "rio"})});
    if (random() % 2 == 0) fields.set_number("age", static_cast<std::int64_t>(random() % 5) - 2);
    return fields;
  }
  std::int64_t any_id() {
    return static_cast<std::int64_t>(random() % static_cast<unsigned>(model.last + 2));
  }

  io::Task<> create() {
    auto fields = any_person();
    const auto holder = model.holder(fields, 0);
    const auto written = co_await store.create("main", people(), fields);
    EXPECT_EQ(written.refusal, holder == 0 ? Refusal::none : Refusal::taken);
    if (holder != 0) co_return;
    EXPECT_EQ(written.record.id, ++model.last);
    model.records[written.record.id] = std::move(fields);
  }
  io::Task<> replace() {
    const auto id = any_id();
    auto fields = any_person();
    const auto existing = model.records.find(id);
    const auto holder = model.holder(fields, id);
    const auto written = co_await store.change(
        "main", people(), std::to_string(id), [&](const Record&) { return std::optional<Document>(fields); });
    if (existing == model.records.end()) {
      EXPECT_EQ(written.refusal, Refusal::not_found);
      co_return;
    }
    EXPECT_EQ(written.refusal, holder == 0 ? Refusal::none : Refusal::taken);
    if (holder == 0) existing->second = std::move(fields);
  }
  io::Task<> remove() {
    const auto id = any_id();
    const auto written = co_await store.remove("main", people(), std::to_string(id));
    EXPECT_EQ(written.refusal == Refusal::none, model.records.erase(id) == 1);
  }

  /// All pages of a question and its total, against the model.
  io::Task<> ask(std::string words, std::string tag) {
    Query query;
    query.search(words);
    if (!tag.empty()) query.where(*people().find("tags"), tag);
    std::vector<std::int64_t> expected;
    for (const auto& [id, fields] : model.records) {
      bool fits = tag.empty() || Model::has_tag(fields, tag);
      const auto wanted = words_of(words);
      for (const auto& word : wanted) fits = fits && Model::has_word(fields, word);
      if (fits && (words.empty() || !wanted.empty())) expected.push_back(id);
    }
    std::vector<std::int64_t> found;
    PageRequest request;
    request.limit = 1 + random() % 7;
    do {
      // Both ways of answering a combination, and cursors of the one given to the other.
      Store::Limits limits;
      if (random() % 2 == 0) limits.together = 0;
      store.set_limits(limits);
      const auto page = co_await listed(query, request);
      EXPECT_EQ(page.total, expected.size()) << "search " << words << " tag " << tag;
      for (const auto& record : page.records) {
        found.push_back(record.id);
        EXPECT_EQ(record.fields, model.records[record.id]);
      }
      request.cursor = page.next_cursor;
    } while (!request.cursor.empty());
    EXPECT_THAT(found, ::testing::UnorderedElementsAreArray(expected))
        << "search " << words << " tag " << tag;
  }
};

TEST_F(RecordModel, AgreesWithTheStoreAfterAnyChanges) {
  with_redis([&]() -> io::Task<> {
    const std::vector<std::string> searches = {"",   "a",      "an",    "ana", "anab",
                                               "jo", "ana an", "x org", "z",   "?"};
    for (int round = 0; round < 600; ++round) {
      const auto dice = random() % 10;
      if (dice < 5) {
        co_await create();
      } else if (dice < 8) {
        co_await replace();
      } else {
        co_await remove();
      }
      if (round % 20 == 0) {
        auto words = one_of(searches);
        auto tag = one_of<std::string>({"", "vip", "rio"});
        co_await ask(std::move(words), std::move(tag));
      }
    }
    while (!model.records.empty()) {
      const auto id = model.records.begin()->first;
      co_await store.remove("main", people(), std::to_string(id));
      model.records.erase(id);
    }
    const auto left = co_await client.command(redis::testing::words("KEYS", "*"));
    EXPECT_EQ(left->size(), 1u) << "only the counter of ids is left";
  });
}

}  // namespace
}  // namespace recado::records

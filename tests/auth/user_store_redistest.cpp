#include "auth/user_store.hpp"

#include <gmock/gmock.h>

#include "auth/keys.hpp"
#include "redis/harness.hpp"

namespace recado::auth {
namespace {

using ::testing::HasSubstr;

class UserStoreTest : public redis::testing::ClientTest {
 protected:
  static User user(const std::string& name) {
    return make_user(name, Secret("x"), {Scope::read}, from_ms(1'000), "command line", {16, 1, 1});
  }

  RedisUserStore store{client};
};

TEST_F(UserStoreTest, KeepsUsersByName) {
  with_redis([this]() -> io::Task<> {
    const auto nobody = co_await store.find("ana");
    EXPECT_TRUE(nobody.ok() && !nobody->has_value());
    const auto ana = user("ana");
    const auto created = co_await store.create(ana);
    EXPECT_TRUE(created.ok());
    const auto bia = co_await store.create(user("Bia"));
    EXPECT_TRUE(bia.ok());
    const auto found = co_await store.find("ana");
    EXPECT_EQ(encode(found->value()), encode(ana));
    const auto all = co_await store.read_all();
    EXPECT_EQ(all->size(), 2U);
    EXPECT_EQ((*all)[0].name, "Bia");
  });
}

TEST_F(UserStoreTest, GivesANameOnce) {
  with_redis([this]() -> io::Task<> {
    const auto ana = user("ana");
    const auto first = co_await store.create(ana);
    EXPECT_TRUE(first.ok());
    const auto again = co_await store.create(ana);
    EXPECT_TRUE(again.ok()) << "the same record: a call whose reply was lost";
    const auto other = co_await store.create(user("ana"));
    EXPECT_EQ(other.error().code(), ErrorCode::conflict);
    EXPECT_THAT(other.error().detail(), HasSubstr("ana"));
    const auto removed = co_await store.remove("ana");
    EXPECT_TRUE(*removed);
    const auto twice = co_await store.remove("ana");
    EXPECT_FALSE(*twice);
    const auto anew = co_await store.create(user("ana"));
    EXPECT_TRUE(anew.ok());
  });
}

TEST_F(UserStoreTest, SaysWhenARecordCannotBeRead) {
  with_redis([this]() -> io::Task<> {
    std::vector<std::string> damage = {"HSET", keys::kUsers, "ana", "{}"};
    const auto damaged = co_await client.command(std::move(damage));
    EXPECT_TRUE(damaged.ok());
    const auto found = co_await store.find("ana");
    EXPECT_EQ(found.error().code(), ErrorCode::protocol);
  });
}

}  // namespace
}  // namespace recado::auth

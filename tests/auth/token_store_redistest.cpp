#include <gmock/gmock.h>

#include "auth/keys.hpp"
#include "auth/token_book.hpp"
#include "redis/harness.hpp"
#include "support/redis_processes.hpp"

namespace recado::auth {
namespace {

using redis::testing::words;
using ::testing::HasSubstr;

class TokenStoreTest : public redis::testing::ClientTest {
 protected:
  io::Task<Result<MadeToken>> make(std::string name, std::string account = "main") {
    NewToken wanted;
    wanted.account = std::move(account);
    wanted.name = std::move(name);
    wanted.scopes = {Scope::read, Scope::write};
    wanted.made_by = "command line";
    co_return co_await book.create(std::move(wanted));
  }

  RedisTokenStore store{client};
  TokenBook book{clock, store};
};

TEST_F(TokenStoreTest, KeepsATokenAndNeverItsValue) {
  with_redis([this]() -> io::Task<> {
    const auto before = co_await store.version();
    EXPECT_EQ(*before, 0);
    const auto made = co_await make("n8n");
    EXPECT_EQ(made->token.id, 1);
    const auto after = co_await store.version();
    EXPECT_EQ(*after, 1);
    const auto all = co_await store.read_all();
    EXPECT_EQ(all->size(), 1U);
    EXPECT_EQ((*all)[0].name, "n8n");
    EXPECT_EQ((*all)[0].digest, sha256(made->value.reveal()));
    auto command = words("HGETALL", keys::kTokens);
    const auto raw = co_await client.command(std::move(command));
    for (std::size_t i = 0; i < raw->size(); ++i) {
      EXPECT_EQ((*raw)[i].text().find(made->value.reveal().substr(7)), std::string_view::npos);
    }
  });
}

TEST_F(TokenStoreTest, GivesANameOnceInAnAccount) {
  with_redis([this]() -> io::Task<> {
    const auto first = co_await make("n8n");
    const auto second = co_await make("n8n");
    EXPECT_EQ(second.error().code(), ErrorCode::conflict);
    EXPECT_THAT(second.error().detail(), HasSubstr("the id 1"));
    const auto elsewhere = co_await make("n8n", "clinic");
    EXPECT_TRUE(elsewhere.ok());
    EXPECT_EQ(elsewhere->token.id, 1) << "ids count in each account";
    const auto again = co_await store.create(first->token);
    EXPECT_TRUE(again.ok()) << "the same record: a call whose reply was lost";
    EXPECT_EQ(*again, 1);
    const auto mine = co_await book.list("main");
    EXPECT_EQ(mine->size(), 1U);
  });
}

TEST_F(TokenStoreTest, RevokesByNameIdOrUuidAndFreesTheName) {
  with_redis([this]() -> io::Task<> {
    for (int by = 0; by < 3; ++by) {
      const auto made = co_await make("n8n");
      EXPECT_EQ(made->token.id, by + 1) << "ids are not given out again";
      const std::string which = by == 0   ? std::string("n8n")
                                : by == 1 ? std::to_string(made->token.id)
                                          : made->token.uuid;
      const auto stranger = co_await book.revoke("clinic", which);
      EXPECT_TRUE(stranger.ok() && !stranger->has_value()) << "of another account";
      const auto revoked = co_await book.revoke("main", which);
      EXPECT_TRUE(revoked.ok() && revoked->has_value());
      const auto again = co_await book.revoke("main", which);
      EXPECT_TRUE(again.ok() && !again->has_value());
    }
    const auto version = co_await store.version();
    EXPECT_EQ(*version, 6);
  });
}

TEST_F(TokenStoreTest, NotesTheLatestUseAndNoneOfARevokedToken) {
  with_redis([this]() -> io::Task<> {
    const auto made = co_await make("n8n");
    const auto gone = co_await make("gone");
    const auto revoked = co_await book.revoke("main", "gone");
    EXPECT_TRUE(revoked.ok());
    std::vector<TokenUse> uses;
    for (const std::int64_t at : {2000, 1000}) {
      for (const auto id : {made->token.id, gone->token.id}) {
        TokenUse use;
        use.account = "main";
        use.id = id;
        use.at = from_ms(at);
        uses.push_back(use);
      }
    }
    const auto noted = co_await store.note_uses(std::move(uses));
    EXPECT_TRUE(noted.ok());
    const auto all = co_await store.read_all();
    EXPECT_EQ((*all)[0].last_used_at, from_ms(2000));
    auto command = words("HLEN", keys::kUsed);
    const auto count = co_await client.command(std::move(command));
    EXPECT_EQ(count->integer(), 1);
  });
}

TEST_F(TokenStoreTest, LeavesOutWhatItCannotRead) {
  with_redis([this]() -> io::Task<> {
    const auto made = co_await make("n8n");
    EXPECT_TRUE(made.ok());
    auto command = words("HSET", keys::kTokens, "main:2", "damaged", "main:x", "{}", "nothing", "{}");
    const auto written = co_await client.command(std::move(command));
    EXPECT_TRUE(written.ok());
    const auto all = co_await store.read_all();
    EXPECT_EQ(all->size(), 1U);
  });
}

TEST_F(TokenStoreTest, TakesNoMoreThanEveryNodeCanHold) {
  with_redis([this]() -> io::Task<> {
    auto command = words("HSET", keys::kTokens);
    for (std::size_t i = 0; i < kMaxTokens; ++i) {
      command.push_back("other:" + std::to_string(i + 1));
      command.push_back("{}");
    }
    const auto filled = co_await client.command(std::move(command));
    EXPECT_TRUE(filled.ok());
    const auto made = co_await make("n8n");
    EXPECT_EQ(made.error().code(), ErrorCode::too_large);
    const auto version = co_await store.version();
    EXPECT_EQ(*version, 0) << "nothing was changed";
  });
}

TEST_F(TokenStoreTest, WaitsForReplicasWithWhatIsMadeAndRevoked) {
  const std::vector<std::string> arguments = {
      "--save", "", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"};
  test::TcpRedis master(arguments), replica(arguments);
  replica.ask({"REPLICAOF", "127.0.0.1", std::to_string(master.port())});
  ASSERT_TRUE(test::eventually([&] { return replica.info("master_link_status") == "up"; }));
  redis::Client writer(loop, *redis::Location::parse("redis://" + master.address()));
  RedisTokenStore kept(writer, 1);
  TokenBook shelf(clock, kept);
  NewToken wanted;
  wanted.account = "main";
  wanted.scopes = {Scope::read};
  const auto create = [&](std::string name) {
    NewToken one = wanted;
    one.name = std::move(name);
    return shelf.create(std::move(one));
  };
  run([&]() -> io::Task<> {
    writer.start();
    const bool connected = co_await writer.wait_connected(Millis{10'000});
    EXPECT_TRUE(connected);
    const auto made = co_await create("n8n");
    EXPECT_TRUE(made.ok()) << made.error().detail();
    EXPECT_EQ(replica.ask({"HLEN", keys::kTokens}).integer(), 1) << "there when it is answered";

    replica.freeze();
    const auto unconfirmed = co_await create("panel");
    EXPECT_EQ(unconfirmed.error().code(), ErrorCode::outcome_unknown);
    EXPECT_THAT(unconfirmed.error().detail(), HasSubstr("only 0 of 1 replicas"));
    const auto not_yet = co_await shelf.revoke("main", "n8n");
    EXPECT_EQ(not_yet.error().code(), ErrorCode::outcome_unknown);
    replica.thaw();

    const auto revoked = co_await shelf.revoke("main", "panel");
    EXPECT_TRUE(revoked.ok() && revoked->has_value()) << "it was made all the same";
    EXPECT_EQ(replica.ask({"HLEN", keys::kTokens}).integer(), 0) << "gone when it is answered";
    co_await writer.stop();
  });
}

}  // namespace
}  // namespace recado::auth

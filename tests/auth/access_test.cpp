#include "auth/access.hpp"

#include <gmock/gmock.h>

#include "auth/memory_token_store.hpp"
#include "redis/harness.hpp"

namespace recado::auth {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPeer = "127.0.0.1:40000";

class AccessTest : public redis::testing::LoopTest {
 protected:
  AccessTest() { access.add(Secret{"configured"}, Identity{"main", kConfiguredToken, Scopes::all()}); }

  NewToken wanted(const std::string& name) const {
    NewToken token;
    token.name = name;
    token.scopes = {Scope::read};
    return token;
  }
  /// Made by another node, or by the command line: this node is not told.
  io::Task<MadeToken> make_elsewhere(std::string name) {
    TokenBook book(clock, store);
    auto token = wanted(name);
    auto made = co_await book.create(std::move(token));
    co_return made.value();
  }
  static std::string bearer(const Secret& value) { return "Bearer " + std::string(value.reveal()); }

  testing::MemoryTokenStore store;
  Metrics metrics;
  Access access{loop, store, metrics};
};

TEST_F(AccessTest, LetsATokenMadeElsewhereInAtItsFirstUse) {
  run([this]() -> io::Task<> {
    access.start();
    const auto made = co_await make_elsewhere("n8n");
    const auto header = bearer(made.value);
    EXPECT_EQ(access.judge(header, kPeer).kind, Decision::Kind::undecided);
    const auto decision = co_await access.judge_anew(header, kPeer);
    EXPECT_EQ(decision.kind, Decision::Kind::admitted);
    EXPECT_EQ(decision.identity.token_name, "n8n");
    EXPECT_EQ(access.judge(header, kPeer).kind, Decision::Kind::admitted) << "known from now on";
    co_await access.stop();
  });
}

TEST_F(AccessTest, RefusesWhatTheStoreDoesNotKnowEitherAndCountsIt) {
  run([this]() -> io::Task<> {
    access.start();
    for (int i = 0; i < FailureLimit::kFree; ++i) {
      const auto decision = co_await access.judge_anew(bearer(make_token_value()), kPeer);
      EXPECT_EQ(decision.kind, Decision::Kind::invalid);
    }
    const int asked = store.asked;
    EXPECT_EQ(access.judge(bearer(make_token_value()), kPeer).kind, Decision::Kind::limited)
        << "and the store is left alone";
    EXPECT_EQ(store.asked, asked);
    EXPECT_EQ(access.judge("Bearer configured", kPeer).kind, Decision::Kind::admitted);
    EXPECT_EQ(access.judge(bearer(make_token_value()), "127.0.0.2:1").kind, Decision::Kind::undecided);
    co_await access.stop();
  });
  EXPECT_THAT(metrics.text(), HasSubstr(R"(recado_auth_refused_total{reason="invalid"} 10)"));
}

TEST_F(AccessTest, JudgesWhatItKnowsWithoutTheStoreAndTheRestAsUnavailable) {
  run([this]() -> io::Task<> {
    access.start();
    const auto known = co_await make_elsewhere("known");
    const auto decision = co_await access.judge_anew(bearer(known.value), kPeer);
    EXPECT_EQ(decision.kind, Decision::Kind::admitted);
    const auto unknown = co_await make_elsewhere("unknown");
    store.away.emplace(ErrorCode::unavailable, "Redis is away");
    const auto refused = co_await access.judge_anew(bearer(unknown.value), kPeer);
    EXPECT_EQ(refused.kind, Decision::Kind::unavailable) << "it may be valid: 401 would be a lie";
    EXPECT_EQ(access.judge(bearer(known.value), kPeer).kind, Decision::Kind::admitted);
    EXPECT_EQ(access.judge("Bearer configured", kPeer).kind, Decision::Kind::admitted);
    EXPECT_EQ(access.judge("Bearer nonsense", kPeer).kind, Decision::Kind::invalid)
        << "this can be no token of ours";
    store.away.reset();
    const auto back = co_await access.judge_anew(bearer(unknown.value), kPeer);
    EXPECT_EQ(back.kind, Decision::Kind::admitted);
    co_await access.stop();
  });
}

TEST_F(AccessTest, RefusesATokenRevokedElsewhereWithinThePollInterval) {
  run([this]() -> io::Task<> {
    access.start();
    const auto made = co_await make_elsewhere("n8n");
    const auto header = bearer(made.value);
    const auto before = co_await access.judge_anew(header, kPeer);
    EXPECT_EQ(before.kind, Decision::Kind::admitted);
    TokenBook elsewhere(clock, store);
    const auto revoked = co_await elsewhere.revoke("main", "n8n");
    EXPECT_TRUE(revoked.ok() && revoked->has_value());
    const SteadyPoint since = clock.steady();
    while (access.judge(header, kPeer).kind == Decision::Kind::admitted) {
      if (clock.steady() - since > std::chrono::seconds(10)) break;
      co_await loop.sleep(Millis{10});
    }
    EXPECT_EQ(access.judge(header, kPeer).kind, Decision::Kind::undecided);
    co_await access.stop();
  });
}

TEST_F(AccessTest, RefusesATokenThatItRevokedItselfAtOnceWhateverIsBeingReadMeanwhile) {
  run([this]() -> io::Task<> {
    access.start();
    auto token = wanted("n8n");
    const auto made = co_await access.create(std::move(token));
    const auto header = bearer(made->value);
    EXPECT_EQ(access.judge(header, kPeer).kind, Decision::Kind::admitted) << "the node that made it knows it";
    bool revoked = false;
    store.while_reading = [&]() -> io::Task<> {
      const auto done = co_await access.revoke("main", "n8n");
      revoked = done.ok() && done->has_value();
    };
    ++store.changes;  // so that it reads
    const auto asked = co_await access.judge_anew(bearer(make_token_value()), kPeer);
    EXPECT_EQ(asked.kind, Decision::Kind::invalid);
    EXPECT_TRUE(revoked);
    EXPECT_NE(access.judge(header, kPeer).kind, Decision::Kind::admitted);
    co_await access.stop();
  });
}

TEST_F(AccessTest, AsksTheStoreOnceForAllWhoWait) {
  run([this]() -> io::Task<> {
    access.start();
    io::TaskGroup group(loop);
    int answered = 0;
    const auto ask = [&](int i) -> io::Task<> {
      const auto decision =
          co_await access.judge_anew(bearer(make_token_value()), "10.0.0." + std::to_string(i) + ":1");
      EXPECT_EQ(decision.kind, Decision::Kind::invalid);
      ++answered;
    };
    for (int i = 0; i < 100; ++i) group.spawn("ask", ask(i));
    co_await group.join();
    EXPECT_EQ(answered, 100);
    EXPECT_LE(store.asked, 3);
    EXPECT_LE(store.read, 1) << "nothing changed: nothing is read";
    co_await access.stop();
  });
}

TEST_F(AccessTest, AnswersWhoWaitsWhenItStops) {
  run([this]() -> io::Task<> {
    access.start();
    io::TaskGroup group(loop);
    std::optional<Decision::Kind> kind;
    const auto ask = [&]() -> io::Task<> {
      const auto decision = co_await access.judge_anew(bearer(make_token_value()), kPeer);
      kind = decision.kind;
    };
    store.on_asked = [&] {  // too late for the question that is being asked
      group.spawn("ask", ask());
    };
    const auto first = co_await access.judge_anew(bearer(make_token_value()), kPeer);
    EXPECT_EQ(first.kind, Decision::Kind::invalid);
    co_await access.stop();
    co_await group.join();
    EXPECT_TRUE(kind == Decision::Kind::unavailable || kind == Decision::Kind::invalid);
  });
}

TEST_F(AccessTest, WritesTheLastUsesWhenItStops) {
  run([this]() -> io::Task<> {
    access.start();
    auto token = wanted("n8n");
    const auto made = co_await access.create(std::move(token));
    for (int i = 0; i < 1000; ++i) access.judge(bearer(made->value), kPeer);
    access.judge("Bearer configured", kPeer);
    EXPECT_TRUE(store.noted.empty()) << "not at each use";
    co_await access.stop();
  });
  ASSERT_EQ(store.noted.size(), 1U);
  EXPECT_EQ(store.noted[0].id, 1);
}

TEST_F(AccessTest, RefusesAnExpiredTokenWithoutAskingAnybody) {
  run([this]() -> io::Task<> {
    access.start();
    auto token = wanted("n8n");
    token.expires_at = clock.now() + Millis{30};
    const auto made = co_await access.create(std::move(token));
    const auto header = bearer(made->value);
    while (access.judge(header, kPeer).kind == Decision::Kind::admitted) co_await loop.sleep(Millis{5});
    EXPECT_EQ(access.judge(header, kPeer).kind, Decision::Kind::expired);
    EXPECT_GE(clock.now(), *made->token.expires_at);
    co_await access.stop();
  });
}

TEST_F(AccessTest, ForgetsLongExpiredTokensWhenThereAreTooMany) {
  run([this]() -> io::Task<> {
    store.most = 2;
    Token old;
    old.id = ++store.last_id;
    old.name = "old";
    old.expires_at = clock.now() - std::chrono::hours(31 * 24);
    Token recent = old;
    recent.id = ++store.last_id;
    recent.name = "recent";
    recent.expires_at = clock.now() - std::chrono::hours(24);
    store.tokens = {old, recent};
    auto token = wanted("new");
    const auto made = co_await access.create(std::move(token));
    EXPECT_TRUE(made.ok());
    EXPECT_EQ(store.tokens.size(), 2U);
    token = wanted("one more");
    const auto full = co_await access.create(std::move(token));
    EXPECT_EQ(full.error().code(), ErrorCode::too_large);
  });
}

}  // namespace
}  // namespace recado::auth

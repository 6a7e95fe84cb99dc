#include "auth/login.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>

#include "auth/memory_token_store.hpp"
#include "auth/memory_user_store.hpp"
#include "auth/user_book.hpp"

namespace recado::auth {
namespace {

struct LoginTest : ::testing::Test {
  LoginTest() { add("ana", "correct horse"); }

  void add(const std::string& name, const std::string& password) {
    users.users.push_back(make_user(name, Secret(password), {Scope::read, Scope::write}, clock.now(),
                                    "command line", {16, 1, 1}));
  }
  template <class T>
  T await(io::Task<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(loop.executor(), keep(std::move(task), result), [](std::exception_ptr) {});
    loop.context().restart();
    loop.run();
    return std::move(result.value());
  }
  template <class T>
  static io::Task<> keep(io::Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }
  LoginAnswer log_in(const std::string& name, const std::string& password,
                     const std::string& peer = "192.0.2.1:5000") {
    return await(login.log_in(name, Secret(password), peer));
  }
  Decision judge(const Secret& token) {
    return access.judge("Token " + std::string(token.reveal()), "192.0.2.9:1");
  }

  ManualClock clock{from_ms(1'776'220'905'000)};
  io::Loop loop{clock};
  testing::MemoryTokenStore tokens;
  testing::MemoryUserStore users;
  Metrics metrics;
  Access access{loop, tokens, metrics};
  Login login{loop, users, access, metrics};
};

TEST_F(LoginTest, GivesATokenWithTheUsersScopes) {
  const auto answer = log_in("ana", "correct horse");
  ASSERT_EQ(answer.kind, LoginAnswer::Kind::let_in);
  const auto decision = judge(answer.token);
  EXPECT_EQ(decision.kind, Decision::Kind::admitted);
  EXPECT_EQ(decision.identity.token_name, "user:ana");
  EXPECT_EQ(decision.identity.account, "main");
  EXPECT_EQ(decision.identity.scopes.text(), "read,write");
}

TEST_F(LoginTest, GivesTheSameTokenEachTime) {
  const auto first = log_in("ana", "correct horse");
  const auto second = log_in("ana", "correct horse");
  EXPECT_TRUE(first.token.equals(second.token.reveal()));
  EXPECT_EQ(tokens.tokens.size(), 1u);
}

TEST_F(LoginTest, GivesAnotherTokenOnceTheFirstWasRevoked) {
  const auto first = log_in("ana", "correct horse");
  ASSERT_TRUE(await(access.revoke("main", "user:ana")).ok());
  const auto second = log_in("ana", "correct horse");
  ASSERT_EQ(second.kind, LoginAnswer::Kind::let_in);
  EXPECT_FALSE(first.token.equals(second.token.reveal()));
  EXPECT_NE(judge(first.token).kind, Decision::Kind::admitted);
}

TEST_F(LoginTest, ReplacesTheTokenOfAFormerUserOfThatName) {
  const auto first = log_in("ana", "correct horse");
  users.users.clear();
  add("ana", "another");
  const auto second = log_in("ana", "another");
  ASSERT_EQ(second.kind, LoginAnswer::Kind::let_in);
  EXPECT_NE(judge(first.token).kind, Decision::Kind::admitted);
  EXPECT_EQ(judge(second.token).kind, Decision::Kind::admitted);
  EXPECT_EQ(tokens.tokens.size(), 1u);
}

TEST_F(LoginTest, RefusesOtherPasswordsAndOtherNames) {
  EXPECT_EQ(log_in("ana", "wrong").kind, LoginAnswer::Kind::wrong);
  EXPECT_EQ(log_in("Ana", "correct horse").kind, LoginAnswer::Kind::wrong);
  EXPECT_EQ(log_in("nobody", "correct horse").kind, LoginAnswer::Kind::wrong);
  EXPECT_TRUE(tokens.tokens.empty());
}

TEST_F(LoginTest, SlowsDownWhoGuesses) {
  for (int i = 0; i < FailureLimit::kFree; ++i)
    EXPECT_EQ(log_in("ana", "wrong").kind, LoginAnswer::Kind::wrong) << i;
  const auto over = log_in("ana", "wrong");
  EXPECT_EQ(over.kind, LoginAnswer::Kind::limited);
  EXPECT_GT(over.wait.count(), 0);
  EXPECT_EQ(log_in("ana", "correct horse").kind, LoginAnswer::Kind::limited) << "or guessing would go on";
  EXPECT_EQ(log_in("ana", "correct horse", "192.0.2.2:1").kind, LoginAnswer::Kind::let_in)
      << "from elsewhere";
  clock.advance(FailureLimit::kInterval);
  EXPECT_EQ(log_in("ana", "correct horse").kind, LoginAnswer::Kind::let_in);
}

TEST_F(LoginTest, HearsNoMoreThanTheLimitOfWhatIsSentTogether) {
  int wrong = 0, limited = 0, busy = 0;
  for (int i = 0; i < 15; ++i) {
    boost::asio::co_spawn(loop.executor(), login.log_in("ana", Secret("wrong"), "192.0.2.1:5000"),
                          [&](std::exception_ptr, LoginAnswer answer) {
                            if (answer.kind == LoginAnswer::Kind::wrong) ++wrong;
                            if (answer.kind == LoginAnswer::Kind::limited) ++limited;
                            if (answer.kind == LoginAnswer::Kind::busy) ++busy;
                          });
  }
  loop.run();
  EXPECT_EQ(wrong, FailureLimit::kFree);
  EXPECT_EQ(limited + busy, 15 - FailureLimit::kFree);
}

TEST_F(LoginTest, IsUnavailableWithoutTheStores) {
  tokens.away = Error(ErrorCode::unavailable, "Redis is away");
  EXPECT_EQ(log_in("ana", "correct horse").kind, LoginAnswer::Kind::unavailable);
  users.away = tokens.away;
  EXPECT_EQ(log_in("ana", "wrong").kind, LoginAnswer::Kind::unavailable);
}

TEST_F(LoginTest, EndsWhenTheUserIsRemoved) {
  const auto answer = log_in("ana", "correct horse");
  TokenBook book(clock, tokens);
  UserBook user_book(clock, users, book);
  EXPECT_TRUE(*await(user_book.remove("ana")));
  EXPECT_TRUE(tokens.tokens.empty());
  EXPECT_FALSE(*await(user_book.remove("ana")));
  EXPECT_EQ(log_in("ana", "correct horse").kind, LoginAnswer::Kind::wrong);
}

}  // namespace
}  // namespace recado::auth

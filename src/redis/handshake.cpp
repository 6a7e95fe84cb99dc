// What is said on a new connection before it takes commands.
#include "redis/connection.hpp"
#include "redis/inspect.hpp"

namespace recado::redis {

namespace {

constexpr Millis kLoadingPause{100};

/// The error reply's text; empty for every other reply.
Result<std::string> refusal_in(Result<Reply> reply) {
  if (!reply) return reply.error();
  return std::string(reply->kind() == ReplyKind::error ? reply->text() : std::string_view());
}

}  // namespace

io::Task<std::string> Connection::greet() {
  std::string failure = co_await authenticate();
  if (failure.empty()) failure = co_await wait_loaded();
  if (failure.empty() && options_.must_be_master) failure = co_await check_role();
  if (!failure.empty()) co_return failure;
  std::vector<std::string> name{"CLIENT", "SETNAME", "recado"};
  const Result<Reply> named = co_await exchange(std::move(name));  // a help for operators: may be forbidden
  if (!named) co_return named.error().detail();
  failure = co_await select_database();
  if (failure.empty()) failure = co_await load_scripts();
  co_return failure;
}

io::Task<std::string> Connection::authenticate() {
  if (endpoint_.password.empty() && endpoint_.user.empty()) co_return std::string();
  std::vector<std::string> auth{"AUTH"};
  if (!endpoint_.user.empty()) auth.push_back(endpoint_.user);
  auth.emplace_back(endpoint_.password.reveal());
  const Result<std::string> refusal = refusal_in(co_await exchange(std::move(auth)));
  if (!refusal) co_return refusal.error().detail();
  if ((*refusal).empty()) co_return std::string();
  if (classify(*refusal) == RedisErrorKind::noauth) {
    co_return "Redis does not accept the password in REDIS_URL or REDIS_PASSWORD: " + *refusal;
  }
  co_return "Redis refuses to authenticate us: " + *refusal;
}

io::Task<std::string> Connection::wait_loaded() {
  while (true) {
    std::vector<std::string> ping{"PING"};
    const Result<std::string> refusal = refusal_in(co_await exchange(std::move(ping)));
    if (!refusal) co_return refusal.error().detail();
    if ((*refusal).empty()) co_return std::string();
    const RedisErrorKind kind = classify(*refusal);
    // Its disk is full: it takes no writes, and says so to PING of all reads. Reads go on.
    if (kind == RedisErrorKind::misconf) co_return std::string();
    if (kind == RedisErrorKind::noauth) {
      co_return "Redis wants a password: set it in REDIS_URL or REDIS_PASSWORD (" + *refusal + ")";
    }
    const bool passes =
        kind == RedisErrorKind::loading || kind == RedisErrorKind::busy || kind == RedisErrorKind::masterdown;
    if (!passes) co_return "Redis refuses our commands: " + *refusal;
    if (last_error_ != *refusal) log::info(options_.name + " is not ready yet", {{"it says", *refusal}});
    last_error_ = *refusal;
    co_await loop_.sleep(kLoadingPause);
    if (stopping_ || !link_up_) co_return loss_reason_;
    if (kind == RedisErrorKind::masterdown && options_.must_be_master) co_return *refusal;
  }
}

/// The sentinels may not have noticed yet, or we may have asked in the middle of a failover.
io::Task<std::string> Connection::check_role() {
  std::vector<std::string> ask{"ROLE"};
  const Result<Reply> reply = co_await exchange(std::move(ask));
  if (!reply) co_return reply.error().detail();
  std::string role((*reply)[0].text());
  if (reply->kind() == ReplyKind::error) {
    // ROLE counts as administration in access control lists; INFO says it too.
    std::vector<std::string> info{"INFO", "replication"};
    const Result<Reply> told = co_await exchange(std::move(info));
    if (!told) co_return told.error().detail();
    if (told->kind() == ReplyKind::error) co_return std::string();  // it does not tell: writes will
    role = std::string(info_field(told->text(), "role"));
  }
  if (role == "master") co_return std::string();
  co_return endpoint_.address() + ", which the sentinels name as the master, says that it is a replica";
}

io::Task<std::string> Connection::select_database() {
  if (endpoint_.database == 0) co_return std::string();
  std::vector<std::string> select{"SELECT", std::to_string(endpoint_.database)};
  const Result<std::string> refusal = refusal_in(co_await exchange(std::move(select)));
  if (!refusal) co_return refusal.error().detail();
  if ((*refusal).empty()) co_return std::string();
  co_return "Redis refuses database " + std::to_string(endpoint_.database) + ": " + *refusal;
}

/// Where SCRIPT is forbidden, EVAL brings each script along when it is needed.
io::Task<std::string> Connection::load_scripts() {
  if (!options_.scripts) co_return std::string();
  const KnownScripts known = *options_.scripts;
  for (const auto& [sha1, source] : known) {
    std::vector<std::string> load{"SCRIPT", "LOAD", source};
    const Result<Reply> loaded = co_await exchange(std::move(load));
    if (!loaded) co_return loaded.error().detail();
  }
  co_return std::string();
}

io::Task<std::string> Connection::run_id() {
  if (run_id_of_ == link_ && link_ != 0) co_return run_id_;
  const std::uint64_t link = link_;
  std::vector<std::string> ask{"INFO", "server"};
  const Result<Reply> reply = co_await exchange(std::move(ask));
  if (!reply || reply->kind() == ReplyKind::error || link != link_) co_return std::string();
  run_id_ = std::string(info_field(reply->text(), "run_id"));
  run_id_of_ = link;
  co_return run_id_;
}

}  // namespace recado::redis

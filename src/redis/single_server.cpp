// One server: where REDIS_URL says, or the master that sentinels name.
#include <utility>

#include "redis/backend.hpp"
#include "redis/inspect.hpp"
#include "redis/replica_wait.hpp"
#include "redis/sentinel.hpp"

namespace recado::redis {

namespace {

class SingleServer final : public Backend {
 public:
  SingleServer(io::Loop& loop, Location location)
      : Backend(loop),
        sentinels_(location.kind == Location::Kind::sentinel ? std::make_shared<Sentinels>(loop, location)
                                                             : nullptr),
        connection_(std::make_shared<Connection>(loop, location.server, options())),
        replica_wait_(std::make_shared<ReplicaWait>(loop, connection_)) {}

  void start() override {
    if (sentinels_) {
      sentinels_->start([connection = connection_](const Endpoint& master) {
        if (connection->link_up() && connection->endpoint().address() != master.address()) {
          connection->give_up("the sentinels name another master: " + master.address());
        }
      });
    }
    connection_->start();
  }

  void shut_down() override {
    if (sentinels_) sentinels_->shut_down();
    replica_wait_->shut_down();
    connection_->shut_down();
  }

  io::Task<> join() override { return join_all(self()); }

  ConnectedState& state() noexcept override { return connection_->state(); }
  bool partly_connected() const noexcept override { return connection_->connected(); }
  const std::string& last_error() const noexcept override { return connection_->last_error(); }
  std::vector<std::shared_ptr<Connection>> ready_masters() const override {
    if (!connection_->connected()) return {};
    return {connection_};
  }

  io::Task<Result<Reply>> command(std::vector<std::string> arguments) override {
    return run_command(self(), std::move(arguments));
  }
  io::Task<Result<Reply>> eval(const Script& script, std::vector<std::string> keys,
                               std::vector<std::string> arguments) override {
    return run_eval(self(), script, std::move(keys), std::move(arguments));
  }
  io::Task<Result<Reply>> eval_replicated(const Script& script, std::vector<std::string> keys,
                                          std::vector<std::string> arguments, int replicas,
                                          Millis limit) override {
    return run_eval_replicated(self(), script, std::move(keys), std::move(arguments), replicas, limit);
  }
  io::Task<std::vector<Result<Reply>>> pipeline(std::vector<std::vector<std::string>> commands) override {
    return run_pipeline(self(), std::move(commands));
  }
  io::Task<Result<ScanPage>> scan(std::string cursor, std::string pattern, std::size_t count) override {
    return run_scan(self(), std::move(cursor), std::move(pattern), count);
  }
  io::Task<Result<void>> probe() override { return run_probe(self()); }
  io::Task<Result<std::vector<Warning>>> inspect() override { return run_inspect(self()); }

 private:
  using Self = std::shared_ptr<SingleServer>;

  Self self() { return std::static_pointer_cast<SingleServer>(shared_from_this()); }

  ConnectionOptions options() {
    ConnectionOptions options;
    options.scripts = std::make_shared<KnownScripts>();
    if (sentinels_) {
      options.name = "redis master";
      options.must_be_master = true;
      options.locate = [sentinels = sentinels_] { return Sentinels::master(sentinels); };
    }
    return options;
  }

  /// A master that has become a replica is left at once.
  Result<Reply> settled(Result<Reply> reply) {
    if (sentinels_ && reply && reply->kind() == ReplyKind::error &&
        classify(reply->text()) == RedisErrorKind::readonly) {
      connection_->give_up("it has become a replica");
    }
    return judged(std::move(reply));
  }

  static io::Task<> join_all(Self self) {
    if (self->sentinels_) co_await self->sentinels_->join();
    co_await self->replica_wait_->join();
    co_await self->connection_->join();
  }

  static io::Task<Result<Reply>> run_command(Self self, std::vector<std::string> arguments) {
    Connection& connection = *self->connection_;
    if (!connection.connected()) co_return connection.not_connected();
    const auto waiting = connection.submit(arguments);
    co_return self->settled(co_await Waiting::result_of(waiting));
  }

  static io::Task<Result<Reply>> run_eval(Self self, const Script& script, std::vector<std::string> keys,
                                          std::vector<std::string> arguments) {
    Connection& connection = *self->connection_;
    if (!connection.connected()) co_return connection.not_connected();
    const auto waiting = connection.submit_eval(script, ScriptForm::sha1, keys, arguments);
    Result<Reply> reply = co_await Waiting::result_of(waiting);
    if (!is_unknown_script(reply)) co_return self->settled(std::move(reply));
    if (!connection.connected()) co_return connection.not_connected();
    const auto again = connection.submit_eval(script, ScriptForm::source, keys, arguments);
    co_return self->settled(co_await Waiting::result_of(again));
  }

  static io::Task<Result<Reply>> run_eval_replicated(Self self, const Script& script,
                                                     std::vector<std::string> keys,
                                                     std::vector<std::string> arguments, int replicas,
                                                     Millis limit) {
    const SteadyPoint until = self->loop_.clock().steady() + limit;
    const std::uint64_t link = self->connection_->link();
    std::string key = keys.front();
    Result<Reply> reply = co_await run_eval(self, script, std::move(keys), std::move(arguments));
    if (!reply) co_return reply;
    const Result<void> confirmed =
        co_await ReplicaWait::confirm(self->replica_wait_, link, std::move(key), replicas, until);
    if (!confirmed) co_return confirmed.error();
    co_return reply;
  }

  static io::Task<std::vector<Result<Reply>>> run_pipeline(Self self,
                                                           std::vector<std::vector<std::string>> commands) {
    Connection& connection = *self->connection_;
    std::vector<Result<Reply>> replies;
    replies.reserve(commands.size());
    if (!connection.connected()) {
      for (std::size_t i = 0; i < commands.size(); ++i) replies.emplace_back(connection.not_connected());
      co_return replies;
    }
    std::vector<std::shared_ptr<Waiting>> waiting;
    waiting.reserve(commands.size());
    for (const auto& command : commands) waiting.push_back(connection.submit(command));
    for (const auto& one : waiting) replies.push_back(self->settled(co_await Waiting::result_of(one)));
    co_return replies;
  }

  static io::Task<Result<ScanPage>> run_scan(Self self, std::string cursor, std::string pattern,
                                             std::size_t count) {
    co_return scan_page(co_await run_command(self, scan_command(cursor, pattern, count)));
  }

  static io::Task<Result<void>> run_probe(Self self) {
    const Result<Reply> written = co_await run_command(self, probe_command(kProbeKey));
    if (!written) co_return written.error();
    co_return Result<void>();
  }

  static io::Task<Result<std::vector<Warning>>> run_inspect(Self self) {
    const auto place = self->sentinels_ ? ServerPlace::behind_sentinels : ServerPlace::alone;
    auto inspected = co_await inspect_server(self->connection_, self->loop_.clock(), kProbeKey, place);
    if (!inspected) co_return inspected.error();
    if (inspected->clock_offset) self->clock_offset_ = inspected->clock_offset;
    co_return std::move(inspected->warnings);
  }

  const std::shared_ptr<Sentinels> sentinels_;  ///< null: the server is where REDIS_URL says
  const std::shared_ptr<Connection> connection_;
  const std::shared_ptr<ReplicaWait> replica_wait_;
};

}  // namespace

std::shared_ptr<Backend> make_single_server(io::Loop& loop, Location location) {
  return std::make_shared<SingleServer>(loop, std::move(location));
}

}  // namespace recado::redis

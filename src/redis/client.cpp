#include "redis/client.hpp"

#include <utility>

#include "redis/backend.hpp"

namespace recado::redis {

Result<Reply> judged(Result<Reply> reply) {
  if (!reply || reply->kind() != ReplyKind::error) return reply;
  std::string text(reply->text());
  switch (classify(text)) {
    case RedisErrorKind::loading:
    case RedisErrorKind::busy:
    case RedisErrorKind::readonly:
    case RedisErrorKind::oom:
    case RedisErrorKind::masterdown:
    case RedisErrorKind::misconf:
    case RedisErrorKind::clusterdown:
    case RedisErrorKind::tryagain:
    case RedisErrorKind::noreplicas:
      return Error(ErrorCode::unavailable, std::move(text));
    default:
      return Error(ErrorCode::protocol, std::move(text));
  }
}

bool is_unknown_script(const Result<Reply>& reply) noexcept {
  return reply && reply->kind() == ReplyKind::error && classify(reply->text()) == RedisErrorKind::noscript;
}

std::vector<std::string> scan_command(std::string cursor, std::string pattern, std::size_t count) {
  return {"SCAN", std::move(cursor), "MATCH", std::move(pattern), "COUNT", std::to_string(count)};
}

std::vector<std::string> probe_command(std::string key) {
  return {"SET", std::move(key), "1", "EX", "60"};
}

Result<ScanPage> scan_page(Result<Reply> reply) {
  if (!reply) return reply.error();
  ScanPage page;
  page.cursor = std::string((*reply)[0].text());
  const Reply names = (*reply)[1];
  if (page.cursor.empty()) return Error(ErrorCode::protocol, "the reply to SCAN has no cursor");
  for (std::size_t i = 0; i < names.size(); ++i) page.keys.emplace_back(names[i].text());
  return page;
}

Client::Client(io::Loop& loop, Location location)
    : backend_(location.kind == Location::Kind::cluster ? make_cluster(loop, std::move(location))
                                                        : make_single_server(loop, std::move(location))) {}

Client::~Client() {
  backend_->state().forget_callbacks();
  backend_->shut_down();
}

void Client::start() {
  backend_->start();
}

io::Task<> Client::stop() {
  const auto backend = backend_;
  backend->shut_down();
  co_await backend->join();
}

bool Client::connected() const noexcept {
  return backend_->state().connected();
}

bool Client::partly_connected() const noexcept {
  return backend_->partly_connected();
}

io::Task<bool> Client::wait_connected(Millis limit) {
  const auto backend = backend_;
  co_return co_await backend->state().wait(limit);
}

void Client::on_change(std::function<void(bool connected)> callback) {
  backend_->state().on_change(std::move(callback));
}

const std::string& Client::last_error() const noexcept {
  return backend_->last_error();
}

std::optional<Millis> Client::clock_offset() const noexcept {
  return backend_->clock_offset();
}

io::Task<Result<Reply>> Client::command(std::vector<std::string> arguments) {
  return backend_->command(std::move(arguments));
}

io::Task<Result<Reply>> Client::eval(const Script& script, std::vector<std::string> keys,
                                     std::vector<std::string> arguments) {
  return backend_->eval(script, std::move(keys), std::move(arguments));
}

io::Task<Result<Reply>> Client::eval_replicated(const Script& script, std::vector<std::string> keys,
                                                std::vector<std::string> arguments, int replicas,
                                                Millis limit) {
  if (replicas <= 0) return eval(script, std::move(keys), std::move(arguments));
  return backend_->eval_replicated(script, std::move(keys), std::move(arguments), replicas, limit);
}

io::Task<std::vector<Result<Reply>>> Client::pipeline(std::vector<std::vector<std::string>> commands) {
  return backend_->pipeline(std::move(commands));
}

io::Task<Result<ScanPage>> Client::scan(std::string cursor, std::string pattern, std::size_t count) {
  return backend_->scan(std::move(cursor), std::move(pattern), count);
}

io::Task<Result<void>> Client::probe() {
  return backend_->probe();
}

io::Task<Result<std::vector<Warning>>> Client::inspect() {
  return backend_->inspect();
}

}  // namespace recado::redis

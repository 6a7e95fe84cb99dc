#include "redis/client.hpp"

#include <boost/asio/this_coro.hpp>
#include <utility>

#include "redis/client_impl.hpp"
#include "redis/encoder.hpp"

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
    case RedisErrorKind::noreplicas:
      return Error(ErrorCode::unavailable, std::move(text));
    default:
      return Error(ErrorCode::protocol, std::move(text));
  }
}

Client::Client(io::Loop& loop, Endpoint endpoint)
    : impl_(std::make_shared<Impl>(loop, std::move(endpoint))) {}

Client::~Client() {
  impl_->callbacks.clear();
  impl_->shut_down();
}

void Client::start() {
  if (std::exchange(impl_->started, true)) return;
  impl_->last_error = "not connected yet";
  impl_->tasks.spawn("redis connection", Impl::keep_connected(impl_));
}

io::Task<> Client::stop() {
  const auto impl = impl_;
  impl->shut_down();
  co_await impl->tasks.join();
}

bool Client::connected() const noexcept {
  return impl_->connected;
}

io::Task<bool> Client::wait_connected(Millis limit) {
  const auto impl = impl_;
  if (impl->connected) co_return true;
  if (impl->stopping) co_return false;
  io::Timer timer(impl->loop.executor());
  timer.expires_after(limit);
  const auto place = impl->connect_waiters.insert(impl->connect_waiters.end(), &timer);
  co_await timer.async_wait(io::as_result);
  impl->connect_waiters.erase(place);
  co_return impl->connected;
}

void Client::on_change(std::function<void(bool connected)> callback) {
  impl_->callbacks.push_back(std::move(callback));
}

const std::string& Client::last_error() const noexcept {
  return impl_->last_error;
}

std::optional<Millis> Client::clock_offset() const noexcept {
  return impl_->clock_offset;
}

io::Task<Result<Reply>> Client::command(std::vector<std::string> arguments) {
  const auto impl = impl_;
  if (!impl->connected) co_return impl->not_connected();
  const auto waiting = impl->submit(arguments);
  co_return judged(co_await Waiting::result_of(waiting));
}

io::Task<Result<Reply>> Client::eval(const Script& script, std::vector<std::string> keys,
                                     std::vector<std::string> arguments) {
  const auto impl = impl_;
  if (!impl->connected) co_return impl->not_connected();
  impl->scripts.try_emplace(script.sha1(), script.source());
  const auto encode = [&](std::string_view verb, const std::string& what) {
    return [&keys, &arguments, &what, verb](std::string& out) {
      append_header(out, 3 + keys.size() + arguments.size());
      append_bulk(out, verb);
      append_bulk(out, what);
      append_bulk(out, std::to_string(keys.size()));
      for (const std::string& key : keys) append_bulk(out, key);
      for (const std::string& argument : arguments) append_bulk(out, argument);
    };
  };
  const auto waiting = impl->submit_encoded(encode("EVALSHA", script.sha1()));
  Result<Reply> reply = co_await Waiting::result_of(waiting);
  const bool unknown_script =
      reply && reply->kind() == ReplyKind::error && classify(reply->text()) == RedisErrorKind::noscript;
  if (!unknown_script) co_return judged(std::move(reply));
  if (!impl->connected) co_return impl->not_connected();
  const auto again =
      impl->submit_encoded(encode("EVAL", script.source()));  // also keeps it in the server's cache
  co_return judged(co_await Waiting::result_of(again));
}

io::Task<std::vector<Result<Reply>>> Client::pipeline(std::vector<std::vector<std::string>> commands) {
  const auto impl = impl_;
  std::vector<Result<Reply>> replies;
  replies.reserve(commands.size());
  if (!impl->connected) {
    for (std::size_t i = 0; i < commands.size(); ++i) replies.emplace_back(impl->not_connected());
    co_return replies;
  }
  std::vector<std::shared_ptr<Waiting>> waiting;
  waiting.reserve(commands.size());
  for (const auto& command : commands) waiting.push_back(impl->submit(command));
  for (const auto& one : waiting) replies.push_back(judged(co_await Waiting::result_of(one)));
  co_return replies;
}

std::shared_ptr<Waiting> Client::Impl::submit(std::span<const std::string> arguments) {
  return submit_encoded([arguments](std::string& out) { append_command(out, arguments); });
}

io::Task<Result<Reply>> Client::Impl::exchange(std::vector<std::string> arguments) {
  if (!link_up) co_return not_connected();
  const auto waiting = submit(arguments);
  co_return co_await Waiting::result_of(waiting);
}

Error Client::Impl::not_connected() const {
  return Error(ErrorCode::unavailable, "Redis is not connected: " + last_error);
}

}  // namespace recado::redis

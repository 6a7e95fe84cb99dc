// The life of the connection: opening, greeting, reading, writing, losing, opening again.
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/crypto.hpp"
#include "redis/backoff.hpp"
#include "redis/client_impl.hpp"

namespace recado::redis {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr Millis kLoadingPause{100};
/// A connection that ends sooner than this does not reset the backoff: else a server that drops us after
/// every greeting would be greeted without pause.
constexpr Millis kShortLife{1000};

Result<std::string> status_of(Result<Reply> reply) {
  if (!reply) return reply.error();
  return std::string(reply->kind() == ReplyKind::error ? reply->text() : std::string_view());
}

}  // namespace

io::Task<> Client::Impl::keep_connected(std::shared_ptr<Impl> self) {
  // shut_down() cancels what is waited for; the loops below end by `stopping`, in order.
  co_await asio::this_coro::throw_if_cancelled(false);
  Backoff backoff;
  while (!self->stopping) {
    const SteadyPoint began = self->loop.clock().steady();
    const bool was_connected = co_await self->hold_connection(self);
    if (self->stopping) break;
    if (was_connected && self->loop.clock().steady() - began > kShortLife) backoff.reset();
    const Millis wait = backoff.next(random_unit());
    if (wait > Millis::zero()) co_await self->loop.sleep(wait);
  }
}

io::Task<bool> Client::Impl::hold_connection(std::shared_ptr<Impl> self) {
  std::string why;
  stream = co_await connector.open(why);
  if (stopping) {
    stream.reset();
    co_return false;
  }
  if (!stream) {
    last_error = why;
    failures.write(log::Level::warning, "redis cannot be reached",
                   {{"endpoint", endpoint.describe()}, {"why", why}});
    co_return false;
  }
  link_up = true;
  link_tasks = 2;
  tasks.spawn("redis reader", read_replies(self));
  tasks.spawn("redis writer", write_commands(self));

  const std::string refused = co_await greet();
  bool was_connected = false;
  if (!link_up || stopping) {
    end_link("stopped");
  } else if (!refused.empty()) {
    end_link(refused);
  } else {
    was_connected = true;
    last_error.clear();
    log::info("redis connected", {{"endpoint", endpoint.describe()}});
    announce(true);
  }
  while (link_tasks > 0) co_await link_task_ended.wait();
  reply_limit.reset();
  if (!stopping) {
    auto& limit = was_connected ? losses : failures;
    limit.write(log::Level::warning, was_connected ? "redis connection lost" : "redis cannot be used",
                {{"endpoint", endpoint.describe()}, {"why", loss_reason}});
  }
  stream.reset();
  if (was_connected) announce(false);
  co_return was_connected;
}

io::Task<std::string> Client::Impl::authenticate() {
  if (endpoint.password.empty() && endpoint.user.empty()) co_return std::string();
  std::vector<std::string> auth{"AUTH"};
  if (!endpoint.user.empty()) auth.push_back(endpoint.user);
  auth.emplace_back(endpoint.password.reveal());
  const Result<std::string> refusal = status_of(co_await exchange(std::move(auth)));
  if (!refusal) co_return refusal.error().detail();
  if ((*refusal).empty()) co_return std::string();
  if (classify(*refusal) == RedisErrorKind::noauth) {
    co_return "Redis does not accept the password in REDIS_URL or REDIS_PASSWORD: " + *refusal;
  }
  co_return "Redis refuses to authenticate us: " + *refusal;
}

io::Task<std::string> Client::Impl::greet() {
  std::string failure = co_await authenticate();
  if (!failure.empty()) co_return failure;

  while (true) {
    std::vector<std::string> ping{"PING"};
    const Result<std::string> refusal = status_of(co_await exchange(std::move(ping)));
    if (!refusal) co_return refusal.error().detail();
    if ((*refusal).empty()) break;
    const RedisErrorKind kind = classify(*refusal);
    if (kind == RedisErrorKind::noauth) {
      co_return "Redis wants a password: set it in REDIS_URL or REDIS_PASSWORD (" + *refusal + ")";
    }
    const bool passes =
        kind == RedisErrorKind::loading || kind == RedisErrorKind::busy || kind == RedisErrorKind::masterdown;
    if (!passes) co_return "Redis refuses our commands: " + *refusal;
    if (last_error != *refusal) log::info("redis is not ready yet", {{"it says", *refusal}});
    last_error = *refusal;
    co_await loop.sleep(kLoadingPause);
    if (stopping || !link_up) co_return loss_reason;
  }

  std::vector<std::string> name{"CLIENT", "SETNAME", "recado"};
  const Result<Reply> named = co_await exchange(std::move(name));  // a help for operators: may be forbidden
  if (!named) co_return named.error().detail();
  if (endpoint.database != 0) {
    std::vector<std::string> select{"SELECT", std::to_string(endpoint.database)};
    const Result<std::string> refusal = status_of(co_await exchange(std::move(select)));
    if (!refusal) co_return refusal.error().detail();
    if (!(*refusal).empty()) {
      co_return "Redis refuses database " + std::to_string(endpoint.database) + ": " + *refusal;
    }
  }
  // Where SCRIPT is forbidden, EVAL brings each script along when it is needed.
  const auto known = scripts;
  for (const auto& [sha1, source] : known) {
    std::vector<std::string> load{"SCRIPT", "LOAD", source};
    const Result<Reply> loaded = co_await exchange(std::move(load));
    if (!loaded) co_return loaded.error().detail();
  }
  co_return std::string();
}

io::Task<> Client::Impl::read_replies(std::shared_ptr<Impl> self) {
  co_await asio::this_coro::throw_if_cancelled(false);
  std::vector<char> buffer(kReadBytes);
  while (self->link_up) {
    const io::IoResult read = co_await self->stream->read_some(asio::buffer(buffer));
    if (read.error) {
      self->end_link(read.error == asio::error::eof ? "Redis closed the connection" : read.error.message());
      break;
    }
    const auto parsed = self->pipeline.received(std::string_view(buffer.data(), read.bytes));
    if (!parsed) self->end_link(parsed.error().detail());
  }
  self->leave_link();
}

io::Task<> Client::Impl::write_commands(std::shared_ptr<Impl> self) {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (self->link_up) {
    if (!self->pipeline.has_output()) {
      co_await self->output_ready.wait();
      continue;
    }
    const std::string_view bytes = self->pipeline.begin_write();
    const io::IoResult written = co_await self->stream->write(asio::buffer(bytes.data(), bytes.size()));
    self->pipeline.end_write(written.bytes);
    if (written.error) self->end_link("writing to Redis failed: " + written.error.message());
  }
  self->leave_link();
}

// Only now is it known how much was written: the last of reader and writer fails what waits. (Not
// hold_connection(): it may itself be waiting for a reply to its greeting.)
void Client::Impl::leave_link() {
  if (--link_tasks == 0) pipeline.fail(loss_reason);
  link_task_ended.notify();
}

void Client::Impl::schedule_flush() {
  flush_scheduled = true;
  turn_began = loop.clock().steady();
  loop.defer([this, guard = std::weak_ptr<bool>(alive)] {
    if (guard.expired()) return;
    flush_scheduled = false;
    if (!link_up) return;
    output_ready.notify();
    if (!reply_limit) watch_replies();
  });
}

// The limit is not re-armed with every reply: when it runs out, it looks how old the oldest waiting command
// is.
void Client::Impl::watch_replies() {
  reply_limit.emplace(loop, kReplyTimeout, [this] {
    const auto oldest = pipeline.oldest();
    if (!link_up || !oldest) return reply_limit.reset();
    const auto age = loop.clock().steady() - *oldest;
    if (age < kReplyTimeout) {
      return reply_limit->restart(std::chrono::ceil<Millis>(kReplyTimeout - age));
    }
    // We may be the ones who stood still (stopped, suspended): what has arrived is read first.
    if (stream->readable_now()) return reply_limit->restart(io::kDeadlineResolution);
    end_link("no reply within " + std::to_string(kReplyTimeout.count()) + " ms");
  });
}

void Client::Impl::end_link(const std::string& reason) {
  if (!link_up) return;
  link_up = false;
  connected = false;
  loss_reason = reason;
  last_error = reason;
  if (stream) stream->close();
  output_ready.notify();
}

void Client::Impl::shut_down() {
  if (std::exchange(stopping, true)) return;
  end_link("this node is stopping");
  last_error = "this node is stopping";
  reply_limit.reset();
  connector.abort();
  tasks.cancel();
  for (io::Timer* timer : connect_waiters) timer->cancel();
}

void Client::Impl::announce(bool now_connected) {
  connected = now_connected;
  if (now_connected) {
    for (io::Timer* timer : connect_waiters) timer->cancel();
  }
  const auto everyone = callbacks;
  for (const auto& callback : everyone) callback(now_connected);
}

}  // namespace recado::redis

// The life of the connection: opening, greeting, reading, writing, losing, opening again.
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/crypto.hpp"
#include "redis/backoff.hpp"
#include "redis/connection.hpp"
#include "redis/encoder.hpp"

namespace recado::redis {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
/// A connection that ends sooner than this does not reset the backoff: else a server that drops us after
/// every greeting would be greeted without pause.
constexpr Millis kShortLife{1000};

}  // namespace

Connection::Connection(io::Loop& loop, Endpoint endpoint, ConnectionOptions options)
    : loop_(loop),
      endpoint_(std::move(endpoint)),
      options_(std::move(options)),
      tasks_(loop),
      connector_(loop, endpoint_),
      state_(loop),
      output_ready_(loop),
      link_task_ended_(loop) {}

io::Task<> Connection::keep_connected(std::shared_ptr<Connection> self) {
  // shut_down() cancels what is waited for; the loops below end by `stopping_`, in order.
  co_await asio::this_coro::throw_if_cancelled(false);
  Backoff backoff;
  while (!self->stopping_) {
    const SteadyPoint began = self->loop_.clock().steady();
    const bool was_connected = co_await self->hold_connection(self);
    if (self->stopping_) break;
    if (was_connected && self->loop_.clock().steady() - began > kShortLife) backoff.reset();
    const Millis wait = backoff.next(random_unit());
    if (wait > Millis::zero()) co_await self->loop_.sleep(wait);
  }
}

io::Task<std::unique_ptr<io::Stream>> Connection::open(std::string& why) {
  if (options_.locate) {
    auto found = co_await options_.locate();
    if (!found) {
      why = found.error().detail();
      co_return nullptr;
    }
    endpoint_ = std::move(*found);
  }
  if (stopping_) co_return nullptr;
  co_return co_await connector_.open(why);
}

io::Task<bool> Connection::hold_connection(std::shared_ptr<Connection> self) {
  std::string why;
  stream_ = co_await open(why);
  if (stopping_) {
    stream_.reset();
    co_return false;
  }
  if (!stream_) {
    last_error_ = why;
    failures_.write(log::Level::warning, options_.name + " cannot be reached", {{"why", why}});
    co_return false;
  }
  link_up_ = true;
  ++link_;
  link_tasks_ = 2;
  tasks_.spawn("redis reader", read_replies(self));
  tasks_.spawn("redis writer", write_commands(self));

  const std::string refused = co_await greet();
  bool was_connected = false;
  if (!link_up_ || stopping_) {
    end_link("stopped");
  } else if (!refused.empty()) {
    end_link(refused);
  } else {
    was_connected = true;
    last_error_.clear();
    log::info(options_.name + " connected", {{"endpoint", endpoint_.describe()}});
    state_.announce(true);
  }
  while (link_tasks_ > 0) co_await link_task_ended_.wait();
  reply_limit_.reset();
  if (!stopping_) {
    auto& limit = was_connected ? losses_ : failures_;
    limit.write(log::Level::warning, options_.name + (was_connected ? " connection lost" : " cannot be used"),
                {{"endpoint", endpoint_.describe()}, {"why", loss_reason_}});
  }
  stream_.reset();
  if (was_connected) state_.announce(false);
  co_return was_connected;
}

io::Task<> Connection::read_replies(std::shared_ptr<Connection> self) {
  co_await asio::this_coro::throw_if_cancelled(false);
  std::vector<char> buffer(kReadBytes);
  while (self->link_up_) {
    const io::IoResult read = co_await self->stream_->read_some(asio::buffer(buffer));
    if (read.error) {
      self->end_link(read.error == asio::error::eof ? "Redis closed the connection" : read.error.message());
      break;
    }
    const auto parsed = self->pipeline_.received(std::string_view(buffer.data(), read.bytes));
    if (!parsed) self->end_link(parsed.error().detail());
  }
  self->leave_link();
}

io::Task<> Connection::write_commands(std::shared_ptr<Connection> self) {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (self->link_up_) {
    if (!self->pipeline_.has_output()) {
      co_await self->output_ready_.wait();
      continue;
    }
    const std::string_view bytes = self->pipeline_.begin_write();
    const io::IoResult written = co_await self->stream_->write(asio::buffer(bytes.data(), bytes.size()));
    self->pipeline_.end_write(written.bytes);
    if (written.error) self->end_link("writing to Redis failed: " + written.error.message());
  }
  self->leave_link();
}

// Only now is it known how much was written: the last of reader and writer fails what waits. (Not
// hold_connection(): it may itself be waiting for a reply to its greeting.)
void Connection::leave_link() {
  if (--link_tasks_ == 0) pipeline_.fail(loss_reason_);
  link_task_ended_.notify();
}

void Connection::schedule_flush() {
  flush_scheduled_ = true;
  turn_began_ = loop_.clock().steady();
  loop_.defer([this, guard = std::weak_ptr<bool>(alive_)] {
    if (guard.expired()) return;
    flush_scheduled_ = false;
    if (!link_up_) return;
    output_ready_.notify();
    if (!reply_limit_) watch_replies();
  });
}

// The limit is not re-armed with every reply: when it runs out, it looks how old the oldest waiting command
// is.
void Connection::watch_replies() {
  reply_limit_.emplace(loop_, kReplyTimeout, [this] {
    const auto oldest = pipeline_.oldest();
    if (!link_up_ || !oldest) return reply_limit_.reset();
    const auto age = loop_.clock().steady() - *oldest;
    if (age < kReplyTimeout) {
      return reply_limit_->restart(std::chrono::ceil<Millis>(kReplyTimeout - age));
    }
    // We may be the ones who stood still (stopped, suspended): what has arrived is read first.
    if (stream_->readable_now()) return reply_limit_->restart(io::kDeadlineResolution);
    end_link("no reply within " + std::to_string(kReplyTimeout.count()) + " ms");
  });
}

void Connection::end_link(const std::string& reason) {
  if (!link_up_) return;
  link_up_ = false;
  state_.lose();
  loss_reason_ = reason;
  last_error_ = reason;
  if (stream_) stream_->close();
  output_ready_.notify();
}

void Connection::start() {
  if (std::exchange(started_, true)) return;
  last_error_ = "not connected yet";
  tasks_.spawn("redis connection", keep_connected(shared_from_this()));
}

void Connection::give_up(const std::string& reason) {
  if (link_up_) {
    end_link(reason);
  } else {
    connector_.abort();
  }
}

void Connection::shut_down() {
  if (std::exchange(stopping_, true)) return;
  end_link("this node is stopping");
  last_error_ = "this node is stopping";
  reply_limit_.reset();
  connector_.abort();
  tasks_.cancel();
  state_.close();
}

Error Connection::not_connected() const {
  return Error(ErrorCode::unavailable, "Redis is not connected: " + last_error_);
}

std::shared_ptr<Waiting> Connection::submit(std::span<const std::string> arguments) {
  return submit_encoded([arguments](std::string& out) { append_command(out, arguments); });
}

std::shared_ptr<Waiting> Connection::submit_eval(const Script& script, ScriptForm form,
                                                 std::span<const std::string> keys,
                                                 std::span<const std::string> arguments) {
  const bool by_sha1 = form == ScriptForm::sha1;
  if (options_.scripts) options_.scripts->try_emplace(script.sha1(), script.source());
  return submit_encoded([&](std::string& out) {
    append_header(out, 3 + keys.size() + arguments.size());
    append_bulk(out, by_sha1 ? "EVALSHA" : "EVAL");  // EVAL also keeps it in the server's cache
    append_bulk(out, by_sha1 ? script.sha1() : script.source());
    append_bulk(out, std::to_string(keys.size()));
    for (const std::string& key : keys) append_bulk(out, key);
    for (const std::string& argument : arguments) append_bulk(out, argument);
  });
}

io::Task<Result<Reply>> Connection::exchange(std::vector<std::string> arguments) {
  if (!link_up_) co_return not_connected();
  const auto waiting = submit(arguments);
  co_return co_await Waiting::result_of(waiting);
}

}  // namespace recado::redis

#include "http/session.hpp"

#include <array>
#include <boost/asio/error.hpp>
#include <exception>
#include <span>
#include <utility>

#include "base/buffer.hpp"
#include "base/log.hpp"
#include "http/request_checks.hpp"

namespace recado::http {

namespace {

constexpr std::size_t kMaxBufferBytes = 64 * 1024;
constexpr std::size_t kFlushBytes = 64 * 1024;       ///< held answers are written from this size on
constexpr std::size_t kCopiedBodyBytes = 16 * 1024;  ///< larger bodies are written from where they are
constexpr std::size_t kSliceBytes = 256 * 1024;      ///< of a large body, each within the write timeout
constexpr std::uint64_t kSkippedBodyBytes =
    64 * 1024;  ///< a refused body up to this is read to keep the connection
constexpr std::chrono::seconds kLingerTotal{10};

}  // namespace

Session::Session(std::shared_ptr<Service> service, std::unique_ptr<io::Stream> stream)
    : service_(std::move(service)),
      stream_(std::move(stream)),
      socket_(stream_.get()),
      peer_(stream_->peer()),
      reader_(service_->options.max_header_bytes),
      buffer_(kFirstBufferBytes),
      read_limit_(kNever),
      write_limit_(kNever),
      armed_for_(kNever),
      deadline_(service_->loop, service_->options.header_timeout, [this] { on_limit(); }) {
  deadline_.cancel();
}

io::Task<> Session::start(std::shared_ptr<Session> self) {
  auto& service = *self->service_;
  self->place_ = service.sessions.insert(service.sessions.end(), self.get());
  self->idle_since_ = self->now();
  service.metrics.connections(service.connections());
  return run(std::move(self));
}

io::Task<> Session::run(std::shared_ptr<Session> self) {
  auto& service = *self->service_;
  // Also when the coroutine is cancelled.
  const auto leave = [&service](Session* session) {
    session->deadline_.cancel();
    session->be_idle(false);
    service.sessions.erase(session->place_);
    service.load.held(session->held_, 0);
    service.metrics.connections(service.connections());
    service.ended.notify();
  };
  const std::unique_ptr<Session, decltype(leave)> left(self.get(), leave);
  const bool secured = co_await self->secure();
  if (!secured) co_return;
  co_await self->serve();
  self->close();
}

void Session::close() noexcept {
  if (stream_) {
    stream_->close();
  } else {
    socket_->close();
  }
}

io::Task<bool> Session::secure() {
  if (service_->tls == nullptr) co_return true;
  wait_until(Waiting::handshake, now() + service_->options.header_timeout);
  io::error_code error;
  auto plain = std::move(stream_);
  auto secured = co_await service_->tls->handshake(plain, error);
  stream_ = secured ? std::move(secured) : std::move(plain);
  if (error) {
    log::debug("a TLS handshake failed", {{"peer", peer_}, {"error", error.message()}});
    close();
    co_return false;
  }
  co_return true;
}

io::Task<> Session::serve() {
  idle_since_ = now();
  while (!closing_) {
    std::size_t consumed = 0;
    const auto event = reader_.feed(unread(), consumed);
    consume(consumed);
    switch (event) {
      case RequestReader::Event::need_more: {
        if (outgrown()) break;
        const bool filled = co_await fill();
        if (!filled) co_return;
        break;
      }
      case RequestReader::Event::head: {
        auto match = route_request();
        if (match.undecided) match = co_await decide(match.needed);
        head(std::move(match));
        if (refused_ || !route_->stream_handler) break;
        const bool alive = co_await answer_stream();
        if (!alive) co_return;
        break;
      }
      case RequestReader::Event::body:
        if (!refused_) co_await answer();
        reader_.next();
        break;
      case RequestReader::Event::failed:
        fail();
        break;
    }
    if (must_flush()) {
      const bool flushed = co_await flush();
      if (!flushed) co_return;
    }
  }
  const bool flushed = co_await flush();
  if (!flushed) co_return;
  co_await linger();
}

/// Reads more bytes, after what is to be said was said. False: the connection is over.
io::Task<bool> Session::fill() {
  if (writing_ || broken_ || !out_.empty()) {
    const bool flushed = co_await flush();
    if (!flushed) co_return false;
  }
  const auto& options = service_->options;
  const bool head = reader_.in_head();
  const bool body = reader_.head_complete();
  if (!body && !head) give_back();
  if (end_ == buffer_.size()) {
    if (begin_ > 0) {
      std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), buffer_.end(), buffer_.begin());
      end_ -= begin_;
      begin_ = 0;
    } else {
      buffer_.resize(buffer_.size() *
                     2);  // bounded: the reader fails before a head or chunk header gets that long
    }
  }
  be_idle(!body);
  if (body) {
    const bool streamed = !refused_ && route_ != nullptr && route_->stream_handler;
    wait_until(Waiting::body, (streamed ? now() : head_done_) + options.body_timeout);
  } else if (head) {
    if (!in_head_) head_started_ = now();
    wait_until(Waiting::head, head_started_ + options.header_timeout);
  } else {
    wait_until(Waiting::idle, idle_limit());
  }
  in_head_ = head;
  account();
  const std::size_t room = buffer_.size() - end_;
  const auto read = co_await stream_->read_some(io::asio::mutable_buffer(buffer_.data() + end_, room));
  waiting_ = Waiting::nothing;
  read_limit_ = kNever;
  be_idle(false);
  if (read.error) co_return false;
  queued_ = {};
  if (!service_->slice.try_enter()) queued_ = co_await service_->slice.wait();
  if (timed_out_) {
    // The answer is on its way already (write_timeout).
    begin_ = end_ = 0;
    unread_body_ = true;
    co_await linger();
    co_return false;
  }
  end_ += read.bytes;
  // A body comes in large pieces: the next read may take more at once.
  if (read.bytes == room && begin_ == 0 && buffer_.size() < kMaxBufferBytes)
    buffer_.resize(buffer_.size() * 2);
  co_return true;
}

void Session::consume(std::size_t bytes) noexcept {
  begin_ += bytes;
  if (begin_ == end_) begin_ = end_ = 0;
}

Router::Match Session::route_request() {
  auto& request = reader_.request();
  in_head_ = false;
  refused_ = false;
  request.peer = peer_;
  head_done_ = now();
  return service_->router.match(request);
}

/// Who is asking has to be asked for elsewhere.
io::Task<Router::Match> Session::decide(Scope needed) {
  flush_when_held();
  in_handler_ = true;
  auto match = co_await service_->router.decide(reader_.request(), needed);
  in_handler_ = false;
  co_return match;
}

std::optional<Response> Session::refusal(Router::Match match) {
  auto& request = reader_.request();
  route_ = match.route;
  principal_ = std::move(match.principal);
  if (match.refusal) return std::move(match.refusal);
  const bool streamed = static_cast<bool>(route_->stream_handler);
  const std::uint64_t limit =
      route_->max_body_bytes != 0 ? route_->max_body_bytes : service_->options.max_body_bytes;
  if (reader_.has_body()) {
    if (!streamed && reader_.content_length() > limit) {
      return problem(413, "the body is longer than " + std::to_string(limit) + " bytes");
    }
    if (auto refused = refuse_media_type(request, *route_)) return refused;
    if (!streamed) reader_.limit_body(limit);
    if (!route_->accepts_body) reader_.discard_body();
  }
  if (auto refused = refuse_expectation(request)) return refused;
  return service_->load.refusal(*route_, streamed ? 0 : reader_.content_length(), queued_);
}

/// Decides what to do with a request whose header is complete.
void Session::head(Router::Match match) {
  auto& request = reader_.request();
  auto refused = refusal(std::move(match));
  const bool waits = reader_.has_body() && expects_continue(request);
  if (refused) {
    // A body that will not be used is skipped when it is small and surely on its way; else the connection
    // ends.
    const bool skip = !reader_.chunked() && reader_.content_length() <= kSkippedBodyBytes && !waits;
    unread_body_ = !skip;
    refused_ = true;
    reader_.discard_body();
    reply(std::move(*refused), skip && reader_.keep_alive());
    return;
  }
  // Written by fill(), which waits for the body.
  if (waits && unread().empty()) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
}

/// Answers a request that cannot be read on.
void Session::fail() {
  closing_ = true;
  unread_body_ = true;
  if (refused_) return;  // answered before; only its body went wrong
  if (!reader_.head_complete()) {
    route_ = nullptr;
    head_done_ = now();
    reader_.request().method.clear();
    reader_.request().headers.clear();
  }
  reply(problem(reader_.status(), reader_.detail()), false);
}

/// Appends the answer to what is to be written.
void Session::reply(Response response, bool keep_alive) {
  auto& service = *service_;
  const auto& request = reader_.request();
  const bool head = request.method == "HEAD";
  // What was sent behind it already is answered too.
  if (service.draining && unread().empty()) keep_alive = false;
  if (!keep_alive) closing_ = true;
  ReplyOptions options;
  options.version = request.version;
  options.keep_alive = keep_alive;
  options.chunked = response.more && request.version >= 11;
  options.common = service.common_headers.lines(service.loop.clock().now());
  const std::string cors = service.cors.headers(request, response);
  options.cors = cors;
  append_reply_head(out_, response, options);
  if (!head && status_has_body(response.status)) {
    if (body_of(response).size() <= kCopiedBodyBytes) {
      out_ += body_of(response);
    } else if (response.static_body.empty()) {
      large_body_ = std::move(response.body);
    } else {
      static_body_ = response.static_body;
    }
  }
  idle_since_ = now();
  const std::chrono::duration<double> took = idle_since_ - head_done_;
  service.metrics.answered(route_, request.method, response.status, took.count());
  if (log::enabled(log::Level::debug)) {
    log::debug("request answered", {{"method", request.method},
                                    {"path", request.path},
                                    {"status", response.status},
                                    {"peer", peer_},
                                    {"ms", took.count() * 1000}});
  }
}

/// Earlier answers must not wait for a handler that waits: when it is still running at the end of this turn
/// of the loop, they are written beside it.
void Session::flush_when_held() {
  if (out_.empty() || held_flush_queued_) return;
  held_flush_queued_ = true;
  service_->loop.defer([self = shared_from_this()] {
    self->held_flush_queued_ = false;
    if (!self->in_handler_ || self->out_.empty() || self->writing_) return;
    self->service_->tasks.spawn("http held answers", write_held(self));
  });
}

io::Task<> Session::write_held(std::shared_ptr<Session> self) {
  const bool sent = co_await self->flush();
  if (!sent) self->close();
}

/// Whether more answers must not be gathered before what there is was written.
bool Session::must_flush() const noexcept {
  return out_.size() >= kFlushBytes || !large_body_.empty() || !static_body_.empty();
}

/// Writes everything that is held. False: the connection is broken.
io::Task<bool> Session::flush() {
  while (writing_) {
    if (!written_) written_ = std::make_unique<io::WakeEvent>(service_->loop);
    co_await written_->wait();
  }
  if (broken_ || (out_.empty() && !must_flush())) co_return !broken_;
  account();
  writing_ = true;
  sending_.swap(out_);
  const std::string owned = std::move(large_body_);
  large_body_.clear();
  std::string_view body = owned.empty() ? std::exchange(static_body_, {}) : std::string_view(owned);
  std::array<io::asio::const_buffer, 2> buffers{io::asio::const_buffer(sending_.data(), sending_.size()),
                                                io::asio::const_buffer()};
  do {
    const std::string_view slice = body.substr(0, kSliceBytes);
    body.remove_prefix(slice.size());
    buffers[1] = io::asio::const_buffer(slice.data(), slice.size());
    limit_write(now() + service_->options.write_timeout);
    const std::span<const io::asio::const_buffer> pieces(buffers.data(), slice.empty() ? 1 : 2);
    const auto written = co_await stream_->write(pieces);
    broken_ = static_cast<bool>(written.error);
    buffers[0] = io::asio::const_buffer();
  } while (!broken_ && !body.empty());
  write_limit_ = kNever;
  sending_.clear();
  if (sending_.capacity() > 2 * kFlushBytes) free_buffer(sending_);
  writing_ = false;
  account();
  if (written_) written_->notify();
  co_return !broken_;
}

/// After the last answer: says the end and lets the peer read it, before unread bytes turn the close into a
/// reset.
io::Task<> Session::linger() {
  const auto give_up = now() + kLingerTotal;
  if (!timed_out_) co_await stream_->shutdown_write();
  while (true) {
    const auto silence = unread_body_ ? kLingerSilence : kLinger;
    wait_until(Waiting::linger, std::min(give_up, now() + silence));
    const auto read = co_await stream_->read_some(io::asio::mutable_buffer(buffer_.data(), buffer_.size()));
    if (read.error) break;
  }
  waiting_ = Waiting::nothing;
  read_limit_ = kNever;
}

}  // namespace recado::http

#include "net/http_exchange.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "net/connect_race.hpp"
#include "net/request_text.hpp"

namespace recado::net {
namespace {

/// Requests up to this size fit the socket's buffer and are written before reading; longer ones are written
/// while the answer is awaited, because a peer may refuse early and never read the rest.
constexpr std::size_t kWriteFirst = 16 * 1024;

/// How long the peer said it keeps the connection (`Keep-Alive: timeout=5`), less a second for what is on its
/// way.
Millis keep_for(const Headers& headers, Millis most) {
  for (const auto& [name, value] : headers) {
    if (name != "keep-alive") continue;
    const auto at = value.find("timeout=");
    if (at == std::string::npos) continue;
    unsigned seconds = 0;
    const char* first = value.data() + at + 8;
    const auto [end, error] = std::from_chars(first, value.data() + value.size(), seconds);
    if (error == std::errc()) return std::min(most, Millis(std::int64_t{seconds} * 1000 - 1000));
  }
  return most;
}

}  // namespace

Exchange::Exchange(ClientParts& parts, HttpRequest request, std::function<bool()> before_write)
    : parts_(parts),
      request_(std::move(request)),
      before_write_(std::move(before_write)),
      origin_(request_.trusted ? "trusted " + request_.url.origin() : request_.url.origin()),
      started_(parts.loop.clock().steady()),
      wire_(std::make_shared<Wire>(parts.loop)),
      reader_(request_.method == "HEAD", request_.max_response_bytes),
      deadline_(parts.loop, request_.timeout, [this] {
        if (guarded_ != nullptr) guarded_->close();
      }) {}

Exchange::~Exchange() {
  if (wire_->stream) wire_->stream->close();
  let_go();
}

io::Task<HttpResponse> Exchange::run() {
  auto head = request_head(request_);
  if (!head) {
    fail(SendError::closed, head.error().detail());
    co_return std::move(response_);
  }
  wire_->head = std::move(*head);
  wire_->body = std::move(request_.body);

  bool may_reuse = true;
  while (true) {
    // A coroutine of its own only where there is something to wait for.
    if (!(may_reuse && reuse())) {
      const bool connected = co_await open();
      if (!connected) co_return std::move(response_);
    }
    if (before_write_ && !before_write_()) {
      fail(SendError::closed, "the request was called off before anything was written");
      give_back();
      co_return std::move(response_);
    }
    phase_ = "sending the request";
    response_.written = true;  // from here on, until the write says otherwise
    if (wire_->head.size() + wire_->body.size() > kWriteFirst) {
      parts_.writers.spawn("request body", write_body(wire_));
      break;
    }
    const auto buffers = wire_->buffers();
    wire_->written = co_await wire_->stream->write(buffers);
    response_.written = wire_->written->bytes > 0;
    if (!wire_->written->error || response_.written || !reused_ || out_of_time()) break;
    // A connection of the pool that took not a single byte: nothing can have arrived, so a new one is no
    // repetition.
    may_reuse = false;
  }
  phase_ = "waiting for the answer";
  const auto state = co_await read_answer();
  if (!wire_->written) {
    co_await stop_writing();
  } else if (wire_->written->error) {
    wire_->stream->close();
  }
  conclude(state);
  co_return std::move(response_);
}

/// A connection of the pool, if there is one.
bool Exchange::reuse() {
  let_go();
  wire_->stream.reset();
  generation_ = parts_.generation;
  auto pooled = parts_.pool.take(origin_);
  if (!pooled) return false;
  reused_ = true;
  hold(std::move(pooled));
  return true;
}

/// A new connection.
io::Task<bool> Exchange::open() {
  let_go();
  wire_->stream.reset();
  generation_ = parts_.generation;
  reused_ = false;
  const bool connected = co_await connect();
  if (!connected) co_return false;
  if (request_.url.tls) {
    const bool secured = co_await start_tls();
    if (!secured) co_return false;
  }
  co_return true;
}

io::Task<std::optional<std::vector<boost::asio::ip::address>>> Exchange::find_addresses() {
  phase_ = "resolving the name";
  const auto& host = request_.url.host;
  const auto limit = std::min(remaining(), parts_.limits.connect_timeout);
  auto found = co_await parts_.resolver.resolve(host, limit);
  if (!found) {
    fail(out_of_time() ? SendError::timeout : SendError::dns, found.error().detail());
    co_return std::nullopt;
  }
  std::vector<boost::asio::ip::address> allowed;
  std::string refusal;
  for (const auto& address : found.value()) {
    const auto verdict = request_.trusted ? Result<void>() : parts_.policy.check(address);
    if (verdict.ok()) {
      allowed.push_back(address);
    } else if (refusal.empty()) {
      refusal = verdict.error().detail();
    }
  }
  if (allowed.empty()) {
    const bool literal = found.value().size() == 1 && found.value().front().to_string() == host;
    fail(SendError::address_refused,
         literal ? refusal : "`" + host + "` resolves to a refused address: " + refusal);
    co_return std::nullopt;
  }
  co_return allowed;
}

io::Task<bool> Exchange::connect() {
  auto addresses = co_await find_addresses();
  if (!addresses) co_return false;
  phase_ = "connecting";
  const auto limit = std::min(remaining(), parts_.limits.connect_timeout);
  auto race = co_await connect_first(parts_.loop, std::move(*addresses), request_.url.port, limit);
  if (!race.stream) {
    fail(out_of_time() ? SendError::timeout : SendError::connect,
         "could not connect to `" + request_.url.host + "`: " + race.failure);
    co_return false;
  }
  hold(std::move(race.stream));
  co_return true;
}

io::Task<bool> Exchange::start_tls() {
  phase_ = "the TLS handshake";
  std::string key = request_.url.host + ":" + std::to_string(request_.url.port);
  io::error_code error;
  std::string reason;
  // The handshake moves the stream into its TLS layer and, when it fails, back: guarded_ stays valid
  // throughout.
  auto secured =
      co_await parts_.tls->handshake(wire_->stream, request_.url.host, std::move(key), error, reason);
  if (!secured) {
    if (out_of_time()) {
      fail(SendError::timeout, "");
    } else {
      fail(SendError::tls, "TLS with `" + request_.url.host + "` failed: " + reason);
    }
    co_return false;
  }
  wire_->stream = std::move(secured);
  guarded_ = wire_->stream.get();
  co_return true;
}

std::array<boost::asio::const_buffer, 2> Exchange::Wire::buffers() const {
  return {boost::asio::buffer(head), boost::asio::buffer(body)};
}

io::Task<> Exchange::write_body(std::shared_ptr<Wire> wire) {
  const auto buffers = wire->buffers();
  wire->written = co_await wire->stream->write(buffers);
  wire->done.notify();
}

io::Task<ResponseReader::State> Exchange::read_answer() {
  while (true) {
    // A write that failed does not end this: the peer may have answered before it closed.
    const auto read = co_await wire_->stream->read_some(reader_.prepare());
    auto state = read.bytes > 0 ? reader_.commit(read.bytes) : ResponseReader::State::need_more;
    if (state != ResponseReader::State::need_more) co_return state;
    if (read.error == boost::asio::error::eof) co_return reader_.end_of_input();
    if (read.error) co_return ResponseReader::State::need_more;
  }
}

/// Waits for a body that is still being written; an answer that came before its end makes the rest pointless.
io::Task<> Exchange::stop_writing() {
  wire_->stream->close();
  while (!wire_->written) co_await wire_->done.wait();
  response_.written = wire_->written->bytes > 0;
}

void Exchange::conclude(ResponseReader::State state) {
  response_.latency = elapsed();
  if (reader_.has_status()) {
    // The header is the verdict, also when the body ends early or never ends.
    const bool keep = state == ResponseReader::State::complete && reader_.keep_alive() && !reader_.leftover();
    response_.body_complete = state == ResponseReader::State::complete;
    response_.written = true;
    reader_.take(response_);
    if (keep) give_back();
    return;
  }
  if (out_of_time()) {
    fail(SendError::timeout, "");
  } else if (state == ResponseReader::State::malformed && reader_.received_any()) {
    fail(SendError::closed, "the answer is not valid HTTP: " + reader_.problem());
  } else if (reader_.received_any()) {
    fail(SendError::closed, "the connection was closed in the middle of the answer");
  } else {
    fail(SendError::closed, "the connection was closed before any answer came");
  }
}

/// The connection may serve the next request.
void Exchange::give_back() {
  const auto most = parts_.limits.idle_timeout;
  let_go();
  if (generation_ != parts_.generation || !wire_->stream->is_open()) return;
  parts_.pool.put(origin_, std::move(wire_->stream), keep_for(response_.headers, most));
}

Millis Exchange::elapsed() const {
  return std::chrono::duration_cast<Millis>(parts_.loop.clock().steady() - started_);
}

Millis Exchange::remaining() const {
  return std::max(Millis::zero(), request_.timeout - elapsed());
}

bool Exchange::out_of_time() const {
  return deadline_.expired() || remaining() == Millis::zero();
}

void Exchange::fail(SendError error, std::string detail) {
  response_.error = error;
  if (error == SendError::timeout) {
    detail = "no answer within " + format_duration(request_.timeout) + "; the time ran out while " + phase_ +
             (detail.empty() ? "" : " (" + detail + ")");
  }
  response_.detail = std::move(detail);
  response_.latency = elapsed();
}

void Exchange::hold(std::unique_ptr<io::Stream> stream) {
  wire_->stream = std::move(stream);
  guarded_ = wire_->stream.get();
  if (deadline_.expired()) guarded_->close();
  if (!held_) ++parts_.in_use;
  held_ = true;
}

void Exchange::let_go() {
  guarded_ = nullptr;
  if (held_) --parts_.in_use;
  held_ = false;
}

}  // namespace recado::net

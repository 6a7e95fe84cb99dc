#include "auth/access.hpp"

#include <utility>

#include "base/log.hpp"

namespace recado::auth {
namespace {

constexpr Millis kRefreshPause{20};         ///< between two refreshes, however many ask
constexpr std::size_t kMaxWaiting = 1'000;  ///< who waits for the store

const char* reason_of(Decision::Kind kind) {
  switch (kind) {
    case Decision::Kind::missing:
      return "missing";
    case Decision::Kind::malformed:
      return "malformed";
    case Decision::Kind::invalid:
      return "invalid";
    case Decision::Kind::expired:
      return "expired";
    case Decision::Kind::limited:
      return "limited";
    case Decision::Kind::unavailable:
      return "unavailable";
    case Decision::Kind::admitted:
    case Decision::Kind::undecided:
      break;
  }
  return nullptr;
}

Decision of(Decision::Kind kind) {
  Decision decision;
  decision.kind = kind;
  return decision;
}

}  // namespace

Access::Access(io::Loop& loop, TokenStore& store, Metrics& metrics)
    : loop_(loop), store_(store), metrics_(metrics), book_(loop.clock(), store), tasks_(loop), wake_(loop) {}

Access::~Access() = default;

void Access::start() {
  running_ = true;
  uses_written_ = loop_.clock().steady();
  tasks_.spawn("watch tokens", watch());
}

io::Task<> Access::stop() {
  if (!running_) co_return;
  running_ = false;
  wake_.notify();
  co_await tasks_.join();
  co_await write_uses(Millis{0});
}

io::Task<> Access::watch() {
  while (running_) {
    const SteadyPoint began = loop_.clock().steady();
    const auto waiting = std::exchange(waiting_, {});
    const bool fresh = co_await refresh();
    for (const auto& one : waiting) one->set(fresh);
    if (began - uses_written_ >= kUseInterval) {
      uses_written_ = began;
      co_await write_uses(kUseInterval);
    }
    if (!running_) break;
    co_await wake_.wait_for(kPollInterval);
    if (running_ && loop_.clock().steady() - began < kRefreshPause) co_await loop_.sleep(kRefreshPause);
  }
  for (const auto& one : std::exchange(waiting_, {})) one->set(false);
}

/// Whether what is in memory is what the store had when this began, or newer.
io::Task<bool> Access::refresh() {
  const auto version = co_await store_.version();
  if (!version.ok()) {
    version_.reset();
    co_return false;
  }
  if (version_ == *version) co_return true;
  while (true) {
    const auto changes = changes_;
    auto tokens = co_await store_.read_all();
    if (!tokens.ok()) co_return false;
    if (changes != changes_) continue;  // our own change may be missing in what was read
    authenticator_.set_stored(std::move(*tokens));
    version_ = *version;  // read before them: what others changed in between is read again
    co_return true;
  }
}

io::Task<> Access::write_uses(Millis least) {
  const auto written = co_await store_.note_uses(authenticator_.take_uses(least));
  // Nobody is refused for it, and a minute later the next times are written.
  if (!written.ok()) log::debug("the last uses of tokens were not written", {{"reason", written.error()}});
}

Decision Access::judge(std::optional<std::string_view> authorization, std::string_view peer) {
  return counted(decide(authorization, peer));
}

Decision Access::decide(std::optional<std::string_view> authorization, std::string_view peer) {
  auto found = authenticator_.authenticate(authorization, loop_.clock().now());
  Decision decision;
  decision.identity = std::move(found.identity);
  decision.expires_at = found.expires_at;
  switch (found.denial) {
    case Denial::none:
      break;
    case Denial::missing:
      decision.kind = Decision::Kind::missing;
      break;
    case Denial::malformed:
      decision.kind = Decision::Kind::malformed;
      break;
    case Denial::expired:
      decision.kind = Decision::Kind::expired;
      break;
    case Denial::invalid:
      return wrong_token(peer);
    case Denial::unknown:
      decision.kind = running_ ? Decision::Kind::undecided : Decision::Kind::unavailable;
      if (const auto limit = failures_.look(peer, loop_.clock().steady()); limit.wait) {
        decision.kind = Decision::Kind::limited;
        decision.wait = *limit.wait;
      }
      break;
  }
  return decision;
}

io::Task<Decision> Access::judge_anew(std::string authorization, std::string peer) {
  if (!running_ || waiting_.size() >= kMaxWaiting) co_return counted(of(Decision::Kind::unavailable));
  auto shot = std::make_shared<io::OneShot<bool>>(loop_);
  waiting_.push_back(shot);
  wake_.notify();
  const bool fresh = co_await shot->wait();
  Decision decision = decide(authorization, peer);
  if (decision.kind != Decision::Kind::undecided) co_return counted(std::move(decision));
  if (!fresh) co_return counted(of(Decision::Kind::unavailable));
  co_return counted(wrong_token(peer));
}

Decision Access::wrong_token(std::string_view peer) {
  const auto limit = failures_.count(peer, loop_.clock().steady());
  if (!limit.wait) return of(Decision::Kind::invalid);
  if (limit.first) {
    log::warning("too many wrong tokens from one address; it is answered 429 until it stops",
                 {{"address", FailureLimit::address_of(peer)}});
  }
  Decision decision = of(Decision::Kind::limited);
  decision.wait = *limit.wait;
  return decision;
}

Decision Access::counted(Decision decision) {
  if (const char* const reason = reason_of(decision.kind)) {
    metrics_
        .counter("recado_auth_refused_total", "Requests refused for their token, by reason.",
                 {{"reason", reason}})
        .add();
  }
  return decision;
}

io::Task<Result<MadeToken>> Access::create(NewToken wanted) {
  auto made = co_await book_.create(std::move(wanted));
  if (made.ok()) {
    ++changes_;
    authenticator_.add_stored(made->token);
    log::info("a token was made", {{"account", made->token.account},
                                   {"id", made->token.id},
                                   {"name", made->token.name},
                                   {"scopes", made->token.scopes.text()},
                                   {"by", made->token.created_by}});
  }
  co_return made;
}

io::Task<Result<std::optional<Token>>> Access::revoke(std::string account, std::string which) {
  const auto revoked = co_await book_.revoke(std::move(account), std::move(which));
  if (revoked.ok() && revoked->has_value()) {
    ++changes_;
    const Token& token = **revoked;
    authenticator_.remove_stored(token.account, token.id);
    log::info("a token was revoked", {{"account", token.account}, {"id", token.id}, {"name", token.name}});
  }
  co_return revoked;
}

}  // namespace recado::auth

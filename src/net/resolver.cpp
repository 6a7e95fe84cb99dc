#include "net/resolver.hpp"

#include <algorithm>
#include <list>
#include <optional>
#include <unordered_map>

#include "net/address_policy.hpp"
#include "net/lookup.hpp"

namespace recado::net {
namespace {

constexpr Millis kKeepFailure{1000};
constexpr std::size_t kMaxKept = 4096;

/// One lookup under way and those who wait for it.
struct Flight {
  std::optional<Result<Addresses>> result;
  std::list<io::WakeEvent*> waiters;
  LookupSource::Interest interest = std::make_shared<std::atomic<int>>(0);
};

/// A waiter's place in its flight, left however the waiting ends.
class Seat {
 public:
  Seat(std::shared_ptr<Flight> flight, io::WakeEvent& wake) : flight_(std::move(flight)) {
    place_ = flight_->waiters.insert(flight_->waiters.end(), &wake);
    ++*flight_->interest;
  }
  ~Seat() {
    flight_->waiters.erase(place_);
    --*flight_->interest;
  }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

 private:
  std::shared_ptr<Flight> flight_;
  std::list<io::WakeEvent*>::iterator place_;
};

struct Kept {
  Kept(Result<Addresses> r, SteadyPoint until) : result(std::move(r)), expires_at(until) {}
  Result<Addresses> result;
  SteadyPoint expires_at;
};

/// What outlives the resolver while a lookup is still under way.
struct State : std::enable_shared_from_this<State> {
  State(io::Loop& l, LookupSource& s) : loop(l), source(s) {}

  void start(const std::string& host, const Flight& flight) {
    source.start(host, flight.interest, [weak = weak_from_this(), host](Lookup lookup) {
      if (const auto state = weak.lock()) state->finish(host, std::move(lookup));
    });
  }

  void finish(const std::string& host, Lookup lookup) {
    auto found = flights.find(host);
    if (found == flights.end()) return;
    const auto flight = found->second;
    if (!lookup.asked && !flight->waiters.empty()) return start(host, *flight);
    flights.erase(found);
    if (!lookup.asked) return;
    const auto keep_for = lookup.addresses.ok() ? lookup.keep_for : kKeepFailure;
    if (keep_for > Millis::zero()) keep(host, lookup.addresses, keep_for);
    flight->result.emplace(std::move(lookup.addresses));
    for (auto* wake : flight->waiters) wake->notify();
  }

  void keep(const std::string& host, const Result<Addresses>& result, Millis keep_for) {
    const auto now = loop.clock().steady();
    if (kept.size() >= kMaxKept) {
      std::erase_if(kept, [now](const auto& entry) { return entry.second.expires_at <= now; });
      if (kept.size() >= kMaxKept) kept.erase(kept.begin());
    }
    kept.insert_or_assign(host, Kept(result, now + keep_for));
  }

  io::Loop& loop;
  LookupSource& source;  ///< calls nothing of ours after its end, and ends with the resolver
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights;
  std::unordered_map<std::string, Kept> kept;
};

class CachingResolver final : public Resolver {
 public:
  CachingResolver(io::Loop& loop, std::unique_ptr<LookupSource> source)
      : source_(std::move(source)), state_(std::make_shared<State>(loop, *source_)) {}

  io::Task<Result<Addresses>> resolve(std::string host, Millis limit) override {
    auto literal = parse_address_literal(host);
    if (!literal) co_return literal.error();
    if (literal->has_value()) {
      Addresses one(1, literal->value());
      co_return one;
    }
    for (char& c : host) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (host.ends_with('.')) host.pop_back();

    if (auto found = state_->kept.find(host); found != state_->kept.end()) {
      if (found->second.expires_at > state_->loop.clock().steady()) co_return found->second.result;
      state_->kept.erase(found);
    }
    const auto [place, first] = state_->flights.try_emplace(host);
    if (first) place->second = std::make_shared<Flight>();
    const auto flight = place->second;
    io::WakeEvent wake(state_->loop);
    const Seat seat(flight, wake);
    // Only now: a helper thread skips a lookup that nobody waits for, and it may look at once.
    if (first) state_->start(host, *flight);
    if (!flight->result) co_await wake.wait_for(limit);
    if (flight->result) co_return *flight->result;
    co_return Error(ErrorCode::timeout,
                    "the name `" + host + "` was not resolved within " + format_duration(limit));
  }

 private:
  std::unique_ptr<LookupSource> source_;
  std::shared_ptr<State> state_;
};

}  // namespace

std::unique_ptr<Resolver> make_caching_resolver(io::Loop& loop, std::unique_ptr<LookupSource> source) {
  return std::make_unique<CachingResolver>(loop, std::move(source));
}

Result<std::unique_ptr<Resolver>> Resolver::create(io::Loop& loop, std::vector<std::string> servers) {
  std::unique_ptr<LookupSource> source;
  if (servers.empty()) {
    source = make_system_lookup(loop);
  } else {
    auto made = make_dns_lookup(loop, servers);
    if (!made) return made.error();
    source = std::move(*made);
  }
  return make_caching_resolver(loop, std::move(source));
}

}  // namespace recado::net

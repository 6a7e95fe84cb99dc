// What the dispatcher shows in /metrics: gauges that are read when the page is made.
#include <algorithm>
#include <set>

#include "engine/dispatch/dispatcher.hpp"
#include "net/url.hpp"

namespace recado::engine {

namespace {

/// Origins that are named one by one; the rest is only counted. Names come from clients: without a bound they
/// would fill the metrics' store.
constexpr std::size_t kOriginsNamed = 20;
constexpr std::array kBreakerStates = {Breaker::State::closed, Breaker::State::open,
                                       Breaker::State::half_open};
constexpr std::array kGateKinds = {GateKind::origin,  GateKind::share, GateKind::queue,
                                   GateKind::channel, GateKind::day,   GateKind::other};

}  // namespace

void Dispatcher::register_gauges(Metrics& metrics) {
  metrics.gauge("recado_claimed_messages", "Messages this node holds",
                [this] { return static_cast<double>(entries_.size()); });
  metrics.gauge("recado_in_flight", "Attempts under way", [this] { return static_cast<double>(in_flight_); });
  metrics.gauge("recado_unrecorded_outcomes", "Outcomes that Redis has not confirmed",
                [this] { return static_cast<double>(recorder_.pending()); });
  metrics.gauge("recado_seconds_since_progress", "Since the dispatch loop last turned",
                [this] { return seconds_since_progress(); });
  using Samples = std::vector<std::pair<Labels, double>>;
  metrics.gauges("recado_breakers", "Destinations this node knows, by the state of their breaker", [this] {
    Samples out;
    for (const auto state : kBreakerStates) {
      const auto count = std::count_if(origins_.begin(), origins_.end(), [state](const auto& item) {
        return item.second->breaker.state() == state;
      });
      out.emplace_back(Labels{{"state", to_string(state)}}, static_cast<double>(count));
    }
    return out;
  });
  metrics.gauges(
      "recado_breaker_open_seconds",
      "Since the breaker opened, of the destinations that are down for the longest time (20 at most)",
      [this] {
        std::vector<const Origin*> down;
        for (const auto& [name, origin] : origins_) {
          if (origin->breaker.state() != Breaker::State::closed) down.push_back(origin.get());
        }
        std::sort(down.begin(), down.end(),
                  [](const Origin* a, const Origin* b) { return a->breaker.since() < b->breaker.since(); });
        if (down.size() > kOriginsNamed) down.resize(kOriginsNamed);
        Samples out;
        for (const Origin* origin : down) {
          const std::chrono::duration<double> since = loop_.clock().steady() - origin->breaker.since();
          out.emplace_back(Labels{{"origin", origin->name}, {"state", to_string(origin->breaker.state())}},
                           since.count());
        }
        return out;
      });
  metrics.gauges("recado_gates", "Gates that hold messages back now, by kind, as this node last saw them",
                 [this] {
                   std::array<std::set<std::string_view>, kGateKinds.size()> names;
                   const auto add = [&names](const std::string& gate) {
                     names[static_cast<std::size_t>(gate_kind(gate))].insert(gate);
                   };
                   for (const auto& shard : shards_) {
                     for (const auto& gate : shard.closed) add(gate);
                     for (const auto& gate : shard.waiting) add(gate);
                     for (const auto& gate : shard.releasing) add(gate);
                   }
                   Samples out;
                   for (const GateKind kind : kGateKinds) {
                     out.emplace_back(Labels{{"gate", to_string(kind)}},
                                      static_cast<double>(names[static_cast<std::size_t>(kind)].size()));
                   }
                   return out;
                 });
}

bool Dispatcher::is_sending(const std::string& key) const {
  const auto found = entries_.find(key);
  return found != entries_.end() && found->second->state == Entry::State::sending;
}

BreakerView Dispatcher::breaker_of(const std::string& url) const {
  BreakerView out;
  const auto parsed = net::parse_url(url);
  if (!parsed.ok()) return out;
  out.origin = parsed->origin();
  const auto found = origins_.find(out.origin);
  if (found == origins_.end()) return out;
  const Breaker& breaker = found->second->breaker;
  const SteadyPoint steady = loop_.clock().steady();
  const Instant now = loop_.clock().now();
  out.state = to_string(breaker.state());
  out.failures = breaker.failures();
  if (breaker.state() == Breaker::State::closed) return out;
  out.since = now - std::chrono::duration_cast<Millis>(steady - breaker.since());
  out.next_probe = now + breaker.wait(steady);
  return out;
}

}  // namespace recado::engine

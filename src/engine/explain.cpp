// Gathers what is known of a message: its record, where it is, the gates it is behind or will meet, its
// destination.
#include "engine/engine_impl.hpp"
#include "engine/store/record.hpp"

namespace recado::engine {

io::Task<Result<std::optional<Explanation>>> EngineImpl::explain(std::string account, std::string id) {
  const std::string key = message_key(account, id);
  const auto found = co_await store_.find(key);
  if (!found.ok()) co_return found.error();
  if (!*found) co_return std::optional<Explanation>();
  auto message = decode_record(key, (*found)->record, (*found)->score);
  if (!message.ok()) co_return message.error();
  Explanation out;
  out.message = std::move(message).value();
  out.message.held_by = (*found)->held_by;
  if ((*found)->claimed) {
    out.message.status = Status::delivering;
    out.claim.emplace();
    out.claim->node = (*found)->node;
    out.claim->number = (*found)->claim.number;
    if ((*found)->claim.at != Instant{}) out.claim->since = (*found)->claim.at;
    out.claim->sending = dispatcher_.is_sending(key);
  }
  out.node = store_.incarnation();
  out.breaker = dispatcher_.breaker_of(out.message.spec.webhook_url);
  out.warnings = warnings_;
  if ((*found)->finished) co_return std::optional<Explanation>(std::move(out));

  const std::vector<std::string> gates = gate_names(out.message);
  const auto around = co_await store_.read_surroundings(key, gates);
  if (!around.ok()) co_return around.error();
  add_notes(out.message, around->notes);
  for (std::size_t i = 0; i < gates.size(); ++i) {
    if (!around->gates[i].there) continue;
    GateView gate;
    gate.name = gates[i];
    gate.kind = gate_kind(gate.name);
    gate.since = around->gates[i].since;
    gate.next = around->gates[i].next;
    if (gate.name == out.message.held_by) {
      out.held = std::move(gate);
    } else if (gate.kind == GateKind::queue ? !gate.next
                                            : gate.kind == GateKind::origin || gate.kind == GateKind::day) {
      // A queue's gate with a time is being opened; an origin's is closed for all it lets through now and
      // then.
      if (!gate.next || *gate.next != kOpenGate) out.ahead.push_back(std::move(gate));
    }
  }
  co_return std::optional<Explanation>(std::move(out));
}

}  // namespace recado::engine

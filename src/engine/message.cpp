#include "engine/message.hpp"

#include "base/crypto.hpp"

namespace recado::engine {

std::uint32_t new_generation() {
  return static_cast<std::uint32_t>(random_unit() * 4294967296.0);
}

const char* to_string(Status status) noexcept {
  switch (status) {
    case Status::scheduled:
      return "scheduled";
    case Status::retrying:
      return "retrying";
    case Status::delivering:
      return "delivering";
    case Status::delivered:
      return "delivered";
    case Status::failed:
      return "failed";
    case Status::unknown:
      return "unknown";
  }
  return "unknown";
}

const char* to_string(Failure failure) noexcept {
  switch (failure) {
    case Failure::none:
      return "none";
    case Failure::dns:
      return "dns";
    case Failure::connect:
      return "connect";
    case Failure::tls:
      return "tls";
    case Failure::timeout:
      return "timeout";
    case Failure::closed:
      return "closed";
    case Failure::address_refused:
      return "address_refused";
    case Failure::redirect:
      return "redirect";
    case Failure::status:
      return "status";
    case Failure::expired:
      return "expired";
    case Failure::cancelled:
      return "cancelled";
    case Failure::opted_out:
      return "opted_out";
    case Failure::content:
      return "content";
  }
  return "none";
}

const char* to_string(GateKind kind) noexcept {
  switch (kind) {
    case GateKind::origin:
      return "origin";
    case GateKind::share:
      return "share";
    case GateKind::queue:
      return "queue";
    case GateKind::channel:
      return "channel";
    case GateKind::day:
      return "day";
    case GateKind::other:
      break;
  }
  return "other";
}

GateKind gate_kind(std::string_view gate) noexcept {
  for (const GateKind kind :
       {GateKind::origin, GateKind::share, GateKind::queue, GateKind::channel, GateKind::day}) {
    const std::string_view name = to_string(kind);
    if (gate.starts_with(name) && gate.size() > name.size() && gate[name.size()] == ':') return kind;
  }
  return GateKind::other;
}

}  // namespace recado::engine

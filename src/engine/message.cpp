#include "engine/message.hpp"

namespace recado::engine {

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
  }
  return "none";
}

}  // namespace recado::engine

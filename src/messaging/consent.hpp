// Who wants no messages is sent none, on any path: asked before each attempt over a channel. Loop thread
// only.
#pragma once

#include "engine/channel.hpp"
#include "messaging/contacts.hpp"

namespace recado::messaging {

/// Everybody with that telephone number (E.164) or e-mail address wants no more messages; who is no contact
/// yet becomes one, so that it is remembered. `source` is how it was learnt. Errors: unavailable,
/// outcome_unknown: do it again.
io::Task<Result<void>> opt_out(Contacts& contacts, std::string account, std::string address,
                               std::string source);

class Consent final : public engine::Admission {
 public:
  /// Must outlive it.
  explicit Consent(Contacts& contacts) : contacts_(contacts) {}

  /// Refused when a contact with that telephone number or e-mail address has opted out.
  io::Task<Result<std::optional<Refusal>>> refuse(engine::Message message) const override;

 private:
  Contacts& contacts_;
};

}  // namespace recado::messaging

// How a schedule's words become messages: what schedules ask of those who know channels and templates.
#pragma once

#include <memory>
#include <string>

#include "engine/message.hpp"
#include "messaging/collection.hpp"

namespace recado::messaging {

/// To whom one message of a run goes.
struct Recipient {
  Recipient() = default;
  const records::Record* contact = nullptr;  ///< nullptr: only an address is known
  std::string address;                       ///< as the schedule has it; empty when there is a contact
};

/// What a run says, read once for many recipients.
class Composition {
 public:
  virtual ~Composition() = default;
  /// Sets what is sent and where; whose it is (`spec.account`) is set already. Somebody who cannot be written
  /// to (no number, a missing variable) gets a message all the same, one that fails when it is sent and says
  /// why.
  virtual void write(const Recipient& recipient, engine::MessageSpec& spec) const = 0;
};

/// Loop thread only.
class Composer {
 public:
  virtual ~Composer() = default;
  /// What is wrong with channel, template, variables, text, subject and html, whoever gets them. Errors:
  /// unavailable.
  virtual io::Task<Result<FieldProblems>> judge(std::string account, const records::Document& fields) = 0;
  /// Errors: unavailable; not_found and invalid_argument: nothing can be sent (any more), the detail says
  /// why.
  virtual io::Task<Result<std::unique_ptr<Composition>>> begin(std::string account,
                                                               const records::Document& fields) = 0;
};

}  // namespace recado::messaging

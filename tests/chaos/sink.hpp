// The receiver of a round: notes every arrival, and behaves as the plan says, well or badly.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "chaos/ledger.hpp"
#include "chaos/plan.hpp"
#include "support/receiver.hpp"

namespace recado::chaos {

/// `{"tag":"…","v":1,"fill":"…"}`
std::string payload_of(const std::string& tag, int version, std::size_t filling);
/// The tag in a payload of ours; empty when there is none.
std::string tag_of(const std::string& payload);

class Sink {
 public:
  Sink(Ledger& ledger, const std::vector<PlannedMessage>& plan, std::string signing_secret);
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  /// Always there.
  std::string url() const { return "http://127.0.0.1:" + std::to_string(steady_->port()) + "/hook"; }
  /// The one that dies; `host` is an address or a name for it.
  std::string fragile_url(const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(fragile_port_) + "/hook";
  }
  std::string callback_url() const {
    return "http://127.0.0.1:" + std::to_string(steady_->port()) + "/callback";
  }

  /// Connections to the fragile one are refused from now on; those it has end.
  void die();
  void revive();
  /// The fragile one goes to another address, same port.
  void move_to(const std::string& address);
  /// From now on everything is answered at once and well.
  void be_good() { good_ = true; }
  /// How often each conduct was shown, by name.
  std::map<std::string, std::size_t> shown() const;

 private:
  void serve(test::Receiver::Connection& connection);
  bool respond(test::Receiver::Connection& connection, Conduct conduct, std::size_t place);
  Arrival read(const test::ReceivedRequest& request);
  /// False when everything is to end.
  bool pause(Millis span);
  bool repeat(test::Receiver::Connection& connection, std::string_view bytes, Millis every);

  Ledger& ledger_;
  std::map<std::string, std::vector<Conduct>> conduct_;
  std::atomic<bool> good_{false};
  mutable std::mutex mutex_;
  std::condition_variable stopped_changed_;
  bool stopped_ = false;                     // guarded by mutex_
  WebhookSigner signer_;                     // guarded by mutex_
  std::map<std::string, std::size_t> seen_;  // guarded by mutex_; arrivals by tag
  std::map<Conduct, std::size_t> shown_;     // guarded by mutex_
  std::unique_ptr<test::Receiver> steady_, fragile_;
  std::string fragile_address_ = "127.0.0.1";
  std::uint16_t fragile_port_ = 0;
  int reservation_ = -1;  ///< keeps the port ours while nobody listens
};

}  // namespace recado::chaos

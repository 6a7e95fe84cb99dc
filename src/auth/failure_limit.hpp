// How many wrong tokens one address may present. Pure.
//
// An address has ten wrong tokens free and then one every six seconds; what comes faster is answered 429.
// Only wrong tokens are counted and refused: whoever has a valid one is let in from any address, so that
// nobody behind the same proxy can lock others out. Memory is bounded: when kMaxAddresses are being counted,
// all further ones share one count.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.hpp"

namespace recado::auth {

class FailureLimit {
 public:
  static constexpr int kFree = 10;
  static constexpr std::chrono::seconds kInterval{6};
  static constexpr std::size_t kMaxAddresses = 4096;

  struct Verdict {
    std::optional<std::chrono::seconds> wait;  ///< over the limit: when to try again, at least 1 s
    bool first = false;                        ///< the first over the limit in a row: worth a line in the log
  };
  /// Whether one more wrong token from `peer` is over the limit; nothing is counted.
  Verdict look(std::string_view peer, SteadyPoint now) const;
  /// Counts one that is not over the limit.
  Verdict count(std::string_view peer, SteadyPoint now);

  std::size_t addresses() const noexcept { return entries_.size(); }

  /// `203.0.113.7` of `203.0.113.7:41234`; of IPv6 the first 64 bits, which one client has to itself.
  static std::string address_of(std::string_view peer);

 private:
  struct Entry {
    SteadyPoint full_until{};  ///< when everything counted so far will have been forgotten
    bool told = false;
  };
  Entry& entry_of(const std::string& address, SteadyPoint now);

  std::unordered_map<std::string, Entry> entries_;
  Entry shared_;
};

}  // namespace recado::auth

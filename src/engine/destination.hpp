// A face: whether messages may go to a URL. What the floors above ask at registration and for a plan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/loop.hpp"

namespace recado::net {
class AddressPolicy;
class Resolver;
}  // namespace recado::net

namespace recado::engine {

class Destinations {
 public:
  /// Both must outlive this. Without a resolver judge() says of a name only that it is not known yet.
  explicit Destinations(const net::AddressPolicy& policy, net::Resolver* resolver = nullptr)
      : policy_(policy), resolver_(resolver) {}

  /// At registration. Errors: invalid_argument for what is no http or https URL that can be used; refused for
  /// an address that may not be reached, with the setting that would allow it. A name is judged when it is
  /// resolved, at each attempt.
  Result<void> check(std::string_view url) const;

  struct Verdict {
    bool allowed = true;
    std::string detail;                  ///< one sentence
    std::vector<std::string> addresses;  ///< what the name resolves to now
  };
  /// Resolves the name now (at most `limit`) and judges what it finds.
  io::Task<Verdict> judge(std::string url, Millis limit) const;

 private:
  const net::AddressPolicy& policy_;
  net::Resolver* resolver_;
};

}  // namespace recado::engine

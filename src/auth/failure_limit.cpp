#include "auth/failure_limit.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace recado::auth {
namespace {

std::optional<std::chrono::seconds> wait_of(SteadyPoint full_until, SteadyPoint now) {
  // The place after this one would be counted up to here.
  const auto over =
      full_until + FailureLimit::kInterval - now - FailureLimit::kFree * FailureLimit::kInterval;
  if (over <= std::chrono::nanoseconds{0}) return std::nullopt;
  return std::max(std::chrono::ceil<std::chrono::seconds>(over), std::chrono::seconds{1});
}

}  // namespace

std::string FailureLimit::address_of(std::string_view peer) {
  const bool bracket = peer.starts_with('[');
  const auto end = bracket ? peer.find(']') : peer.rfind(':');
  if (end == std::string_view::npos) return std::string(peer);
  std::string host(peer.substr(bracket ? 1 : 0, bracket ? end - 1 : end));
  in6_addr address{};
  if (!bracket || ::inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &address) != 1) return host;
  char text[INET6_ADDRSTRLEN];
  if (IN6_IS_ADDR_V4MAPPED(&address)) return ::inet_ntop(AF_INET, &address.s6_addr[12], text, sizeof text);
  std::fill(std::begin(address.s6_addr) + 8, std::end(address.s6_addr), std::uint8_t{0});
  return std::string(::inet_ntop(AF_INET6, &address, text, sizeof text)) + "/64";
}

FailureLimit::Verdict FailureLimit::look(std::string_view peer, SteadyPoint now) const {
  const auto known = entries_.find(address_of(peer));
  Verdict verdict;
  if (known != entries_.end()) {
    verdict.wait = wait_of(known->second.full_until, now);
  } else if (entries_.size() >= kMaxAddresses) {
    verdict.wait = wait_of(shared_.full_until, now);
  }
  return verdict;
}

FailureLimit::Verdict FailureLimit::count(std::string_view peer, SteadyPoint now) {
  Entry& entry = entry_of(address_of(peer), now);
  if (entry.full_until <= now) {
    entry.full_until = now;
    entry.told = false;
  }
  Verdict verdict;
  verdict.wait = wait_of(entry.full_until, now);
  if (verdict.wait) {
    verdict.first = !entry.told;
    entry.told = true;
  } else {
    entry.full_until += kInterval;
  }
  return verdict;
}

FailureLimit::Entry& FailureLimit::entry_of(const std::string& address, SteadyPoint now) {
  const auto known = entries_.find(address);
  if (known != entries_.end()) return known->second;
  if (entries_.size() >= kMaxAddresses && shared_.full_until <= now) {
    // At most once for each wrong token that the shared count has forgotten again.
    std::erase_if(entries_, [&](const auto& entry) { return entry.second.full_until <= now; });
  }
  if (entries_.size() >= kMaxAddresses) return shared_;
  return entries_[address];
}

}  // namespace recado::auth

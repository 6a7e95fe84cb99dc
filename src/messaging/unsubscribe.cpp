#include "messaging/unsubscribe.hpp"

#include <algorithm>
#include <utility>

namespace recado::messaging {
namespace {

constexpr std::size_t kSignatureBytes = 16;
constexpr char kSeparator = '\n';  ///< neither account names nor addresses have one

/// Of base64url_encode().
std::optional<std::string> from_url_safe(std::string_view text) {
  std::string padded(text);
  if (padded.find_first_of("+/=") != std::string::npos) return std::nullopt;
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  padded.append((4 - padded.size() % 4) % 4, '=');
  auto bytes = base64_decode(padded);
  if (!bytes) return std::nullopt;
  return std::move(bytes).value();
}

}  // namespace

UnsubscribeLinks::UnsubscribeLinks(std::string public_url) : public_url_(std::move(public_url)) {
  while (public_url_.ends_with('/')) public_url_.pop_back();
}

void UnsubscribeLinks::set_key(std::string_view key) {
  key_.emplace(key);
}

std::string UnsubscribeLinks::signature(std::string_view payload) const {
  const auto mac = key_->sign({"recado unsubscribe 1\n", payload});
  return base64url_encode(std::string(mac.begin(), mac.begin() + kSignatureBytes));
}

std::string UnsubscribeLinks::url(std::string_view account, std::string_view address) const {
  if (public_url_.empty() || !key_) return {};
  std::string payload(account);
  payload += kSeparator;
  payload += address;
  return public_url_ + "/unsubscribe/" + base64url_encode(payload) + "." + signature(payload);
}

std::optional<UnsubscribeLinks::Whom> UnsubscribeLinks::read(std::string_view token) const {
  const auto dot = token.find('.');
  if (dot == std::string_view::npos || !key_) return std::nullopt;
  const auto payload = from_url_safe(token.substr(0, dot));
  if (!payload || !constant_time_equals(signature(*payload), token.substr(dot + 1))) return std::nullopt;
  const auto at = payload->find(kSeparator);
  if (at == std::string::npos) return std::nullopt;
  Whom whom;
  whom.account = payload->substr(0, at);
  whom.address = payload->substr(at + 1);
  return whom;
}

}  // namespace recado::messaging

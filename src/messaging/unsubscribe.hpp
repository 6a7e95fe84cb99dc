// Links by which whoever got a mail takes themselves off (RFC 2369, RFC 8058): signed, so that nobody can
// make one for somebody else. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/error.hpp"

namespace recado::messaging {

class UnsubscribeLinks {
 public:
  /// `public_url`: PUBLIC_URL, under which mails' recipients reach us; empty: there are no links.
  explicit UnsubscribeLinks(std::string public_url);

  /// By which they are signed; the same on every node and for ever. Not empty.
  void set_key(std::string_view key);
  bool has_key() const noexcept { return key_.has_value(); }

  /// `https://…/unsubscribe/<account, address, signature>`; empty without PUBLIC_URL, or before the key is
  /// known.
  std::string url(std::string_view account, std::string_view address) const;

  struct Whom {
    std::string account, address;
  };
  /// Of a link's last segment; nullopt: it is none of ours.
  std::optional<Whom> read(std::string_view token) const;

 private:
  std::string signature(std::string_view payload) const;

  std::string public_url_;
  std::optional<HmacSha256> key_;
};

}  // namespace recado::messaging

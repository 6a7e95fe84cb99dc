// Contacts: people to whom messages go, with how they can be reached and whether they want to be.
//
// Stored fields: name, email, phone (E.164), preferredChannel, externalCode, tags, notes, custom (object),
// optedOut (always there), optedOutAt, optedOutSource, optedInAt, optedInSource. That somebody opted out is
// never lost by an update that does not name it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "messaging/collection.hpp"

namespace recado::messaging {

/// The channels that a contact can prefer.
inline constexpr std::string_view kContactChannels[] = {"whatsapp", "email"};

/// The relation from groups to the contacts in them.
inline constexpr const char* kMembers = "members";

const records::Type& contact_type();

/// What is searched for, so that a telephone number is found however it is written: of digits with what
/// stands between them only the digits.
std::string contact_search(std::string_view text);

/// Whether an address can be one: something, `@`, something with neither spaces nor another `@`.
bool is_email_address(std::string_view text);

/// The field that an address is in: `phone` when it is E.164, else `email`.
const char* address_field(std::string_view address) noexcept;

class Contacts : public Collection {
 public:
  /// `country`: DEFAULT_COUNTRY, of numbers without a country code.
  Contacts(io::Loop& loop, records::Store& store, std::string country);

  /// Contacts with that telephone number (E.164) or e-mail address: at most two.
  io::Task<Result<std::vector<records::Record>>> reached_at(std::string account, std::string address);
  /// The same of many at once, in order.
  io::Task<Result<std::vector<std::vector<records::Record>>>> reached_at_each(
      std::string account, std::vector<std::string> addresses);

  const std::string& country() const noexcept { return country_; }

 private:
  std::string country_;
};

}  // namespace recado::messaging

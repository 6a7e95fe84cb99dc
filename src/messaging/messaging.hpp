// The messaging floor's face: what the floors above may ask of it. Loop thread only.
#pragma once

#include <string>

#include "io/loop.hpp"
#include "messaging/channel_directory.hpp"
#include "messaging/contact_import.hpp"
#include "messaging/contacts.hpp"
#include "messaging/content.hpp"
#include "messaging/groups.hpp"
#include "messaging/phone.hpp"
#include "messaging/writing.hpp"
#include "records/store.hpp"
#include "redis/client.hpp"

namespace recado::messaging {

struct MessagingOptions {
  std::string default_country = "BR";  ///< DEFAULT_COUNTRY
  int min_replicas = 0;                ///< REDIS_MIN_REPLICAS
};

class Messaging {
 public:
  /// `client` must outlive it.
  Messaging(io::Loop& loop, redis::Client& client, MessagingOptions options);

  Contacts& contacts() noexcept { return contacts_; }
  Groups& groups() noexcept { return groups_; }

 private:
  records::Store store_;
  Contacts contacts_;
  Groups groups_;
};

}  // namespace recado::messaging

#include "messaging/messaging.hpp"

namespace recado::messaging {

Messaging::Messaging(io::Loop& loop, redis::Client& client, MessagingOptions options)
    : store_(loop, client, options.min_replicas),
      contacts_(loop, store_, options.default_country),
      groups_(store_),
      consent_(contacts_),
      logs_(loop, store_, contacts_, options.log_retention),
      callbacks_(loop, options.channels, contacts_, logs_) {}

}  // namespace recado::messaging

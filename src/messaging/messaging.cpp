#include "messaging/messaging.hpp"

namespace recado::messaging {

Messaging::Messaging(io::Loop& loop, redis::Client& client, MessagingOptions options)
    : store_(loop, client, options.min_replicas),
      contacts_(loop, store_, options.default_country),
      groups_(store_),
      templates_(store_),
      consent_(contacts_),
      logs_(loop, store_, contacts_, options.log_retention),
      callbacks_(loop, options.channels, contacts_, logs_),
      loop_(loop),
      default_timezone_(options.default_timezone),
      composer_(options.channels) {}

void Messaging::open_schedules(engine::Engine& engine) {
  schedules_ = std::make_unique<Schedules>(loop_, store_, engine, groups_, composer_, default_timezone_);
}

}  // namespace recado::messaging

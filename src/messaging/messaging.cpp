#include "messaging/messaging.hpp"

#include <utility>

namespace recado::messaging {
namespace {

ChannelSurroundings surroundings(const ChannelDirectory& directory, MessagingOptions& options) {
  ChannelSurroundings around = directory.surroundings();
  around.country = options.default_country;
  around.check_url = std::move(options.check_url);
  return around;
}

}  // namespace

Messaging::Messaging(io::Loop& loop, redis::Client& client, MessagingOptions options)
    : store_(loop, client, options.min_replicas),
      contacts_(loop, store_, options.default_country),
      groups_(store_),
      templates_(store_),
      directory_(options.channels != nullptr ? *options.channels : own_directory_),
      channels_(loop, store_, surroundings(directory_, options), options.secrets_key,
                [this](std::string_view name) { return directory_.is_of_environment(name); }),
      watch_(loop, client, channels_, directory_),
      consent_(contacts_),
      logs_(loop, store_, contacts_, directory_, options.log_retention),
      callbacks_(loop, directory_, contacts_, logs_),
      loop_(loop),
      default_timezone_(options.default_timezone),
      composer_(&directory_) {}

void Messaging::open_schedules(engine::Engine& engine) {
  schedules_ = std::make_unique<Schedules>(loop_, store_, engine, groups_, composer_, default_timezone_);
}

}  // namespace recado::messaging

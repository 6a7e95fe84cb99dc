#include "app/redis_location.hpp"

#include <utility>

namespace recado::app {

Result<redis::Location> external_redis_location(const Options& options) {
  if (!options.redis_url.empty()) return redis::Location::parse(options.redis_url.reveal());
  redis::Endpoint endpoint;
  endpoint.host = options.redis_host;
  endpoint.port = options.redis_port;
  endpoint.password = options.redis_password;
  return redis::Location(std::move(endpoint));
}

}  // namespace recado::app

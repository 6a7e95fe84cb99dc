#include "app/redis_endpoint.hpp"

namespace recado::app {

Result<redis::Endpoint> external_redis_endpoint(const Options& options) {
  if (!options.redis_url.empty()) return redis::Endpoint::parse(options.redis_url.reveal());
  redis::Endpoint endpoint;
  endpoint.host = options.redis_host;
  endpoint.port = options.redis_port;
  endpoint.password = options.redis_password;
  return endpoint;
}

}  // namespace recado::app

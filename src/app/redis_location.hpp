// Which Redis the settings name.
#pragma once

#include "base/config.hpp"
#include "base/error.hpp"
#include "redis/endpoint.hpp"

namespace recado::app {

/// Requires options.external_redis(). Errors: configuration, naming REDIS_URL.
Result<redis::Location> external_redis_location(const Options& options);

}  // namespace recado::app

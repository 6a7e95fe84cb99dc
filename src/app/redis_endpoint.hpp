// Which Redis the settings name.
#pragma once

#include "base/config.hpp"
#include "base/error.hpp"
#include "redis/client.hpp"

namespace recado::app {

/// Requires options.external_redis(). Errors: configuration, naming REDIS_URL.
Result<redis::Endpoint> external_redis_endpoint(const Options& options);

}  // namespace recado::app

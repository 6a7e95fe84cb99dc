// `recado health`: where to ask, and what the answer says. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/config.hpp"

namespace recado::app {

/// `http://127.0.0.1:8000/health`. An API_HOST that means all addresses is asked on loopback.
std::string health_url(const Options& options);

/// One line for people from the body of GET /health: `healthy: redis connected, scheduler running, 5 pending,
/// up 2h 34m 12s, version 0.1.0`, then its warnings. Errors: protocol (that is no answer of ours).
Result<std::string> health_line(std::string_view body);

}  // namespace recado::app

// Query parameters → the engine's filter.
#pragma once

#include <string_view>

#include "api/operation.hpp"
#include "engine/engine.hpp"

namespace recado::api {

/// account, tag, queue, before and after; what cannot be read is added to `errors`.
engine::Filter read_filter(const Call& call, FieldErrors& errors);

/// The instant of a parameter; what cannot be read is added to `errors`.
std::optional<Instant> read_time(const Call& call, const char* name, FieldErrors& errors);

/// Requires one of pending, delivered, failed, unknown (the declaration made sure of it).
engine::StatusFilter read_status(std::string_view word);

}  // namespace recado::api

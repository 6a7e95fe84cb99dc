// Query parameters → the engine's filter.
#pragma once

#include <cstdint>
#include <string_view>

#include "api/operation.hpp"
#include "engine/engine.hpp"

namespace recado::api {

/// How many items a page of a list has unless `limit` says so, and at most; messages have a default of their
/// own.
inline constexpr std::int64_t kDefaultLimit = 100;
inline constexpr std::int64_t kMaxLimit = 10'000;

/// account, tag, queue, before and after; what cannot be read is added to `errors`.
engine::Filter read_filter(const Call& call, FieldErrors& errors);

/// The instant of a parameter; what cannot be read is added to `errors`.
std::optional<Instant> read_time(const Call& call, const char* name, FieldErrors& errors);

/// Requires one of pending, delivered, failed, unknown (the declaration made sure of it).
engine::StatusFilter read_status(std::string_view word);

}  // namespace recado::api

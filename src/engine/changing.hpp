// What registering and changing messages share. Internal to the engine.
#pragma once

#include <string>

#include "base/error.hpp"
#include "engine/engine.hpp"

namespace recado::engine {

inline constexpr int kMostRounds = 16;  ///< of reading again because others changed the message in between

Change refused(Refusal refusal, std::string detail = {});
/// What Redis did not do, or perhaps did: `id` is the message's.
Change refused(const Error& error, const std::string& id);
/// `shard`: of one whose id is made here.
Message new_message(MessageSpec&& spec, Instant now, unsigned shard);

}  // namespace recado::engine

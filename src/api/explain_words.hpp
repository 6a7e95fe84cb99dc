// The words of an explanation: facts as parts of sentences. Pure.
#pragma once

#include <string>

#include "base/time.hpp"
#include "engine/engine.hpp"

namespace recado::api {

/// What came of an attempt: `answered 503 after 12ms`.
std::string attempt_words(const engine::Attempt& attempt);
/// Why it is tried again when it is.
std::string retry_words(engine::RetryReason reason);
/// What a gate of that kind means.
std::string kind_words(engine::GateKind kind);
/// ` 3 times, now the last` for more than once.
std::string times_words(std::uint32_t count);
/// Why a message failed.
std::string failure_words(const engine::Message& message);
/// `2h 3m 4s`, to the second from a minute on.
std::string span_words(Millis span);

}  // namespace recado::api

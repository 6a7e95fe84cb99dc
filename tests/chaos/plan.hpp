// The workload of a round, drawn from its seed before anything runs: which messages, when registered, how
// changed, and how their receiver behaves. What the clients do depends on nothing but this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chaos/random.hpp"

namespace recado::chaos {

/// What the receiver does with one attempt.
enum class Conduct {
  answer,
  slow,             ///< 200 after some hundred milliseconds
  status_500,       //
  status_404,       ///< as n8n while a workflow starts
  busy,             ///< 429 with Retry-After: 1
  hang,             ///< no answer until the sender gives up
  half_close,       ///< ends its side without an answer, reads on
  reset,            ///< RST instead of an answer
  garbage,          ///< bytes that are no HTTP
  endless_headers,  //
  endless_body,     ///< 200 and a body without an end: delivered
  drip,             ///< one byte a second
  cut,              ///< ends in the middle of the header
  gone,             ///< 410: fails for good
  redirect,         ///< 302: fails for good
};
const char* to_string(Conduct conduct);
bool is_final(Conduct conduct);
bool is_success(Conduct conduct);

struct PlannedChange {
  enum class Kind { patch, replace, send_now, cancel };
  Kind kind = Kind::patch;
  Millis at{};      ///< since the start of the round
  Millis due_in{};  ///< of patch and replace, from then on
};

struct PlannedMessage {
  enum class When { now, schedule, delay };
  enum class How { post, put, batch };
  std::string tag;
  std::string id;  ///< empty: made by recado
  How how = How::post;
  When when = When::schedule;
  Millis at{};      ///< since the start of the round
  Millis due_in{};  ///< from then on
  unsigned client = 0;
  unsigned node = 0;           ///< where it is registered; modulo the number of nodes
  std::size_t batch = 0;       ///< of How::batch: messages with the same number go in one request
  std::string retry;           ///< its JSON
  Millis timeout{5'000};       //
  std::optional<Millis> life;  ///< expiresAt, after the due time
  bool callback = false;
  std::size_t filling = 0;       ///< bytes that make the payload longer
  bool labelled = false;         ///< a tag and a queue of its own
  bool fragile = false;          ///< to the receiver that is dead from time to time
  std::vector<Conduct> conduct;  ///< of its first arrivals; then Conduct::answer
  std::vector<PlannedChange> changes;
};

struct PlanOptions {
  std::string prefix;  ///< of tags and ids
  Millis length{6'000};
  unsigned clients = 6;
  unsigned nodes = 1;
  unsigned a_second = 40;
  bool misconduct = true;
};

/// Sorted by `at`.
std::vector<PlannedMessage> make_plan(Random random, const PlanOptions& options);

/// A number that differs when the plan does: printed, so that a replay can be seen to be one.
std::uint64_t digest(const std::vector<PlannedMessage>& plan);

}  // namespace recado::chaos

// A backlog of messages that are not due for long.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench.hpp"
#include "contestants.hpp"
#include "registrations.hpp"

namespace recado::bench {

/// How many messages are pending, in turn: multiples of 1,000.
std::vector<std::uint32_t> backlogs(const Bench& bench, const std::string& contestant);

/// Registers `count` messages (a multiple of 1,000, or less than that) as batches, due in a year. Throws when
/// some are refused.
void fill(Service& service, std::uint32_t count, const Shape& shape);

}  // namespace recado::bench

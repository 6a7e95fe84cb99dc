// What the figures were measured on.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace recado::bench {

/// Name and value: processor, cores, memory, kernel, Redis, node, when, commit.
std::vector<std::pair<std::string, std::string>> machine_facts();

}  // namespace recado::bench

// What every fuzz target says when something is not as promised.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace recado::fuzz {

/// Ends the process, so that the fuzzer keeps the input, unless `holds`.
inline void require(bool holds, std::string_view promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(promise.size()), promise.data());
  std::abort();
}

}  // namespace recado::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);

// Mixing of bits that are no secret: splitmix64's finaliser (Steele, Lea, Flood: Fast Splittable Pseudorandom
// Number Generators, 2014). Every bit of the input changes about half of the output's.
#pragma once

#include <cstdint>

namespace recado {

constexpr std::uint64_t mix_bits(std::uint64_t z) noexcept {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

}  // namespace recado

#include "base/id.hpp"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <stdexcept>

#include "base/big_endian.hpp"
#include "base/crypto.hpp"
#include "base/mix.hpp"

// The UUID's 128 bits, from the left:
//
//   bits    0-47   Unix milliseconds                 bytes 0-5 of ours
//   bits   48-51   version, 0111
//   bits   52-63   random bits 0-11                  byte 6 and the upper half of byte 7
//   bits   64-65   variant, 10
//   bits   66-101  random bits 12-47                 the lower half of byte 7, bytes 8-11
//   bits  102-127  filler: 26 mixed bits of the time and the random part

namespace recado {
namespace {

constexpr std::uint64_t kLow48 = (std::uint64_t{1} << 48) - 1;
constexpr std::uint64_t kVersion = 7;
constexpr std::uint64_t kVariant = 2;
constexpr int kFillerBits = 26;
constexpr std::uint64_t kLowMask = 15;

void write_48(char* bytes, std::uint64_t value) noexcept {
  for (int i = 5; i >= 0; --i, value >>= 8) bytes[i] = static_cast<char>(value & 0xFF);
}

/// Not a secret: tells our own ids from those of others.
std::uint64_t filler(std::uint64_t time, std::uint64_t random) {
  return mix_bits(mix_bits(time) ^ random) >> (64 - kFillerBits);
}

UuidBits uuid_bits(std::string_view bytes) {
  const auto time = read_big_endian(bytes.substr(0, 6));
  const auto random = read_big_endian(bytes.substr(6, 6));
  return {time << 16 | kVersion << 12 | random >> 36,
          kVariant << 62 | (random & ((std::uint64_t{1} << 36) - 1)) << kFillerBits | filler(time, random)};
}

/// The `count` digits of `value` from the one `from_digit` on, written to `out`; where they end.
char* write_hex(char* out, std::uint64_t value, int from_digit, int count) {
  for (int i = from_digit; i < from_digit + count; ++i)
    *out++ = "0123456789abcdef"[value >> (60 - 4 * i) & 0xF];
  return out;
}

/// Random bits for the millisecond `ms`: new ones, or above the last ones when it is the same millisecond.
/// Their last ones are `low_bits`.
std::uint64_t next_random(std::uint64_t ms, std::uint64_t low_bits) {
  static std::mutex mutex;
  static std::uint64_t last_ms = ~std::uint64_t{0};
  static std::uint64_t last_random = 0;

  const std::lock_guard lock(mutex);
  // The first of a millisecond lies in the lower half, so that there is room above it for 2^32 more on
  // average.
  const auto step = (kLowMask + 1) * (1 + static_cast<std::uint64_t>(random_unit() * 4096));
  if (ms == last_ms && last_random + step <= kLow48) {
    last_random += step;
  } else {
    last_random = random_u64() & (kLow48 >> 1);
  }
  last_random = (last_random & ~kLowMask) | low_bits;
  last_ms = ms;
  return last_random;
}

}  // namespace

Uid Uid::generate(Instant now) {
  return generate(now, static_cast<unsigned>(random_unit() * (kLowMask + 1)));
}

Uid Uid::generate(Instant now, unsigned low_bits) {
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(to_ms(now), 0)) & kLow48;
  Uid uid;
  write_48(uid.bytes_.data(), ms);
  write_48(uid.bytes_.data() + 6, next_random(ms, low_bits & kLowMask));
  return uid;
}

Uid Uid::from_bytes(std::string_view bytes) {
  if (bytes.size() != kSize) throw std::length_error("a Uid has 12 bytes");
  Uid uid;
  std::copy(bytes.begin(), bytes.end(), uid.bytes_.begin());
  return uid;
}

std::optional<UuidBits> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  UuidBits bits;
  int digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return std::nullopt;
      continue;
    }
    std::uint64_t digit = 0;
    if (c >= '0' && c <= '9')
      digit = static_cast<std::uint64_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      digit = static_cast<std::uint64_t>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      digit = static_cast<std::uint64_t>(c - 'A' + 10);
    else
      return std::nullopt;
    auto& half = digits++ < 16 ? bits.high : bits.low;
    half = half << 4 | digit;
  }
  return bits;
}

std::string uuid_text(UuidBits bits) {
  std::array<char, 36> text;
  char* at = write_hex(text.data(), bits.high, 0, 8);
  *at++ = '-';
  at = write_hex(at, bits.high, 8, 4);
  *at++ = '-';
  at = write_hex(at, bits.high, 12, 4);
  *at++ = '-';
  at = write_hex(at, bits.low, 0, 4);
  *at++ = '-';
  write_hex(at, bits.low, 4, 12);
  return {text.data(), text.size()};
}

std::optional<Uid> Uid::from_uuid(std::string_view text) {
  const auto parsed = parse_uuid(text);
  if (!parsed) return std::nullopt;
  const UuidBits bits = *parsed;
  Uid uid;
  write_48(uid.bytes_.data(), bits.high >> 16);
  write_48(uid.bytes_.data() + 6,
           (bits.high & 0xFFF) << 36 | (bits.low >> kFillerBits & ((std::uint64_t{1} << 36) - 1)));
  // Version, variant and filler are right when the same bits come out again.
  const auto again = uuid_bits(uid.bytes());
  if (again.high != bits.high || again.low != bits.low) return std::nullopt;
  return uid;
}

std::string Uid::uuid() const {
  return uuid_text(uuid_bits(bytes()));
}

std::string Uid::webhook_id() const {
  const auto bits = uuid_bits(bytes());
  std::array<char, 36> text = {'m', 's', 'g', '_'};
  write_hex(write_hex(text.data() + 4, bits.high, 0, 16), bits.low, 0, 16);
  return {text.data(), text.size()};
}

Instant Uid::created_at() const noexcept {
  return from_ms(static_cast<std::int64_t>(read_big_endian(bytes().substr(0, 6))));
}

}  // namespace recado

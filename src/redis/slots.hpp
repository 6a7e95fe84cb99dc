// Redis Cluster's slots: which key is in which, who has which, and what its redirections say. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "redis/reply.hpp"

namespace recado::redis {

inline constexpr std::size_t kSlots = 16384;

/// The part of a key that decides about its slot: what stands between the first `{` and the next `}`, unless
/// that is nothing; else all of it.
std::string_view hash_part(std::string_view key) noexcept;
/// CRC16 (XMODEM) of the hash part, modulo kSlots.
std::uint16_t slot_of(std::string_view key) noexcept;

/// The place of a command's first key among its words; nullopt for commands without a key.
std::optional<std::size_t> key_place(const std::vector<std::string>& command) noexcept;

/// `MOVED 3999 127.0.0.1:6381`, `ASK …`.
struct Redirection {
  std::uint16_t slot = 0;
  std::string host;  ///< empty: the one that said so
  std::uint16_t port = 0;
};
/// nullopt when the text is no such error.
std::optional<Redirection> parse_redirection(std::string_view error_text);

/// A stretch of slots and its master.
struct SlotRange {
  std::uint16_t first = 0, last = 0;
  std::string host;  ///< empty: the one that was asked
  std::uint16_t port = 0;
};
/// From the reply to CLUSTER SLOTS. Errors: protocol.
Result<std::vector<SlotRange>> parse_slots(const Reply& reply);

/// `0-5460, 10923, 12000-12010` of the slots that `chosen` names.
std::string describe_slots(const std::vector<bool>& chosen);

}  // namespace recado::redis

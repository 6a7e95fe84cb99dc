#include "redis/slots.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace recado::redis {

namespace {

constexpr std::array<std::uint16_t, 256> make_crc_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}
constexpr auto kCrcTable = make_crc_table();

std::optional<unsigned> number(std::string_view text, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

/// A name that the cluster does not know: `?` in place of a host name that was not announced.
std::string known_host(std::string_view host) {
  return host == "?" ? std::string() : std::string(host);
}

bool same_word(std::string_view word, std::string_view upper) {
  return word.size() == upper.size() &&
         std::equal(word.begin(), word.end(), upper.begin(), [](char a, char b) {
           return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
         });
}

constexpr std::array<std::string_view, 14> kKeyless = {"PING",   "ECHO",   "INFO",    "TIME", "CONFIG",
                                                       "SCRIPT", "WAIT",   "CLUSTER", "ROLE", "CLIENT",
                                                       "SCAN",   "DBSIZE", "PUBLISH", "ACL"};

}  // namespace

std::string_view hash_part(std::string_view key) noexcept {
  const auto open = key.find('{');
  if (open == std::string_view::npos) return key;
  const auto close = key.find('}', open + 1);
  if (close == std::string_view::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

std::uint16_t slot_of(std::string_view key) noexcept {
  unsigned crc = 0;
  for (const char c : hash_part(key)) {
    crc = ((crc << 8) ^ kCrcTable[((crc >> 8) ^ static_cast<unsigned char>(c)) & 0xff]) & 0xffff;
  }
  return static_cast<std::uint16_t>(crc % kSlots);
}

std::optional<std::size_t> key_place(const std::vector<std::string>& command) noexcept {
  if (command.size() < 2) return std::nullopt;
  const std::string& verb = command.front();
  if (same_word(verb, "EVAL") || same_word(verb, "EVALSHA")) {
    if (command.size() < 4 || command[2] == "0") return std::nullopt;
    return 3;
  }
  const bool keyless = std::any_of(kKeyless.begin(), kKeyless.end(),
                                   [&verb](std::string_view one) { return same_word(verb, one); });
  if (keyless) return std::nullopt;
  return 1;
}

std::optional<Redirection> parse_redirection(std::string_view error_text) {
  const auto first = error_text.find(' ');
  if (first == std::string_view::npos) return std::nullopt;
  const std::string_view kind = error_text.substr(0, first);
  if (kind != "MOVED" && kind != "ASK") return std::nullopt;
  std::string_view rest = error_text.substr(first + 1);
  const auto second = rest.find(' ');
  if (second == std::string_view::npos) return std::nullopt;
  const auto slot = number(rest.substr(0, second), kSlots - 1);
  std::string_view place = rest.substr(second + 1);
  place = place.substr(0, place.find(' '));  // later versions may add to it
  const auto colon = place.rfind(':');       // an IPv6 address has colons of its own
  if (!slot || colon == std::string_view::npos) return std::nullopt;
  const auto port = number(place.substr(colon + 1), 65535);
  if (!port || *port == 0) return std::nullopt;
  Redirection out;
  out.slot = static_cast<std::uint16_t>(*slot);
  out.host = known_host(place.substr(0, colon));
  out.port = static_cast<std::uint16_t>(*port);
  return out;
}

Result<std::vector<SlotRange>> parse_slots(const Reply& reply) {
  const Error malformed(ErrorCode::protocol, "the reply to CLUSTER SLOTS cannot be read");
  if (reply.kind() != ReplyKind::array) return malformed;
  std::vector<SlotRange> ranges;
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const Reply entry = reply[i];
    const Reply master = entry[2];
    const std::int64_t first = entry[0].integer();
    const std::int64_t last = entry[1].integer();
    const std::int64_t port = master[1].integer();
    const bool sound = entry.size() >= 3 && master.size() >= 2 && first >= 0 && first <= last &&
                       last < static_cast<std::int64_t>(kSlots) && port > 0 && port <= 65535;
    if (!sound) return malformed;
    SlotRange range;
    range.first = static_cast<std::uint16_t>(first);
    range.last = static_cast<std::uint16_t>(last);
    range.host = known_host(master[0].text());
    range.port = static_cast<std::uint16_t>(port);
    ranges.push_back(std::move(range));
  }
  return ranges;
}

std::string describe_slots(const std::vector<bool>& chosen) {
  std::string text;
  for (std::size_t slot = 0; slot < chosen.size(); ++slot) {
    if (!chosen[slot]) continue;
    std::size_t last = slot;
    while (last + 1 < chosen.size() && chosen[last + 1]) ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(slot);
    if (last > slot) text += "-" + std::to_string(last);
    slot = last;
  }
  return text;
}

}  // namespace recado::redis

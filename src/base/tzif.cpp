#include "base/tzif.hpp"

#include <cstdint>

#include "base/big_endian.hpp"

namespace recado {
namespace {

constexpr std::size_t kHeaderSize = 44;

/// RFC 8536 section 3.1: magic, version, 15 unused bytes, six counts.
struct Header {
  char version;
  std::uint64_t isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;

  std::uint64_t body_size(std::uint64_t time_size) const noexcept {
    return timecnt * time_size + timecnt + typecnt * 6 + charcnt + leapcnt * (time_size + 4) + isstdcnt +
           isutcnt;
  }
};

std::optional<Header> read_header(std::string_view file) {
  if (file.size() < kHeaderSize || file.substr(0, 4) != "TZif") return std::nullopt;
  const auto count = [&](std::size_t i) { return read_big_endian(file.substr(20 + 4 * i, 4)); };
  return Header{file[4], count(0), count(1), count(2), count(3), count(4), count(5)};
}

std::optional<std::chrono::sys_seconds> last_time(std::string_view body, std::uint64_t timecnt,
                                                  std::size_t size) {
  if (timecnt == 0) return std::nullopt;
  const auto bits = read_big_endian(body.substr((timecnt - 1) * size, size));
  const auto value = size == 8 ? static_cast<std::int64_t>(bits) : static_cast<std::int32_t>(bits);
  return std::chrono::sys_seconds{std::chrono::seconds{value}};
}

}  // namespace

std::optional<TzifTail> read_tzif_tail(std::string_view file) {
  const auto first = read_header(file);
  if (!first) return std::nullopt;
  file.remove_prefix(kHeaderSize);
  if (first->body_size(4) > file.size()) return std::nullopt;
  TzifTail tail;
  if (first->version < '2') {
    tail.last_transition = last_time(file, first->timecnt, 4);
    return tail;
  }

  // From version 2 on the whole is repeated with 64-bit times, and the footer follows.
  file.remove_prefix(first->body_size(4));
  const auto second = read_header(file);
  if (!second) return std::nullopt;
  file.remove_prefix(kHeaderSize);
  if (second->body_size(8) > file.size()) return std::nullopt;
  tail.last_transition = last_time(file, second->timecnt, 8);
  file.remove_prefix(second->body_size(8));
  if (file.size() < 2 || file.front() != '\n') return std::nullopt;
  file.remove_prefix(1);
  const auto end = file.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  tail.footer = std::string{file.substr(0, end)};
  return tail;
}

}  // namespace recado

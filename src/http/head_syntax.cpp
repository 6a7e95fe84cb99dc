#include "http/head_syntax.hpp"

namespace recado::http {

bool is_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_host_character(char c) noexcept {
  return c > ' ' && c < 0x7f && std::string_view("/\\?#@<>\"^`{|}").find(c) == std::string_view::npos;
}

bool is_token_character(char c) noexcept {
  return c > ' ' && c < 0x7f && std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos;
}

bool has_sound_length(std::string_view head) noexcept {
  std::string_view length;
  for (int lengths = 0; !head.empty(); head.remove_prefix(std::min(head.find('\n'), head.size() - 1) + 1)) {
    const std::string_view line = head.substr(0, head.find('\r'));
    if (starts_with_ignoring_case(line, "transfer-encoding:")) return false;
    if (!starts_with_ignoring_case(line, "content-length:")) continue;
    if (++lengths > 1) return false;
    length = line.substr(line.find(':') + 1);
  }
  return is_digits(trimmed(length));
}

bool names_a_version(std::string_view line) noexcept {
  constexpr std::string_view kName = " HTTP/";
  const std::size_t at = line.rfind(kName);
  if (at == std::string_view::npos || at == 0) return false;
  const std::string_view version = line.substr(at + kName.size());
  const bool two_words = line.find(' ') == line.rfind(' ', at - 1);
  return two_words && version.size() == 3 && version[1] == '.' && is_digits(version.substr(0, 1)) &&
         is_digits(version.substr(2));
}

}  // namespace recado::http

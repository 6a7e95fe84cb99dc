#include "messaging/channels/mail_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "base/crypto.hpp"
#include "base/utf8.hpp"

namespace recado::messaging {
namespace {

constexpr std::size_t kLine = 76;
constexpr std::string_view kOpen = "=?UTF-8?B?";
constexpr std::string_view kClose = "?=";
constexpr std::string_view kHex = "0123456789ABCDEF";

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; }) &&
         text.find("=?") == std::string_view::npos;
}

/// Writes bytes, and breaks lines softly before they grow too long.
class SoftLines {
 public:
  void put(std::string_view piece) {
    if (column_ + piece.size() > kLine - 1) {
      out_ += "=\r\n";
      column_ = 0;
    }
    out_.append(piece);
    column_ += piece.size();
  }
  void end_line() {
    out_ += "\r\n";
    column_ = 0;
  }
  std::size_t column() const noexcept { return column_; }
  std::string take() && { return std::move(out_); }

 private:
  std::string out_;
  std::size_t column_ = 0;
};

}  // namespace

std::string encode_header_text(std::string_view text, std::size_t used) {
  // Long plain text is encoded too: folding it would need white space at the right places.
  if (is_plain(text) && used + text.size() <= kLine) return std::string(text);
  std::string out;
  std::string chunk;
  // What base64 makes of a chunk must fit the line beside the frame of the encoded word.
  const auto room = [&] {
    const std::size_t frame = kOpen.size() + kClose.size() + used;
    return frame + 4 >= kLine ? 3 : (kLine - frame) / 4 * 3;
  };
  const auto flush = [&] {
    out.append(kOpen).append(base64_encode(chunk)).append(kClose);
    chunk.clear();
  };
  for (const char* p = text.data(); p < text.data() + text.size();) {
    const Utf8Step step = utf8_step(p, text.data() + text.size());
    const std::string_view character = step.valid ? std::string_view(p, step.length) : "\xEF\xBF\xBD";
    if (!chunk.empty() && chunk.size() + character.size() > room()) {
      flush();
      out += "\r\n ";
      used = 1;
    }
    chunk.append(character);
    p += step.length;
  }
  flush();
  return out;
}

std::string quoted_printable(std::string_view text) {
  SoftLines lines;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n' || c == '\r') {
      if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
      lines.end_line();
      continue;
    }
    const bool at_end = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
    const bool blank_at_end = (c == ' ' || c == '\t') && at_end;
    const bool printable = (c >= 0x20 && c < 0x7f) || c == '\t';
    // A line that begins with `From ` or a dot is changed by some servers on the way.
    const bool delicate = lines.column() == 0 && (c == '.' || text.substr(i, 5) == "From ");
    if (printable && c != '=' && !blank_at_end && !delicate) {
      lines.put(std::string_view(&c, 1));
    } else {
      const auto byte = static_cast<unsigned char>(c);
      const std::array<char, 3> escaped{'=', kHex[byte >> 4], kHex[byte & 15]};
      lines.put(std::string_view(escaped.data(), escaped.size()));
    }
  }
  return std::move(lines).take();
}

std::string mail_date(Instant at) {
  using namespace std::chrono;
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss time{floor<seconds>(at - day)};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
                kDays[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text.data();
}

}  // namespace recado::messaging

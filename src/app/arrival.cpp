#include "app/arrival.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/utf8.hpp"

namespace recado::app {
namespace {

constexpr std::size_t kShownBody = 200;
constexpr std::size_t kShownHeader = 300;
constexpr std::size_t kAll = SIZE_MAX;
constexpr std::int64_t kToleranceSeconds = 300;

constexpr const char* kGreen = "32";
constexpr const char* kRed = "31";
constexpr const char* kYellow = "33";
constexpr const char* kDim = "2";
constexpr const char* kBold = "1";

/// C1 controls, U+0080 to U+009F, steer terminals like the ones below space.
bool is_control(std::string_view character) noexcept {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return character.size() == 2 && first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

std::string escaped(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    switch (c) {
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string_view header_of(const http::Request& request, std::string_view name) {
  return request.header(name).value_or(std::string_view());
}

std::string paint(const char* code, const std::string& text, bool colour) {
  return colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

std::string time_of(std::int64_t now_ns, const ArrivalStyle& style) {
  const Instant now = from_ms(now_ns / 1'000'000);
  if (!style.timezone.empty()) {
    if (const auto offset = zone_offset(style.timezone, now)) {
      constexpr std::int64_t kDay = 86'400'000;
      const std::int64_t ms = (to_ms(now + *offset) % kDay + kDay) % kDay;
      return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60,
                         ms % 1000);
    }
  }
  // format_time_z leaves out milliseconds that are zero; a column needs them.
  std::string text = format_time_z(from_ms(to_ms(now) / 1000 * 1000));
  text.pop_back();
  return fmt::format("{}.{:03}Z", text, to_ms(now) % 1000);
}

std::string lateness_text(double ms) {
  const char* word = ms < 0 ? "early" : "late";
  const double size = std::abs(ms);
  return size < 100 ? fmt::format("{} {:.1f} ms", word, size) : fmt::format("{} {:.0f} ms", word, size);
}

const char* colour_of(SignatureVerdict verdict) noexcept {
  switch (verdict) {
    case SignatureVerdict::valid:
      return kGreen;
    case SignatureVerdict::not_checked:
    case SignatureVerdict::missing:
      return kDim;
    default:
      return kRed;
  }
}

}  // namespace

const char* to_string(SignatureVerdict verdict) noexcept {
  switch (verdict) {
    case SignatureVerdict::valid:
      return "valid";
    case SignatureVerdict::invalid:
      return "invalid";
    case SignatureVerdict::stale:
      return "too old";
    case SignatureVerdict::missing:
      return "missing";
    case SignatureVerdict::not_checked:
      return "not checked";
  }
  return "not checked";
}

SignatureVerdict judge_signature(const http::Request& request, const WebhookSigner* signer, Instant now) {
  const auto id = header_of(request, "webhook-id");
  const auto timestamp = header_of(request, "webhook-timestamp");
  const auto signature = header_of(request, "webhook-signature");
  if (id.empty() || timestamp.empty() || signature.empty()) return SignatureVerdict::missing;
  if (signer == nullptr) return SignatureVerdict::not_checked;
  if (!signer->verify(id, timestamp, request.body, signature)) return SignatureVerdict::invalid;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
  if (error != std::errc{} || end != timestamp.data() + timestamp.size()) return SignatureVerdict::invalid;
  const std::int64_t here = to_ms(now) / 1000;
  const bool near = seconds >= here - kToleranceSeconds && seconds <= here + kToleranceSeconds;
  return near ? SignatureVerdict::valid : SignatureVerdict::stale;
}

std::optional<double> lateness_ms(const http::Request& request, std::int64_t now_ns) {
  const auto due = request.header("recado-scheduled-for");
  if (!due) return std::nullopt;
  const auto parsed = parse_time(*due, std::nullopt);
  if (!parsed) return std::nullopt;
  return static_cast<double>(now_ns - to_ms(parsed->at) * 1'000'000) / 1e6;
}

std::string printable(std::string_view text, std::size_t most, bool keep_newlines) {
  std::string out;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const Utf8Step step = utf8_step(at, end);
    const std::string_view character(at, step.length);
    const bool keep =
        step.valid && (!is_control(character) || (keep_newlines && (*at == '\n' || *at == '\t')));
    const std::string piece = keep ? std::string(character) : escaped(character);
    if (out.size() + piece.size() > most) return out + fmt::format("… ({} bytes)", text.size());
    out += piece;
    at += step.length;
  }
  return out;
}

std::string format_arrival(const http::Request& request, std::int64_t now_ns, SignatureVerdict verdict,
                           const ArrivalStyle& style) {
  const bool colour = style.colour;
  std::string line = paint(kDim, time_of(now_ns, style), colour);
  line += ' ' +
          paint(kBold, printable(request.method, 32) + ' ' + printable(request.target, kShownHeader), colour);
  if (const auto late = lateness_ms(request, now_ns)) {
    const char* shade = *late < 0 ? kRed : *late < 10 ? kGreen : kYellow;
    line += ' ' + paint(shade, lateness_text(*late), colour);
  }
  if (const auto attempt = header_of(request, "recado-attempt"); !attempt.empty()) {
    line += " attempt " + printable(attempt, 20);
  }
  if (const auto id = header_of(request, "webhook-id"); !id.empty()) line += ' ' + printable(id, 80);
  line += ' ' + paint(colour_of(verdict), std::string("signature ") + to_string(verdict), colour);
  if (!style.verbose) {
    if (!request.body.empty()) line += ' ' + printable(request.body, kShownBody);
    return line + '\n';
  }
  line += '\n';
  for (const auto& [name, value] : request.headers) {
    line += "  " + paint(kDim, printable(name, kAll) + ":", colour) + ' ' + printable(value, kAll) + '\n';
  }
  if (!request.body.empty()) line += '\n' + printable(request.body, kAll, true) + '\n';
  return line + '\n';
}

}  // namespace recado::app

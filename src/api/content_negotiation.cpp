#include "api/content_negotiation.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace recado::api {
namespace {

constexpr std::string_view kSpaces = " \t";  // RFC 9110 5.6.3

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

/// Thousandths; 1000 when there is no (readable) q.
int weight(std::string_view parameters) {
  const auto all = lower(parameters);
  auto at = all.find("q=");
  if (at == std::string::npos) return 1000;
  at += 2;
  if (at >= all.size() || (all[at] != '0' && all[at] != '1')) return 1000;
  int value = (all[at] - '0') * 1000;
  int unit = 100;
  for (at += 2; at < all.size() && unit > 0 && all[at] >= '0' && all[at] <= '9'; ++at, unit /= 10) {
    value += (all[at] - '0') * unit;
  }
  return std::min(value, 1000);
}

}  // namespace

bool prefers_html(std::string_view accept) {
  int html = -1;
  int json = -1;
  while (!accept.empty()) {
    const auto end = std::min(accept.find(','), accept.size());
    const auto item = trimmed(accept.substr(0, end), kSpaces);
    accept.remove_prefix(std::min(end + 1, accept.size()));
    const auto semicolon = std::min(item.find(';'), item.size());
    const auto type = lower(trimmed(item.substr(0, semicolon), kSpaces));
    const auto q = weight(item.substr(semicolon));
    if (type == "text/html" || type == "text/*") html = std::max(html, q);
    if (type == "application/json" || type == "application/*") json = std::max(json, q);
  }
  return html > 0 && html > json;
}

}  // namespace recado::api

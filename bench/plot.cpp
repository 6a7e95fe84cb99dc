#include "plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace recado::bench {

namespace {

constexpr double kWidth = 720, kHeight = 400;
constexpr double kLeft = 72, kRight = 24, kTop = 44, kLegend = 26, kBottom = 56;
/// Told apart by most colour-blind readers, on white and on black (after Okabe and Ito).
constexpr std::array<const char*, 4> kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7"};

std::string stroke(const Series& series) {
  return fmt::format("stroke=\"{}\" stroke-width=\"2\"{}", kColours.at(series.colour),
                     series.dashed ? " stroke-dasharray=\"6 4\"" : "");
}

/// Text and lines follow the reader's colours; a file embedded as an image still knows the system's.
constexpr const char* kStyle = R"(<style>
  svg { color: #24292f; background: #ffffff; }
  text { font: 12px system-ui, sans-serif; fill: currentColor; }
  .title { font-size: 14px; font-weight: 600; }
  .grid { stroke: currentColor; stroke-opacity: .15; }
  .axis { stroke: currentColor; stroke-opacity: .6; fill: none; }
  @media (prefers-color-scheme: dark) { svg { color: #e6edf3; background: #0d1117; } }
</style>
)";

/// From values to places on the paper.
struct AxisScale {
  bool logarithmic = false;
  double least = 0, most = 1;    ///< values
  double begin = 0, length = 1;  ///< places; a negative length grows upward
  std::vector<double> ticks;

  double place(double value) const {
    const auto part =
        logarithmic ? std::log(value / least) / std::log(most / least) : (value - least) / (most - least);
    return begin + part * length;
  }
};

/// 1, 2 or 5 times a power of ten, so that about `steps` of them reach `most`.
double round_step(double most, int steps) {
  const double power = std::pow(10, std::floor(std::log10(most / steps)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (most / (power * factor) <= steps) return power * factor;
  }
  return power * 10;
}

AxisScale make_scale(const Axis& axis, double least, double most, double begin, double length) {
  AxisScale scale{axis.logarithmic, least, most, begin, length, {}};
  if (axis.logarithmic) {
    scale.least = std::pow(10, std::floor(std::log10(least)));
    scale.most = std::pow(10, std::ceil(std::log10(most)));
    if (scale.least == scale.most) scale.most *= 10;
    for (double tick = scale.least; tick <= scale.most * 1.001; tick *= 10) scale.ticks.push_back(tick);
    return scale;
  }
  const double step = round_step(std::max(most, 1e-9), 6);
  scale.least = 0;
  scale.most = std::ceil(most / step - 1e-9) * step;
  for (double tick = 0; tick <= scale.most + step / 2; tick += step) scale.ticks.push_back(tick);
  return scale;
}

/// 20000 as `20k`.
std::string short_number(double value) {
  if (value >= 1e6) return fmt::format("{:.3g}M", value / 1e6);
  if (value >= 1e3) return fmt::format("{:.3g}k", value / 1e3);
  return fmt::format("{:.3g}", value);
}

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string text_at(double x, double y, const std::string& anchor, const std::string& text,
                    const std::string& more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y, anchor, more,
                     escape(text));
}

std::string axes(const Chart& chart, const AxisScale& x, const AxisScale& y) {
  std::string out;
  const double right = x.begin + x.length, top = y.begin + y.length;
  for (const double tick : y.ticks) {
    const double at = y.place(tick);
    out += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>\n", x.begin, at, right);
    out += text_at(x.begin - 8, at + 4, "end", short_number(tick));
  }
  for (const double tick : x.ticks) {
    const double at = x.place(tick);
    out += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>\n", at, y.begin, top);
    out += text_at(at, y.begin + 18, "middle", short_number(tick));
  }
  out += fmt::format("<path class=\"axis\" d=\"M{:.1f} {:.1f}V{:.1f}H{:.1f}\"/>\n", x.begin, top, y.begin,
                     right);
  out += text_at(x.begin + x.length / 2, kHeight - 12, "middle", chart.x.title);
  const double middle = y.begin + y.length / 2;
  out += text_at(18, middle, "middle", chart.y.title,
                 fmt::format(" transform=\"rotate(-90 18 {:.1f})\"", middle));
  return out;
}

std::string line(const Series& series, const AxisScale& x, const AxisScale& y) {
  std::string path, dots;
  for (const auto& [at, value] : series.points) {
    const double px = x.place(at), py = y.place(value);
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", px, py);
    dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>\n", px, py,
                        kColours.at(series.colour));
  }
  return fmt::format("<path d=\"{}\" fill=\"none\" {}/>\n", path, stroke(series)) + dots;
}

std::string legend(const std::vector<Series>& all) {
  std::string out;
  double at = kLeft;
  for (const Series& series : all) {
    out += fmt::format("<path d=\"M{:.1f} {:.1f}h26\" {}/>\n", at, kTop + 2, stroke(series));
    out += text_at(at + 32, kTop + 6, "start", series.name);
    at += 32 + 7.2 * static_cast<double>(series.name.size()) + 18;
  }
  return out;
}

}  // namespace

std::string svg(const Chart& chart) {
  std::vector<Series> shown;
  double least_x = 1e300, most_x = 0, least_y = 1e300, most_y = 0;
  for (Series series : chart.series) {
    std::erase_if(series.points, [&](const auto& point) {
      return (chart.x.logarithmic && point.first <= 0) || (chart.y.logarithmic && point.second <= 0);
    });
    if (series.points.empty()) continue;
    for (const auto& [x, y] : series.points) {
      least_x = std::min(least_x, x), most_x = std::max(most_x, x);
      least_y = std::min(least_y, y), most_y = std::max(most_y, y);
    }
    shown.push_back(std::move(series));
  }
  if (shown.empty()) return {};
  const double top = kTop + kLegend;
  const AxisScale x = make_scale(chart.x, least_x, most_x, kLeft, kWidth - kLeft - kRight);
  const AxisScale y = make_scale(chart.y, least_y, most_y, kHeight - kBottom, top + kBottom - kHeight);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" "
      "role=\"img\" aria-label=\"{2}\">\n",
      kWidth, kHeight, escape(chart.title));
  out += kStyle;
  out += text_at(kLeft, 24, "start", chart.title, " class=\"title\"");
  out += legend(shown) + axes(chart, x, y);
  for (const Series& series : shown) out += line(series, x, y);
  return out + "</svg>\n";
}

}  // namespace recado::bench

// A chart as SVG: lines over two axes, readable on light and dark pages.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace recado::bench {

struct Series {
  std::string name;
  std::size_t colour = 0;  ///< one a contestant, 0-3
  bool dashed = false;
  std::vector<std::pair<double, double>> points;  ///< by rising x; on a logarithmic axis above zero
};

struct Axis {
  std::string title;  ///< with its unit
  bool logarithmic = false;
};

struct Chart {
  std::string title;
  Axis x, y;
  std::vector<Series> series;  ///< empty ones are left out
};

std::string svg(const Chart& chart);

}  // namespace recado::bench

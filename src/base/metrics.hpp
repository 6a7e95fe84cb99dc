// Metrics in Prometheus text format 0.0.4, kept in memory by the loop thread. Names start with `recado_`.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace recado {

class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_ += n; }
  std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 0;
};

class Gauge {
 public:
  void set(double v) noexcept { value_ = v; }
  double value() const noexcept { return value_; }

 private:
  double value_ = 0;
};

/// Fixed upper bounds, ascending; the last bucket is +Inf. Unit: seconds, by Prometheus' custom. Not-a-number
/// is left out: it would spoil the sum for good.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}
  void observe(double v) noexcept;
  const std::vector<double>& bounds() const noexcept { return bounds_; }
  const std::vector<std::uint64_t>& counts() const noexcept { return counts_; }
  double sum() const noexcept { return sum_; }

 private:
  std::vector<double> bounds_;
  std::vector<std::uint64_t> counts_;
  double sum_ = 0;
};

using Labels = std::vector<std::pair<std::string, std::string>>;

/// Families by name; references stay valid as long as the registry. Loop thread only. Asking for a series
/// that exists returns it. A name or label that Prometheus would not read, one name with two types, and
/// bounds that do not ascend are defects and throw std::logic_error.
class Metrics {
 public:
  Counter& counter(std::string name, std::string help, Labels labels = {});
  Gauge& gauge(std::string name, std::string help, Labels labels = {});
  /// A gauge whose value is asked for when the page is made.
  void gauge(std::string name, std::string help, std::function<double()> read, Labels labels = {});
  /// A family of gauges that are counted when the page is made. The caller bounds how many there are.
  void gauges(std::string name, std::string help,
              std::function<std::vector<std::pair<Labels, double>>()> read);
  Histogram& histogram(std::string name, std::string help, std::vector<double> bounds, Labels labels = {});
  /// The page, families in name order, with # HELP and # TYPE.
  std::string text() const;

 private:
  struct Series {
    Labels labels;
    Counter counter;
    Gauge gauge;
    std::function<double()> read;
    std::vector<Histogram> histogram;
  };
  struct Family {
    std::string help;
    std::string type;
    std::deque<Series> series;
    std::function<std::vector<std::pair<Labels, double>>()> read;
  };
  Series& series(std::string name, std::string help, std::string type, Labels labels);
  std::map<std::string, Family> families_;
};

}  // namespace recado

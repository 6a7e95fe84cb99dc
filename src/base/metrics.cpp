#include "base/metrics.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

namespace recado {
namespace {

bool is_name(std::string_view text, bool colon) noexcept {
  const auto letter = [colon](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colon && c == ':');
  };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || digit(c); });
}

void append_number(std::string& out, double v) {
  if (std::isnan(v)) {
    out += "NaN";
  } else if (std::isinf(v)) {
    out += v > 0 ? "+Inf" : "-Inf";
  } else {
    std::array<char, 32> digits;
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), v).ptr);
  }
}

std::string number(double v) {
  std::string out;
  append_number(out, v);
  return out;
}

/// Help texts escape backslash and line feed, label values also the quote.
void append_escaped(std::string& out, std::string_view text, bool in_quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && in_quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

/// `name_suffix{a="b",le="0.5"} value`
void append_sample(std::string& out, std::string_view name, std::string_view suffix, const Labels& labels,
                   std::string_view le, const std::string& value) {
  out.append(name).append(suffix);
  char before = '{';
  const auto label = [&](std::string_view key, std::string_view text) {
    out.append(1, before).append(key).append("=\"");
    append_escaped(out, text, true);
    out += '"';
    before = ',';
  };
  for (const auto& [key, text] : labels) label(key, text);
  if (!le.empty()) label("le", le);
  if (before == ',') out += '}';
  out.append(1, ' ').append(value).append(1, '\n');
}

void append_histogram(std::string& out, std::string_view name, const Labels& labels,
                      const Histogram& histogram) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < histogram.counts().size(); ++i) {
    below += histogram.counts()[i];
    const bool last = i == histogram.bounds().size();
    append_sample(out, name, "_bucket", labels, last ? "+Inf" : number(histogram.bounds()[i]),
                  std::to_string(below));
  }
  append_sample(out, name, "_sum", labels, "", number(histogram.sum()));
  append_sample(out, name, "_count", labels, "", std::to_string(below));
}

}  // namespace

void Histogram::observe(double v) noexcept {
  if (std::isnan(v)) return;
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), v) - bounds_.begin();
  ++counts_[static_cast<std::size_t>(bucket)];
  sum_ += v;
}

Metrics::Series& Metrics::series(std::string name, std::string help, std::string type, Labels labels) {
  if (!is_name(name, true)) throw std::logic_error("not a metric name: " + name);
  for (const auto& [key, text] : labels) {
    if (!is_name(key, false) || key.starts_with("__") || key == "le") {
      throw std::logic_error("not a label of " + name + ": " + key);
    }
  }
  const auto [at, made] = families_.try_emplace(name, Family{std::move(help), type, {}, {}});
  Family& family = at->second;
  if (family.type != type) throw std::logic_error(name + " is a " + family.type + ", not a " + type);
  const auto same = [&labels](const Series& s) { return s.labels == labels; };
  const auto found = std::find_if(family.series.begin(), family.series.end(), same);
  if (found != family.series.end()) return *found;
  Series& added = family.series.emplace_back();
  added.labels = std::move(labels);
  return added;
}

Counter& Metrics::counter(std::string name, std::string help, Labels labels) {
  return series(std::move(name), std::move(help), "counter", std::move(labels)).counter;
}

Gauge& Metrics::gauge(std::string name, std::string help, Labels labels) {
  return series(std::move(name), std::move(help), "gauge", std::move(labels)).gauge;
}

void Metrics::gauge(std::string name, std::string help, std::function<double()> read, Labels labels) {
  series(std::move(name), std::move(help), "gauge", std::move(labels)).read = std::move(read);
}

void Metrics::gauges(std::string name, std::string help,
                     std::function<std::vector<std::pair<Labels, double>>()> read) {
  if (!is_name(name, true)) throw std::logic_error("not a metric name: " + name);
  const auto [at, made] = families_.try_emplace(name, Family{std::move(help), "gauge", {}, {}});
  if (!made) throw std::logic_error(name + " is there already");
  at->second.read = std::move(read);
}

Histogram& Metrics::histogram(std::string name, std::string help, std::vector<double> bounds, Labels labels) {
  const auto not_ascending = [](double a, double b) { return !(a < b); };
  if (std::adjacent_find(bounds.begin(), bounds.end(), not_ascending) != bounds.end() ||
      !std::all_of(bounds.begin(), bounds.end(), [](double bound) { return std::isfinite(bound); })) {
    throw std::logic_error("the bounds of " + name + " do not ascend");
  }
  auto& histograms = series(std::move(name), std::move(help), "histogram", std::move(labels)).histogram;
  if (histograms.empty()) histograms.emplace_back(std::move(bounds));
  return histograms.front();
}

std::string Metrics::text() const {
  std::string out;
  for (const auto& [name, family] : families_) {
    out.append("# HELP ").append(name).append(1, ' ');
    append_escaped(out, family.help, false);
    out.append("\n# TYPE ").append(name).append(1, ' ').append(family.type).append(1, '\n');
    if (family.read) {
      for (const auto& [labels, value] : family.read())
        append_sample(out, name, "", labels, "", number(value));
    }
    for (const Series& s : family.series) {
      if (family.type == "counter") {
        append_sample(out, name, "", s.labels, "", std::to_string(s.counter.value()));
      } else if (family.type == "gauge") {
        append_sample(out, name, "", s.labels, "", number(s.read ? s.read() : s.gauge.value()));
      } else {
        append_histogram(out, name, s.labels, s.histogram.front());
      }
    }
  }
  return out;
}

}  // namespace recado

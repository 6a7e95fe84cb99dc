#include "table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "contestants.hpp"

namespace recado::bench {

namespace {

using Rows = std::vector<std::vector<std::string>>;

/// 12345.6 as `12,346`.
std::string number(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  auto at = static_cast<std::ptrdiff_t>(std::min(text.find('.'), text.size())) - 3;
  for (; at > (text.front() == '-' ? 1 : 0); at -= 3) text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

/// How many columns it takes on a screen: characters, not bytes.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string markdown(Rows rows, std::size_t left_aligned) {
  std::vector<std::size_t> widths(rows.front().size(), 3);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string out;
  for (std::size_t line = 0; line < rows.size(); ++line) {
    for (std::size_t i = 0; i < rows[line].size(); ++i) {
      const std::string space(widths[i] - width(rows[line][i]), ' ');
      out += i < left_aligned ? "| " + rows[line][i] + space + " " : "| " + space + rows[line][i] + " ";
    }
    out += "|\n";
    if (line > 0) continue;
    for (std::size_t i = 0; i < widths.size(); ++i)
      out += "|" + std::string(widths[i] + 1, '-') + (i < left_aligned ? "-" : ":");
    out += "|\n";
  }
  return out;
}

std::string cell(const Spread& spread, int decimals) {
  std::string text = number(spread.median, decimals);
  if (spread.count > 1)
    text += " (" + number(spread.least, decimals) + "–" + number(spread.most, decimals) + ")";
  return text;
}

bool is_reference(const std::string& name) {
  return name != kRecado && name != kBullmq && name != kSeed;
}

std::string share(double part) {
  return fmt::format("{:.1f} %", part * 100);
}

}  // namespace

std::string measures_table(const Results& results) {
  auto contestants = results.contestants();
  std::erase_if(contestants, is_reference);
  Rows rows(1, {"measure", "unit"});
  for (const auto& name : contestants) {
    rows[0].push_back(name);
    if (name == kBullmq || name == kSeed) rows[0].emplace_back("ratio");
  }
  rows[0].insert(rows[0].end(), {"others", "steal"});
  for (const Measure& measure : results.measures()) {
    if (std::none_of(contestants.begin(), contestants.end(),
                     [&](const std::string& name) { return results.of(measure.id, name).has_value(); }))
      continue;
    const Interference busy = results.busy(measure.id);
    std::vector<std::string> row = {(busy.total() > kBusy ? "! " : "") + measure.title, measure.unit};
    const auto ours = results.of(measure.id, kRecado);
    for (const auto& name : contestants) {
      const auto theirs = results.of(measure.id, name);
      row.push_back(theirs ? cell(*theirs, measure.decimals) : "");
      if (name != kBullmq && name != kSeed) continue;
      const double numerator = !theirs || !ours           ? 0
                               : measure.higher_is_better ? ours->median
                                                          : theirs->median;
      const double denominator = !theirs || !ours           ? 0
                                 : measure.higher_is_better ? theirs->median
                                                            : ours->median;
      row.push_back(denominator > 0 ? fmt::format("{:.3g} ×", numerator / denominator) : "");
    }
    row.push_back(share(busy.others));
    row.push_back(share(busy.steal));
    rows.push_back(std::move(row));
  }
  return markdown(std::move(rows), 2);
}

std::string references_table(const Results& results) {
  auto names = results.contestants();
  std::erase_if(names, [](const std::string& name) { return !is_reference(name); });
  Rows rows(1, {"reference", "by", "unit", "figure", "others", "steal"});
  for (const Measure& measure : results.measures()) {
    const Interference busy = results.busy(measure.id);
    for (const auto& name : names) {
      if (const auto figure = results.of(measure.id, name))
        rows.push_back({(busy.total() > kBusy ? "! " : "") + measure.title, name, measure.unit,
                        cell(*figure, measure.decimals), share(busy.others), share(busy.steal)});
    }
  }
  return rows.size() == 1 ? "" : markdown(std::move(rows), 3);
}

std::string goals_table(const std::vector<Verdict>& verdicts) {
  Rows rows(1, {"goal", "reached", "wanted", "", "met"});
  for (const Verdict& verdict : verdicts) {
    rows.push_back({verdict.goal.text, number(verdict.reached, verdict.decimals),
                    (verdict.goal.at_least ? "≥ " : "≤ ") + number(verdict.wanted, verdict.decimals),
                    verdict.unit, verdict.met ? "yes" : "NO"});
  }
  return markdown(std::move(rows), 1);
}

}  // namespace recado::bench

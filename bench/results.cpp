#include "results.hpp"

#include <algorithm>
#include <set>

#include "base/json.hpp"
#include "contestants.hpp"
#include "machine.hpp"

namespace recado::bench {

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {values.front(), median, values.back(), values.size()};
}

double quantile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto at =
      std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())));
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(at);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

void Results::add(const Measure& measure, const std::string& contestant, double value,
                  const Interference& busy) {
  auto& rows = samples_[measure.id];
  if (rows.empty()) measures_.push_back(measure);
  auto& row = rows[contestant];
  std::erase_if(row, [](const Sample& sample) { return sample.earlier; });
  row.push_back({value, busy});
}

void Results::keep(std::string_view json) {
  const auto number = [](std::string_view value, const char* path) {
    return std::atof(e2e::member(value, path).c_str());
  };
  const std::string list = e2e::member(json, "measures");
  const auto array = json::parse(list);
  const auto all = array ? json::elements(*array) : Result<std::vector<json::Raw>>(std::vector<json::Raw>());
  for (std::size_t i = 0; all.ok() && i < all->size(); ++i) {
    const std::string_view row = (*all)[i].text;
    const Measure measure{e2e::member(row, "id"), e2e::member(row, "title"), e2e::member(row, "unit"),
                          e2e::member(row, "higherIsBetter") == "true",
                          static_cast<int>(number(row, "decimals"))};
    const std::string values = e2e::member(row, "values");
    const auto object = json::parse(values);
    if (!object) continue;
    const auto by_contestant = json::members(*object);
    for (std::size_t j = 0; by_contestant.ok() && j < by_contestant->size(); ++j) {
      const auto samples = json::elements((*by_contestant)[j].value);
      for (std::size_t k = 0; samples.ok() && k < samples->size(); ++k) {
        const std::string_view sample = (*samples)[k].text;
        auto& rows = samples_[measure.id];
        if (rows.empty()) measures_.push_back(measure);
        rows[(*by_contestant)[j].key].push_back(
            {number(sample, "value"), {number(sample, "others"), number(sample, "steal")}, true});
      }
    }
  }
}

std::vector<std::string> Results::contestants() const {
  std::set<std::string> seen;
  for (const auto& [measure, rows] : samples_) {
    for (const auto& [contestant, samples] : rows) seen.insert(contestant);
  }
  std::vector<std::string> out;
  for (const char* name : {kRecado, kBullmq, kSeed}) {
    if (seen.erase(name) > 0) out.emplace_back(name);
  }
  out.insert(out.end(), seen.begin(), seen.end());
  return out;
}

std::optional<Spread> Results::of(const std::string& measure, const std::string& contestant) const {
  const auto rows = samples_.find(measure);
  if (rows == samples_.end()) return std::nullopt;
  const auto row = rows->second.find(contestant);
  if (row == rows->second.end()) return std::nullopt;
  std::vector<double> values;
  for (const Sample& sample : row->second) values.push_back(sample.value);
  return spread_of(std::move(values));
}

Interference Results::busy(const std::string& measure) const {
  std::vector<double> others, steal;
  const auto rows = samples_.find(measure);
  if (rows == samples_.end()) return {};
  for (const auto& [contestant, samples] : rows->second) {
    for (const Sample& sample : samples) {
      others.push_back(sample.busy.others);
      steal.push_back(sample.busy.steal);
    }
  }
  return {spread_of(std::move(others)).median, spread_of(std::move(steal)).median};
}

std::string Results::json(int rounds) const {
  json::Writer out;
  out.begin_object().key("machine").begin_object();
  for (const auto& [name, value] : machine_facts()) out.member(name, value);
  out.end_object().member("rounds", rounds).key("measures").begin_array();
  for (const Measure& measure : measures_) {
    out.begin_object().member("id", measure.id).member("title", measure.title).member("unit", measure.unit);
    out.member("higherIsBetter", measure.higher_is_better).member("decimals", measure.decimals);
    out.key("values").begin_object();
    for (const auto& [contestant, samples] : samples_.at(measure.id)) {
      out.key(contestant).begin_array();
      for (const Sample& sample : samples) {
        out.begin_object().member("value", sample.value).member("others", sample.busy.others);
        out.member("steal", sample.busy.steal).end_object();
      }
      out.end_array();
    }
    out.end_object().end_object();
  }
  out.end_array().end_object();
  return std::move(out).str();
}

}  // namespace recado::bench

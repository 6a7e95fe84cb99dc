#include "cpu.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

namespace recado::bench {

namespace {

struct Times {
  pid_t parent = 0;
  double own = 0;       ///< user and system
  double children = 0;  ///< of those that have ended and were waited for
};

double ticks(double count) {
  static const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return count / per_second;
}

std::optional<Times> times_of(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  const auto name_end = text.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos) return std::nullopt;
  std::stringstream fields(text.substr(name_end + 2));
  std::string state, skipped;
  Times times;
  fields >> state >> times.parent;
  for (int i = 5; i <= 13; ++i) fields >> skipped;  // up to cmajflt, the 13th field
  double user = 0, system = 0, children_user = 0, children_system = 0;
  fields >> user >> system >> children_user >> children_system;
  times.own = ticks(user + system);
  times.children = ticks(children_user + children_system);
  return times;
}

/// This process, all it has started, all those have started, and those of them that have ended.
double tree_seconds() {
  std::map<pid_t, Times> all;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    pid_t process = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    if (const auto times = times_of(name)) all[process] = *times;
  }
  double sum = 0;
  for (const auto& [process, times] : all) {
    pid_t ancestor = process;
    while (ancestor != ::getpid() && all.contains(ancestor)) ancestor = all[ancestor].parent;
    if (ancestor == ::getpid()) sum += times.own + times.children;
  }
  return sum;
}

}  // namespace

double cpu_seconds(pid_t process) {
  const auto times = times_of(std::to_string(process));
  return times ? times->own : 0;
}

double cpu_seconds(const std::vector<pid_t>& processes) {
  double sum = 0;
  for (const pid_t process : processes) sum += cpu_seconds(process);
  return sum;
}

double resident_mb(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

InterferenceWatch::InterferenceWatch() : began_(sample()) {}

InterferenceWatch::Sample InterferenceWatch::sample() {
  std::ifstream file("/proc/stat");
  std::string name;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  file >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
  Sample out;
  out.total = ticks(user + nice + system + idle + iowait + irq + softirq + steal);
  out.busy = ticks(user + nice + system);  // interrupts are loopback's: ours
  out.steal = ticks(steal);
  out.ours = tree_seconds();
  return out;
}

Interference InterferenceWatch::stop() const {
  const Sample now = sample();
  const double total = std::max(now.total - began_.total, 1e-9);
  Interference out;
  out.others = std::max(0.0, (now.busy - began_.busy) - (now.ours - began_.ours)) / total;
  out.steal = std::max(0.0, now.steal - began_.steal) / total;
  return out;
}

}  // namespace recado::bench

#include "machine.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>

#include "contestants.hpp"

namespace recado::bench {

namespace {

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

/// The first line that a program prints.
std::string first_line(std::vector<std::string> command) {
  command[0] = find_program(command[0]);
  if (command[0].empty()) return "none";
  e2e::Child child(std::move(command), {{"PATH", "/usr/bin:/bin"}}, RECADO_BENCH_SOURCE);
  child.wait();
  const std::string all = child.whole_standard_output();
  return all.substr(0, all.find('\n'));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> machine_facts() {
  utsname kernel{};
  ::uname(&kernel);
  const auto bytes =
      static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return {{"processor", processor()},
          {"cores", std::to_string(::sysconf(_SC_NPROCESSORS_ONLN))},
          {"memory", std::to_string(static_cast<int>(bytes / (1 << 30))) + " GiB"},
          {"kernel", kernel.release},
          {"redis", first_line({"redis-server", "--version"})},
          {"node", first_line({"node", "--version"})},
          {"commit", first_line({"git", "describe", "--always", "--dirty"})},
          {"measured", e2e::utc(e2e::now())}};
}

}  // namespace recado::bench

#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "base/time.hpp"
#include "base/zone.hpp"
#include "base/zone_names.hpp"

namespace recado {
namespace {

std::string first_line(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r' || line.back() == '\t')) line.pop_back();
  return line;
}

/// The name in a path below a zone directory, else empty.
std::string name_below_zoneinfo(std::string_view path) {
  constexpr std::string_view kDirectory = "/zoneinfo/";
  const auto at = path.rfind(kDirectory);
  return at == std::string_view::npos ? std::string{} : std::string{path.substr(at + kDirectory.size())};
}

std::string link_target(const std::string& path) {
  std::array<char, 4096> target;
  const auto n = ::readlink(path.c_str(), target.data(), target.size());
  return n > 0 ? std::string(target.data(), static_cast<std::size_t>(n)) : std::string{};
}

}  // namespace

bool zone_exists(std::string_view zone) {
  return Zone::find(zone) != nullptr;
}

std::string zone_data_version() {
  static const std::string version = [] {
    constexpr std::string_view kPrefix = "# version ";
    const auto line = first_line("/usr/share/zoneinfo/tzdata.zi");
    return line.size() > kPrefix.size() && line.starts_with(kPrefix) ? line.substr(kPrefix.size())
                                                                     : "unknown";
  }();
  return version;
}

std::string choose_machine_zone(const char* tz, const std::string& timezone_file,
                                const std::string& localtime_link) {
  if (tz != nullptr && *tz != '\0') {
    // POSIX lets a colon stand before an implementation's own form, a zone name or a path.
    std::string name = *tz == ':' ? tz + 1 : tz;
    if (name.starts_with('/')) name = name_below_zoneinfo(name);
    // A rule such as BRT3 is no IANA name, and the files below would be overruled by it.
    return zone_exists(name) ? name : "UTC";
  }
  for (const auto& name : {first_line(timezone_file), name_below_zoneinfo(link_target(localtime_link))}) {
    if (zone_exists(name)) return name;
  }
  return "UTC";
}

std::string machine_zone() {
  return choose_machine_zone(::getenv("TZ"), "/etc/timezone", "/etc/localtime");
}

}  // namespace recado

// How the machine's zone is told, with its sources as parameters for tests. For this room only.
#pragma once

#include <string>

namespace recado {

/// `tz`: the variable TZ or nullptr. `timezone_file`: a file whose first line is a name. `localtime_link`: a
/// link to a file below a zoneinfo directory. The first that is set decides; `UTC` when it names no known
/// zone.
std::string choose_machine_zone(const char* tz, const std::string& timezone_file,
                                const std::string& localtime_link);

}  // namespace recado

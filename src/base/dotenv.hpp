// The .env reader with the lines it found things on. Part of config.cpp; other rooms use config.hpp.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace recado {

struct DotenvEntry {
  std::string value;
  int line = 0;  ///< the first is 1
};

/// parse_dotenv with line numbers.
Result<std::map<std::string, DotenvEntry>> parse_dotenv_entries(std::string_view text);

}  // namespace recado

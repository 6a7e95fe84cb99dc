// What `recado --help` says.
#include <fmt/format.h>

#include "app/app.hpp"
#include "app/arguments.hpp"
#include "base/config.hpp"

namespace recado::app {

std::string help_text(std::string_view) {
  return "";
}

}  // namespace recado::app

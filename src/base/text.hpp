// Words for error sentences.
#pragma once

#include <string>
#include <string_view>

namespace recado {

/// `text` between double quotes, cut after 64 bytes (never inside a UTF-8 character), control characters as
/// `?`.
std::string quoted(std::string_view text);

}  // namespace recado

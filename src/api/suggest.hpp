// "Did you mean …?" Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace recado::api {

/// The one of `names` that `word` was probably meant to be: equal but for letter case, `_` and `-`, or at
/// most two typing errors away. nullopt: none is near.
std::optional<std::string> closest(std::string_view word, const std::vector<std::string>& names);

}  // namespace recado::api

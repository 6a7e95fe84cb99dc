// Text as it is searched: without accents and without a difference between upper and lower case. Pure; the
// only includer of ICU.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace recado {

/// Compatibility decomposition (NFKD) without combining marks, case folded: `João Ærø` → `joao ærø`. What is
/// no UTF-8 becomes U+FFFD.
std::string fold(std::string_view text);

/// The runs of letters and digits of fold(text), in order; each at most `kMaxWordBytes` (whole characters),
/// so that an index can hold them.
inline constexpr std::size_t kMaxWordBytes = 60;
std::vector<std::string> words_of(std::string_view text);

}  // namespace recado

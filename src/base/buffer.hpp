// Memory of strings that serve as buffers.
#pragma once

#include <string>

namespace recado {

/// Empties `buffer` and frees what it had. Assigning an empty string would not: its bytes fit into what is
/// there, which is kept.
inline void free_buffer(std::string& buffer) noexcept {
  std::string().swap(buffer);
}

}  // namespace recado

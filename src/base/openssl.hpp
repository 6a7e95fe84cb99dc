// What every file that calls OpenSSL needs. For this room only.
#pragma once

#include <new>

namespace recado {

/// For calls that fail only when memory ran out or the library is broken: nothing could be signed, sealed or
/// told apart. Throws std::bad_alloc.
inline void require(bool ok) {
  if (!ok) throw std::bad_alloc();
}

}  // namespace recado

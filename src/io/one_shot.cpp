#include "io/one_shot.hpp"

namespace recado::io {

template class OneShot<bool>;

}  // namespace recado::io

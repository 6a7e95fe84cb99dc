// The schema of problem documents (RFC 9457).
#pragma once

#include "api/schema.hpp"

namespace recado::api {

ShapePtr problem_shape();
ShapePtr field_error_shape();  ///< `{"field","message"}`

}  // namespace recado::api

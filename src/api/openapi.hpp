// The OpenAPI 3.1 document, made from the operations. Pure.
#pragma once

#include <string>
#include <vector>

#include "api/operation.hpp"

namespace recado::api {

std::string openapi_document(const std::vector<Operation>& operations, const std::string& version);

}  // namespace recado::api

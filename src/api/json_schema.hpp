// A declaration (schema.hpp) as JSON Schema 2020-12, the dialect of OpenAPI 3.1. Pure.
#pragma once

#include <string>
#include <vector>

#include "api/schema.hpp"
#include "base/json.hpp"

namespace recado::api {

/// Writes `type` as a schema; named shapes as `$ref` to `#/components/schemas/NAME`. `doc` and `example`
/// (JSON) go into it when not empty.
void write_schema(json::Writer& out, const Type& type, const std::string& doc = {},
                  const std::string& example = {});
/// Writes a shape in full, as it stands under components.
void write_shape(json::Writer& out, const Shape& shape);
/// Writes `Duration`, to which duration types refer.
void write_duration_schema(json::Writer& out);

/// Adds the named shapes that `type` refers to, directly or not, each once, to `shapes`.
void collect_shapes(const Type& type, std::vector<const Shape*>& shapes);

}  // namespace recado::api

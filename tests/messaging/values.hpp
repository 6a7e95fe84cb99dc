// What templates are filled with, from JSON. For the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "messaging/templates/value.hpp"

namespace recado::messaging::testing {

inline Value value(const std::string& json) {
  auto parsed = parse_value(json);
  EXPECT_TRUE(parsed.ok()) << json;
  return parsed.ok() ? std::move(parsed).value() : Value{};
}

}  // namespace recado::messaging::testing

// One script call being put together: keys are named once, arguments refer to them by place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace recado::engine {

class Call {
 public:
  explicit Call(std::vector<std::string> fixed_keys) : keys_(std::move(fixed_keys)) {}

  Call& arg(std::string_view text) {
    arguments_.emplace_back(text);
    return *this;
  }
  Call& arg(std::int64_t number) {
    arguments_.push_back(std::to_string(number));
    return *this;
  }
  Call& arg(std::size_t number) { return arg(static_cast<std::int64_t>(number)); }
  /// The place of `key` in KEYS, which it enters when it is not there yet.
  Call& key(const std::string& key) { return arg(place(key)); }

  std::vector<std::string> take_keys() { return std::move(keys_); }
  std::vector<std::string> take_arguments() { return std::move(arguments_); }

 private:
  std::int64_t place(const std::string& key) {
    const auto [found, entered] = places_.try_emplace(key, static_cast<std::int64_t>(keys_.size()) + 1);
    if (entered) keys_.push_back(key);
    return found->second;
  }

  std::vector<std::string> keys_;
  std::vector<std::string> arguments_;
  std::unordered_map<std::string, std::int64_t> places_;
};

}  // namespace recado::engine

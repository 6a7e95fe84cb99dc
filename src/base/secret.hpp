// A secret by type: tokens, passwords, signing keys. It cannot be logged, formatted or compared by accident.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace recado {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();  ///< wipes the memory

  bool empty() const noexcept { return value_.empty(); }
  /// The value itself, at the place where it is used (a header, a key). Never keep a copy.
  std::string_view reveal() const noexcept { return value_; }
  /// Constant-time comparison.
  bool equals(std::string_view other) const noexcept;
  /// What may be shown: `********`, or empty when empty.
  std::string masked() const { return value_.empty() ? "" : "********"; }

 private:
  void wipe() noexcept;

  std::string value_;
};

/// Overwrites all that `text` has room for, and empties it.
void wipe(std::string& text) noexcept;

}  // namespace recado

#include "base/secret.hpp"

#include <cstring>

#include "base/crypto.hpp"

namespace recado {

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = std::move(other.value_);
    other.wipe();
  }
  return *this;
}

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) {
  other.wipe();
}

Secret::~Secret() {
  wipe();
}

bool Secret::equals(std::string_view other) const noexcept {
  return constant_time_equals(value_, other);
}

void Secret::wipe() noexcept {
  recado::wipe(value_);
}

void wipe(std::string& text) noexcept {
  // Short strings live inside the object and stay there when moved from: the whole capacity is cleared.
  // Growing to the capacity does not allocate.
  text.resize(text.capacity());
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

}  // namespace recado

// Errors as values: a closed set of codes and Result<T>.
//
// What a client, Redis or a destination can cause travels as an Error; exceptions are left for what the
// program itself got wrong. `detail` is one sentence for a person: it names the thing and what would be
// accepted, and never carries a secret.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace recado {

enum class ErrorCode {
  invalid_argument,  ///< input that can never be accepted as it stands
  not_found,         ///< there is no such thing (any more)
  conflict,          ///< the thing is in a state that forbids the request
  unauthorized,      ///< no, or no valid, credentials
  too_large,         ///< over a documented limit
  unavailable,       ///< a dependency is away and the request was surely not carried out: try again
  outcome_unknown,   ///< the request was sent and no answer came: it may have been carried out
  timeout,           ///< a deadline passed
  refused,           ///< a policy forbids it (address policy)
  protocol,          ///< the peer answered something that its protocol does not allow
  io,                ///< the operating system refused: files, sockets, processes
  configuration,     ///< a setting that cannot work: ends the start with exit code 78
  internal,          ///< a defect of ours
};

/// The code's name as it stands above, for logs.
const char* to_string(ErrorCode code) noexcept;

/// A code and a sentence. Has constructors on purpose: g++ 12.2 miscompiles aggregate temporaries in
/// expressions with co_await.
class Error {
 public:
  Error(ErrorCode code, std::string detail) : code_(code), detail_(std::move(detail)) {}

  ErrorCode code() const noexcept { return code_; }
  const std::string& detail() const noexcept { return detail_; }

 private:
  ErrorCode code_;
  std::string detail_;
};

/// A value or an Error. Reading the side that is not there is a defect and throws std::bad_variant_access.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  /// By value: `for (auto& x : parse(text).value())` must not run over what has gone.
  T value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

/// Success or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace recado

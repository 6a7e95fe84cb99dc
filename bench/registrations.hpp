// The requests that register messages: bodies of one size, in which only number, id and time change.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace recado::bench {

/// Whose ids: the server makes them, or the client sends 36 bytes of its own.
enum class Ids { servers, clients };
/// The seed's stack wants an id in each message; the others make their own.
Ids ids_of(const std::string& contestant);

struct Shape {
  std::size_t payload_bytes = 200;
  std::string url = "http://127.0.0.1:9/hhhhhhhhhhhhhhhhhhhhh";  ///< 40 bytes, where nobody listens
  Ids ids = Ids::servers;
};

/// When message i is due.
using DueTimes = std::function<Instant(std::uint32_t)>;
/// In a year.
DueTimes far_future();
/// All at `first`, or evenly over `over` from it on.
DueTimes spread(Instant first, std::uint32_t count, Millis over);

class Registrations {
 public:
  /// With `per_request` > 1: `POST /messages/batch` of as many.
  Registrations(const Shape& shape, DueTimes due, std::uint32_t per_request = 1);
  /// The next whole request, valid until it is called again.
  std::string_view next();

 private:
  void fill(std::size_t at);

  struct Places {
    std::size_t length = 0, number = 0, id = std::string::npos, due = 0;  ///< within one message
  };

  DueTimes due_;
  std::uint32_t per_request_;
  std::uint32_t next_ = 0;
  std::uint64_t run_;  ///< drawn: ids of one run are not those of another
  std::size_t body_ = 0;
  Places places_;
  std::string text_;
};

}  // namespace recado::bench

// Bodies that are not kept whole: a request's as it arrives, an answer's as it is made.
#pragma once

#include <functional>
#include <string>

#include "base/error.hpp"
#include "io/loop.hpp"

namespace recado::http {

/// The body of a request, in pieces of at most 64 KiB. Whoever takes the next piece has done with the one
/// before: nothing more is read from the connection meanwhile.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  /// The next bytes; empty: the body is complete. Errors: io, when the connection ended, went silent for
  /// longer than a body may, or sent what is no body: nobody waits for an answer any more.
  virtual io::Task<Result<std::string>> next() = 0;
};

/// Makes the next bytes of an answer's body; empty: it is complete. An Error breaks the connection off, by
/// which the client learns that it is not.
using BodySource = std::function<io::Task<Result<std::string>>()>;

}  // namespace recado::http

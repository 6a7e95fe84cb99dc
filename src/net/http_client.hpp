// The outbound HTTP/1.1 client: pooled keep-alive connections a origin, TLS with session resumption.
//
// Every request that was written is one attempt: nothing is silently repeated on another connection. A pooled
// connection that turns out closed before any byte of the request was written is replaced (that is no
// attempt); a request whose write began is never repeated. Redirects are not followed. Loop thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "io/loop.hpp"
#include "io/tls.hpp"
#include "net/address_policy.hpp"
#include "net/resolver.hpp"
#include "net/url.hpp"

namespace recado::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The value of the first header called `name`, which is in lower case as the names of an answer are; empty:
/// there is none.
std::string_view find_header(const Headers& headers, std::string_view name) noexcept;

/// What an attempt ran into when no usable answer came. The names are the API's `error` values.
enum class SendError { none, dns, connect, tls, timeout, closed, address_refused };
const char* to_string(SendError error) noexcept;

struct HttpRequest {
  Url url;
  std::string method = "POST";
  Headers headers;         ///< without Host, Content-Length, Connection: the client writes those
  std::string body;        ///< Content-Length is always sent, never chunked
  Millis timeout{30'000};  ///< of the whole exchange: resolve, connect, handshake, write, read
  /// The operator named the destination (a provider's base URL in the environment): the address policy does
  /// not apply, and the connection is never shared with requests to which it does.
  bool trusted = false;
  std::size_t max_response_bytes = 1024;  ///< of the body that is kept; the rest is read and dropped up to
                                          ///< kDrainLimit, beyond that the connection is closed
};

inline constexpr std::size_t kDrainLimit = 64 * 1024;

struct HttpResponse {
  SendError error = SendError::none;  ///< none: `status` and the rest are set
  std::string detail;                 ///< one sentence when error is set
  bool written = false;               ///< at least one byte of the request may have left: "maybe sent"
  int status = 0;
  Headers headers;            ///< names in lower case; at most 64 KiB of header in all
  std::string body;           ///< at most max_response_bytes
  bool body_complete = true;  ///< false: endless, cut short or too late; the status counts all the same
  Millis latency{0};          ///< from the start of the exchange to the end of the answer
};

struct HttpClientLimits {
  std::size_t max_idle_per_origin = 64;
  std::size_t max_idle = 1024;
  Millis idle_timeout{50'000};
  Millis connect_timeout{10'000};  ///< also at most the request's own timeout
};

class HttpClient {
 public:
  /// `policy` and `resolver` must outlive the client, the client every send() that has not ended. `ca_file`
  /// empty: the system's store (a test's own CA otherwise).
  static Result<std::unique_ptr<HttpClient>> create(io::Loop& loop, const AddressPolicy& policy,
                                                    Resolver& resolver, HttpClientLimits limits,
                                                    const std::string& ca_file);
  /// The same with TLS settings of the caller's.
  static std::unique_ptr<HttpClient> create(io::Loop& loop, const AddressPolicy& policy, Resolver& resolver,
                                            HttpClientLimits limits, std::unique_ptr<io::TlsClient> tls);
  virtual ~HttpClient() = default;
  /// Never fails as a call: what went wrong is in the response. Resolved addresses are judged by the policy,
  /// tried in order (v4 and v6 interleaved, the next after 250 ms or at failure) until one connects.
  /// `before_write`, when set, is asked right before the first byte is written on a ready connection; false
  /// ends the exchange as SendError::closed with written=false (the dispatcher's fence).
  virtual io::Task<HttpResponse> send(HttpRequest request, std::function<bool()> before_write = {}) = 0;
  /// Closes idle connections; those in use close when they end.
  virtual void close_idle() = 0;
  virtual std::size_t open_connections() const noexcept = 0;
};

}  // namespace recado::net

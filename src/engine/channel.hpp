// A channel is pure: it turns a message into an outbound request, and a response into an outcome. The engine
// sends.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.hpp"
#include "engine/message.hpp"
#include "io/loop.hpp"
#include "net/http_client.hpp"
#include "net/smtp_client.hpp"

namespace recado::engine {

/// What an attempt came to, as the channel reads it.
enum class Verdict {
  delivered,  ///< accepted
  retry,      ///< may succeed later
  give_up,    ///< will never succeed as it stands
  unknown,    ///< may have been sent, over a channel that cannot drop repeats: not repeated
  hold,       ///< nobody can be sent to over this channel now: it closes, no attempt is burnt
};

/// How a channel to people stands.
struct ChannelState {
  enum class Kind {
    ready,
    stopped,       ///< somebody has to mend the account
    disconnected,  ///< it cannot be reached, or its session is down
  };
  Kind kind = Kind::ready;
  std::string detail;  ///< one sentence; empty when ready
};
const char* to_string(ChannelState::Kind kind) noexcept;

struct Outcome {
  Verdict verdict = Verdict::retry;
  Attempt attempt;                    ///< as it goes into the history
  std::optional<Millis> retry_after;  ///< the destination's own wish (Retry-After): wins over the backoff
  bool destination_down =
      false;                ///< no connection, TLS failure or unanswered timeout: what the breaker counts
  ChannelState channel;     ///< of hold: why
  std::string provider_id;  ///< of delivered over a channel to people: what the provider calls it
};

class Channel {
 public:
  virtual ~Channel() = default;
  /// The request of attempt number `attempt` (from 1), started at `now`. Errors: the message cannot be sent
  /// as it stands.
  virtual Result<net::HttpRequest> request(const Message& message, std::uint32_t attempt,
                                           Instant now) const = 0;
  /// Reads the answer of an attempt that began at `started`.
  virtual Outcome outcome(const net::HttpResponse& response, Instant started, Instant now) const = 0;
};

/// What the history keeps of an answer's body: kMaxResponseKept bytes at most, not ending inside a UTF-8
/// character. What is no UTF-8 is kept.
std::string kept_response(std::string_view body);
/// Why no answer came; none: one came.
Failure failure_of(net::SendError error) noexcept;

using Request = std::variant<net::HttpRequest, net::MailRequest>;
/// Of the kind of the request.
using Response = std::variant<net::HttpResponse, net::MailResponse>;

/// How fast messages may follow each other: one every `gap` on average, `burst` of them at once.
struct Pace {
  std::chrono::nanoseconds gap{0};  ///< zero: no limit
  int burst = 1;
  double jitter = 0;  ///< each gap varies by this share of it
};

/// How many messages may go from the start of one day to that of the next.
struct DailyLimit {
  std::uint64_t most = 0;  ///< 0: any number
  std::string day;         ///< names the day, `2026-04-15`
  Instant next{};          ///< when the next day starts
};

/// A channel over which people are written to (WhatsApp, e-mail). Pure, as Channel is. Its messages name it
/// in `MessageSpec::channel`; when it cannot send it is closed as a whole and holds them.
class PersonalChannel {
 public:
  virtual ~PersonalChannel() = default;
  /// Errors: the message cannot be sent as it stands.
  virtual Result<Request> request(const Message& message, Instant now) const = 0;
  virtual Outcome outcome(const Response& response, Instant started, Instant now) const = 0;
  /// Asks whether messages could be sent now, and sends none.
  virtual Request probe() const = 0;
  virtual ChannelState read_probe(const Response& response) const = 0;
  /// To whom a message goes: what the pace of one recipient is counted by.
  virtual std::string recipient(const Message& message) const = 0;
  virtual Pace pace() const = 0;
  virtual Pace recipient_pace() const = 0;
  /// How many may be under way at the same time.
  virtual std::uint32_t at_once() const = 0;
  /// Counted over all nodes, by attempts that begin; what is over it waits for the next day.
  virtual DailyLimit daily_limit(Instant now) const = 0;
};

/// The channels to people, by the name that messages keep. May change while messages are sent.
class ChannelSet {
 public:
  virtual ~ChannelSet() = default;
  /// nullptr: there is none of that name (any more), or it cannot be used.
  virtual std::shared_ptr<const PersonalChannel> find(std::string_view name) const = 0;
  /// Of one that find() does not give: why, one sentence.
  virtual std::string why_not(std::string_view name) const = 0;
};

/// Asked before each attempt over a channel to people.
class Admission {
 public:
  virtual ~Admission() = default;
  struct Refusal {
    Failure failure = Failure::opted_out;
    std::string detail;  ///< one sentence
  };
  /// nullopt: it may be sent; else it fails unsent. Errors: unavailable, it is asked again later.
  virtual io::Task<Result<std::optional<Refusal>>> refuse(Message message) const = 0;
};

/// RFC 9110 10.2.3: seconds or a date (IMF-fixdate, and the two obsolete forms); nullopt when unreadable. A
/// date in the past is 0.
std::optional<Millis> parse_retry_after(std::string_view value, Instant now);

}  // namespace recado::engine

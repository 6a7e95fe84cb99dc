// One connection: reads requests, lets the router decide, runs handlers, writes answers in order.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "http/request_reader.hpp"
#include "http/service.hpp"
#include "io/deadline.hpp"
#include "io/stream.hpp"

namespace recado::http {

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Service> service, std::unique_ptr<io::Stream> stream);

  /// Serves until the connection ends. Counts among the service's sessions from this call on, not only from
  /// its first step.
  static io::Task<> start(std::shared_ptr<Session> self);
  /// The next answer is the last; without a request, the end comes after `drain_idle_timeout`.
  void drain();
  void close() noexcept;
  /// Closes at once if it waits for a request and none is on its way. False when it does not.
  bool make_room();
  SteadyPoint idle_since() const noexcept { return idle_since_; }

 private:
  /// What a passed read limit means.
  enum class Waiting { nothing, handshake, idle, head, body, linger };

  static constexpr std::size_t kFirstBufferBytes = 4 * 1024;
  static constexpr SteadyPoint kNever = SteadyPoint::max();
  /// How long a peer that still sends what will not be read may pause before the connection is closed.
  static constexpr std::chrono::seconds kLingerSilence{2};
  static constexpr std::chrono::seconds kLinger{1};  ///< for the peer's end after a last answer

  static io::Task<> run(std::shared_ptr<Session> self);
  io::Task<bool> secure();
  io::Task<> serve();
  io::Task<bool> fill();
  io::Task<> answer();
  io::Task<bool> answer_stream();
  io::Task<Response> handle(io::Task<Response> work);
  io::Task<Result<std::string>> read_piece();
  io::Task<> send_made(std::string piece, BodySource source, bool chunked);
  io::Task<bool> flush();
  io::Task<> linger();
  static io::Task<> write_held(std::shared_ptr<Session> self);
  static io::Task<> write_timeout(std::shared_ptr<Session> self, std::string reply);

  /// The reason why the body must not be read, or the handler not called.
  std::optional<Response> refusal(Router::Match match);
  Router::Match route_request();
  io::Task<Router::Match> decide(Scope needed);
  void head(Router::Match match);
  void fail();
  bool outgrown();
  void give_back();
  bool must_flush() const noexcept;
  void reply(Response response, bool keep_alive);
  std::string_view unread() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t bytes) noexcept;
  void flush_when_held();
  void be_idle(bool idle);
  void account();

  void wait_until(Waiting what, SteadyPoint limit);
  void limit_write(SteadyPoint limit);
  void arm(SteadyPoint limit);
  void on_limit();
  void time_out();
  void end_idle();
  SteadyPoint idle_limit() const noexcept;
  SteadyPoint now() const noexcept { return service_->loop.clock().steady(); }

  std::shared_ptr<Service> service_;
  std::unique_ptr<io::Stream> stream_;
  std::list<Session*>::iterator place_;  ///< in the service's sessions or idle
  std::size_t held_ = 0;                 ///< bytes the service's load counts for this session
  io::Stream* socket_;                   ///< under stream_, also while a TLS handshake holds it
  std::string peer_;
  RequestReader reader_;

  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;

  // The request at hand:
  const Route* route_ = nullptr;
  Principal principal_;
  bool refused_ = false;               ///< its answer is written; what is left of the body is skipped
  std::chrono::nanoseconds queued_{};  ///< what came last has waited so long for its turn
  SteadyPoint head_started_{};
  SteadyPoint head_done_{};
  SteadyPoint idle_since_{};
  bool in_head_ = false;
  bool idle_ = false;

  // Of a body that a handler takes in pieces:
  class Upload;
  bool body_complete_ = false;
  bool body_failed_ = false;  ///< it is no body: the reader knows why
  bool gone_ = false;         ///< the connection is over

  // Answers on their way:
  std::string out_;
  std::string sending_;
  std::string large_body_;        ///< follows `sending_` without being copied into it
  std::string_view static_body_;  ///< the same, not owned
  std::unique_ptr<io::WakeEvent> written_;
  bool writing_ = false;
  bool broken_ = false;  ///< a write failed
  bool in_handler_ = false;
  bool held_flush_queued_ = false;

  bool closing_ = false;      ///< the last answer is in out_
  bool unread_body_ = false;  ///< the peer may still be sending what will not be read
  bool timed_out_ = false;

  Waiting waiting_ = Waiting::nothing;
  SteadyPoint read_limit_;
  SteadyPoint write_limit_;
  SteadyPoint armed_for_;
  io::Deadline deadline_;
};

}  // namespace recado::http

// What every session of a server shares. Loop thread only.
#pragma once

#include <list>

#include "http/cors.hpp"
#include "http/load.hpp"
#include "http/reply.hpp"
#include "http/request_metrics.hpp"
#include "http/server.hpp"
#include "io/time_slice.hpp"

namespace recado::http {

class Session;

struct Service {
  /// A few dozen requests; what is due waits no longer than that for its turn.
  static constexpr std::chrono::microseconds kSlice{1'000};

  Service(io::Loop& l, ServerOptions o, const Router& r, io::TlsServer* t, Metrics& m)
      : loop(l),
        options(std::move(o)),
        router(r),
        tls(t),
        cors(options.allowed_origins),
        metrics(m),
        load(options.limits, options.overload, m),
        slice(l, kSlice),
        tasks(l),
        ended(l) {}

  std::size_t connections() const noexcept { return sessions.size() + idle.size(); }

  io::Loop& loop;
  const ServerOptions options;
  const Router& router;
  io::TlsServer* const tls;
  const Cors cors;
  RequestMetrics metrics;
  Load load;
  io::TimeSlice slice;  ///< of a turn of the loop, for those who have sent something
  CommonHeaders common_headers;
  io::TaskGroup tasks;

  std::list<Session*> sessions;  ///< those that run and have something to do
  std::list<Session*> idle;      ///< those that wait for a request, the longest first
  io::WakeEvent ended;           ///< notified when a session has ended
  bool draining = false;         ///< answers say `Connection: close`, idle connections end soon
  SteadyPoint drain_began{};
  bool cancelled = false;  ///< handlers were told to stop
};

}  // namespace recado::http

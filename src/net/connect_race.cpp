#include "net/connect_race.hpp"

#include <algorithm>
#include <chrono>
#include <list>

namespace recado::net {
namespace {

namespace ip = boost::asio::ip;
using io::error_code;

/// The attempts under way. Their completion handlers own it, so it may outlive the coroutine that waits.
class Race : public std::enable_shared_from_this<Race> {
 public:
  explicit Race(io::Loop& loop) : wake(loop), loop_(loop) {}

  void start(const ip::tcp::endpoint& to) {
    auto place = attempts_.emplace(attempts_.end(), loop_.executor());
    error_code error;
    place->open(to.protocol(), error);
    if (error) return lost(place, to, error);
    place->async_connect(to, [self = shared_from_this(), place, to](error_code failure) {
      if (self->over_) return;
      if (failure) return self->lost(place, to, failure);
      self->won(place);
    });
  }

  /// Closes what is still under way.
  void end() {
    over_ = true;
    attempts_.clear();
  }

  bool any_left() const { return !attempts_.empty(); }

  io::WakeEvent wake;
  std::unique_ptr<io::Stream> winner;
  std::string failures;

 private:
  using Place = std::list<io::TcpSocket>::iterator;

  void won(Place place) {
    error_code ignored;
    place->set_option(ip::tcp::no_delay(true), ignored);
    winner = io::make_tcp_stream(std::move(*place));
    end();
    wake.notify();
  }

  void lost(Place place, const ip::tcp::endpoint& to, error_code failure) {
    if (!failures.empty()) failures += "; ";
    const auto address = to.address().to_string();
    failures += (to.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(to.port()) +
                ": " + failure.message();
    attempts_.erase(place);
    wake.notify();
  }

  io::Loop& loop_;
  std::list<io::TcpSocket> attempts_;
  bool over_ = false;
};

class Ending {
 public:
  explicit Ending(Race& race) : race_(race) {}
  ~Ending() { race_.end(); }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

 private:
  Race& race_;
};

}  // namespace

std::vector<ip::address> interleave(const std::vector<ip::address>& addresses) {
  std::vector<ip::address> families[2];
  for (const auto& address : addresses)
    families[address.is_v6() == addresses.front().is_v6() ? 0 : 1].push_back(address);
  std::vector<ip::address> out;
  for (std::size_t i = 0; i < std::max(families[0].size(), families[1].size()); ++i) {
    for (const auto& family : families) {
      if (i < family.size()) out.push_back(family[i]);
    }
  }
  return out;
}

io::Task<RaceResult> connect_first(io::Loop& loop, std::vector<ip::address> addresses, std::uint16_t port,
                                   Millis limit) {
  const auto race = std::make_shared<Race>(loop);
  const Ending ending(*race);
  const SteadyPoint until = loop.clock().steady() + limit;
  const auto order = interleave(addresses);
  RaceResult result;
  std::size_t next = 0;
  while (true) {
    if (next < order.size()) race->start(ip::tcp::endpoint(order[next++], port));
    bool start_next = false;
    while (!start_next) {
      if (race->winner) {
        result.stream = std::move(race->winner);
        co_return result;
      }
      const auto left = until - loop.clock().steady();
      if (left <= left.zero()) {
        result.failure = race->failures + (race->failures.empty() ? "" : "; ") + "no answer within " +
                         format_duration(limit);
        co_return result;
      }
      const bool more = next < order.size();
      if (!more && !race->any_left()) {
        result.failure = race->failures;
        co_return result;
      }
      std::chrono::nanoseconds wait = left;
      if (more) wait = std::min<std::chrono::nanoseconds>(wait, kNextAddressAfter);
      co_await race->wake.wait_for(wait);
      start_next = more && !race->winner;
    }
  }
}

}  // namespace recado::net

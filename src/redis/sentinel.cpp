#include "redis/sentinel.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

namespace recado::redis {

namespace asio = boost::asio;

namespace {

constexpr Millis kAskInterval{500};
constexpr Millis kUrgentInterval{100};
constexpr Millis kUrgentFor{2'000};
constexpr Millis kFirstAnswer{2'000};
/// After the first answer the others have this long to disagree.
constexpr Millis kSecondOpinion{50};
constexpr Millis kReconnectCheck{1'000};

}  // namespace

Result<MasterAnswer> parse_master(const Reply& address, const Reply& details) {
  if (address.kind() == ReplyKind::error) return Error(ErrorCode::protocol, std::string(address.text()));
  if (address.is_nil()) return Error(ErrorCode::not_found, "it knows no master of that name");
  MasterAnswer answer;
  answer.host = std::string(address[0].text());
  const std::int64_t port = address[1].integer();
  if (address.size() != 2 || answer.host.empty() || port < 1 || port > 65535) {
    return Error(ErrorCode::protocol, "its answer names no address");
  }
  answer.port = static_cast<std::uint16_t>(port);
  for (std::size_t i = 0; i + 1 < details.size(); i += 2) {
    if (details[i].text() == "config-epoch") answer.epoch = details[i + 1].integer();
  }
  return answer;
}

const MasterAnswer* choose_master(std::span<const std::optional<MasterAnswer>> answers) {
  const MasterAnswer* best = nullptr;
  std::ptrdiff_t best_votes = 0;
  for (const auto& answer : answers) {
    if (!answer) continue;
    const auto votes =
        std::count_if(answers.begin(), answers.end(), [&answer](const std::optional<MasterAnswer>& other) {
          return other && other->host == answer->host && other->port == answer->port &&
                 other->epoch == answer->epoch;
        });
    const bool better = best == nullptr || answer->epoch > best->epoch ||
                        (answer->epoch == best->epoch && votes > best_votes);
    if (!better) continue;
    best = &*answer;
    best_votes = votes;
  }
  return best;
}

Sentinels::Sentinels(io::Loop& loop, Location location)
    : loop_(loop), location_(std::move(location)), tasks_(loop), answered_(loop) {
  for (const Endpoint& entry : location_.entries) {
    ConnectionOptions options;
    options.name = "redis sentinel";
    connections_.push_back(std::make_shared<Connection>(loop, entry, std::move(options)));
  }
  answers_.resize(connections_.size());
  refusals_.resize(connections_.size());
}

void Sentinels::start(std::function<void(const Endpoint& master)> told) {
  told_ = std::move(told);
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    connections_[i]->start();
    tasks_.spawn("ask a sentinel", watch(shared_from_this(), i));
  }
}

void Sentinels::shut_down() {
  if (std::exchange(stopping_, true)) return;
  told_ = nullptr;
  for (const auto& connection : connections_) connection->shut_down();
  tasks_.cancel();
  answered_.notify();
}

io::Task<> Sentinels::join() {
  for (const auto& connection : connections_) co_await connection->join();
  co_await tasks_.join();
}

io::Task<> Sentinels::watch(std::shared_ptr<Sentinels> self, std::size_t index) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Connection& connection = *self->connections_[index];
  while (!self->stopping_) {
    if (connection.connected()) {
      co_await self->ask(index);
      const bool urgent = self->loop_.clock().steady() < self->urgent_until_;
      if (!self->stopping_) co_await self->loop_.sleep(urgent ? kUrgentInterval : kAskInterval);
    } else {
      self->answers_[index].reset();
      co_await connection.state().wait(kReconnectCheck);
    }
  }
}

io::Task<> Sentinels::ask(std::size_t index) {
  Connection& connection = *connections_[index];
  const std::vector<std::string> address = {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", location_.master_name};
  const std::vector<std::string> details = {"SENTINEL", "MASTER", location_.master_name};
  const auto address_waiting = connection.submit(address);
  const auto details_waiting = connection.submit(details);
  const Result<Reply> address_reply = co_await Waiting::result_of(address_waiting);
  const Result<Reply> details_reply = co_await Waiting::result_of(details_waiting);
  answers_[index].reset();
  if (!address_reply || !details_reply) co_return;
  auto answer = parse_master(*address_reply, *details_reply);
  if (answer) {
    answers_[index] = std::move(*answer);
    refusals_[index].clear();
  } else {
    refusals_[index] = answer.error().detail();
  }
  answered_.notify();
  const auto best = chosen();
  if (best && told_) told_(*best);
}

std::optional<Endpoint> Sentinels::chosen() const {
  const MasterAnswer* const best = choose_master(answers_);
  if (best == nullptr) return std::nullopt;
  Endpoint master = location_.server;
  master.host = best->host;
  master.port = best->port;
  return master;
}

Error Sentinels::unknown() const {
  std::string why;
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    const Connection& connection = *connections_[i];
    why += (why.empty() ? "" : "; ") + connection.endpoint().address() + ": " +
           (connection.connected() ? refusals_[i] : connection.last_error());
  }
  return Error(ErrorCode::unavailable,
               "no sentinel says where the master " + location_.master_name + " is (" + why + ")");
}

io::Task<Result<Endpoint>> Sentinels::master(std::shared_ptr<Sentinels> self) {
  self->urgent_until_ = self->loop_.clock().steady() + kUrgentFor;
  auto best = self->chosen();
  if (!best) {
    const SteadyPoint until = self->loop_.clock().steady() + kFirstAnswer;
    while (!best && !self->stopping_ && self->loop_.clock().steady() < until) {
      co_await self->answered_.wait_for(until - self->loop_.clock().steady());
      best = self->chosen();
      const bool refused = std::all_of(self->refusals_.begin(), self->refusals_.end(),
                                       [](const auto& one) { return !one.empty(); });
      if (!best && refused) break;
    }
    if (best && !self->stopping_) {
      co_await self->loop_.sleep(kSecondOpinion);
      best = self->chosen();
    }
  }
  if (!best) co_return self->unknown();
  co_return std::move(*best);
}

}  // namespace recado::redis

// The dispatch loop: claim ahead, arm the timer, fire at the millisecond, deliver, record.
//
//   poll (every shard, each kPollInterval) ─ claim ─► heap ─ due ─► origin's queue ─ slot free ─► send ─►
//   outcome ─► recorder
//
// Invariants: (1) every held message is in `entries_` once, and its state says where: in the heap, in its
// origin's queue, being sent, or being recorded; (2) nothing is sent before its time, nor while this node
// cannot show a recent heartbeat in the message's shard; (3) whatever fails, the next step is armed again: no
// timer hangs on the success of a Redis call.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "engine/channel.hpp"
#include "engine/dispatch/entry.hpp"
#include "engine/dispatch/membership.hpp"
#include "engine/dispatch/recorder.hpp"
#include "engine/engine.hpp"
#include "engine/handler.hpp"
#include "engine/heap.hpp"
#include "engine/retry.hpp"
#include "engine/store/store.hpp"
#include "io/loop.hpp"
#include "net/http_client.hpp"

namespace recado::engine {

/// How far ahead of its time a message is claimed.
inline constexpr Millis kWindow{1'000};
inline constexpr Millis kPollInterval{500};
/// How many steps of one handler run at the same time.
inline constexpr std::uint32_t kStepsAtOnce = 4;
/// Bytes of records that a node claims at most.
inline constexpr std::size_t kRoomBytes = 8 * 1024 * 1024;

class Dispatcher {
 public:
  Dispatcher(io::Loop& loop, Store& store, net::HttpClient& http, const Channel& webhook, Metrics& metrics,
             EngineOptions options);
  ~Dispatcher();

  void start();
  io::Task<> drain(Millis grace);

  // --- for the engine's calls
  // --------------------------------------------------------------------------------------

  /// Whether a message due at `due` should be claimed in the step that adds it.
  bool wants(Instant due) const;
  /// One that an add, sent at `sent`, claimed for us.
  void adopt(Claimed claimed, SteadyPoint sent);
  enum class Hold { not_held, withdrawn, sending };
  /// Takes a message out of the heap or queue so that it can be changed; it is not fired meanwhile, nor when
  /// the reply to a claim brings it in meanwhile. One that is being sent (or recorded) stays. Ended by
  /// forget(), put_back() or recheck(), unless `sending`.
  Hold withdraw(const std::string& key);
  /// After a change: forget it (it is ours no more), or put it back as it was.
  void forget(const std::string& key);
  void put_back(const std::string& key);
  /// After a change of unknown outcome: forget it, and let the comparison bring back what is still ours.
  void recheck(const std::string& key);
  /// Looks into a shard's due set in the next turn.
  void poll_soon(unsigned shard);
  /// A lost reply may have left claims behind: compare soon.
  void compare_soon(unsigned shard);
  /// Queue gates of this node's own pause or resume: effective at once here.
  void set_queue_closed(const std::string& gate, bool closed);
  /// Before start(). `handler` must outlive this.
  void handle(std::string name, Handler& handler) { handlers_[std::move(name)] = &handler; }
  /// Redis is there (again): beat and claim at once.
  void reconnected();

  double seconds_since_progress() const;
  std::size_t held() const noexcept { return entries_.size(); }
  std::size_t unrecorded() const noexcept { return recorder_.pending(); }
  /// What this node knows of a message that it holds, and of a destination, for explanations.
  bool is_sending(const std::string& key) const;
  BreakerView breaker_of(const std::string& url) const;
  std::vector<ClosedChannel> closed_channels() const;
  io::Task<Result<ChannelState>> probe_channel(std::string name);
  void on_outcome(std::function<void(unsigned shard)> told) { on_outcome_ = std::move(told); }
  /// A shard's stream of outcomes has got another one.
  void tell_outcome(unsigned shard) const {
    if (on_outcome_) on_outcome_(shard);
  }

 private:
  struct Shard {
    SteadyPoint next_poll{};
    SteadyPoint next_compare{};
    bool polling = false;
    bool poll_again = false;
    bool more = false;  ///< the last claim left some of the window in Redis, for want of room or of a batch
    Instant reached = Instant::min();           ///< what is due before that is claimed
    std::size_t held = 0;                       ///< entries of this shard
    std::size_t reserved = 0;                   ///< room promised to the claim that is under way
    std::size_t reserved_by_gates = 0;          ///< room promised to what gates let in
    std::unordered_set<std::string> closed;     ///< gates closed until resumed
    std::vector<std::string> waiting;           ///< gates that wait for their time, as the last poll saw them
    std::unordered_set<std::string> releasing;  ///< gates being opened right now
  };
  /// What polls said of another node's closed gate for an origin.
  struct NewsOfGate {
    Instant until{};
    SteadyPoint seen{};
  };
  /// How a gate whose time has come is opened.
  struct Opening {
    std::size_t most = 0;  ///< so many messages now
    Instant next{};        ///< the gate's next time, for every node
    Millis pause{50};      ///< this node looks again after that
    bool again = true;     ///< false: only once
  };
  enum class Started { yes, nothing, pressed };

  // dispatcher.cpp: the loop
  io::Task<> run();
  void fire_due();
  io::Task<> poll(unsigned shard);
  void claim_more();
  io::Task<> compare(unsigned shard);
  io::Task<> watch_clock();
  std::size_t room() const;
  /// What one origin may fill of the room while it is slow, or while the room is nearly full.
  std::size_t origin_share() const { return options_.room / 8; }
  enum class From { due_set, gate };
  void insert(Claimed claimed, unsigned shard, From from);
  void erase(Entry& entry);
  /// The closed gate of the message's queue; empty when it is open.
  std::string closed_queue(const Entry& entry, const Message& message) const;
  void drop_unsent();
  void release_unsent();
  void end_withdrawal(const std::string& key);

  // sending.cpp: from due to outcome
  void make_ready(Entry& entry);
  void make_runnable(Origin& origin);
  void pump();
  void start_runnable();
  void pump_all();
  Started try_start(Origin& origin);
  std::uint32_t connections_for(const Origin& origin) const;
  io::Task<> deliver(Entry& entry);
  using Admitted = Result<std::optional<Admission::Refusal>>;
  io::Task<Admitted> admit(Message message) const;
  io::Task<bool> fetch(Entry& entry);
  bool may_send(const Entry& entry) const;
  void try_again(Entry& entry);

  // outcomes.cpp: from outcome to record
  /// `series`: of an occurrence, the message that is claimed; nullptr: `message` is that itself.
  void finish_unsent(Entry& entry, const Message& message, const Message* series, Failure failure,
                     std::string detail);
  void conclude(Entry& entry, Message message, const Message* series, const engine::Outcome& outcome);
  Store::Outcome finished(const Entry& entry, const Message& message);
  Store::Outcome recurring(const Entry& entry, const Message& series, const Message& occurrence,
                           Store::Outcome outcome, Instant began);
  void stream(Store::Outcome& outcome, const Message& message, std::string provider_id = {}) const;
  void submit(Entry& entry, Store::Outcome outcome);

  // handlers.cpp: what this program handles itself
  static bool is_handler(const Origin& origin);
  io::Task<Step> run_handler(const Message& message);
  void conclude_step(Entry& entry, Message message, Step step);
  void recorded(Entry& entry, Store::Recorded what);

  // channels.cpp: channels to people
  std::shared_ptr<const PersonalChannel> find_channel(std::string_view name) const;
  std::string why_not(std::string_view name) const;
  io::Task<net::HttpResponse> send_mail(net::MailRequest request, std::function<bool()> before_write,
                                        std::optional<net::MailResponse>& answer);
  io::Task<Response> transmit(Request request);
  bool channel_lets(Origin& origin, SteadyPoint now);
  io::Task<> wait_for_pace(std::string origin, std::chrono::nanoseconds wait);
  /// nullopt: it may go now, and counts. Null `channel`: there is none, which no waiting mends.
  std::optional<std::chrono::nanoseconds> recipient_wait(const PersonalChannel* channel,
                                                         const Message& message);
  void put_off(Entry& entry, std::chrono::nanoseconds wait);
  /// Whether the channel may send one more today, which then is counted. Else the message was put off.
  io::Task<bool> day_lets(Entry& entry, const PersonalChannel& channel);
  bool is_used_up(const Origin& origin) const;
  void hold_until_next_day(Entry& entry);
  void look_at_day(Origin& origin);
  io::Task<> send_later(std::string key, std::uint64_t sequence, std::chrono::nanoseconds wait);
  void close_channel(Origin& origin, ChannelState state);
  io::Task<> watch_channels();
  io::Task<> probe_closed(std::string origin);

  // gates.cpp: what is held back
  void hold(Entry& entry, const std::string& gate, Instant gate_at);
  void hold_behind_breaker(Entry& entry);
  void hold_behind_share(Entry& entry);
  void hold_claimed(Entry& entry);
  void hold_surplus();
  io::Task<> watch_turns();
  double answers_per_second(const Origin& origin, SteadyPoint now) const;
  std::size_t share_of(const Origin& origin, SteadyPoint now) const;
  void note_gates(unsigned shard, const Store::ClaimReply& reply);
  Opening opening_of(const std::string& gate, Instant at);
  io::Task<> release(unsigned shard, std::string gate, Instant at);
  io::Task<> open_everywhere(std::string gate);
  Origin& origin_of(const Claimed& claimed);
  Origin& origin_named(std::string name);
  void drop_idle_origins();

  // retention.cpp
  io::Task<> trim();

  // dispatch_metrics.cpp
  void register_gauges(Metrics& metrics);

  io::Loop& loop_;
  Store& store_;
  net::HttpClient& http_;
  const Channel& webhook_;
  EngineOptions options_;
  io::TaskGroup tasks_;
  io::TaskGroup sends_;
  io::TaskGroup steps_;  ///< of handlers: never cancelled, what they have asked of Redis is theirs
  io::WakeEvent wake_;
  io::WakeEvent idle_;
  Membership membership_;
  Recorder recorder_;
  Heap heap_;
  std::unordered_map<std::string, std::unique_ptr<Entry>> entries_;
  std::unordered_map<std::string, std::size_t> withdrawn_;  ///< keys that requests are changing, and how many
  std::map<std::string, std::unique_ptr<Origin>, std::less<>> origins_;
  std::size_t origins_worth_a_sweep_ = 0;
  std::unordered_map<std::string, NewsOfGate> down_elsewhere_;
  std::map<std::string, Handler*, std::less<>> handlers_;
  std::deque<Origin*> runnable_;
  std::deque<Origin*> pressed_;
  std::array<Shard, keys::kShards> shards_;
  std::size_t bytes_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint32_t in_flight_ = 0;
  bool running_ = false;
  bool pumping_ = false;     ///< pump() is running
  bool pump_again_ = false;  ///< it was called meanwhile
  bool draining_ = false;
  bool stopped_ = false;  ///< the drain is over
  SteadyPoint progress_{};
  SteadyPoint next_surplus_check_{};
  double turn_seconds_ = 0;  ///< how long what is ready waits for its turn, newer ones weighing more

  std::function<void(unsigned shard)> on_outcome_;

  Counter& attempts_;
  Counter& delivered_;
  Counter& retried_;
  Counter& failed_;
  Counter& taken_over_;
  std::unordered_map<std::string, SteadyPoint> recipients_;  ///< up to there the pace of each is used up
  SteadyPoint next_recipients_sweep_{};
  std::array<Counter*, 6> held_back_;  ///< by GateKind
  Counter& opened_;
  Histogram& lateness_;
  Histogram& latency_;
  log::RateLimit redis_log_{5'000};
};

}  // namespace recado::engine

// Channels to people: their pace, their state, their probes. A channel that cannot send is a closed gate; it
// is asked whether it could (never by a message) at least every 10 s, and opens with a ramp.
#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "engine/dispatch/dispatcher.hpp"
#include "engine/dispatch/transport.hpp"

namespace recado::engine {

namespace {

constexpr Millis kLook{200};
constexpr Millis kRecipientsSweep{60'000};
constexpr Millis kDayKept{3'600'000};  ///< how long a day's count outlives it
constexpr std::chrono::nanoseconds kCountAgain{1'000'000'000};

/// Of the generic cell rate algorithm: how long until one more fits, counting it when that is now.
std::chrono::nanoseconds take(const Pace& pace, SteadyPoint now, SteadyPoint& used_until) {
  using std::chrono::nanoseconds;
  if (pace.gap <= nanoseconds::zero()) return nanoseconds::zero();
  const SteadyPoint from = std::max(used_until, now);
  const nanoseconds ahead = from - now;
  const nanoseconds allowed = pace.gap * (std::max(pace.burst, 1) - 1);
  if (ahead > allowed) return ahead - allowed;
  const double vary = 1 + pace.jitter * (2 * random_unit() - 1);
  used_until = from + nanoseconds(static_cast<std::int64_t>(static_cast<double>(pace.gap.count()) * vary));
  return nanoseconds::zero();
}

/// The key of the channel whose origin it is.
std::string_view key_of(std::string_view origin) {
  return origin.substr(keys::kChannelOrigin.size());
}

Millis up(std::chrono::nanoseconds wait) {
  return std::max(Millis{1}, std::chrono::ceil<Millis>(wait));
}

}  // namespace

const char* to_string(ChannelState::Kind kind) noexcept {
  switch (kind) {
    case ChannelState::Kind::ready:
      return "ready";
    case ChannelState::Kind::stopped:
      return "stopped";
    case ChannelState::Kind::disconnected:
      return "disconnected";
  }
  return "ready";
}

std::shared_ptr<const PersonalChannel> Dispatcher::find_channel(std::string_view name) const {
  return options_.channels == nullptr ? nullptr : options_.channels->find(name);
}

std::string Dispatcher::why_not(std::string_view name) const {
  return options_.channels == nullptr ? "this node has no channels" : options_.channels->why_not(name);
}

/// `answer`, which must outlive the task, has what the server said.
io::Task<net::HttpResponse> Dispatcher::send_mail(net::MailRequest request,
                                                  std::function<bool()> before_write,
                                                  std::optional<net::MailResponse>& answer) {
  if (options_.smtp != nullptr) {
    answer = co_await options_.smtp->send(std::move(request), std::move(before_write));
  } else {
    answer.emplace();
    answer->error = net::SendError::connect;
    answer->detail = "this node sends no mail";
  }
  co_return transport_part(*answer);
}

/// A probe, over the transport that it is for.
io::Task<Response> Dispatcher::transmit(Request request) {
  std::function<bool()> no_fence;
  std::optional<net::MailResponse> mailed;
  auto* const mail = std::get_if<net::MailRequest>(&request);
  auto sending = mail != nullptr
                     ? send_mail(std::move(*mail), std::move(no_fence), mailed)
                     : http_.send(std::get<net::HttpRequest>(std::move(request)), std::move(no_fence));
  const net::HttpResponse answer = co_await std::move(sending);
  co_return personal_response(answer, mailed);
}

/// Whether one more may go now: the channel is open, has a free place, and its pace allows it. Else what
/// waits is held, or looked at again when its time comes.
bool Dispatcher::channel_lets(Origin& origin, SteadyPoint now) {
  if (origin.breaker.state() != Breaker::State::closed) {
    const std::deque<Entry*> waiting = std::exchange(origin.ready, {});
    for (Entry* entry : waiting) hold_behind_breaker(*entry);
    return false;
  }
  if (is_used_up(origin)) {
    const std::deque<Entry*> waiting = std::exchange(origin.ready, {});
    for (Entry* entry : waiting) hold_until_next_day(*entry);
    return false;
  }
  const auto channel = find_channel(key_of(origin.name));
  if (!channel) return true;  // delivering it finds that out, and says so
  if (origin.in_flight >= channel->at_once()) return false;
  const bool any = std::any_of(origin.ready.begin(), origin.ready.end(),
                               [this](const Entry* entry) { return may_send(*entry); });
  if (origin.waits_for_pace || !any) return false;
  const auto wait = take(channel->pace(), now, origin.pace_until);
  if (wait == std::chrono::nanoseconds::zero()) return true;
  origin.waits_for_pace = true;
  tasks_.spawn("wait for a channel's pace", wait_for_pace(origin.name, wait));
  return false;
}

io::Task<> Dispatcher::wait_for_pace(std::string origin, std::chrono::nanoseconds wait) {
  co_await loop_.sleep(up(wait));
  Origin& one = origin_named(std::move(origin));
  one.waits_for_pace = false;
  make_runnable(one);
  pump();
}

std::optional<std::chrono::nanoseconds> Dispatcher::recipient_wait(const PersonalChannel* channel,
                                                                   const Message& message) {
  if (channel == nullptr) return std::chrono::nanoseconds::zero();
  const SteadyPoint now = loop_.clock().steady();
  if (now >= next_recipients_sweep_) {
    std::erase_if(recipients_, [now](const auto& item) { return item.second <= now; });
    next_recipients_sweep_ = now + kRecipientsSweep;
  }
  const Pace pace = channel->recipient_pace();
  if (pace.gap <= std::chrono::nanoseconds::zero()) return std::nullopt;
  const auto wait = take(pace, now, recipients_[message.spec.channel + ' ' + channel->recipient(message)]);
  if (wait == std::chrono::nanoseconds::zero()) return std::nullopt;
  return wait;
}

/// Until the recipient's pace allows it; where there is no channel (zero), until there is one.
void Dispatcher::put_off(Entry& entry, std::chrono::nanoseconds wait) {
  if (wait > std::chrono::nanoseconds::zero()) {
    entry.state = Entry::State::waiting;
    tasks_.spawn("wait for a recipient's pace", send_later(entry.key, entry.sequence, wait));
    return;
  }
  ChannelState gone;
  gone.kind = ChannelState::Kind::stopped;
  gone.detail = why_not(key_of(entry.origin->name));
  close_channel(*entry.origin, std::move(gone));
  hold_behind_breaker(entry);
}

/// The recipient's pace is used up: the message goes when it allows one more. It may have been changed,
/// cancelled or lost meanwhile.
io::Task<> Dispatcher::send_later(std::string key, std::uint64_t sequence, std::chrono::nanoseconds wait) {
  co_await loop_.sleep(up(wait));
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second->sequence != sequence) co_return;
  Entry& entry = *found->second;
  if (entry.state != Entry::State::waiting || entry.heap_index != kNotInHeap) co_return;
  make_ready(entry);
  pump();
}

io::Task<bool> Dispatcher::day_lets(Entry& entry, const PersonalChannel& channel) {
  const DailyLimit limit = channel.daily_limit(loop_.clock().now());
  if (limit.most == 0) co_return true;
  Origin& origin = *entry.origin;
  const auto counted = co_await store_.count_on_day(std::string(key_of(origin.name)), limit.day, limit.most,
                                                    limit.next + kDayKept);
  if (counted.ok() && *counted) co_return true;
  if (entry.incarnation != store_.incarnation()) {
    erase(entry);
  } else if (!counted.ok()) {
    entry.state = Entry::State::waiting;
    tasks_.spawn("wait for Redis", send_later(entry.key, entry.sequence, kCountAgain));
  } else {
    if (!is_used_up(origin)) {
      log::info("a channel has sent as many as it may today; the others wait for the next day",
                {{"channel", std::string(key_of(origin.name))},
                 {"limit", limit.most},
                 {"until", format_time(limit.next)}});
    }
    origin.next_day = limit.next;
    origin.day_most = limit.most;
    hold_until_next_day(entry);
  }
  co_return false;
}

bool Dispatcher::is_used_up(const Origin& origin) const {
  return origin.day_most != 0 && loop_.clock().now() < origin.next_day;
}

void Dispatcher::hold_until_next_day(Entry& entry) {
  hold(entry, keys::day_gate(entry.origin->name), entry.origin->next_day);
}

/// Another limit holds at once.
void Dispatcher::look_at_day(Origin& origin) {
  if (!is_used_up(origin)) return;
  const auto channel = find_channel(key_of(origin.name));
  if (!channel || channel->daily_limit(loop_.clock().now()).most == origin.day_most) return;
  origin.day_most = 0;
  tasks_.spawn("open a gate everywhere", open_everywhere(keys::day_gate(origin.name)));
}

void Dispatcher::close_channel(Origin& origin, ChannelState state) {
  origin.ramp = 1;
  const bool news = origin.breaker.trip(loop_.clock().steady());
  if (!news && origin.trouble.kind != ChannelState::Kind::ready) return;
  if (origin.trouble.detail != state.detail) {
    log::warning("a channel cannot send; its messages are held back until it can",
                 {{"channel", std::string(key_of(origin.name))},
                  {"state", to_string(state.kind)},
                  {"reason", state.detail}});
  }
  origin.trouble = std::move(state);
}

io::Task<> Dispatcher::watch_channels() {
  while (running_) {
    co_await loop_.sleep(kLook);
    const SteadyPoint now = loop_.clock().steady();
    for (auto at = origins_.lower_bound(keys::kChannelOrigin); at != origins_.end(); ++at) {
      Origin& origin = *at->second;
      if (!origin.channel) break;
      look_at_day(origin);
      if (origin.probing || origin.breaker.tick(now) == Breaker::State::closed) continue;
      if (!origin.breaker.allows(now)) continue;
      origin.probing = true;
      origin.breaker.started();
      tasks_.spawn("probe a channel", probe_closed(origin.name));
    }
  }
}

io::Task<> Dispatcher::probe_closed(std::string origin) {
  static_cast<void>(co_await probe_channel(std::string(key_of(origin))));
  const auto found = origins_.find(origin);
  if (found == origins_.end()) co_return;
  found->second->probing = false;
  found->second->breaker.abandoned();
}

io::Task<Result<ChannelState>> Dispatcher::probe_channel(std::string name) {
  const auto channel = find_channel(name);
  ChannelState state{ChannelState::Kind::stopped, ""};
  if (!channel) state.detail = why_not(name);
  if (channel) {
    const Response answer = co_await transmit(channel->probe());
    state = channel->read_probe(answer);
  }
  // One that is open stays open: a message that cannot be sent closes it, and is held.
  const auto found = origins_.find(std::string(keys::kChannelOrigin) + name);
  if (found != origins_.end() && found->second->breaker.state() != Breaker::State::closed) {
    Origin& origin = *found->second;
    if (state.kind != ChannelState::Kind::ready) {
      close_channel(origin, state);
    } else if (origin.breaker.answered(loop_.clock().steady())) {
      origin.trouble = {};
      log::info("a channel can send again", {{"channel", name}});
      tasks_.spawn("open a gate everywhere", open_everywhere(keys::origin_gate(origin.name)));
    }
  }
  if (!channel) co_return Error(ErrorCode::not_found, state.detail);
  co_return state;
}

std::vector<ClosedChannel> Dispatcher::closed_channels() const {
  std::vector<ClosedChannel> out;
  for (auto at = origins_.lower_bound(keys::kChannelOrigin); at != origins_.end() && at->second->channel;
       ++at) {
    const Origin& origin = *at->second;
    if (origin.breaker.state() == Breaker::State::closed) continue;
    ClosedChannel one;
    one.name = std::string(key_of(origin.name));
    one.state = origin.trouble;
    if (one.state.kind == ChannelState::Kind::ready) {
      one.state = {ChannelState::Kind::disconnected, "another node cannot send over it; it is being probed"};
    }
    one.since = loop_.clock().now() -
                std::chrono::duration_cast<Millis>(loop_.clock().steady() - origin.breaker.since());
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace recado::engine

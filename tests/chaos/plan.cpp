#include "chaos/plan.hpp"

#include <algorithm>

namespace recado::chaos {

namespace {

constexpr Conduct kMisconduct[] = {Conduct::slow,
                                   Conduct::slow,
                                   Conduct::status_500,
                                   Conduct::status_500,
                                   Conduct::status_404,
                                   Conduct::busy,
                                   Conduct::hang,
                                   Conduct::half_close,
                                   Conduct::reset,
                                   Conduct::garbage,
                                   Conduct::endless_headers,
                                   Conduct::endless_body,
                                   Conduct::drip,
                                   Conduct::cut};

std::string draw_retry(Random& random) {
  // Many and soon: what is tried is the engine, not the patience of a real policy.
  if (random.percent(60)) return R"({"maxAttempts":100,"backoff":"fixed","initial":"300ms"})";
  return R"({"maxAttempts":100,"backoff":"exponential","initial":"200ms","max":"900ms"})";
}

void draw_conduct(Random& random, PlannedMessage& message) {
  if (random.percent(3)) {
    message.conduct = {random.percent(70) ? Conduct::gone : Conduct::redirect};
    return;
  }
  if (!random.percent(25)) return;
  const auto times = static_cast<std::size_t>(random.between(std::int64_t{1}, 3));
  for (std::size_t i = 0; i < times; ++i) {
    message.conduct.push_back(kMisconduct[random.below(std::size(kMisconduct))]);
  }
  message.timeout = Millis{1'000 + 500 * random.between(std::int64_t{0}, 2)};
}

void draw_changes(Random& random, PlannedMessage& message) {
  const bool known_id = !message.id.empty();
  if (!known_id || !random.percent(30)) return;
  PlannedChange change;
  change.at = message.at + random.between(Millis{50}, message.due_in + Millis{400});
  change.due_in = random.between(Millis{0}, Millis{1'500});
  const auto kind = random.below(100);
  change.kind = kind < 40   ? PlannedChange::Kind::patch
                : kind < 55 ? PlannedChange::Kind::replace
                : kind < 65 ? PlannedChange::Kind::send_now
                            : PlannedChange::Kind::cancel;
  const bool final = std::any_of(message.conduct.begin(), message.conduct.end(), is_final);
  if (final && change.kind == PlannedChange::Kind::send_now) change.kind = PlannedChange::Kind::patch;
  message.changes.push_back(change);
  if (change.kind != PlannedChange::Kind::patch || !random.percent(40)) return;
  change.at += random.between(Millis{20}, Millis{600});
  change.kind = random.percent(50) ? PlannedChange::Kind::cancel : PlannedChange::Kind::patch;
  message.changes.push_back(change);
}

}  // namespace

const char* to_string(Conduct conduct) {
  switch (conduct) {
    case Conduct::answer:
      return "answers";
    case Conduct::slow:
      return "answers slowly";
    case Conduct::status_500:
      return "answers 500";
    case Conduct::status_404:
      return "answers 404";
    case Conduct::busy:
      return "answers 429 with Retry-After";
    case Conduct::hang:
      return "never answers";
    case Conduct::half_close:
      return "half-closes";
    case Conduct::reset:
      return "resets";
    case Conduct::garbage:
      return "answers garbage";
    case Conduct::endless_headers:
      return "sends headers without end";
    case Conduct::endless_body:
      return "sends a body without end";
    case Conduct::drip:
      return "sends one byte a second";
    case Conduct::cut:
      return "closes in the middle of the header";
    case Conduct::gone:
      return "answers 410";
    case Conduct::redirect:
      return "redirects";
  }
  return "";
}

bool is_final(Conduct conduct) {
  return conduct == Conduct::gone || conduct == Conduct::redirect;
}

bool is_success(Conduct conduct) {
  return conduct == Conduct::answer || conduct == Conduct::slow || conduct == Conduct::endless_body;
}

std::vector<PlannedMessage> make_plan(Random random, const PlanOptions& options) {
  std::vector<PlannedMessage> plan;
  const auto count = static_cast<std::size_t>(options.length.count()) * options.a_second / 1'000;
  std::size_t batch = 0, left_of_batch = 0;
  Random of_batch(0);
  PlannedMessage batched;
  for (std::size_t i = 0; i < count; ++i) {
    PlannedMessage message;
    message.tag = options.prefix + std::to_string(i);
    message.at = random.between(Millis{0}, options.length);
    message.client = static_cast<unsigned>(random.below(options.clients));
    message.node = static_cast<unsigned>(random.below(options.nodes));
    if (left_of_batch == 0 && random.percent(2)) {
      left_of_batch = static_cast<std::size_t>(random.between(std::int64_t{5}, 20));
      ++batch;
      batched = message;
    }
    const auto how = random.below(100);
    if (left_of_batch > 0) {
      --left_of_batch;
      message.at = batched.at;
      message.client = batched.client;
      message.node = batched.node;
      message.how = PlannedMessage::How::batch;
      message.batch = batch;
    } else if (how < 15) {
      message.how = PlannedMessage::How::put;
    }
    const bool own_id = message.how == PlannedMessage::How::put || random.percent(70);
    if (own_id) message.id = "id-" + message.tag;
    const auto when = random.below(100);
    message.when = when < 20   ? PlannedMessage::When::now
                   : when < 80 ? PlannedMessage::When::schedule
                               : PlannedMessage::When::delay;
    if (message.when != PlannedMessage::When::now) {
      message.due_in = random.between(Millis{100}, Millis{3'000});
    }
    message.retry = draw_retry(random);
    if (random.percent(5)) message.life = random.between(Millis{2'000}, Millis{5'000});
    message.callback = random.percent(5);
    if (random.percent(3)) message.filling = static_cast<std::size_t>(random.between(9'000, 30'000));
    message.labelled = random.percent(10);
    message.fragile = random.percent(25);
    if (options.misconduct) draw_conduct(random, message);
    draw_changes(random, message);
    plan.push_back(std::move(message));
  }
  std::stable_sort(plan.begin(), plan.end(),
                   [](const PlannedMessage& a, const PlannedMessage& b) { return a.at < b.at; });
  return plan;
}

std::uint64_t digest(const std::vector<PlannedMessage>& plan) {
  std::uint64_t state = 0xcbf29ce484222325;  // FNV-1a
  const auto mix = [&state](std::uint64_t value) {
    for (int i = 0; i < 8; ++i, value >>= 8) state = (state ^ (value & 0xff)) * 0x100000001b3;
  };
  for (const auto& message : plan) {
    for (const char c : message.tag) mix(static_cast<unsigned char>(c));
    mix(static_cast<std::uint64_t>(message.at.count()));
    mix(static_cast<std::uint64_t>(message.due_in.count()));
    mix(static_cast<std::uint64_t>(message.how));
    mix(message.client * 16 + message.node);
    for (const Conduct conduct : message.conduct) mix(static_cast<std::uint64_t>(conduct));
    for (const auto& change : message.changes) mix(static_cast<std::uint64_t>(change.at.count()));
  }
  return state;
}

}  // namespace recado::chaos

#include "chaos/clients.hpp"

#include <algorithm>

namespace recado::chaos {

namespace {

constexpr Millis kAskAgain{300};
constexpr int kMostAsked = 3;

std::string summary(const e2e::Answer& answer) {
  return "answered " + std::to_string(answer.status) + " " + answer.body.substr(0, 200);
}

Answered judge_status(int status, bool names_message) {
  if (status >= 200 && status < 300) return Answered::acknowledged;
  if (status == 0 || status == 500) return Answered::unknown;
  // 503 names the message that may exist; without a name it surely does not.
  return status == 503 && names_message ? Answered::unknown : Answered::refused;
}

}  // namespace

Clients::Clients(World& world, const std::vector<PlannedMessage>& plan, Instant start)
    : world_(world), start_(start) {
  std::map<unsigned, std::vector<Step>> steps;
  for (const auto& message : plan) {
    Registered registered;
    registered.tag = message.tag;
    registered.id = message.id;
    registered.expires = message.life.has_value();
    registered.refused_for_good = std::any_of(message.conduct.begin(), message.conduct.end(), is_final);
    registered.wants_callback = message.callback;
    registered.timeout = message.timeout;
    world_.ledger().expect(std::move(registered));
    Step first;
    first.at = message.at;
    first.message = &message;
    steps[message.client].push_back(first);
    for (std::size_t i = 0; i < message.changes.size(); ++i) {
      Step later;
      later.at = message.changes[i].at;
      later.message = &message;
      later.change = static_cast<int>(i);
      steps[message.client].push_back(later);
    }
  }
  for (auto& [client, all] : steps) {
    std::stable_sort(all.begin(), all.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
    threads_.emplace_back([this, mine = std::move(all)]() mutable { run(std::move(mine)); });
  }
}

Clients::~Clients() {
  join();
}

void Clients::join() {
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::map<int, std::size_t> Clients::statuses() const {
  const std::lock_guard lock(mutex_);
  return statuses_;
}

void Clients::run(std::vector<Step> steps) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    e2e::wait_until(start_ + step.at);
    if (step.change >= 0) {
      change(*step.message, static_cast<std::size_t>(step.change));
    } else if (step.message->how != PlannedMessage::How::batch) {
      put_in(*step.message);
    } else {
      std::vector<const PlannedMessage*> batch = {step.message};
      // Its others follow at the same time; changes of other messages may stand between them.
      for (std::size_t j = i + 1; j < steps.size() && steps[j].at == step.at; ++j) {
        if (steps[j].change < 0 && steps[j].message->how == PlannedMessage::How::batch &&
            steps[j].message->batch == step.message->batch) {
          batch.push_back(steps[j].message);
        }
      }
      put_in_batch(batch);
      std::erase_if(steps, [&](const Step& other) {
        return &other > &step && other.change < 0 &&
               std::find(batch.begin() + 1, batch.end(), other.message) != batch.end();
      });
    }
  }
}

Clients::Told Clients::ask(unsigned node, std::string_view method, std::string_view path,
                           std::string_view body) {
  Told told;
  const std::size_t count = world_.nodes().size();
  for (std::size_t i = 0; i < count; ++i) {
    // As behind a load balancer: one that is not there is passed over.
    const std::uint16_t port = world_.node(node + i).port();
    if (port == 0) continue;
    http::testing::Client connection(port);
    if (connection.descriptor() < 0) continue;
    std::string request = std::string(method) + " " + std::string(path) +
                          " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + e2e::kToken + "\r\n";
    if (!body.empty()) {
      request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    }
    request.append("\r\n").append(body);
    told.answer = connection.ask(request);
    const bool named = !e2e::member(told.answer.body, "messageId").empty();
    told.answered = judge_status(told.answer.status, named);
    const std::lock_guard lock(mutex_);
    ++statuses_[told.answer.status];
    return told;
  }
  told.answer.body = "no node was there";
  return told;
}

std::string Clients::compose(const PlannedMessage& message, int version, PlannedMessage::When when,
                             Millis due_in, Request& request) const {
  const Instant now = e2e::now();
  const Instant by_node = now + Millis{world_.ledger().shift() / kMilli};
  request.asked = e2e::clock().now_ns();
  request.payload = payload_of(message.tag, version, message.filling);
  std::string out = "{";
  if (version == 0 && !message.id.empty() && message.how != PlannedMessage::How::put) {
    out += R"("id":")" + message.id + R"(",)";
  }
  const Instant due = by_node + due_in;
  request.not_before = to_ms(due) * kMilli;
  if (when == PlannedMessage::When::schedule) {
    out += R"("scheduleTo":")" + e2e::utc(due) + R"(",)";
  } else if (when == PlannedMessage::When::delay) {
    out += R"("delay":")" + std::to_string(due_in.count()) + R"(ms",)";
  }
  out += R"("payload":)" + request.payload;
  return out;
}

namespace {

std::string rest_of(const PlannedMessage& message, World& world, const Request& request) {
  std::string out = R"(,"webhookUrl":")" + (message.fragile ? world.fragile_url() : world.sink().url()) +
                    R"(","retry":)" + message.retry + R"(,"timeout":")" +
                    std::to_string(message.timeout.count()) + R"(ms")";
  if (message.life) {
    out += R"(,"expiresAt":")" + e2e::utc(from_ms(request.not_before / kMilli) + *message.life) + '"';
  }
  if (message.callback) out += R"(,"callbackUrl":")" + world.sink().callback_url() + '"';
  if (message.callback || message.labelled) out += R"(,"tags":[")" + message.tag + R"("])";
  if (message.labelled) out += R"(,"queue":"labelled")";
  return out + "}";
}

/// The later of what we know and what the node says that it understood.
Nanos understood(const Request& request, const std::string& scheduled_for) {
  const auto parsed = parse_time(scheduled_for, std::nullopt);
  return parsed.ok() ? std::max(request.not_before, to_ms(parsed->at) * kMilli) : request.not_before;
}

}  // namespace

void Clients::put_in(const PlannedMessage& message) {
  const bool put = message.how == PlannedMessage::How::put;
  Nanos earliest = kNever;
  for (int round = 0; round < kMostAsked; ++round) {
    Request request;
    std::string body = compose(message, 0, message.when, message.due_in, request);
    body += rest_of(message, world_, request);
    const Told told = put ? ask(message.node, "PUT", "/messages/" + message.id, body)
                          : ask(message.node, "POST", "/messages", body);
    request.done = e2e::clock().now_ns();
    request.answered = told.answered;
    request.answer = summary(told.answer);
    // Asked again after an unknown outcome: the first was done.
    if (round > 0 && told.answer.status == 409) request.answered = Answered::acknowledged;
    if (told.answered == Answered::acknowledged) {
      request.not_before = understood(request, e2e::member(told.answer.body, "scheduledFor"));
    }
    // Only while not even the first can have been delivered: after that the same id would be a new message.
    earliest = std::min(earliest, request.not_before);
    const Nanos latest = earliest - world_.ledger().shift() - 2 * kAskAgain.count() * kMilli;
    const bool again = request.answered == Answered::unknown && !message.id.empty() && request.done < latest;
    const std::string id = message.id.empty() ? e2e::member(told.answer.body, "messageId") : message.id;
    world_.ledger().answered(message.tag, std::move(request), id);
    if (!again) return;
    e2e::wait_until(e2e::now() + kAskAgain);
  }
}

void Clients::put_in_batch(const std::vector<const PlannedMessage*>& messages) {
  std::string body = "[";
  std::vector<Request> requests(messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (i > 0) body += ",";
    body += compose(*messages[i], 0, messages[i]->when, messages[i]->due_in, requests[i]);
    body += rest_of(*messages[i], world_, requests[i]);
  }
  const Told told = ask(messages.front()->node, "POST", "/messages/batch", body + "]");
  for (std::size_t i = 0; i < messages.size(); ++i) {
    Request& request = requests[i];
    request.done = e2e::clock().now_ns();
    request.answered = told.answered;
    request.answer = summary(told.answer);
    std::string id = messages[i]->id;
    if (told.answer.status == 207) {
      const std::string item = e2e::member(told.answer.body, "results." + std::to_string(i));
      request.answer = "batch item " + item;
      request.answered = judge_status(std::atoi(e2e::member(item, "status").c_str()), true);
      if (id.empty()) id = e2e::member(item, "messageId");
      if (request.answered == Answered::acknowledged) {
        request.not_before = understood(request, e2e::member(item, "scheduledFor"));
      }
    }
    world_.ledger().answered(messages[i]->tag, std::move(request), id);
  }
}

void Clients::change(const PlannedMessage& message, std::size_t number) {
  const PlannedChange& planned = message.changes[number];
  const std::string path = "/messages/" + message.id;
  Request request;
  Told told;
  switch (planned.kind) {
    case PlannedChange::Kind::patch: {
      request.kind = Request::Kind::change;
      const std::string body = compose(message, static_cast<int>(number) + 1, PlannedMessage::When::schedule,
                                       planned.due_in, request);
      told = ask(message.node + 1, "PATCH", path, body + "}");
      break;
    }
    case PlannedChange::Kind::replace: {
      std::string body = compose(message, static_cast<int>(number) + 1, PlannedMessage::When::schedule,
                                 planned.due_in, request);
      body += rest_of(message, world_, request);
      told = ask(message.node + 1, "PUT", path, body);
      break;
    }
    case PlannedChange::Kind::send_now:
      request.kind = Request::Kind::send_now;
      request.asked = e2e::clock().now_ns();
      request.not_before = request.asked + world_.ledger().shift();
      told = ask(message.node + 1, "POST", path + "/send", "");
      break;
    case PlannedChange::Kind::cancel:
      request.kind = Request::Kind::cancel;
      request.asked = e2e::clock().now_ns();
      told = ask(message.node + 1, "DELETE", path, "");
      break;
  }
  request.done = e2e::clock().now_ns();
  request.answered = told.answered;
  request.answer = summary(told.answer);
  world_.ledger().answered(message.tag, std::move(request), message.id);
}

}  // namespace recado::chaos

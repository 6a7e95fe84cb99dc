// Nodes in one process on one Redis: real engines whose destinations are scripted instead of connected to.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "engine/delivery/webhook.hpp"
#include "engine/engine.hpp"
#include "engine/store_fixture.hpp"
#include "net/http_client.hpp"

namespace recado::engine::testing {

/// An origin that answers 200 unless a test sets something else.
inline const std::string kGood = "http://good.test:8080";

/// What a destination does.
struct Behaviour {
  enum class Kind { answer, refuse, hang } kind = Kind::answer;
  int status = 200;
  Millis after{0};
};
inline Behaviour answers(int status, Millis after = Millis{0}) {
  return {Behaviour::Kind::answer, status, after};
}
inline Behaviour refuses() {
  return {Behaviour::Kind::refuse, 0, Millis{0}};
}
/// Never answers: the request ends with its timeout.
inline Behaviour hangs() {
  return {Behaviour::Kind::hang, 0, Millis{0}};
}

struct Sent {
  std::string origin, id;
  Instant at{};
  bool ended = false;
};

/// An HTTP client whose destinations behave as told; shared by the nodes of a test.
class Destinations {
 public:
  explicit Destinations(io::Loop& loop) : loop_(loop) {}

  void set(const std::string& origin, Behaviour behaviour) { behaviours_[origin] = behaviour; }
  const std::vector<std::shared_ptr<Sent>>& sent() const { return sent_; }
  std::size_t count(const std::string& origin) const {
    return static_cast<std::size_t>(
        std::count_if(sent_.begin(), sent_.end(), [&](const auto& one) { return one->origin == origin; }));
  }
  std::size_t most_at_once(const std::string& origin) const {
    const auto found = most_.find(origin);
    return found == most_.end() ? 0 : found->second;
  }

  io::Task<net::HttpResponse> send(net::HttpRequest request, std::function<bool()> before_write) {
    net::HttpResponse response;
    const std::string origin = request.url.origin();
    const Behaviour behaviour = behaviours_[origin];
    if (behaviour.kind == Behaviour::Kind::refuse) {
      response.error = net::SendError::connect;
      response.detail = "connection refused";
      note(origin, request)->ended = true;
      co_return response;
    }
    if (before_write && !before_write()) {
      response.error = net::SendError::closed;
      co_return response;
    }
    response.written = true;
    const auto record = note(origin, request);
    most_[origin] = std::max(most_[origin], ++now_[origin]);
    const bool hang = behaviour.kind == Behaviour::Kind::hang;
    const Millis wait = hang ? request.timeout : behaviour.after;
    if (wait > Millis::zero()) {
      const auto cancelled = co_await loop_.sleep(wait);
      if (cancelled) co_await loop_.sleep(wait);  // unwinds
    }
    --now_[origin];
    record->ended = true;
    response.latency = wait;
    if (hang) {
      response.error = net::SendError::timeout;
      response.detail = "no answer";
    } else {
      response.status = behaviour.status;
    }
    co_return response;
  }

 private:
  std::shared_ptr<Sent> note(const std::string& origin, const net::HttpRequest& request) {
    auto sent = std::make_shared<Sent>();
    sent->origin = origin;
    sent->at = loop_.clock().now();
    for (const auto& [name, value] : request.headers) {
      if (name == "recado-message-id") sent->id = value;
    }
    sent_.push_back(sent);
    return sent;
  }

  io::Loop& loop_;
  std::map<std::string, Behaviour> behaviours_;
  std::map<std::string, std::size_t> now_, most_;
  std::vector<std::shared_ptr<Sent>> sent_;
};

class ScriptedHttp final : public net::HttpClient {
 public:
  explicit ScriptedHttp(Destinations& all) : all_(all) {}
  io::Task<net::HttpResponse> send(net::HttpRequest request, std::function<bool()> before_write) override {
    ++sends[request.url.origin()];
    co_return co_await all_.send(std::move(request), std::move(before_write));
  }
  void close_idle() override {}
  std::size_t open_connections() const noexcept override { return 0; }

  std::map<std::string, int> sends;  ///< of this node, by origin

 private:
  Destinations& all_;
};

struct Node {
  Node(io::Loop& loop, const redis::Endpoint& endpoint, Destinations& destinations, EngineOptions options,
       const std::function<void(Engine&)>& before_start = {})
      : client(loop, endpoint),
        http(destinations),
        channel(WebhookSigner::create("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").value(), "test"),
        engine(Engine::create(loop, client, http, channel, metrics, std::move(options))) {
    if (before_start) before_start(*engine);
    client.start();
    engine->start();
  }
  io::Task<> down() {
    co_await engine->drain(Millis{300});  // what is on the way to Redis arrives
    co_await client.stop();
  }
  /// The value of a line of /metrics that starts with `series`; -1 when there is none.
  double metric(const std::string& series) const {
    const std::string text = "\n" + metrics.text();
    const auto at = text.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
  }

  redis::Client client;
  Metrics metrics;
  ScriptedHttp http;
  WebhookChannel channel;
  std::unique_ptr<Engine> engine;
};

/// A breaker that a test need not wait minutes for.
inline EngineOptions quick() {
  EngineOptions options;
  options.breaker.threshold = 5;
  options.breaker.minimum_span = Millis{50};
  options.breaker.first_wait = Millis{400};
  options.breaker.longest_wait = Millis{800};
  return options;
}

struct NodesTest : StoreTest {
  Destinations destinations{loop};
  std::vector<std::unique_ptr<Node>> nodes;

  /// A node that is connected.
  io::Task<Node*> node(EngineOptions options = quick()) {
    nodes.push_back(std::make_unique<Node>(loop, server.endpoint(), destinations, std::move(options)));
    Node* made = nodes.back().get();
    const bool up = co_await made->client.wait_connected(Millis{10'000});
    EXPECT_TRUE(up);
    co_return made;
  }
  /// Runs `body` with Redis connected, then takes all nodes down.
  void with_nodes(std::function<io::Task<>()> body) {
    with_redis([&]() -> io::Task<> { return run_body(body); });
  }
  io::Task<> run_body(std::function<io::Task<>()> body) {
    co_await body();
    for (auto& one : nodes) co_await one->down();
  }
  io::Task<bool> until(std::function<bool()> condition, Millis limit = Millis{60'000}) {
    const SteadyPoint end = loop.clock().steady() + limit;
    while (!condition()) {
      if (loop.clock().steady() > end) co_return false;
      co_await loop.sleep(Millis{5});
    }
    co_return true;
  }
  /// Waits until `condition` holds of the pending messages.
  io::Task<bool> until_pending(Node& on, std::function<bool(const std::vector<Message>&)> condition) {
    const SteadyPoint end = loop.clock().steady() + Millis{15'000};
    while (loop.clock().steady() < end) {
      const std::vector<Message> messages = co_await pending(on);
      if (condition(messages)) co_return true;
      co_await loop.sleep(Millis{10});
    }
    co_return false;
  }
  io::Task<std::int64_t> commands_run() { return info_number("stats", "total_commands_processed:"); }
  io::Task<std::vector<Message>> pending(Node& on) {
    const auto page = co_await on.engine->list(Filter(), std::string(), 10'000);
    EXPECT_TRUE(page.ok());
    co_return page.ok() ? page->messages : std::vector<Message>();
  }
  io::Task<Message> get(Node& on, std::string id) {
    const auto got = co_await on.engine->get("main", std::move(id));
    EXPECT_TRUE(got.ok() && *got);
    co_return got.ok() && *got ? **got : Message();
  }
  io::Task<Explanation> explain(Node& on, std::string id) {
    const auto got = co_await on.engine->explain("main", std::move(id));
    EXPECT_TRUE(got.ok() && *got);
    co_return got.ok() && *got ? **got : Explanation();
  }
  MessageSpec spec(std::string id, const std::string& origin, Millis in = Millis{0}) {
    MessageSpec out;
    out.id = std::move(id);
    out.due = loop.clock().now() + in;
    out.webhook_url = origin + "/hook";
    out.retry = {100, Backoff::fixed, Millis{20}, Millis{20}};
    return out;
  }
  io::Task<> add(Node& on, MessageSpec what) {
    const Change added = co_await on.engine->add(std::move(what));
    EXPECT_EQ(added.refusal, Refusal::none) << added.detail;
  }
  /// `count` messages `<prefix>0`…, each due a millisecond after the one before.
  io::Task<> add_many(Node& on, std::string prefix, std::size_t count, std::string origin,
                      std::function<void(MessageSpec&)> more = {}) {
    std::vector<MessageSpec> specs;
    for (std::size_t i = 0; i < count; ++i) {
      specs.push_back(spec(prefix + std::to_string(i), origin, Millis{static_cast<int>(i)}));
      if (more) more(specs.back());
    }
    const auto added = co_await on.engine->add_all(std::move(specs));
    for (const auto& one : added) EXPECT_EQ(one.refusal, Refusal::none) << one.detail;
  }
};

inline bool all_held_by(const std::vector<Message>& messages, std::string_view gate) {
  return std::all_of(messages.begin(), messages.end(),
                     [gate](const Message& message) { return message.held_by == gate; });
}

}  // namespace recado::engine::testing

#include "chaos/round.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "base/json.hpp"
#include "chaos/clients.hpp"

namespace recado::chaos {

namespace {

constexpr Millis kSettling{700};
constexpr Millis kProbe{3'000};

struct PlannedFault {
  const Fault* fault = nullptr;
  Millis gap{};
  Millis lasts{};
  std::size_t target = 0;
};

std::vector<PlannedFault> plan_faults(Random random, const Scenario& scenario, std::size_t most) {
  std::vector<PlannedFault> plan;
  for (const Fault& fault : scenario.faults) {
    PlannedFault one;
    one.fault = &fault;
    one.gap = random.between(Millis{300}, Millis{900});
    one.lasts = random.between(fault.shortest, fault.longest);
    one.target = random.below(1'000);
    plan.push_back(one);
  }
  random.shuffle(plan);
  if (plan.size() > most) plan.resize(most);
  return plan;
}

/// What must be gone from Redis when everything is delivered: anything else would be a leak or a loss.
std::string left_over(World& world) {
  std::string left;
  std::istringstream keys(world.redis_command({"--scan", "--pattern", "recado:1:*"}));
  for (std::string key; std::getline(keys, key);) {
    for (const char* noun : {":messages", ":due", ":claimed:", ":held:", ":index:"}) {
      if (key.find(noun) != std::string::npos) left += (left.empty() ? "" : " ") + key;
    }
  }
  return left;
}

bool all_healthy(World& world) {
  return std::all_of(world.nodes().begin(), world.nodes().end(),
                     [](auto& node) { return node->ask("GET", "/health").status == 200; });
}

/// Every finished message's status, and the error of the failed.
std::map<std::string, FinalState> read_finals(Node& node) {
  std::map<std::string, FinalState> out;
  for (const std::string status : {"delivered", "failed"}) {
    const e2e::Answer answer = node.ask("GET", "/messages?limit=10000&status=" + status);
    const auto root = json::parse(answer.body);
    if (!root) continue;
    const auto members = json::members(*root);
    if (!members) continue;
    for (const auto& member : *members) {
      if (member.key != "scheduledJobs") continue;
      const auto items = json::elements(member.value);
      for (std::size_t i = 0; items.ok() && i < items->size(); ++i) {
        const std::string id = e2e::member((*items)[i].text, "messageId");
        FinalState& state = out[id];
        state.status = status;
        if (status != "failed") continue;
        state.error = e2e::member(node.ask("GET", "/messages/" + id).body, "error");
      }
    }
  }
  return out;
}

/// `p:` counters that are not zero, summed over the shards.
std::string wrong_counters(World& world) {
  std::map<std::string, long> sums;
  std::istringstream keys(world.redis_command({"--scan", "--pattern", "recado:1:*:counts"}));
  for (std::string key; std::getline(keys, key);) {
    std::istringstream fields(world.redis_command({"HGETALL", key}));
    for (std::string field, value; std::getline(fields, field) && std::getline(fields, value);) {
      sums[field] += std::atol(value.c_str());
    }
  }
  std::string wrong;
  for (const auto& [field, sum] : sums) {
    if (field.starts_with("p:") && sum != 0) wrong += " " + field + "=" + std::to_string(sum);
  }
  return wrong;
}

/// A message registered now at every node arrives soon.
void probe(World& world, RoundResult& result) {
  e2e::Sink sink;
  std::size_t count = 0;
  for (auto& node : world.nodes()) {
    const std::string body = R"({"payload":"probe","webhookUrl":")" + sink.url() + R"("})";
    const e2e::Answer answer = node->ask("POST", "/messages", body);
    if (answer.status == 201) {
      ++count;
    } else {
      result.ill.push_back(node->name() + " answers a registration with " + std::to_string(answer.status) +
                           " " + answer.body.substr(0, 120));
    }
  }
  if (sink.wait(count, kProbe).size() != count) result.ill.push_back("a new message does not arrive");
  // While its receiver is there: the outcome may still be on its way.
  std::string wrong;
  if (!e2e::eventually([&] { return (wrong = wrong_counters(world)).empty(); }, kProbe))
    result.ill.push_back("counters:" + wrong);
}

void keep_logs(World& world, const RoundResult& result) {
  for (auto& node : world.nodes()) {
    std::string name = node->name();
    std::replace(name.begin(), name.end(), ' ', '-');
    const std::string file =
        "/tmp/recado-chaos-" + result.scenario + "-" + std::to_string(result.seed) + "-" + name + ".log";
    e2e::write_file(file, node->output());
    std::printf("    log of %s: %s\n", node->name().c_str(), file.c_str());
  }
}

std::string stamp(Nanos t) {
  return t == kNever ? "never" : e2e::utc(from_ms(t / kMilli));
}

/// All that is known of one message, for whoever looks for the defect.
void tell_story(const History& history, const std::string& tag) {
  const auto found = history.messages.find(tag);
  if (found == history.messages.end()) return;
  for (const Request& request : found->second.requests) {
    constexpr const char* kKinds[] = {"put in", "change", "send now", "cancel"};
    constexpr const char* kAnswers[] = {"acknowledged", "unknown", "refused"};
    std::printf("       %s .. %s %s, %s, not before %s: %s\n", stamp(request.asked).c_str(),
                stamp(request.done).c_str(), kKinds[static_cast<int>(request.kind)],
                kAnswers[static_cast<int>(request.answered)], stamp(request.not_before).c_str(),
                request.answer.substr(0, 160).c_str());
  }
  for (const Arrival& arrival : history.arrivals) {
    if (arrival.tag != tag) continue;
    std::printf("       %s .. %s %s attempt %d, %s, %s\n", stamp(arrival.at).c_str(),
                stamp(arrival.answered).c_str(), arrival.callback ? "callback" : "arrival", arrival.attempt,
                arrival.success ? "success" : "no success", arrival.payload.substr(0, 60).c_str());
  }
}

void report(const RoundResult& result, const History& history) {
  std::size_t shown = 0;
  for (const auto& violation : result.judgement.violations) {
    if (++shown > 20) break;
    std::printf("  !! %s %s: %s\n", violation.rule.c_str(), violation.tag.c_str(), violation.detail.c_str());
    tell_story(history, violation.tag);
  }
  if (shown > 20) std::printf("  !! and %zu more\n", result.judgement.violations.size() - 20);
  for (const auto& ill : result.ill) std::printf("  !! not healthy: %s\n", ill.c_str());
  const Judgement& judged = result.judgement;
  std::printf(
      "  %s: %zu acknowledged, %zu unknown, %zu required, %zu delivered in %zu arrivals, %zu repeats of lost "
      "nodes, quiet after %lld ms\n",
      result.passed() ? "passed" : "FAILED", judged.acknowledged, judged.unknown, judged.required,
      judged.delivered, result.arrivals, judged.repeated, static_cast<long long>(result.until_quiet.count()));
  std::fflush(stdout);
}

void inject(World& world, const std::vector<PlannedFault>& faults, Instant start, RoundResult& result) {
  for (const PlannedFault& planned : faults) {
    e2e::wait_until(e2e::now() + planned.gap);
    std::printf("  %6.2f s  %s, %lld ms\n", static_cast<double>((e2e::now() - start).count()) / 1000.0,
                planned.fault->name, static_cast<long long>(planned.lasts.count()));
    std::fflush(stdout);
    auto& tried = result.faults[planned.fault->name];
    ++tried.times;
    tried.lasted += planned.lasts;
    try {
      planned.fault->inject(world, planned.fault->name, planned.lasts, planned.target);
    } catch (const std::exception& error) {
      result.ill.push_back(std::string(planned.fault->name) + ": " + error.what());
    }
  }
}

/// Everything is mended: now it must come to rest and be healthy by itself.
void wait_for_quiet(World& world, const RoundOptions& options, RoundResult& result) {
  world.sink().be_good();
  if (world.options().turned_clock) {
    // What was put off while the clock was ahead comes due when the time is really there.
    world.step_clock(Millis{world.ledger().shift() / kMilli} + std::chrono::hours(8));
  }
  const Instant mended = e2e::now();
  const bool quiet =
      e2e::eventually([&] { return all_healthy(world) && left_over(world).empty(); }, options.patience);
  result.until_quiet = e2e::now() - mended;
  if (!quiet) {
    for (auto& node : world.nodes()) {
      if (!node->running()) result.ill.push_back(node->name() + " has ended");
      const e2e::Answer health = node->ask("GET", "/health");
      if (health.status != 200) result.ill.push_back(node->name() + ": " + health.body.substr(0, 300));
    }
    const std::string left = left_over(world);
    if (!left.empty()) result.ill.push_back("left in Redis: " + left.substr(0, 400));
    const e2e::Answer pending = world.node(0).ask("GET", "/messages?limit=5");
    result.ill.push_back("pending: " + pending.body.substr(0, 900));
  }
}

}  // namespace

std::uint64_t seed_or(std::uint64_t otherwise) {
  const char* given = std::getenv("CHAOS_SEED");
  return given != nullptr && *given != '\0' ? std::strtoull(given, nullptr, 10) : otherwise;
}

RoundResult run_round(const Scenario& scenario, const RoundOptions& options) {
  RoundResult result;
  result.scenario = scenario.name;
  result.seed = options.seed;
  Random random(options.seed);
  const auto faults = plan_faults(random.fork(1), scenario, options.most_faults);
  PlanOptions plan_options;
  plan_options.prefix = "s" + std::to_string(options.seed) + "-";
  plan_options.nodes = scenario.world.nodes;
  plan_options.a_second = options.a_second;
  plan_options.length = kSettling;
  for (const auto& fault : faults) plan_options.length += fault.gap + fault.lasts + Millis{200};
  const auto plan = make_plan(random.fork(2), plan_options);
  result.plan_digest = digest(plan);
  std::printf("%s, seed %llu: %zu messages, plan %016llx\n", scenario.name,
              static_cast<unsigned long long>(options.seed), plan.size(),
              static_cast<unsigned long long>(result.plan_digest));
  std::fflush(stdout);

  Ledger ledger;
  if (scenario.world.small_disk) result.skipped = SmallDisk().why_not();
  if (!result.skipped.empty()) {
    std::printf("  SKIPPED: %s\n", result.skipped.c_str());
    return result;
  }
  World world(scenario.world, ledger, plan);
  const Instant start = e2e::now();
  Clients clients(world, plan, start);
  inject(world, faults, start, result);
  clients.join();
  wait_for_quiet(world, options, result);
  probe(world, result);
  History history = ledger.take();
  history.finals = read_finals(world.node(0));
  history.slow_names = scenario.world.names;
  result.arrivals = history.arrivals.size();
  result.judgement = judge(history);
  result.conducts = world.sink().shown();
  result.statuses = clients.statuses();
  if (!result.passed()) keep_logs(world, result);
  report(result, history);
  return result;
}

void print_table(const std::vector<RoundResult>& rounds) {
  struct Row {
    std::size_t times = 0;
    Millis lasted{};
    std::size_t failed_rounds = 0;
  };
  std::map<std::string, Row> faults;
  std::map<std::string, std::size_t> conducts;
  std::map<int, std::size_t> statuses;
  Judgement sum;
  std::size_t arrivals = 0, failed = 0, violations = 0;
  for (const auto& round : rounds) {
    for (const auto& [name, tried] : round.faults) {
      Row& row = faults[name];
      row.times += tried.times;
      row.lasted += tried.lasted;
      row.failed_rounds += round.passed() ? 0 : 1;
    }
    for (const auto& [name, times] : round.conducts) conducts[name] += times;
    for (const auto& [status, times] : round.statuses) statuses[status] += times;
    sum.acknowledged += round.judgement.acknowledged;
    sum.unknown += round.judgement.unknown;
    sum.required += round.judgement.required;
    sum.delivered += round.judgement.delivered;
    sum.repeated += round.judgement.repeated;
    arrivals += round.arrivals;
    failed += round.passed() ? 0 : 1;
    violations += round.judgement.violations.size() + round.ill.size();
  }
  std::printf("\n| fault | times | seconds in all | rounds that failed |\n|---|---|---|---|\n");
  for (const auto& [name, row] : faults) {
    std::printf("| %s | %zu | %.1f | %zu |\n", name.c_str(), row.times,
                static_cast<double>(row.lasted.count()) / 1000.0, row.failed_rounds);
  }
  std::printf("\n| the receiver | times |\n|---|---|\n");
  for (const auto& [name, times] : conducts) std::printf("| %s | %zu |\n", name.c_str(), times);
  std::printf("\nanswers to clients:");
  for (const auto& [status, times] : statuses) std::printf(" %d: %zu", status, times);
  std::printf(
      "\n%zu rounds, %zu failed, %zu violations; %zu registrations acknowledged, %zu unknown, %zu required "
      "to arrive, %zu delivered in %zu arrivals, %zu repeats that a lost node explains\n",
      rounds.size(), failed, violations, sum.acknowledged, sum.unknown, sum.required, sum.delivered, arrivals,
      sum.repeated);
  std::fflush(stdout);
}

}  // namespace recado::chaos

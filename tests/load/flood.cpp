// A flood of registrations, twice what the machine can do, while messages fall due: they have to be on time,
// memory flat, every answer a 201 or a 503, and every 201 kept. `make flood` runs it on the release binary.
//
//   FLOOD_SECONDS (20), FLOOD_CONNECTIONS (4000): how long, and by how many callers
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "end_to_end/harness.hpp"
#include "load/generator.hpp"

namespace recado::load {
namespace {

using namespace e2e;

constexpr std::size_t kDue = 3'000;  ///< messages that fall due during the flood
constexpr std::size_t kPerBatch = 1'000;
constexpr Millis kAhead{3'000};  ///< before the flood begins to be felt
constexpr Millis kCalibration{4'000};
constexpr std::size_t kCalibrationConnections = 64;
constexpr double kMostLatenessMs = 250;
constexpr double kMostGrowthMiB = 16;  ///< from the flood's first third on

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::max(1, std::atoi(text));
}

double resident_mib(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

template <class T>
T at_share(std::vector<T> values, double share) {
  if (values.empty()) return T{};
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

/// Looks at the process's memory until told to stop.
class MemoryWatch {
 public:
  explicit MemoryWatch(pid_t process)
      : thread_([this, process] {
          while (!stopping_) {
            seen_.push_back(resident_mib(process));
            wait_until(now() + Millis{100});
          }
        }) {}
  ~MemoryWatch() { stop(); }
  std::vector<double> stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return seen_;
  }

 private:
  std::atomic<bool> stopping_{false};
  std::vector<double> seen_;
  std::thread thread_;
};

std::string registration() {
  const std::string payload(120, 'x');
  return http::testing::post(
      "/messages", R"({"delay":"2h","payload":")" + payload + R"(","webhookUrl":"http://127.0.0.1:9/"})",
      "Authorization: Bearer " + std::string(kToken) + "\r\nContent-Type: application/json\r\n");
}

bool judge(const char* what, bool good) {
  std::printf("%-6s %s\n", good ? "ok" : "FAILED", what);
  return good;
}

std::uint64_t pending(const Recado& recado) {
  const std::string count = member(recado.get("/health").body, "scheduled_jobs");
  return count.empty() ? 0 : std::stoull(count);
}

int run() {
  const Millis flood{1'000LL * setting("FLOOD_SECONDS", 20)};
  const auto callers = static_cast<std::size_t>(setting("FLOOD_CONNECTIONS", 4'000));
  Sink sink;
  Recado recado;
  const std::string request = registration();

  const Tally capacity = Generator(recado.port(), kCalibrationConnections, request).run(kCalibration, 0);
  const double rate = capacity.rate(201);
  std::printf("capacity: %.0f registrations a second over %zu connections, median %.1f ms\n", rate,
              kCalibrationConnections, static_cast<double>(at_share(capacity.accepted_ms, 0.5)));
  const std::uint64_t before = pending(recado);

  const Instant first = now() + kAhead;
  const auto due = [&](std::size_t i) {
    return first +
           Millis{static_cast<std::int64_t>(i) * (flood.count() - 1'000) / static_cast<std::int64_t>(kDue)};
  };
  for (std::size_t from = 0; from < kDue; from += kPerBatch) {
    const auto shifted = [&](std::size_t i) { return due(from + i); };
    const auto answer = recado.post(
        "/messages/batch", batch("due-" + std::to_string(from) + "-", kPerBatch, shifted, sink.url()));
    expect_all_created(answer, kPerBatch);
  }
  wait_until(first);

  Generator generator(recado.port(), callers, request);
  MemoryWatch memory(recado.child().pid());
  const Tally tally = generator.run(flood, 2 * rate);
  const auto resident = memory.stop();
  const auto ids = sink.wait_ids(kDue);

  std::map<std::string, Instant> when;
  for (std::size_t from = 0; from < kDue; from += kPerBatch) {
    for (std::size_t i = 0; i < kPerBatch; ++i)
      when["due-" + std::to_string(from) + "-" + std::to_string(i)] = due(from + i);
  }
  std::vector<double> late;
  for (const auto& arrival : sink.arrivals()) {
    const auto found = when.find(arrival.message_id());
    if (found != when.end())
      late.push_back(static_cast<double>(arrival.at_ns - to_ms(found->second) * 1'000'000) / 1e6);
  }
  const std::uint64_t kept = pending(recado) - before;
  std::uint64_t answered = 0;
  for (const auto& [status, count] : tally.answers) answered += count;
  const auto third = static_cast<std::ptrdiff_t>(resident.size() / 3);
  const double early_peak =
      *std::max_element(resident.begin(), resident.begin() + std::max<std::ptrdiff_t>(third, 1));
  const double late_peak = *std::max_element(resident.begin() + third, resident.end());

  std::printf("flood: %.0f a second asked for, over %zu connections, for %lld s\n", 2 * rate, callers,
              static_cast<long long>(flood.count() / 1'000));
  for (const auto& [status, count] : tally.answers) {
    std::printf("  %d: %llu, %.0f a second\n", status, static_cast<unsigned long long>(count),
                tally.rate(status));
  }
  std::printf("  not sent, because every connection waited: %llu\n",
              static_cast<unsigned long long>(tally.held_back));
  std::printf("  a 201 took: median %.0f ms, 99th percentile %.0f ms\n",
              static_cast<double>(at_share(tally.accepted_ms, 0.5)),
              static_cast<double>(at_share(tally.accepted_ms, 0.99)));
  std::printf("due messages: %zu, late: median %.1f ms, 99th percentile %.1f ms, most %.1f ms\n", late.size(),
              at_share(late, 0.5), at_share(late, 0.99), at_share(late, 1.0));
  std::printf("resident memory: %.1f MiB at most in the first third, %.1f MiB after it\n", early_peak,
              late_peak);
  const std::string metrics = recado.get("/metrics").body;
  for (std::size_t at = 0; (at = metrics.find("\nrecado_http_shed_total{", at)) != std::string::npos; ++at)
    std::printf("  %s\n", metrics.substr(at + 1, metrics.find('\n', at + 1) - at - 1).c_str());

  bool good =
      judge("every answer is a 201 or a 503", answered == tally.of(201) + tally.of(503) && answered > 0);
  good &= judge("no connection ended without its answer", tally.broken == 0);
  good &= judge("every 201 is kept, and nothing else", kept == tally.of(201));
  good &= judge("every due message has arrived, once", ids.size() == kDue && late.size() == kDue);
  good &= judge("none was early", *std::min_element(late.begin(), late.end()) >= 0);
  good &= judge("the 99th percentile of lateness is under 250 ms", at_share(late, 0.99) < kMostLatenessMs);
  good &= judge("memory is flat", late_peak - early_peak < kMostGrowthMiB);
  return good && !::testing::Test::HasFailure() ? 0 : 1;
}

}  // namespace
}  // namespace recado::load

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);  // what the harness expects is said by it
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  return recado::load::run();
}

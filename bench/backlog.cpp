#include "backlog.hpp"

#include <algorithm>
#include <stdexcept>

#include "load/generator.hpp"

namespace recado::bench {

namespace {

constexpr int kRounds = 50;

}  // namespace

std::vector<std::uint32_t> backlogs(const Bench& bench, const std::string& contestant) {
  if (bench.settings.scale == Scale::quick && contestant != kRecado) return {100'000};
  return bench.settings.pick<std::vector<std::uint32_t>>({10'000, 100'000, 300'000, 1'000'000},
                                                         {100'000, 1'000'000}, {1'000, 3'000});
}

void fill(Service& service, std::uint32_t count, const Shape& shape) {
  if (count == 0) return;
  const std::uint32_t per_request = std::min<std::uint32_t>(count, 1'000);
  Registrations requests(shape, far_future(), per_request);
  load::Generator generator(service.ports(), 4, [&requests] { return requests.next(); });
  const std::uint64_t wanted = count / per_request;
  std::uint64_t taken = 0;
  // A service that has too much to do at the moment says 503: what it refused is sent again.
  for (int round = 0; round < kRounds && taken < wanted; ++round) {
    taken += generator.run_count(wanted - taken, Millis{600'000}).of(207);
  }
  if (taken != wanted)
    throw std::runtime_error(service.name() + " did not take a backlog of " + std::to_string(count) +
                             " messages");
}

}  // namespace recado::bench

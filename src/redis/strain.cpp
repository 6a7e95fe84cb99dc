// How much the servers have to do and how full they are, alone or in a cluster.
#include <algorithm>
#include <utility>

#include "redis/backend.hpp"
#include "redis/connection.hpp"
#include "redis/inspect.hpp"

namespace recado::redis {

namespace {

io::Task<Result<double>> fullest(std::vector<std::shared_ptr<Connection>> masters) {
  std::vector<std::shared_ptr<Waiting>> asked;
  const std::vector<std::string> question = {"INFO", "memory"};
  for (const auto& master : masters) asked.push_back(master->submit(question));
  double most = 0;
  for (const auto& one : asked) {
    const Result<Reply> info = judged(co_await Waiting::result_of(one));
    if (!info) co_return info.error();
    most = std::max(most, used_share(info->text()));
  }
  co_return most;
}

}  // namespace

Strain Client::strain() const {
  Strain strain;
  bool idle = false;
  for (const auto& master : backend_->ready_masters()) {
    strain.waiting += master->waiting();
    const auto since = master->waiting_since();
    idle = idle || !since;
    if (since && (!strain.since || *since > *strain.since)) strain.since = since;
  }
  if (idle) strain.since.reset();
  return strain;
}

io::Task<Result<double>> Client::memory_share() {
  return fullest(backend_->ready_masters());
}

}  // namespace recado::redis

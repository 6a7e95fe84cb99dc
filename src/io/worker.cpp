#include "io/worker.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "io/one_shot.hpp"

namespace recado::io {
namespace {

struct Job {
  Job(std::function<void()> w, std::shared_ptr<OneShot<bool>> r) : work(std::move(w)), ran(std::move(r)) {}
  std::function<void()> work;
  std::shared_ptr<OneShot<bool>> ran;  ///< touched on the loop only
};

}  // namespace

struct Worker::Shared {
  Shared(Loop& l, std::size_t most) : loop(l), most_waiting(most) {}

  Loop& loop;
  const std::size_t most_waiting;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> jobs;  // this and the next are guarded by the mutex
  bool stopped = false;
  std::thread thread;

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return stopped || !jobs.empty(); });
      if (stopped) return;
      Job job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      job.work();
      loop.post([ran = std::move(job.ran)] { ran->set(true); });
      lock.lock();
    }
  }
};

Worker::Worker(Loop& loop, std::size_t most_waiting)
    : shared_(std::make_unique<Shared>(loop, most_waiting)) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopped = true;
    shared_->jobs.clear();
  }
  shared_->changed.notify_all();
  if (shared_->thread.joinable()) shared_->thread.join();
}

Task<bool> Worker::run(std::function<void()> work) {
  auto ran = std::make_shared<OneShot<bool>>(shared_->loop);
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->jobs.size() >= shared_->most_waiting) co_return false;
    if (!shared_->thread.joinable()) {
      try {
        shared_->thread = std::thread([shared = shared_.get()] { shared->work(); });
      } catch (const std::system_error&) {
        co_return false;
      }
    }
    shared_->jobs.emplace_back(std::move(work), ran);
  }
  shared_->changed.notify_one();
  co_return co_await ran->wait();
}

}  // namespace recado::io

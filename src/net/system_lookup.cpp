// getaddrinfo blocks for as long as the system's resolver likes, so it runs on a few threads of its own.
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include "net/lookup.hpp"

namespace recado::net {
namespace {

constexpr std::size_t kMaxThreads = 4;
constexpr Millis kKeep{5000};
/// How long the destructor waits for lookups under way before it leaves their threads to end by themselves.
constexpr Millis kPatience{200};

Result<Addresses> look_up(const std::string& host) {
  namespace ip = boost::asio::ip;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error == EAI_NONAME || error == EAI_NODATA) {
    return Error(ErrorCode::not_found, "the name `" + host + "` does not exist or has no address");
  }
  if (error != 0) {
    return Error(ErrorCode::io, "the name `" + host + "` could not be resolved: " + ::gai_strerror(error));
  }
  Addresses addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    ip::address address;
    if (entry->ai_family == AF_INET) {
      const auto* in = reinterpret_cast<const sockaddr_in*>(entry->ai_addr);
      address = ip::address_v4(ntohl(in->sin_addr.s_addr));
    } else if (entry->ai_family == AF_INET6) {
      const auto* in = reinterpret_cast<const sockaddr_in6*>(entry->ai_addr);
      ip::address_v6::bytes_type bytes;
      std::copy_n(in->sin6_addr.s6_addr, bytes.size(), bytes.begin());
      address = ip::address_v6(bytes, in->sin6_scope_id);
    } else {
      continue;
    }
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
      addresses.push_back(address);
  }
  ::freeaddrinfo(list);
  if (addresses.empty()) return Error(ErrorCode::not_found, "the name `" + host + "` has no address");
  return addresses;
}

struct Job {
  Job(std::string h, LookupSource::Interest i, LookupSource::Done d)
      : host(std::move(h)), interest(std::move(i)), done(std::move(d)) {}
  std::string host;
  LookupSource::Interest interest;
  LookupSource::Done done;
};

/// Shared with the threads, so that one stuck in getaddrinfo may outlive the source.
struct Shared {
  explicit Shared(io::Loop& l) : loop(l) {}

  io::Loop& loop;  ///< touched only under the mutex and only while `stopped` is false
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> jobs;  // everything below is guarded by the mutex
  std::size_t idle = 0;
  std::size_t running = 0;
  bool stopped = false;
};

void work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (true) {
    ++shared->idle;
    shared->changed.wait(lock, [&] { return shared->stopped || !shared->jobs.empty(); });
    --shared->idle;
    if (shared->stopped) break;
    Job job = std::move(shared->jobs.front());
    shared->jobs.pop_front();
    const bool wanted = *job.interest > 0;
    lock.unlock();
    Lookup found = wanted ? Lookup(look_up(job.host), kKeep) : Lookup::skipped();
    lock.lock();
    if (shared->stopped) break;
    shared->loop.post(
        [done = std::move(job.done), found = std::move(found)]() mutable { done(std::move(found)); });
  }
  --shared->running;
  shared->changed.notify_all();
}

class SystemLookup final : public LookupSource {
 public:
  explicit SystemLookup(io::Loop& loop) : shared_(std::make_shared<Shared>(loop)) {}

  ~SystemLookup() override {
    bool all_ended = false;
    {
      std::unique_lock lock(shared_->mutex);
      shared_->stopped = true;
      shared_->jobs.clear();
      shared_->changed.notify_all();
      all_ended = shared_->changed.wait_for(lock, kPatience, [&] { return shared_->running == 0; });
    }
    for (auto& thread : threads_) {
      if (all_ended) {
        thread.join();
      } else {
        thread.detach();
      }
    }
  }

  void start(std::string host, Interest interest, Done done) override {
    std::string failure;
    {
      const std::lock_guard lock(shared_->mutex);
      if (shared_->idle <= shared_->jobs.size() && threads_.size() < kMaxThreads) failure = add_thread();
      if (!threads_.empty()) {
        shared_->jobs.emplace_back(std::move(host), std::move(interest), std::move(done));
        shared_->changed.notify_one();
        return;
      }
    }
    Error error(ErrorCode::io, "the name `" + host + "` could not be resolved: no thread for it: " + failure);
    shared_->loop.post(
        [done = std::move(done), error = std::move(error)] { done(Lookup(error, Millis::zero())); });
  }

 private:
  /// Requires the mutex. The reason when the system gives no thread.
  std::string add_thread() {
    try {
      threads_.emplace_back([shared = shared_] { work(shared); });
      ++shared_->running;
      return {};
    } catch (const std::system_error& error) {
      return error.what();
    }
  }

  std::shared_ptr<Shared> shared_;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<LookupSource> make_system_lookup(io::Loop& loop) {
  return std::make_unique<SystemLookup>(loop);
}

}  // namespace recado::net

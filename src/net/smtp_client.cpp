#include "net/smtp_client.hpp"

#include <sys/socket.h>

#include <cstdlib>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "io/one_shot.hpp"
#include "net/smtp_transfer.hpp"

namespace recado::net {
namespace {

constexpr int kLongestPollMs = 60'000;

/// libcurl's transfers on a thread of their own, which starts with the first mail.
class CurlThread {
 public:
  CurlThread() : multi_(curl_multi_init()) {}
  ~CurlThread() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    if (thread_.joinable()) {
      curl_multi_wakeup(multi_);
      thread_.join();
    }
    // libcurl says QUIT on every connection and waits for the answer, up to two minutes each: a server that
    // is silent must not hold up our end.
    for (const curl_socket_t socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    for (auto& [handle, transfer] : running_) curl_multi_remove_handle(multi_, handle);
    running_.clear();
    curl_multi_cleanup(multi_);
  }
  CurlThread(const CurlThread&) = delete;
  CurlThread& operator=(const CurlThread&) = delete;

  bool usable() const noexcept { return multi_ != nullptr; }
  OpenSockets& sockets() noexcept { return sockets_; }

  void start(std::unique_ptr<SmtpTransfer> transfer) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(transfer));
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    curl_multi_wakeup(multi_);
  }

 private:
  void run() {
    while (take_waiting()) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const auto found = running_.find(message->easy_handle);
        const CURLcode result = message->data.result;
        const std::unique_ptr<SmtpTransfer> transfer = std::move(found->second);
        transfer->give_up_connection(result);
        curl_multi_remove_handle(multi_, found->first);
        running_.erase(found);
        transfer->finish(result);
      }
      curl_multi_poll(multi_, nullptr, 0, kLongestPollMs, nullptr);
    }
  }

  /// False when it is over.
  bool take_waiting() {
    const std::lock_guard lock(mutex_);
    for (auto& transfer : std::exchange(waiting_, {})) {
      CURL* const handle = transfer->handle();
      if (handle == nullptr || curl_multi_add_handle(multi_, handle) != CURLM_OK) {
        transfer->finish(CURLE_OUT_OF_MEMORY);
        continue;
      }
      running_.emplace(handle, std::move(transfer));
    }
    return !ending_;
  }

  CURLM* const multi_;
  OpenSockets sockets_;                                               ///< the thread's own while it runs
  std::unordered_map<CURL*, std::unique_ptr<SmtpTransfer>> running_;  ///< the thread's own while it runs
  std::mutex mutex_;
  std::vector<std::unique_ptr<SmtpTransfer>> waiting_;  ///< guarded by mutex_
  bool ending_ = false;                                 ///< guarded by mutex_
  std::thread thread_;
};

class CurlSmtpClient final : public SmtpClient {
 public:
  CurlSmtpClient(io::Loop& loop, const AddressPolicy& policy, Resolver& resolver, std::string ca_file)
      : loop_(loop), policy_(policy), resolver_(resolver), ca_file_(std::move(ca_file)) {}

  bool usable() const noexcept { return thread_.usable(); }

  io::Task<MailResponse> send(MailRequest request, std::function<bool()> before_write) override {
    MailResponse failed;
    const std::string addresses = co_await find_addresses(request, failed);
    if (addresses.empty()) co_return failed;
    if (before_write && !before_write()) {
      failed.error = SendError::closed;
      failed.detail = "the mail was called off before anything was written";
      co_return failed;
    }
    // Shared with the thread: when the loop has ended, nobody waits any more.
    auto answer = std::make_shared<io::OneShot<MailResponse>>(loop_);
    auto done = [this, answer](MailResponse response) {
      loop_.post([answer, response = std::move(response)] { answer->set(response); });
    };
    thread_.start(std::make_unique<SmtpTransfer>(std::move(request), addresses, ca_file_, thread_.sockets(),
                                                 std::move(done)));
    co_return co_await answer->wait();
  }

 private:
  /// The addresses that may be connected to, for libcurl; empty and `failed` filled when there is none.
  io::Task<std::string> find_addresses(const MailRequest& request, MailResponse& failed) {
    const std::string host = request.server.host;
    const auto found = co_await resolver_.resolve(host, std::min(request.timeout, Millis{10'000}));
    if (!found) {
      failed.error = SendError::dns;
      failed.detail = found.error().detail();
      co_return std::string();
    }
    std::string out;
    std::string refusal;
    for (const auto& address : *found) {
      const auto verdict = request.server.trusted ? Result<void>() : policy_.check(address);
      if (verdict.ok()) {
        out += (out.empty() ? "" : ",") + address.to_string();
      } else if (refusal.empty()) {
        refusal = verdict.error().detail();
      }
    }
    if (out.empty()) {
      failed.error = SendError::address_refused;
      failed.detail = "`" + host + "` resolves to a refused address: " + refusal;
    }
    co_return out;
  }

  io::Loop& loop_;
  const AddressPolicy& policy_;
  Resolver& resolver_;
  const std::string ca_file_;
  CurlThread thread_;
};

}  // namespace

Result<std::unique_ptr<SmtpClient>> SmtpClient::create(io::Loop& loop, const AddressPolicy& policy,
                                                       Resolver& resolver, const std::string& ca_file) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  std::string trusted = ca_file;
  if (trusted.empty()) {
    const char* const named = std::getenv("SSL_CERT_FILE");  // NOLINT: nobody changes the environment
    if (named != nullptr) trusted = named;
  }
  auto made = std::make_unique<CurlSmtpClient>(loop, policy, resolver, std::move(trusted));
  if (ready != CURLE_OK || !made->usable()) return Error(ErrorCode::io, "libcurl cannot be started");
  std::unique_ptr<SmtpClient> client = std::move(made);
  return client;
}

}  // namespace recado::net

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
constexpr const char* kNoMemory = "libcurl has no memory";

/// libcurl's transfers on a thread of their own, which starts, and loads libcurl, with the first mail.
class CurlThread {
 public:
  CurlThread() = default;
  ~CurlThread() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      if (multi_ != nullptr) curl_->multi_wakeup(multi_);
    }
    if (thread_.joinable()) thread_.join();
  }
  CurlThread(const CurlThread&) = delete;
  CurlThread& operator=(const CurlThread&) = delete;

  OpenSockets& sockets() noexcept { return sockets_; }

  void start(std::unique_ptr<SmtpTransfer> transfer) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(given_up_, false)) thread_.join();  // it touches nothing any more
    waiting_.push_back(std::move(transfer));
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    if (multi_ != nullptr) curl_->multi_wakeup(multi_);
  }

 private:
  void run() {
    if (!prepare()) return;
    while (take_waiting()) {
      int running = 0;
      curl_->multi_perform(multi_, &running);
      int left = 0;
      while (const CURLMsg* message = curl_->multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const auto found = running_.find(message->easy_handle);
        const CURLcode result = message->data.result;
        const std::unique_ptr<SmtpTransfer> transfer = std::move(found->second);
        transfer->give_up_connection(result);
        curl_->multi_remove_handle(multi_, found->first);
        running_.erase(found);
        transfer->finish(result);
      }
      curl_->multi_poll(multi_, nullptr, 0, kLongestPollMs, nullptr);
    }
    end();
  }

  /// False when there is no libcurl: whoever waits is told why, and the next mail tries again.
  bool prepare() {
    const Result<const CurlLibrary*> library = CurlLibrary::load();
    CURLM* const made = library.ok() ? (*library)->multi_init() : nullptr;
    const std::lock_guard lock(mutex_);
    if (made == nullptr) {
      const std::string why = library.ok() ? kNoMemory : library.error().detail();
      for (auto& transfer : std::exchange(waiting_, {})) transfer->refuse(why);
      given_up_ = true;
      return false;
    }
    curl_ = *library;
    multi_ = made;
    return true;
  }

  /// False when it is over.
  bool take_waiting() {
    const std::lock_guard lock(mutex_);
    for (auto& transfer : std::exchange(waiting_, {})) {
      CURL* const handle = transfer->begin(*curl_);
      if (handle == nullptr || curl_->multi_add_handle(multi_, handle) != CURLM_OK) {
        transfer->refuse(kNoMemory);
        continue;
      }
      running_.emplace(handle, std::move(transfer));
    }
    return !ending_;
  }

  void end() {
    // libcurl says QUIT on every connection and waits for the answer, up to two minutes each: a server that
    // is silent must not hold up our end.
    for (const curl_socket_t socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    for (auto& [handle, transfer] : running_) curl_->multi_remove_handle(multi_, handle);
    running_.clear();
    const std::lock_guard lock(mutex_);
    curl_->multi_cleanup(std::exchange(multi_, nullptr));
  }

  OpenSockets sockets_;                                               ///< the thread's own
  std::unordered_map<CURL*, std::unique_ptr<SmtpTransfer>> running_;  ///< the thread's own
  std::mutex mutex_;
  const CurlLibrary* curl_ = nullptr;  ///< set with multi_, and whole then
  CURLM* multi_ = nullptr;             ///< guarded by mutex_, except for the thread, which alone changes it
  bool given_up_ = false;              ///< guarded by mutex_; the thread found no libcurl and ends
  std::vector<std::unique_ptr<SmtpTransfer>> waiting_;  ///< guarded by mutex_
  bool ending_ = false;                                 ///< guarded by mutex_
  std::thread thread_;
};

class CurlSmtpClient final : public SmtpClient {
 public:
  CurlSmtpClient(io::Loop& loop, const AddressPolicy& policy, Resolver& resolver, std::string ca_file)
      : loop_(loop), policy_(policy), resolver_(resolver), ca_file_(std::move(ca_file)) {}

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

std::unique_ptr<SmtpClient> SmtpClient::create(io::Loop& loop, const AddressPolicy& policy,
                                               Resolver& resolver, const std::string& ca_file) {
  std::string trusted = ca_file;
  if (trusted.empty()) {
    const char* const named = std::getenv("SSL_CERT_FILE");  // NOLINT: nobody changes the environment
    if (named != nullptr) trusted = named;
  }
  return std::make_unique<CurlSmtpClient>(loop, policy, resolver, std::move(trusted));
}

}  // namespace recado::net

// `recado listen`: shows what arrives, how late, and whether it is signed by whom it should be.
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>
#include <memory>

#include "app/app.hpp"
#include "app/arrival.hpp"
#include "app/commands.hpp"
#include "app/receiver.hpp"
#include "app/redis_location.hpp"
#include "base/log.hpp"
#include "engine/store/keys.hpp"
#include "redis/client.hpp"
#include "redis/private_server.hpp"

namespace recado::app {
namespace {

/// The signing secret: configured, or the one that the server keeps in Redis, asked for until it is there.
class SigningSecret {
 public:
  SigningSecret(io::Loop& loop, const Options& options) {
    if (!options.webhook_signing_secret.empty()) {
      keep(options.webhook_signing_secret.reveal());
      return;
    }
    redis_ = std::make_unique<redis::Client>(loop, location(options));
    redis_->start();
  }

  io::Task<> look() {
    if (signer_ || !redis_ || !redis_->connected()) co_return;
    std::vector<std::string> get = {"GET", engine::keys::signing_secret()};
    const auto kept = co_await redis_->command(std::move(get));
    if (kept.ok() && !kept->text().empty()) keep(kept->text());
  }

  io::Task<> stop() {
    if (redis_) co_await redis_->stop();
  }

  /// Null until it is known.
  const WebhookSigner* signer() const noexcept { return signer_ ? &*signer_ : nullptr; }

 private:
  static redis::Location location(const Options& options) {
    if (!options.external_redis()) return redis::PrivateServer::endpoint_in(options.data_dir);
    auto external = external_redis_location(options);
    return external ? std::move(*external) : redis::Location();
  }

  void keep(std::string_view secret) {
    auto signer = WebhookSigner::create(secret);
    if (signer) signer_.emplace(std::move(*signer));
  }

  std::unique_ptr<redis::Client> redis_;
  std::optional<WebhookSigner> signer_;
};

class Listening {
 public:
  Listening(const Options& options, const ListenArguments& arguments)
      : arguments_(arguments),
        loop_(clock_),
        tasks_(loop_),
        secret_(loop_, options),
        receiver_(loop_, arguments.host, arguments.port,
                  [this](http::Request& request, std::int64_t at) { return arrive(request, at); }) {
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    style_.verbose = arguments.verbose;
    style_.colour = terminal && std::getenv("NO_COLOR") == nullptr;
    if (terminal) style_.timezone = machine_zone();
  }

  int run() {
    if (const auto started = receiver_.start(); !started) {
      std::cerr << "recado: " << started.error().detail() << std::endl;
      return kExitFailure;
    }
    std::string host = arguments_.host;
    if (host.find(':') != std::string::npos && !host.starts_with('[')) host = "[" + host + "]";
    std::cerr << "Listening on http://" << host << ":" << receiver_.port()
              << "/ (any path, any method); answers " << arguments_.status;
    if (arguments_.delay > Millis{0}) std::cerr << " after " << format_duration(arguments_.delay);
    std::cerr << ". Ctrl-C ends it." << std::endl;
    tasks_.spawn("signals", wait_for_signals());
    loop_.run();
    return kExitOk;
  }

 private:
  io::Task<http::Response> arrive(http::Request& request, std::int64_t at) {
    co_await secret_.look();
    const auto verdict = judge_signature(request, secret_.signer(), from_ms(at / 1'000'000));
    std::cout << format_arrival(request, at, verdict, style_) << std::flush;
    // The reader of the pipe is gone: there is nobody left to tell.
    if (!std::cout) std::raise(SIGTERM);
    if (arguments_.delay > Millis{0}) co_await loop_.sleep(arguments_.delay);
    http::Response response;
    response.status = arguments_.status;
    co_return response;
  }

  io::Task<> wait_for_signals() {
    boost::asio::basic_signal_set<io::Executor> signals(loop_.executor(), SIGTERM, SIGINT);
    co_await signals.async_wait(io::as_result);
    co_await receiver_.stop();
    co_await secret_.stop();
    loop_.stop();
  }

  const ListenArguments arguments_;
  SystemClock clock_;
  io::Loop loop_;
  io::TaskGroup tasks_;
  SigningSecret secret_;
  ArrivalStyle style_;
  Receiver receiver_;
};

}  // namespace

int run_listen(const Options& options, const ListenArguments& arguments) {
  // Standard error has the banner; that Redis is not there (yet) shows as "not checked".
  const bool debug = options.log_level == log::Level::debug;
  log::configure(debug ? log::Level::debug : log::Level::error, options.log_format);
  return Listening(options, arguments).run();
}

}  // namespace recado::app

#include "app/node.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <utility>

#include "app/app.hpp"
#include "app/memory_release.hpp"
#include "app/redis_location.hpp"
#include "app/seed_messages.hpp"
#include "app/service_manager.hpp"
#include "base/crypto.hpp"
#include "base/log.hpp"
#include "engine/delivery/webhook.hpp"
#include "engine/store/keys.hpp"

namespace recado::app {

namespace {

constexpr Millis kRedisGrace{10'000};
constexpr Millis kTellRedisAway{5'000};
constexpr Millis kWaitForRedis{1'000};
constexpr std::size_t kLargestBodies = 4;  ///< of the largest that any route takes fit into memory together
constexpr std::size_t kOtherFiles = 64;    ///< descriptors for what is neither client nor destination

/// Clients leave descriptors for deliveries: for all that may be in flight, but at most half of what there
/// is.
std::size_t connection_limit(const Options& options) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
    return options.max_connections;
  const auto all = static_cast<std::size_t>(files.rlim_cur);
  const std::size_t kept = std::min<std::size_t>(options.max_in_flight, all / 2) + kOtherFiles;
  const std::size_t room = std::max({all - std::min(kept, all), all / 4, std::size_t{1}});
  if (room >= options.max_connections) return options.max_connections;
  log::warning("the limit of open files allows fewer connections than MAX_CONNECTIONS",
               {{"open_files", all}, {"MAX_CONNECTIONS", options.max_connections}, {"in_force", room}});
  return room;
}

}  // namespace

Result<net::HttpRequest> SigningChannel::request(const engine::Message& message, std::uint32_t attempt,
                                                 Instant now) const {
  if (channel_) return channel_->request(message, attempt, now);
  return Error(ErrorCode::unavailable, "the signing secret is not known yet: Redis has not been reached");
}

engine::Outcome SigningChannel::outcome(const net::HttpResponse& response, Instant started,
                                        Instant now) const {
  return channel_->outcome(response, started, now);
}

Result<std::unique_ptr<Node>> Node::create(Options options) {
  auto data_dir = DataDir::open(options.data_dir);
  if (!data_dir.ok()) return data_dir.error();
  std::unique_ptr<Node> node(new Node(std::move(options), std::move(data_dir).value()));
  const auto built = node->build();
  if (!built.ok()) return built.error();
  return node;
}

Node::Node(Options options, DataDir data_dir)
    : options_(std::move(options)), data_dir_(std::move(data_dir)), loop_(clock_), tasks_(loop_) {}

Node::~Node() = default;

Result<void> Node::load_secrets() {
  for (const auto& weakness : weaknesses(options_)) log::warning(weakness);
  if (options_.api_token.empty()) {
    if (options_.external_redis()) {
      return Error(
          ErrorCode::configuration,
          "API_TOKEN is not set: with a Redis of your own it must be; make one with `openssl rand -hex 32`");
    }
    auto made = data_dir_.secret("token", &random_token);
    if (!made.ok()) return made.error();
    options_.api_token = *made;
    token_file_ = data_dir_.file("token");
  }
  if (options_.secrets_key.empty() && !options_.external_redis()) {
    // Made now, so that the first channel with secrets finds it, and every backup of DATA_DIR holds it.
    auto made = data_dir_.secret("secrets-key", &random_token);
    if (!made.ok()) return made.error();
    options_.secrets_key = *made;
  }
  return Result<void>();
}

Result<void> Node::build() {
  if (const auto loaded = load_secrets(); !loaded.ok()) return loaded.error();
  auto outbound = Outbound::create(loop_, options_);
  if (!outbound.ok()) return outbound.error();
  outbound_ = std::move(outbound).value();

  redis::Location location;
  if (options_.external_redis()) {
    auto parsed = external_redis_location(options_);
    if (!parsed.ok()) return parsed.error();
    location = std::move(parsed).value();
  } else {
    private_redis_ = std::make_unique<redis::PrivateServer>(loop_, data_dir_.path());
    location = private_redis_->endpoint();
  }
  redis_ = std::make_unique<redis::Client>(loop_, std::move(location));
  tokens_ = std::make_unique<auth::RedisTokenStore>(*redis_, options_.redis_min_replicas);
  access_ = std::make_unique<auth::Access>(loop_, *tokens_, metrics_);
  auth::Identity main;
  main.token_name = auth::kConfiguredToken;
  access_->add(options_.api_token, std::move(main));
  users_ = std::make_unique<auth::RedisUserStore>(*redis_, options_.redis_min_replicas);
  login_ = std::make_unique<auth::Login>(loop_, *users_, *access_, metrics_);

  if (!messaging::is_phone_country(options_.default_country)) {
    return Error(ErrorCode::configuration, "DEFAULT_COUNTRY: " + options_.default_country +
                                               " has no telephone numbers; expected a country such as BR");
  }
  messaging::MessagingOptions messaging_options;
  messaging_options.default_country = options_.default_country;
  messaging_options.min_replicas = options_.redis_min_replicas;
  messaging_options.log_retention = options_.log_retention;
  messaging_options.default_timezone = options_.default_timezone;
  messaging_options.secrets_key = options_.secrets_key;
  messaging_options.channels = outbound_->channels.get();
  messaging_options.check_url = [this](const std::string& url) {
    return outbound_->destinations->check(url);
  };
  messaging_ = std::make_unique<messaging::Messaging>(loop_, *redis_, std::move(messaging_options));

  engine::EngineOptions engine_options;
  engine_options.failure_callback_url = options_.failure_callback_url;
  engine_options.history_retention = options_.history_retention;
  engine_options.failed_retention = options_.failed_retention;
  engine_options.history_max = options_.history_max;
  engine_options.max_in_flight = options_.max_in_flight;
  engine_options.max_in_flight_per_origin = options_.max_in_flight_per_origin;
  engine_options.min_replicas = options_.redis_min_replicas;
  engine_options.state_file = data_dir_.file("node");
  engine_options.channels = outbound_->channels.get();
  engine_options.smtp = outbound_->smtp.get();
  engine_options.admission = &messaging_->admission();
  engine_ = engine::Engine::create(loop_, *redis_, *outbound_->client, channel_, metrics_,
                                   std::move(engine_options));
  messaging_->open_schedules(*engine_);

  api::ApiContext context(loop_, *engine_, *outbound_->destinations, channel_, metrics_, *access_, *login_,
                          *messaging_);
  context.version = version();
  context.metrics_access = options_.metrics;
  context.max_body_bytes = options_.max_body_bytes;
  context.public_url = options_.public_url;
  context.default_timezone = options_.default_timezone;
  api_ = std::make_unique<api::Api>(std::move(context));
  api_->register_routes(router_);

  if (!options_.tls_cert_file.empty()) {
    auto tls = io::TlsServer::create(options_.tls_cert_file, options_.tls_key_file);
    if (!tls.ok()) return tls.error();
    tls_ = std::move(tls).value();
  }
  pressure_ = std::make_unique<Pressure>(loop_, *redis_, *engine_, metrics_);
  return open_server();
}

http::ServerOptions Node::server_options() const {
  http::ServerOptions made;
  made.host = options_.api_host;
  made.port = options_.api_port;
  made.max_body_bytes = options_.max_body_bytes;
  made.body_timeout = options_.request_timeout;
  made.allowed_origins = options_.allowed_origins;
  made.reuse_port = options_.api_reuse_port;
  if (options_.external_redis()) made.reuse_port_setting = "API_REUSE_PORT";
  made.max_connections = connection_limit(options_);
  for (const auto& route : router_.routes()) {
    made.limits.bytes = std::max(made.limits.bytes, kLargestBodies * route.max_body_bytes);
  }
  made.overload = [this] { return pressure_->overload(); };
  return made;
}

Result<void> Node::open_server() {
  auto made = server_options();
  auto inherited = inherited_sockets();
  if (!inherited.ok()) return inherited.error();
  inherited_socket_ = !inherited->empty();
  made.inherited_sockets = std::move(inherited).value();
  server_ = std::make_unique<http::Server>(loop_, std::move(made), router_, tls_.get(), metrics_);
  return server_->listen();
}

int Node::run() {
  announce();
  tasks_.spawn("signals", wait_for_signals());
  tasks_.spawn("open the door", open_door());
  // Who runs it in a terminal expects it to end with that terminal.
  if (tls_ || ::isatty(STDIN_FILENO) == 0) tasks_.spawn("reload", reload_at_hangup());
  tasks_.spawn("start", start());
  tasks_.spawn("release memory", release_memory(loop_));
  tasks_.spawn("watch pressure", pressure_->watch());
  tasks_.spawn("watch Redis's memory", pressure_->watch_memory());
  if (const auto interval = watchdog_interval()) tasks_.spawn("watchdog", feed_watchdog());
  loop_.run();
  return exit_code_;
}

/// Accepts once Redis is there, so that the first callers are not sent away, but waits only a moment for it:
/// after that a 503 is better than a connection that nobody takes.
io::Task<> Node::open_door() {
  const bool started = co_await started_.wait_for(kWaitForRedis);
  if (stopping_) co_return;
  server_->start();
  notify_service_manager(started ? "READY=1\nSTATUS=Serving" : "READY=1\nSTATUS=Serving; waiting for Redis");
}

void Node::announce() const {
  const bool tls = tls_ != nullptr;
  std::string host = options_.api_host;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  log::info("recado is listening",
            {{"version", version()},
             {"url", (tls ? "https://" : "http://") + host + ":" + std::to_string(server_->port())},
             {"socket", inherited_socket_         ? "inherited"
                        : options_.api_reuse_port ? "shared port"
                                                  : "own"},
             {"data_dir", data_dir_.path()}});
  if (!token_file_.empty()) log::info("the API token is in a file", {{"file", token_file_}});
}

void Node::fail(const Error& error) {
  log::error("recado cannot go on", {{"reason", error}});
  exit_code_ = error.code() == ErrorCode::configuration ? kExitConfiguration : kExitFailure;
  loop_.stop();
}

io::Task<> Node::start() {
  if (private_redis_) {
    const auto started = co_await private_redis_->start();
    if (!started.ok()) {
      fail(started.error());
      co_return;
    }
  }
  redis_->start();
  access_->start();
  tasks_.spawn("watch Redis", watch_redis());
  Result<std::string> secret = Error(ErrorCode::unavailable, "not asked yet");
  while (!stopping_) {
    secret = co_await signing_secret();
    if (secret.ok()) break;
    co_await loop_.sleep(Millis{50});
  }
  if (stopping_) co_return;
  auto signer = WebhookSigner::create(*secret);
  if (!signer.ok()) {
    fail(Error(ErrorCode::configuration, "the signing secret kept in Redis (" +
                                             engine::keys::signing_secret() +
                                             ") is damaged: " + signer.error().detail()));
    co_return;
  }
  channel_.set(std::make_unique<engine::WebhookChannel>(std::move(signer).value(), version()));
  if (options_.webhook_signing_secret.empty()) {
    shared_secret_ = Secret(*secret);
    redis_->on_change([this](bool connected) {
      if (connected && !stopping_) {
        tasks_.spawn("keep the signing secret", keep_signing_secret());
      }
    });
  }
  Result<void> prepared = Error(ErrorCode::unavailable, "not asked yet");
  while (!prepared.ok() && !stopping_) {
    prepared = co_await messaging_->prepare();
    if (!prepared.ok()) co_await loop_.sleep(Millis{50});
  }
  if (stopping_) co_return;
  engine_->start();
  messaging_->start(*engine_);
  started_.notify();
  notify_service_manager("STATUS=Serving");
  if (options_.import_seed_messages) {
    const auto imported = co_await import_seed_messages(loop_, *redis_, *engine_, *outbound_->destinations);
    if (!imported.ok()) {
      log::error("the import of the former program's messages stopped; it goes on at the next start",
                 {{"reason", imported.error()}});
      co_return;
    }
    for (const auto& key : imported->left) {
      log::warning("a message of the former program is left where it is", {{"key", key}});
    }
  }
}

/// The configured secret, or the one that all nodes share in Redis: made once, by whoever comes first.
io::Task<Result<std::string>> Node::signing_secret() {
  if (!options_.webhook_signing_secret.empty()) {
    co_return std::string(options_.webhook_signing_secret.reveal());
  }
  std::vector<std::string> make = {"SET", engine::keys::signing_secret(), WebhookSigner::generate(), "NX"};
  const auto made = co_await redis_->command(std::move(make));
  if (!made.ok()) co_return made.error();
  std::vector<std::string> read = {"GET", engine::keys::signing_secret()};
  const auto kept = co_await redis_->command(std::move(read));
  if (!kept.ok()) co_return kept.error();
  if (kept->text().empty()) co_return Error(ErrorCode::unavailable, "the signing secret could not be kept");
  co_return std::string(kept->text());
}

/// A Redis that was emptied has lost the secret that this node goes on signing with: the next node must not
/// make another one.
io::Task<> Node::keep_signing_secret() {
  std::vector<std::string> keep = {"SET", engine::keys::signing_secret(),
                                   std::string(shared_secret_.reveal()), "NX"};
  const auto kept = co_await redis_->command(std::move(keep));
  if (!kept.ok()) co_return;  // the next connection tries again
  std::vector<std::string> read = {"GET", engine::keys::signing_secret()};
  const auto found = co_await redis_->command(std::move(read));
  if (!found.ok() || found->text().empty() || shared_secret_.equals(found->text())) co_return;
  auto signer = WebhookSigner::create(found->text());
  if (!signer.ok()) co_return;
  log::warning("another node has made a new signing secret meanwhile; signing with it from now on");
  shared_secret_ = Secret(std::string(found->text()));
  channel_.set(std::make_unique<engine::WebhookChannel>(std::move(signer).value(), version()));
}

/// Says when Redis goes and comes, and once in a while that it is still away and why.
io::Task<> Node::watch_redis() {
  bool was_connected = false;
  bool told = false;
  while (!stopping_) {
    const bool connected = co_await redis_->wait_connected(kTellRedisAway);
    if (connected && !was_connected) notify_service_manager("STATUS=Serving");
    const bool loading = redis_->last_error().starts_with("LOADING");
    if (!connected && loading) {
      log::info("Redis is loading its file; requests are answered 503 until it has");
      notify_service_manager("STATUS=Redis is loading its file");
      told = true;
    } else if (!connected && redis_->partly_connected()) {
      log::error(
          "a part of Redis cannot be reached; what is kept there waits, and requests for it are answered 503",
          {{"reason", redis_->last_error()}});
      notify_service_manager("STATUS=A part of Redis cannot be reached");
      told = true;
    } else if (!connected) {
      log::error("Redis cannot be reached; requests are answered 503 until it can",
                 {{"reason", redis_->last_error()}});
      notify_service_manager("STATUS=Redis cannot be reached");
      told = true;
    }
    was_connected = connected;
    while (!stopping_ && redis_->connected()) co_await loop_.sleep(Millis{200});
    if (was_connected && !stopping_ && !told) {
      log::warning("lost the connection to Redis; reconnecting", {{"reason", redis_->last_error()}});
    }
    was_connected = false;
    told = false;
  }
}

io::Task<> Node::wait_for_signals() {
  boost::asio::basic_signal_set<io::Executor> signals(loop_.executor(), SIGTERM, SIGINT);
  auto [error, first] = co_await signals.async_wait(io::as_result);
  if (error) co_return;
  log::info("stopping: no new requests, finishing what is in flight",
            {{"signal", first == SIGTERM ? "SIGTERM" : "SIGINT"},
             {"grace", format_duration(options_.drain_timeout)}});
  notify_service_manager("STOPPING=1\nSTATUS=Draining");
  stopping_ = true;
  tasks_.spawn("drain", drain());
  auto [again_error, second] = co_await signals.async_wait(io::as_result);
  if (again_error) co_return;
  log::warning("a second signal: stopping at once; what was in flight is sent again after the next start",
               {{"signal", second == SIGTERM ? "SIGTERM" : "SIGINT"}});
  loop_.stop();
}

/// SIGHUP: a renewed certificate is used from the next connection on.
io::Task<> Node::reload_at_hangup() {
  boost::asio::basic_signal_set<io::Executor> signals(loop_.executor(), SIGHUP);
  while (true) {
    auto [error, signal] = co_await signals.async_wait(io::as_result);
    if (error) co_return;
    if (!tls_) {
      log::info("SIGHUP: there is no certificate to read again; settings are read at start");
      continue;
    }
    const auto reloaded = tls_->reload();
    if (reloaded.ok()) {
      log::info("the certificate was read again", {{"file", options_.tls_cert_file}});
    } else {
      log::error("the certificate could not be read again; the former one stays in use",
                 {{"reason", reloaded.error()}});
    }
  }
}

io::Task<> Node::drain() {
  const SteadyPoint until = clock_.steady() + options_.drain_timeout;
  co_await server_->drain(options_.drain_timeout);
  const auto left = std::chrono::duration_cast<Millis>(until - clock_.steady());
  co_await engine_->drain(std::max(left, Millis{1'000}));
  co_await messaging_->stop();
  co_await access_->stop();
  co_await redis_->stop();
  if (private_redis_) co_await private_redis_->stop(kRedisGrace);
  log::info("stopped");
  loop_.stop();
}

io::Task<> Node::feed_watchdog() {
  const Millis interval = *watchdog_interval();
  while (true) {
    // Tied to the dispatch loop's progress: a process that only answers HTTP is not alive.
    const double idle = engine_->seconds_since_progress();
    if (stopping_ || idle * 1000.0 < static_cast<double>(interval.count()))
      notify_service_manager("WATCHDOG=1");
    co_await loop_.sleep(interval / 2);
  }
}

}  // namespace recado::app

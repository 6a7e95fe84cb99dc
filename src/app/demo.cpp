// `recado demo`: what Recado is, in a few seconds. The play is play(); what it promises is judged by
// DemoLedger.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "app/app.hpp"
#include "app/arrival.hpp"
#include "app/commands.hpp"
#include "app/demo_ledger.hpp"
#include "app/demo_server.hpp"
#include "app/receiver.hpp"
#include "base/json.hpp"
#include "base/log.hpp"

namespace recado::app {
namespace {

constexpr Millis kRetryAfter{1'000};
constexpr Millis kLateAtMost{10'000};  ///< after the last message's time, before it counts as lost
constexpr Millis kStopGrace{8'000};
constexpr int kExitInterrupted = 130;
constexpr const char* kPayload = R"({"text":"Hello, later"})";

/// Four are due before the server is killed, one while it is away, the rest when it is back.
std::vector<DemoMessage> the_messages() {
  std::vector<DemoMessage> all;
  all.emplace_back("at-once", std::nullopt, false);
  all.emplace_back("in-1s", Millis{1'000}, false);
  all.emplace_back("retried", Millis{1'300}, true);
  all.emplace_back("in-1.6s", Millis{1'600}, false);
  all.emplace_back("in-1.8s", Millis{1'800}, false);
  all.emplace_back("in-4s", Millis{4'000}, false);
  all.emplace_back("in-4.5s", Millis{4'500}, false);
  all.emplace_back("in-5s", Millis{5'000}, false);
  return all;
}
constexpr std::size_t kBeforeTheKill = 4;

/// The value of a member of a JSON object, as it stands there; empty when there is none.
std::string member_text(std::string_view object, std::string_view name) {
  const auto document = json::parse(object);
  if (!document || document->kind != json::Kind::object) return {};
  const auto members = json::members(*document);
  if (!members) return {};
  for (const auto& member : *members) {
    if (member.key == name) return std::string(member.value.text);
  }
  return {};
}

class Demo {
 public:
  Demo()
      : loop_(clock_),
        tasks_(loop_),
        play_(loop_),
        changed_(loop_),
        ledger_(the_messages()),
        colour_(::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr) {}

  int run() {
    tasks_.spawn("signals", wait_for_signals());
    play_.spawn("play", play());
    tasks_.spawn("end", end());
    loop_.run();
    return exit_code_;
  }

 private:
  io::Task<> play();
  Result<void> prepare();
  io::Task<Result<void>> leave_messages();
  io::Task<Result<void>> kill_and_restart();
  io::Task<Result<void>> wait_for_record(std::string id);
  io::Task<bool> wait_for_all();
  io::Task<http::Response> arrive(http::Request& request, std::int64_t at);
  void conclude();

  io::Task<> wait_for_signals();
  io::Task<> end();

  void say(const std::string& line) const {
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
  }
  std::string strong(const std::string& text) const { return colour_ ? "\x1b[1m" + text + "\x1b[0m" : text; }
  void give_up(const Error& error) {
    exit_code_ = kExitFailure;
    std::fputs(("recado: the demo failed: " + error.detail() + "\n").c_str(), stderr);
  }
  double since_start(std::int64_t now_ns) const { return static_cast<double>(now_ns - start_ns_) / 1e9; }

  SystemClock clock_;
  io::Loop loop_;
  io::TaskGroup tasks_;
  io::TaskGroup play_;
  io::WakeEvent changed_;  ///< something arrived
  DemoLedger ledger_;
  const bool colour_;
  std::string folder_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<DemoServer> server_;
  std::int64_t start_ns_ = 0;
  int exit_code_ = kExitOk;
};

Result<void> Demo::prepare() {
  std::error_code none;
  folder_ = (std::filesystem::temp_directory_path(none) / "recado-demo-XXXXXX").string();
  if (none || ::mkdtemp(folder_.data()) == nullptr) {
    folder_.clear();
    return Error(ErrorCode::io, "no temporary folder can be made (is TMPDIR one that can be written?)");
  }
  receiver_ = std::make_unique<Receiver>(
      loop_, "127.0.0.1", std::uint16_t{0},
      [this](http::Request& request, std::int64_t at) { return arrive(request, at); });
  if (auto started = receiver_->start(); !started) return started.error();
  auto server = DemoServer::create(loop_, folder_);
  if (!server) return server.error();
  server_ = std::move(*server);
  return {};
}

io::Task<> Demo::play() {
  say(strong(fmt::format("recado {}: leave a message and a time; it is delivered on time.", version())));
  if (const auto prepared = prepare(); !prepared) {
    give_up(prepared.error());
    co_return;
  }
  const std::int64_t begun_ns = clock_.now_ns();
  const auto started = co_await server_->start();
  if (!started.ok()) {
    give_up(started.error());
    co_return;
  }
  say(fmt::format(
      "\n1. A server with a Redis of its own, ready after {:.2f} s; a receiver on http://127.0.0.1:{}/",
      static_cast<double>(clock_.now_ns() - begun_ns) / 1e9, receiver_->port()));
  const auto left = co_await leave_messages();
  if (!left.ok()) {
    give_up(left.error());
    co_return;
  }
  const auto restarted = co_await kill_and_restart();
  if (!restarted.ok()) {
    give_up(restarted.error());
    co_return;
  }
  co_await wait_for_all();
  conclude();
}

io::Task<Result<void>> Demo::leave_messages() {
  start_ns_ = clock_.now_ns();
  const Instant start = from_ms(start_ns_ / 1'000'000);
  say(fmt::format("2. {} messages, left with POST /messages:\n", ledger_.messages().size()));
  say(fmt::format("   {:>9}  {:<10} {:>10}  {:>12}", "arrived", "message", "due", "late"));
  for (const auto& message : ledger_.messages()) {
    json::Writer out;
    out.begin_object().member("id", message.id).key("payload").raw(kPayload);
    out.member("webhookUrl", fmt::format("http://127.0.0.1:{}/{}", receiver_->port(), message.id));
    if (message.due) out.member("scheduleTo", format_time(start + *message.due));
    if (message.refused_first) {
      out.key("retry").raw(R"({"backoff":"fixed","initial":")" + format_duration(kRetryAfter) + "\"}");
    }
    auto body = std::move(out.end_object()).str();
    const auto answer = co_await server_->request("POST", "/messages", std::move(body));
    if (!answer.ok()) co_return answer.error();
  }
  co_return Result<void>();
}

/// Completes once the outcome of the first attempt is recorded.
io::Task<Result<void>> Demo::wait_for_record(std::string id) {
  const SteadyPoint until = clock_.steady() + kLateAtMost;
  while (clock_.steady() < until) {
    const auto answer = co_await server_->request("GET", "/messages/" + id, "");
    if (!answer.ok()) co_return answer.error();
    if (member_text(*answer, "attemptCount") != "0") co_return Result<void>();
    co_await loop_.sleep(Millis{5});
  }
  co_return Error(ErrorCode::timeout, id + " was not sent within " + format_duration(kLateAtMost));
}

/// In the middle: once what has arrived is also recorded, so that nothing may rightly come twice.
io::Task<Result<void>> Demo::kill_and_restart() {
  for (std::size_t i = 0; i < kBeforeTheKill; ++i) {
    const auto recorded = co_await wait_for_record(ledger_.messages()[i].id);
    if (!recorded.ok()) co_return recorded.error();
  }
  const pid_t pid = server_->pid();
  ledger_.server_down(clock_.now_ns());
  const std::int64_t killed_ns = clock_.now_ns();
  server_->kill();
  say(strong(fmt::format("   {:>+8.3f} s  kill -9 {}: the server is gone, and its Redis with it",
                         since_start(killed_ns), pid)));
  const auto restarted = co_await server_->start();
  if (!restarted.ok()) co_return restarted.error();
  const std::int64_t up_ns = clock_.now_ns();
  ledger_.server_up(up_ns);
  say(strong(fmt::format("   {:>+8.3f} s  started again: healthy after {:.2f} s", since_start(up_ns),
                         static_cast<double>(up_ns - killed_ns) / 1e9)));
  co_return Result<void>();
}

io::Task<http::Response> Demo::arrive(http::Request& request, std::int64_t at) {
  const std::string id(request.header("recado-message-id").value_or(""));
  const auto late = lateness_ms(request, at);
  const std::int64_t scheduled_ns = late ? at - static_cast<std::int64_t>(*late * 1e6) : at;
  const auto arrival = ledger_.arrive(id, scheduled_ns, at, kRetryAfter);
  std::string due = "at once";
  std::string note;
  for (const auto& message : ledger_.messages()) {
    if (message.id != id) continue;
    if (message.due) due = fmt::format("{:+.3f} s", static_cast<double>(message.due->count()) / 1e3);
    if (message.refused > 0 && arrival.accept) {
      due = fmt::format("{:+.3f} s", since_start(message.due_ns));
      note = "the retry";
    }
  }
  if (!arrival.accept) note = "answered 503: to be retried in " + format_duration(kRetryAfter);
  if (arrival.during_outage) note += note.empty() ? "due during the outage" : ", due during the outage";
  say(fmt::format("   {:>+8.3f} s  {:<10} {:>10}  {:>9.1f} ms  {}", since_start(at), printable(id, 40), due,
                  arrival.late_ms, note));
  changed_.notify();
  http::Response response;
  response.status = arrival.accept || !arrival.known ? 200 : 503;
  co_return response;
}

/// Until all have arrived and are recorded: what would come again has come by then.
io::Task<bool> Demo::wait_for_all() {
  const SteadyPoint until = clock_.steady() + ledger_.messages().back().due.value_or(Millis{0}) + kLateAtMost;
  while (!ledger_.complete() && clock_.steady() < until) co_await changed_.wait_for(until - clock_.steady());
  while (clock_.steady() < until) {
    const auto pending = co_await server_->request("GET", "/messages", "");
    if (pending.ok() && member_text(*pending, "total") == "0") co_return true;
    co_await loop_.sleep(Millis{10});
  }
  co_return false;
}

void Demo::conclude() {
  const auto broken = ledger_.broken_promises();
  const std::size_t all = ledger_.messages().size();
  if (!broken.empty()) {
    exit_code_ = kExitFailure;
    say(fmt::format("\n3. {} of {} messages arrived.", ledger_.arrived(), all));
    for (const auto& sentence : broken) std::fputs(("recado: " + sentence + "\n").c_str(), stderr);
    return;
  }
  const auto late = ledger_.lateness();
  say(strong(fmt::format(
      "\n3. All {} messages arrived, each exactly once; none early, none lost by the kill -9.", all)));
  if (!late.empty()) {
    say(fmt::format("   Late by {:.1f} ms in the middle, {:.1f} ms at most{}.", late[late.size() / 2],
                    late.back(),
                    ledger_.delayed() == 0
                        ? ""
                        : fmt::format(", but for {} due while the server was away", ledger_.delayed())));
  }
  const std::string program = program_invocation_name;
  say("\nWhat next, each in a terminal of its own:\n");
  say("  " + program + " serve --webhook-allow-networks 127.0.0.0/8");
  say("  " + program + " listen");
  say(first_message_example());
  say("The API's pages are then at http://127.0.0.1:8000/docs; `" + program + " --help` has the rest.");
}

io::Task<> Demo::wait_for_signals() {
  boost::asio::basic_signal_set<io::Executor> signals(loop_.executor(), SIGTERM, SIGINT);
  auto [error, number] = co_await signals.async_wait(io::as_result);
  if (error) co_return;
  exit_code_ = kExitInterrupted;
  say("\nInterrupted: ending the server and removing " + folder_);
  play_.cancel();
  co_await signals.async_wait(io::as_result);
  if (server_) server_->kill();
}

/// Whatever happened: ends the server, leaves nothing behind.
io::Task<> Demo::end() {
  co_await play_.join();
  if (server_) co_await server_->stop(kStopGrace);
  if (receiver_) co_await receiver_->stop();
  // A Redis whose server was killed is still writing its file; it ends by itself.
  const SteadyPoint until = clock_.steady() + Millis{3'000};
  std::error_code error;
  while (!folder_.empty()) {
    std::filesystem::remove_all(folder_, error);
    if (!std::filesystem::exists(folder_, error) || clock_.steady() > until) break;
    co_await loop_.sleep(Millis{20});
  }
  loop_.stop();
}

}  // namespace

int run_demo() {
  // The play is told on standard output; the server's own log is in its folder.
  log::configure(log::Level::error, log::Format::text);
  return Demo().run();
}

}  // namespace recado::app

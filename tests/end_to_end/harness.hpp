// What the end-to-end tests share: the real binary as a child, a sink that records every arrival, time to
// wait for.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "http/test_client.hpp"
#include "redis/harness.hpp"
#include "support/receiver.hpp"

namespace recado::e2e {

using http::testing::Answer;

/// How long anything is waited for before the test has failed. Generous: the machine may be busy.
inline constexpr Millis kPatience{30'000};

/// The machine's clock.
const Clock& clock();
Instant now();
/// `2026-04-15T02:41:45.120Z`
std::string utc(Instant t);
/// Waits until the wall clock shows `t`.
void wait_until(Instant t);
/// Repeats `condition` until it holds; false when it does not within `limit`.
bool eventually(const std::function<bool()>& condition, Millis limit = kPatience);

using redis::testing::TempDir;

std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view contents);

/// The text of a member of a JSON object as it stands, strings without their quotes; `a.b`, `a.0.b` go
/// deeper. Empty when it is not there.
std::string member(std::string_view json, std::string_view path);
/// How many elements the array at `path` has.
std::size_t length_of(std::string_view json, std::string_view path);

/// What redis-cli prints for a command, without its last line break; empty when the server in `directory` is
/// not reached.
std::string redis_command(const std::string& directory, std::vector<std::string> words);

// --- the destination
// ----------------------------------------------------------------------------------------------------------

struct Arrival {
  std::int64_t at_ns = 0;  ///< wall time when the request was complete
  test::ReceivedRequest request;

  /// Empty when absent; `name` in lower case.
  std::string header(const std::string& name) const;
  std::string message_id() const { return header("recado-message-id"); }
};

/// A webhook receiver on 127.0.0.1 that records every arrival and answers as its script says.
class Sink {
 public:
  struct Reply {
    int status = 200;
    std::string headers;  ///< whole lines with CRLF
    std::string body;
  };
  /// Called in the connection's thread; may block. Before it, the arrival is recorded.
  using Script = std::function<Reply(const Arrival&)>;

  explicit Sink(Script script = {});
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  std::string url(std::string_view path = "/hook") const { return receiver_->url(path); }
  std::vector<Arrival> arrivals() const;
  std::size_t count() const;
  /// Waits for `count` arrivals (or until `limit` is over) and returns all there are.
  std::vector<Arrival> wait(std::size_t count, Millis limit = kPatience) const;
  /// The same for arrivals whose path is `path`, returning only those.
  std::vector<Arrival> wait_at(std::string_view path, std::size_t count, Millis limit = kPatience) const;
  /// Waits until messages of `count` different ids have arrived; returns the ids and how often each came.
  std::map<std::string, int> wait_ids(std::size_t count, Millis limit = kPatience) const;

 private:
  void serve(test::Receiver::Connection& connection);

  Script script_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<Arrival> arrivals_;  // guarded by mutex_
  std::unique_ptr<test::Receiver> receiver_;
};

// --- the binary
// ---------------------------------------------------------------------------------------------------------------

using Environment = std::map<std::string, std::string>;

/// A child process whose output is collected. Killed when it goes out of scope.
class Child {
 public:
  Child(std::vector<std::string> arguments, const Environment& environment, const std::string& directory);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const noexcept { return pid_; }
  void signal(int number) const;
  /// Waits for the end. The exit status, 128 + the signal that ended it, or -1 when it goes on.
  int wait(Millis limit = kPatience);
  bool running();
  /// Both outputs so far.
  std::string output() const;
  /// After the end of the process, and of everybody who has inherited its outputs.
  std::string whole_standard_output();
  /// Waits until the output holds `text`; the rest of its line from there on, nullopt when it does not come.
  std::optional<std::string> wait_output(std::string_view text, Millis limit = kPatience) const;

 private:
  void collect(int descriptor, bool standard_output);

  pid_t pid_ = -1;
  int process_ = -1;  ///< pidfd
  std::optional<int> status_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::string output_, standard_output_;  // guarded by mutex_
  int ended_outputs_ = 0;                 // guarded by mutex_
  std::thread readers_[2];
};

/// `recado` with `arguments`, run to its end.
struct Finished {
  int status = -1;
  std::string output;           ///< both
  std::string standard_output;  ///< only that
};
Finished run_recado(std::vector<std::string> arguments, const Environment& environment,
                    const std::string& directory);

/// The program under test: RECADO_BINARY of the environment (a build with sanitizers, say), else the one of
/// this build.
std::string recado_binary();

/// What the process has mapped, as /proc/PID/maps says it: its libraries by their paths.
std::string memory_maps(pid_t process);

inline constexpr const char* kToken = "end-to-end-token";

/// A serving recado on a DATA_DIR of its own. Loopback destinations are allowed.
class Recado {
 public:
  /// Starts it and waits until it is healthy. `environment` overrides.
  explicit Recado(Environment environment = {}, bool wait_for_health = true);

  /// Starts it (again) on the same DATA_DIR.
  void start(bool wait_for_health = true);
  /// SIGKILL, and waits for its end.
  void kill();
  /// Also the private Redis, at once.
  void kill_with_redis();
  /// SIGTERM; returns the exit status.
  int terminate();
  bool wait_healthy(Millis limit = kPatience);

  Child& child() { return *child_; }
  std::uint16_t port() const noexcept { return port_; }
  std::string data_dir() const { return directory_.path() + "/data"; }
  const std::string& directory() const noexcept { return directory_.path(); }
  const Environment& environment() const noexcept { return environment_; }

  /// One request on a connection of its own. `headers`: whole lines; the token is added unless they name
  /// Authorization, and that a body is JSON unless they name a Content-Type.
  Answer ask(std::string_view method, std::string_view path, std::string_view body = "",
             std::string_view headers = "") const;
  Answer get(std::string_view path) const { return ask("GET", path); }
  Answer post(std::string_view path, std::string_view body = "") const { return ask("POST", path, body); }
  /// The message's `status`, empty when there is none.
  std::string status_of(const std::string& id) const;
  bool wait_status(const std::string& id, std::string_view status) const;

 private:
  TempDir directory_;
  Environment environment_;
  std::unique_ptr<Child> child_;
  std::uint16_t port_ = 0;
};

/// `{"id":…,"scheduleTo":…,"payload":{"id":…},"webhookUrl":…}`; `more`: further members with a comma before
/// each.
std::string message(const std::string& id, Instant due, const std::string& url, const std::string& more = "");
/// `count` messages `<prefix>0`… as one array, message i due at `due(i)`.
std::string batch(const std::string& prefix, std::size_t count,
                  const std::function<Instant(std::size_t)>& due, const std::string& url,
                  const std::string& more = "");
/// Expects that every item of a batch was answered 201.
void expect_all_created(const Answer& answer, std::size_t count);

/// Tests that share one server, since they leave nothing behind that another would see.
struct SharedServer : ::testing::Test {
  static void SetUpTestSuite() { server = new Recado; }
  static void TearDownTestSuite() {
    EXPECT_EQ(server->terminate(), 0);
    delete server;
    server = nullptr;
  }
  static inline Recado* server = nullptr;

  const std::string token = std::string("Authorization: Bearer ") + kToken + "\r\n";
};

}  // namespace recado::e2e

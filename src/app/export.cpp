// `recado export`: every pending message as a line of JSON.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/app.hpp"
#include "app/commands.hpp"
#include "app/engine_session.hpp"
#include "app/message_line.hpp"
#include "app/transfer.hpp"
#include "io/one_shot.hpp"

namespace recado::app {
namespace {

constexpr std::size_t kPage = 2'000;
constexpr std::size_t kReadTogether = 64;  ///< whole messages in memory at a time
constexpr std::size_t kProgressMessages = 50'000;

/// Where the lines go: standard output, or a file that appears under its name only when it is whole.
class Output {
 public:
  Output() = default;
  ~Output() {
    if (!path_.empty() && descriptor_ >= 0) {
      ::close(descriptor_);
      ::unlink(temporary().c_str());
    }
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  Result<void> open(const std::string& path) {
    if (path.empty() || path == "-") {
      descriptor_ = STDOUT_FILENO;
      return {};
    }
    path_ = path;
    // Payloads and headers may hold what others must not read.
    descriptor_ = ::open(temporary().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return descriptor_ >= 0 ? Result<void>() : refused();
  }

  Result<void> write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return refused();
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  Result<void> finish() {
    if (path_.empty()) return {};
    if (::fsync(descriptor_) != 0 || ::rename(temporary().c_str(), path_.c_str()) != 0) return refused();
    ::close(std::exchange(descriptor_, -1));
    return {};
  }

 private:
  std::string temporary() const { return path_ + ".new"; }
  Error refused() const {
    return Error(ErrorCode::io,
                 (path_.empty() ? "standard output" : path_) + " cannot be written: " + std::strerror(errno));
  }

  std::string path_;
  int descriptor_ = -1;
};

class Export final : public SessionCommand {
 public:
  Export(const Options& options, const ExportArguments& arguments)
      : SessionCommand(options), arguments_(arguments) {}

 private:
  using Found = Result<std::optional<engine::Message>>;

  io::Task<Result<void>> carry_out() override {
    const auto opened = co_await session_.open(EngineSession::Missing::refuse);
    if (!opened.ok()) co_return opened.error();
    const auto created = output_.open(arguments_.file);
    if (!created.ok()) co_return created.error();
    std::string cursor;
    do {
      const engine::Filter pending;
      const auto page = co_await session_.engine().list(pending, cursor, kPage);
      if (!page.ok()) co_return page.error();
      for (std::size_t from = 0; from < page->messages.size(); from += kReadTogether) {
        const std::size_t to = std::min(page->messages.size(), from + kReadTogether);
        std::vector<std::string> ids;
        for (std::size_t i = from; i < to; ++i) ids.push_back(page->messages[i].id());
        const auto written = co_await write_messages(std::move(ids));
        if (!written.ok()) co_return written.error();
      }
      tell_progress(page->total);
      cursor = page->next_cursor;
    } while (!cursor.empty());
    const auto finished = output_.finish();
    if (finished.ok()) std::cerr << "recado: exported " << written_ << " messages" << std::endl;
    co_return finished;
  }

  io::Task<Result<void>> write_messages(std::vector<std::string> ids) {
    std::vector<std::unique_ptr<io::OneShot<Found>>> reads;
    for (auto& id : ids) {
      reads.push_back(std::make_unique<io::OneShot<Found>>(loop_));
      tasks_.spawn("read a message", read(std::move(id), reads.back().get()));
    }
    std::string lines;
    std::optional<Error> failed;
    for (auto& one : reads) {
      const Found message = co_await one->wait();
      if (!message.ok()) {
        failed.emplace(message.error());
      } else if (message->has_value() && !is_finished((*message)->status)) {
        lines.append(message_line(**message)).append("\n");
        ++written_;
      }
    }
    if (failed) co_return *failed;
    co_return output_.write(lines);
  }

  io::Task<> read(std::string id, io::OneShot<Found>* out) {
    out->set(co_await session_.engine().get("main", std::move(id)));
  }

  void tell_progress(const std::optional<std::uint64_t>& total) {
    if (written_ / kProgressMessages == told_) return;
    told_ = written_ / kProgressMessages;
    std::cerr << "recado: " << written_ << " of " << total.value_or(written_) << " messages" << std::endl;
  }

  const ExportArguments& arguments_;
  Output output_;
  std::size_t written_ = 0;
  std::size_t told_ = 0;
};

}  // namespace

int run_export(const Options& options, const ExportArguments& arguments) {
  return Export(options, arguments).run("export");
}

}  // namespace recado::app

// `recado import`: from a file of `recado export`, or from the former program's Redis.
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "app/app.hpp"
#include "app/commands.hpp"
#include "app/engine_session.hpp"
#include "app/message_line.hpp"
#include "app/seed_messages.hpp"
#include "app/transfer.hpp"
#include "base/id.hpp"
#include "engine/destination.hpp"
#include "net/address_policy.hpp"

namespace recado::app {
namespace {

constexpr std::size_t kBatchMessages = 500;
constexpr std::size_t kBatchBytes = 8 << 20;
constexpr std::size_t kProgressLines = 100'000;
constexpr Millis kRedisBackWithin{60'000};
constexpr Millis kPause{1'000};

/// `registered 12, present 3, left 1`, on standard output.
void tell(bool dry_run, std::size_t registered, std::size_t present, std::size_t left) {
  std::cout << (dry_run ? "could be registered " : "registered ") << registered;
  if (!dry_run) std::cout << ", present " << present;
  std::cout << ", left " << left << std::endl;
}

class FileImport {
 public:
  FileImport(io::Loop& loop, const Options& options, const engine::Destinations& destinations,
             messaging::ChannelDirectory& channels, engine::Engine* engine)
      : loop_(loop), options_(options), destinations_(destinations), channels_(channels), engine_(engine) {}

  /// Errors: unavailable; calling again with the same file goes on where it stopped.
  io::Task<Result<void>> run(std::istream& lines) {
    std::string line;
    while (std::getline(lines, line)) {
      ++number_;
      if (line.ends_with('\r')) line.pop_back();
      if (line.find_first_not_of(" \t") == std::string::npos) continue;
      read(line);
      if (specs_.size() >= kBatchMessages || batch_bytes_ >= kBatchBytes) {
        const auto registered = co_await register_batch();
        if (!registered.ok()) co_return registered.error();
      }
      if (number_ % kProgressLines == 0) std::cerr << "recado: " << number_ << " lines read" << std::endl;
    }
    if (lines.bad()) co_return Error(ErrorCode::io, "the file cannot be read to its end");
    co_return co_await register_batch();
  }

  std::size_t registered() const noexcept { return registered_; }
  std::size_t present() const noexcept { return present_; }
  std::size_t left() const noexcept { return left_; }

 private:
  void read(const std::string& line) {
    const api::ParseContext context(destinations_, loop_.clock().now(), options_.max_body_bytes,
                                    options_.default_timezone, &channels_);
    engine::MessageSpec spec;
    api::FieldErrors errors;
    read_message_line(line, context, spec, errors);
    if (!errors.empty()) {
      ++left_;
      for (const auto& error : errors) {
        std::cerr << "recado: line " << number_ << ": " << (error.field.empty() ? "" : error.field + ": ")
                  << error.message << "\n";
      }
      return;
    }
    // With an id an add can be repeated.
    if (spec.id.empty()) spec.id = Uid::generate(loop_.clock().now()).uuid();
    batch_bytes_ += line.size();
    specs_.push_back(std::move(spec));
  }

  /// Chases Redis for a while when it is away: a long import should outlive a restart of it.
  io::Task<Result<void>> register_batch() {
    batch_bytes_ = 0;
    std::vector<engine::MessageSpec> open;
    open.swap(specs_);
    if (engine_ == nullptr) {
      registered_ += open.size();
      co_return Result<void>();
    }
    bool again = false;
    const SteadyPoint began = loop_.clock().steady();
    while (!open.empty()) {
      auto specs = open;
      const auto changes = co_await engine_->add_all(std::move(specs));
      std::vector<engine::MessageSpec> failed;
      std::string why;
      for (std::size_t i = 0; i < changes.size(); ++i) {
        if (changes[i].refusal == engine::Refusal::none) {
          ++registered_;
        } else if (changes[i].refusal == engine::Refusal::exists) {
          ++(again ? registered_ : present_);
        } else {
          why = changes[i].detail;
          failed.push_back(std::move(open[i]));
        }
      }
      open = std::move(failed);
      if (open.empty()) break;
      if (loop_.clock().steady() - began > kRedisBackWithin) {
        co_return Error(ErrorCode::unavailable,
                        "broken off near line " + std::to_string(number_) + ": " + why +
                            "; run it again: what is pending already is counted as present");
      }
      again = true;
      co_await loop_.sleep(kPause);
    }
    co_return Result<void>();
  }

  io::Loop& loop_;
  const Options& options_;
  const engine::Destinations& destinations_;
  messaging::ChannelDirectory& channels_;
  engine::Engine* engine_;  ///< null: everything is read and judged only
  std::vector<engine::MessageSpec> specs_;
  std::size_t batch_bytes_ = 0;
  std::size_t number_ = 0;
  std::size_t registered_ = 0;
  std::size_t present_ = 0;
  std::size_t left_ = 0;
};

class Import final : public SessionCommand {
 public:
  Import(const Options& options, const ImportArguments& arguments, const engine::Destinations& destinations,
         messaging::ChannelDirectory& channels)
      : SessionCommand(options), arguments_(arguments), destinations_(destinations), channels_(channels) {}

 private:
  io::Task<Result<void>> carry_out() override { return arguments_.from.empty() ? from_file() : from_seed(); }

  io::Task<Result<void>> from_file() {
    std::ifstream file;
    const bool standard_input = arguments_.file == "-";
    if (!standard_input) file.open(arguments_.file, std::ios::binary);
    if (!standard_input && !file) {
      co_return Error(ErrorCode::invalid_argument,
                      arguments_.file + " cannot be read; expected a file of `recado export`");
    }
    if (!arguments_.dry_run) {
      const auto opened = co_await session_.open(EngineSession::Missing::make);
      if (!opened.ok()) co_return opened.error();
      co_await read_channels();
    }
    FileImport import(loop_, options_, destinations_, channels_,
                      arguments_.dry_run ? nullptr : &session_.engine());
    const auto imported = co_await import.run(standard_input ? std::cin : file);
    tell(arguments_.dry_run, import.registered(), import.present(), import.left());
    if (import.left() > 0) exit_code_ = kExitFailure;
    co_return imported;
  }

  /// Those that accounts made; without Redis there are those of the environment.
  io::Task<> read_channels() {
    messaging::MessagingOptions options;
    options.channels = &channels_;
    messaging::Messaging kept(loop_, session_.redis(), std::move(options));
    static_cast<void>(co_await kept.channel_watch().refresh());
  }

  io::Task<Result<void>> from_seed() {
    const auto location = redis::Location::parse(arguments_.from);
    if (!location.ok()) {
      co_return Error(ErrorCode::configuration, "--from: " + location.error().detail());
    }
    redis::Client source(loop_, *location);
    auto imported = co_await from_seed(source, *location);
    co_await source.stop();
    if (!imported.ok()) co_return imported.error();
    for (const auto& key : imported->left) std::cerr << "recado: " << key << "\n";
    tell(arguments_.dry_run, imported->registered, imported->present, imported->left.size());
    if (!imported->left.empty()) exit_code_ = kExitFailure;
    co_return Result<void>();
  }

  io::Task<Result<SeedImport>> from_seed(redis::Client& source, const redis::Location& location) {
    const auto connected = co_await connect(loop_, source, location);
    if (!connected.ok()) co_return connected.error();
    if (arguments_.dry_run) co_return co_await judge_seed_messages(loop_, source, destinations_);
    const auto opened = co_await session_.open(EngineSession::Missing::make);
    if (!opened.ok()) co_return opened.error();
    co_return co_await import_seed_messages(loop_, source, session_.engine(), destinations_);
  }

  const ImportArguments& arguments_;
  const engine::Destinations& destinations_;
  messaging::ChannelDirectory& channels_;
};

}  // namespace

int run_import(const Options& options, const ImportArguments& arguments) {
  const auto policy = net::AddressPolicy::create(options.webhook_allow_networks);
  if (!policy.ok()) return fail(policy.error());
  const engine::Destinations destinations(*policy);
  const auto channels = messaging::ChannelDirectory::from_environment(options);
  if (!channels.ok()) return fail(channels.error());
  return Import(options, arguments, destinations, **channels).run("import");
}

}  // namespace recado::app

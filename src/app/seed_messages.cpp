#include "app/seed_messages.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>

#include "api/message_parse.hpp"
#include "base/json.hpp"
#include "base/log.hpp"

namespace recado::app {
namespace {

constexpr std::string_view kPrefix = "message:";
constexpr Millis kProgressInterval{5'000};
constexpr Millis kRedisAwayAtMost{60'000};  ///< before the import gives up
constexpr Millis kPause{1'000};

/// One key of the former program and what it means to us.
struct Seed {
  std::string key;
  engine::MessageSpec spec;
};

using Spec = Result<engine::MessageSpec>;

Error unreadable(std::string why) {
  return Error(ErrorCode::invalid_argument, std::move(why));
}

/// `scheduleTo` as the former program read it: a time without a zone is UTC.
Result<std::string> understood_time(const api::Values& values) {
  const auto text = values.string("scheduleTo");
  if (!text) return unreadable("scheduleTo is missing, or is no text");
  auto time = parse_time(*text, std::nullopt);
  if (!time) time = parse_time(*text, "UTC");
  if (!time) return unreadable("scheduleTo: " + time.error().detail());
  return format_time(time->at);
}

/// A stored message, judged by the rules of `POST /messages`.
Spec read_seed(const std::string& key, std::string_view value, const engine::Destinations& destinations,
               Instant now) {
  const auto stored = json::parse(value);
  if (!stored) return unreadable(stored.error().detail());
  if (stored->kind != json::Kind::object) return unreadable("is not a JSON object");
  if (const auto members = json::members(*stored); !members) return unreadable(members.error().detail());
  const api::Values values(*stored);
  // Two keys that claim one id would be one message: the second would be lost.
  const std::string id = key.substr(kPrefix.size());
  if (values.string("id") != id) {
    return unreadable("its id is missing, or not the one in the key's name");
  }
  const auto time = understood_time(values);
  if (!time) return time.error();
  std::string body = R"({"id":)" + json::quote(id) + R"(,"scheduleTo":)" + json::quote(*time);
  for (const char* field : {"payload", "webhookUrl"}) {
    const auto* given = values.find(field);
    if (given != nullptr) body.append(",\"").append(field).append("\":").append(given->text);
  }
  body += '}';
  const auto parsed = json::parse(body);
  if (!parsed) return unreadable(parsed.error().detail());
  engine::MessageSpec spec;
  api::FieldErrors errors;
  const api::ParseContext context(destinations, now, std::numeric_limits<std::size_t>::max());
  api::read_message(*parsed, context, spec, errors);
  if (errors.empty()) return spec;
  return unreadable((errors.front().field.empty() ? "" : errors.front().field + ": ") +
                    errors.front().message);
}

bool same(const engine::MessageSpec& ours, const engine::MessageSpec& theirs) {
  return ours.due == theirs.due && ours.webhook_url == theirs.webhook_url;
}

class SeedReader {
 public:
  SeedReader(io::Loop& loop, redis::Client& source, engine::Engine* engine,
             const engine::Destinations& destinations)
      : loop_(loop), source_(source), engine_(engine), destinations_(destinations) {}

  io::Task<Result<SeedImport>> run();

 private:
  io::Task<Result<void>> pass();
  io::Task<Result<void>> take(std::vector<std::string> keys);
  io::Task<Result<std::vector<Seed>>> read(std::vector<std::string> keys);
  io::Task<Result<void>> register_all(std::vector<Seed> seeds);
  io::Task<Result<bool>> sent_already(const engine::MessageSpec& spec);
  void leave(const std::string& key, const std::string& why);
  void tell_progress();
  std::size_t done() const noexcept { return found_.registered + found_.present; }

  io::Loop& loop_;
  redis::Client& source_;
  engine::Engine* engine_;  ///< null: everything is read and judged only
  const engine::Destinations& destinations_;
  SeedImport found_;
  std::unordered_set<std::string> left_keys_;  ///< SCAN may name a key twice
  SteadyPoint told_{};
  std::optional<SteadyPoint> failing_since_;
};

void SeedReader::leave(const std::string& key, const std::string& why) {
  if (left_keys_.insert(key).second) found_.left.push_back(key + ": " + why);
}

void SeedReader::tell_progress() {
  const SteadyPoint now = loop_.clock().steady();
  if (now - told_ < kProgressInterval) return;
  told_ = now;
  log::info("taking over the former program's messages",
            {{"registered", found_.registered}, {"present", found_.present}, {"left", found_.left.size()}});
}

io::Task<Result<SeedImport>> SeedReader::run() {
  told_ = loop_.clock().steady();
  while (true) {
    const SteadyPoint began = loop_.clock().steady();
    const std::size_t before = done();
    const auto passed = co_await pass();
    if (passed.ok()) break;
    if (done() > before) failing_since_.reset();
    if (!failing_since_) failing_since_ = began;
    const ErrorCode code = passed.error().code();
    const bool may_come_back = code == ErrorCode::unavailable || code == ErrorCode::outcome_unknown;
    if (!may_come_back || engine_ == nullptr || loop_.clock().steady() - *failing_since_ > kRedisAwayAtMost) {
      co_return passed.error();
    }
    co_await loop_.sleep(kPause);
  }
  if (done() + found_.left.size() > 0) {
    log::info("took over the former program's messages",
              {{"registered", found_.registered}, {"present", found_.present}, {"left", found_.left.size()}});
  }
  co_return std::move(found_);
}

/// Every key once. What was taken is gone, so after a failure another pass goes on.
io::Task<Result<void>> SeedReader::pass() {
  std::string cursor = "0";
  do {
    auto page = co_await source_.scan(cursor, std::string(kPrefix) + "*", 500);
    if (!page.ok()) co_return page.error();
    cursor = std::move(page->cursor);
    std::vector<std::string> keys = std::move(page->keys);
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    const auto taken = co_await take(std::move(keys));
    if (!taken.ok()) co_return taken.error();
    tell_progress();
  } while (cursor != "0");
  co_return Result<void>();
}

io::Task<Result<void>> SeedReader::take(std::vector<std::string> keys) {
  if (keys.empty()) co_return Result<void>();
  auto seeds = co_await read(std::move(keys));
  if (!seeds.ok()) co_return seeds.error();
  if (engine_ == nullptr) {
    found_.registered += seeds->size();
    co_return Result<void>();
  }
  co_return co_await register_all(std::move(seeds).value());
}

io::Task<Result<std::vector<Seed>>> SeedReader::read(std::vector<std::string> keys) {
  std::vector<std::vector<std::string>> gets;
  for (const auto& key : keys) {
    std::vector<std::string> get = {"GET", key};
    gets.push_back(std::move(get));
  }
  const auto replies = co_await source_.pipeline(std::move(gets));
  std::vector<Seed> seeds;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!replies[i].ok()) {
      const Error& error = replies[i].error();
      if (redis::classify(error.detail()) != redis::RedisErrorKind::wrongtype) co_return error;
      leave(keys[i], "is no text but another type of Redis");
      continue;
    }
    if (replies[i]->is_nil()) continue;  // gone meanwhile
    auto spec = read_seed(keys[i], replies[i]->text(), destinations_, loop_.clock().now());
    if (!spec.ok()) {
      leave(keys[i], spec.error().detail());
      continue;
    }
    Seed seed;
    seed.key = std::move(keys[i]);
    seed.spec = std::move(spec).value();
    seeds.push_back(std::move(seed));
  }
  co_return seeds;
}

/// Whether an import that was broken off between registering and deleting the key has had it sent meanwhile.
io::Task<Result<bool>> SeedReader::sent_already(const engine::MessageSpec& spec) {
  if (spec.due > loop_.clock().now()) co_return false;
  const auto message = co_await engine_->get(spec.account, spec.id);
  if (!message.ok()) co_return message.error();
  co_return message->has_value() && (*message)->finished_at&& same((*message)->spec, spec);
}

io::Task<Result<void>> SeedReader::register_all(std::vector<Seed> seeds) {
  std::vector<std::string> done;
  std::vector<engine::MessageSpec> specs;
  std::vector<std::string> keys;
  for (auto& seed : seeds) {
    const auto sent = co_await sent_already(seed.spec);
    if (!sent.ok()) co_return sent.error();
    if (*sent) {
      ++found_.present;
      done.push_back(std::move(seed.key));
      continue;
    }
    keys.push_back(std::move(seed.key));
    specs.push_back(std::move(seed.spec));
  }
  const auto wanted = specs;
  std::vector<engine::Change> changes;
  if (!specs.empty()) changes = co_await engine_->add_all(std::move(specs));
  std::optional<Error> broken_off;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const engine::Change& change = changes[i];
    if (change.refusal == engine::Refusal::none) {
      ++found_.registered;
      done.push_back(std::move(keys[i]));
    } else if (change.refusal != engine::Refusal::exists) {
      broken_off.emplace(ErrorCode::unavailable, change.detail);
    } else if (change.message && same(change.message->spec, wanted[i])) {
      ++found_.present;
      done.push_back(std::move(keys[i]));
    } else {
      leave(keys[i], "another message of that id is pending here");
    }
  }
  std::vector<std::vector<std::string>> deletions;  // one by one: in a cluster they are in many places
  for (auto& key : done) {
    std::vector<std::string> deletion = {"DEL", std::move(key)};
    deletions.push_back(std::move(deletion));
  }
  const auto deleted = co_await source_.pipeline(std::move(deletions));
  for (const auto& one : deleted) {
    if (!one.ok()) co_return one.error();
  }
  if (broken_off) co_return *broken_off;
  co_return Result<void>();
}

}  // namespace

io::Task<Result<SeedImport>> import_seed_messages(io::Loop& loop, redis::Client& source,
                                                  engine::Engine& engine,
                                                  const engine::Destinations& destinations) {
  SeedReader reader(loop, source, &engine, destinations);
  co_return co_await reader.run();
}

io::Task<Result<SeedImport>> judge_seed_messages(io::Loop& loop, redis::Client& source,
                                                 const engine::Destinations& destinations) {
  SeedReader reader(loop, source, nullptr, destinations);
  co_return co_await reader.run();
}

}  // namespace recado::app

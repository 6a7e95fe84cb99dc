#include "messaging/channel_watch.hpp"

#include <utility>
#include <vector>

#include "base/log.hpp"

namespace recado::messaging {
namespace {

constexpr const char* kVersion = "recado:1:channels:version";
constexpr const char* kAccounts = "recado:1:channels:accounts";
constexpr Millis kPoll{1'000};
/// Asked for what is not known, it looks at most this often.
constexpr Millis kPause{100};
constexpr Millis kAnew{300'000};
constexpr std::size_t kChannelsAtOnce = 1'000;  ///< records that are read at once

}  // namespace

ChannelWatch::ChannelWatch(io::Loop& loop, redis::Client& client, ChannelRecords& records,
                           ChannelDirectory& directory)
    : loop_(loop), client_(client), records_(records), directory_(directory), tasks_(loop), wake_(loop) {
  directory_.refresh_by([this] { return refresh(); });
}

ChannelWatch::~ChannelWatch() {
  directory_.on_unknown({});
  directory_.refresh_by({});
}

void ChannelWatch::start() {
  running_ = true;
  directory_.on_unknown([this] { wake_.notify(); });
  tasks_.spawn("watch channels for changes", watch());
}

io::Task<> ChannelWatch::stop() {
  if (!running_) co_return;
  running_ = false;
  wake_.notify();
  co_await tasks_.join();
}

io::Task<> ChannelWatch::watch() {
  while (running_) {
    const SteadyPoint now = loop_.clock().steady();
    if (version_ && now - loaded_ >= kAnew) version_.reset();
    static_cast<void>(co_await refresh());
    if (!running_) break;
    co_await wake_.wait_for(kPoll);
    if (running_ && loop_.clock().steady() - now < kPause) co_await loop_.sleep(kPause);
  }
}

io::Task<bool> ChannelWatch::refresh() {
  std::vector<std::string> ask = {"GET", kVersion};
  const auto version = co_await client_.command(std::move(ask));
  if (!version.ok()) co_return false;
  const std::int64_t now = version->integer();
  if (version_ == now) co_return true;
  const bool read = co_await load();
  // Read before the channels: what others changed meanwhile is read again.
  if (read) version_ = now;
  co_return read;
}

io::Task<bool> ChannelWatch::load() {
  const std::uint64_t number = ++loads_;
  std::vector<std::string> ask = {"SMEMBERS", kAccounts};
  const auto accounts = co_await client_.command(std::move(ask));
  if (!accounts.ok()) co_return false;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < accounts->size(); ++i) names.emplace_back((*accounts)[i].text());
  std::vector<KeptChannel> found;
  for (const auto& account : names) {
    records::PageRequest request;
    request.limit = kChannelsAtOnce;
    while (true) {
      auto page = co_await records_.list(account, records::Query(), request);
      if (!page.ok()) co_return false;
      for (const auto& record : page->records) found.push_back(kept_channel(account, record));
      if (page->next_cursor.empty()) break;
      request.cursor = std::move(page->next_cursor);
    }
  }
  if (number > applied_) {
    applied_ = number;
    loaded_ = loop_.clock().steady();
    directory_.set_kept(std::move(found));
  }
  co_return true;
}

/// One that has not changed stays the channel that it was.
KeptChannel ChannelWatch::kept_channel(const std::string& account, const records::Record& record) const {
  KeptChannel out;
  out.info.key = record.uid.uuid();
  out.generation = record.generation;
  if (const auto* before = directory_.kept(out.info.key);
      before != nullptr && before->generation == record.generation && before->channel) {
    return *before;
  }
  out.info.id = record.id;
  out.info.account = account;
  out.info.name = record.fields.text("name").value_or("");
  out.info.provider =
      provider_named(record.fields.text("provider").value_or("")).value_or(ProviderName::smtp);
  out.info.settings = std::string(record.fields.find("settings").value_or("{}"));
  out.default_since = record.fields.text("defaultSince").value_or("");
  const auto config = records_.config_of(record);
  if (!config) {
    out.info.trouble = config.error().detail();
    return out;
  }
  out.info.callback_url = callback_url(out.info.key, *config, records_.surroundings());
  auto channel = make_channel(out.info.key, *config, records_.surroundings());
  if (channel) {
    out.channel = std::move(channel).value();
  } else {
    out.info.trouble = channel.error().detail();
  }
  return out;
}

io::Task<Result<void>> ChannelWatch::announce(std::string account) {
  std::vector<std::string> add = {"SADD", kAccounts, std::move(account)};
  const auto added = co_await client_.command(std::move(add));
  if (!added.ok()) co_return added.error();
  co_return Result<void>();
}

io::Task<> ChannelWatch::changed() {
  std::vector<std::string> count = {"INCR", kVersion};
  const auto counted = co_await client_.command(std::move(count));
  if (!counted.ok()) {
    log::warning("other nodes learn late that a channel was changed", {{"reason", counted.error()}});
  }
  version_.reset();
  static_cast<void>(co_await refresh());
}

}  // namespace recado::messaging

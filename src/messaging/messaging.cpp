#include "messaging/messaging.hpp"

#include <utility>
#include <vector>

#include "base/crypto.hpp"

namespace recado::messaging {
namespace {

constexpr const char* kUnsubscribeKey = "recado:1:secret:unsubscribe";

ChannelSurroundings surroundings(const ChannelDirectory& directory, MessagingOptions& options) {
  ChannelSurroundings around = directory.surroundings();
  around.country = options.default_country;
  around.check_url = std::move(options.check_url);
  return around;
}

}  // namespace

Messaging::Messaging(io::Loop& loop, redis::Client& client, MessagingOptions options)
    : client_(client),
      store_(loop, client, options.min_replicas),
      contacts_(loop, store_, options.default_country),
      groups_(store_),
      templates_(store_),
      directory_(options.channels != nullptr ? *options.channels : own_directory_),
      channels_(loop, store_, surroundings(directory_, options), options.secrets_key,
                [this](std::string_view name) { return directory_.is_of_environment(name); }),
      watch_(loop, client, channels_, directory_),
      consent_(contacts_),
      logs_(loop, store_, contacts_, directory_, options.log_retention),
      callbacks_(loop, directory_, contacts_, logs_),
      loop_(loop),
      default_timezone_(options.default_timezone),
      composer_(&directory_, templates_) {}

void Messaging::open_schedules(engine::Engine& engine) {
  schedules_ = std::make_unique<Schedules>(loop_, store_, engine, groups_, composer_, default_timezone_);
}

io::Task<Result<void>> Messaging::prepare() {
  // Made once, by whoever comes first, for all nodes and for as long as mails lie in mailboxes.
  std::vector<std::string> make = {"SET", kUnsubscribeKey, random_token(), "NX"};
  const auto made = co_await client_.command(std::move(make));
  if (!made.ok()) co_return made.error();
  std::vector<std::string> read = {"GET", kUnsubscribeKey};
  const auto kept = co_await client_.command(std::move(read));
  if (!kept.ok()) co_return kept.error();
  if (kept->text().empty()) co_return Error(ErrorCode::unavailable, "the key of links could not be kept");
  directory_.unsubscribe_links().set_key(kept->text());
  const bool fresh = co_await watch_.refresh();
  if (!fresh) co_return Error(ErrorCode::unavailable, "Redis cannot be reached");
  co_return Result<void>();
}

}  // namespace recado::messaging

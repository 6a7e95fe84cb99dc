// The messaging floor's face: what the floors above may ask of it. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "io/loop.hpp"
#include "messaging/callbacks.hpp"
#include "messaging/channel_directory.hpp"
#include "messaging/channel_records.hpp"
#include "messaging/channel_watch.hpp"
#include "messaging/consent.hpp"
#include "messaging/contact_import.hpp"
#include "messaging/contacts.hpp"
#include "messaging/content.hpp"
#include "messaging/groups.hpp"
#include "messaging/logs.hpp"
#include "messaging/message_templates.hpp"
#include "messaging/phone.hpp"
#include "messaging/scheduled_messages.hpp"
#include "messaging/schedules/channel_composer.hpp"
#include "messaging/schedules/schedules.hpp"
#include "messaging/statistics.hpp"
#include "messaging/unsubscribe.hpp"
#include "messaging/variables.hpp"
#include "messaging/writing.hpp"
#include "records/store.hpp"
#include "redis/client.hpp"

namespace recado::messaging {

struct MessagingOptions {
  std::string default_country = "BR";             ///< DEFAULT_COUNTRY
  int min_replicas = 0;                           ///< REDIS_MIN_REPLICAS
  Millis log_retention{90 * 24 * 3600 * 1000LL};  ///< LOG_RETENTION
  std::string default_timezone = "UTC";           ///< DEFAULT_TIMEZONE
  Secret secrets_key;                             ///< SECRETS_KEY; empty: channels with secrets are refused
  /// The channels of the environment, which this fills with those of accounts; must outlive it. Null: one
  /// without any.
  ChannelDirectory* channels = nullptr;
  /// Whether a URL given over the API may be reached; empty: every one.
  std::function<Result<void>(const std::string& url)> check_url;
};

class Messaging {
 public:
  /// `client` must outlive it.
  Messaging(io::Loop& loop, redis::Client& client, MessagingOptions options);

  Contacts& contacts() noexcept { return contacts_; }
  Groups& groups() noexcept { return groups_; }
  MessageTemplates& templates() noexcept { return templates_; }
  records::Store& store() noexcept { return store_; }
  ChannelRecords& channels() noexcept { return channels_; }
  ChannelDirectory& channel_directory() noexcept { return directory_; }
  ChannelWatch& channel_watch() noexcept { return watch_; }
  Logs& logs() noexcept { return logs_; }
  Callbacks& callbacks() noexcept { return callbacks_; }
  /// For the engine: who may be sent to.
  const engine::Admission& admission() const noexcept { return consent_; }

  /// Before the engine's start, whose handler they are. `engine` must outlive the floor.
  void open_schedules(engine::Engine& engine);
  /// nullptr until they are opened.
  Schedules* schedules() noexcept { return schedules_.get(); }

  const UnsubscribeLinks& unsubscribe_links() const noexcept { return directory_.unsubscribe_links(); }

  /// Reads what has to be known before the first message goes. Errors: unavailable: do it again.
  io::Task<Result<void>> prepare();
  /// Begins what goes on by itself. `engine` must outlive stop().
  void start(engine::Engine& engine) {
    watch_.start();
    logs_.start(engine);
  }
  io::Task<> stop() {
    co_await watch_.stop();
    co_await logs_.stop();
  }

 private:
  redis::Client& client_;
  records::Store store_;
  Contacts contacts_;
  Groups groups_;
  MessageTemplates templates_;
  ChannelDirectory own_directory_;
  ChannelDirectory& directory_;
  ChannelRecords channels_;
  ChannelWatch watch_;
  Consent consent_;
  Logs logs_;
  Callbacks callbacks_;
  io::Loop& loop_;
  std::string default_timezone_;
  ChannelComposer composer_;
  std::unique_ptr<Schedules> schedules_;
};

}  // namespace recado::messaging

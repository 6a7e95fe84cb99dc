// The channels that there are: those of the environment, which every account may use, and those that accounts
// made. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config.hpp"
#include "base/error.hpp"
#include "engine/channel.hpp"
#include "io/loop.hpp"
#include "messaging/channel_config.hpp"

namespace recado::messaging {

struct ChannelInfo {
  std::string key;      ///< what messages keep: the name of one of the environment, else the uuid
  std::int64_t id = 0;  ///< of its record; 0: it is of the environment, and cannot be changed
  std::string account;  ///< whose it is; empty: of the environment
  std::string name;
  ProviderName provider = ProviderName::smtp;
  bool is_default = false;   ///< what its kind's name stands for, for that account
  std::string settings;      ///< a JSON object; no secret in it
  std::string callback_url;  ///< where its provider reports; may carry a token. See callback_url()
  std::string trouble;       ///< why it cannot be used as it is configured; empty: it can

  ChannelKind kind() const noexcept { return kind_of(provider); }
  bool of_environment() const noexcept { return id == 0; }
};

/// A channel as it was read from an account's records.
struct KeptChannel {
  ChannelInfo info;
  std::uint32_t generation = 0;
  std::string default_since;  ///< when it was made its kind's default; empty: it was not
  std::shared_ptr<const engine::PersonalChannel> channel;  ///< null: see info.trouble
};

class ChannelDirectory final : public engine::ChannelSet {
 public:
  /// Those that the environment configures. Of several of a kind the first of cloud, twilio, evolution is the
  /// default. Errors: configuration, naming the variable that is missing or wrong.
  static Result<std::unique_ptr<ChannelDirectory>> from_environment(const Options& options);

  /// Makes these the channels of all accounts.
  void set_kept(std::vector<KeptChannel> channels);
  /// nullptr: it is not known.
  const KeptChannel* kept(std::string_view key) const;
  /// Called when somebody asks for a channel that is not known: it may have been made elsewhere just now.
  void on_unknown(std::function<void()> ask) { on_unknown_ = std::move(ask); }
  /// How what is stored is read anew.
  void refresh_by(std::function<io::Task<bool>()> refresh) { refresh_ = std::move(refresh); }
  /// Whether it is now like what was stored when this began.
  io::Task<bool> look_again() const;

  std::shared_ptr<const engine::PersonalChannel> find(std::string_view key) const override;
  std::string why_not(std::string_view key) const override;
  /// `given`: a kind (`whatsapp`, `email`: its default), a name, an id or a uuid. nullptr: the account has
  /// none. Valid until the next set_kept().
  const ChannelInfo* resolve(std::string_view account, std::string_view given) const;
  /// What is shown for what a message keeps: the name; the key itself of one that is not known.
  std::string name_of(std::string_view key) const;
  /// Those of the environment, then the account's own by id.
  std::vector<ChannelInfo> list(std::string_view account) const;
  bool is_of_environment(std::string_view name) const;
  const std::string& country() const noexcept { return around_.country; }
  /// What the mails of all its channels carry.
  UnsubscribeLinks& unsubscribe_links() const noexcept { return *links_; }
  /// Of the settings of this process; check_url is not set.
  const ChannelSurroundings& surroundings() const noexcept { return around_; }

 private:
  struct Entry {
    ChannelInfo info;
    std::shared_ptr<const engine::PersonalChannel> channel;
  };
  Result<void> add(const char* name, ChannelConfig config,
                   const std::vector<std::pair<std::string, std::string>>& variables);
  const ChannelInfo* default_of(std::string_view account, ChannelKind kind) const;

  ChannelSurroundings around_;
  std::shared_ptr<UnsubscribeLinks> links_ = std::make_shared<UnsubscribeLinks>("");
  std::vector<Entry> environment_;
  std::map<std::string, KeptChannel, std::less<>> kept_;  ///< by key
  /// By account, in the order of their ids.
  std::map<std::string, std::vector<const KeptChannel*>, std::less<>> by_account_;
  std::function<void()> on_unknown_;
  std::function<io::Task<bool>()> refresh_;
};

}  // namespace recado::messaging

// The channels of accounts, as they are kept: records, whose secrets are sealed.
//
// Stored fields: name, provider, settings (object), default, defaultSince, sealed (the secrets as a JSON
// object, sealed for the record's uid). A body's `secrets` are never stored.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/crypto_sealer.hpp"
#include "messaging/channel_config.hpp"
#include "messaging/collection.hpp"

namespace recado::messaging {

const records::Type& channel_type();

class ChannelRecords : public Collection {
 public:
  /// `secrets_key`: SECRETS_KEY; empty: a channel with a secret is refused. `taken`: whether a name is one of
  /// the environment's channels.
  ChannelRecords(io::Loop& loop, records::Store& store, ChannelSurroundings around, const Secret& secrets_key,
                 std::function<bool(std::string_view name)> taken);

  const ChannelSurroundings& surroundings() const noexcept { return *around_; }
  /// What a record is configured with. Errors: invalid_argument, one sentence: it cannot be read as it is,
  /// because it was sealed with another SECRETS_KEY, or none is set.
  Result<ChannelConfig> config_of(const records::Record& record) const;

 private:
  ChannelRecords(io::Loop& loop, records::Store& store, std::shared_ptr<const ChannelSurroundings> around,
                 std::shared_ptr<const Sealer> sealer, std::function<bool(std::string_view name)> taken);

  std::shared_ptr<const ChannelSurroundings> around_;
  std::shared_ptr<const Sealer> sealer_;  ///< null: SECRETS_KEY is not set
};

}  // namespace recado::messaging

// What a channel is configured with, wherever that comes from: judged, and made a channel of. Pure.
//
// | provider  | settings (* required)               | secrets                        |
// |-----------|-------------------------------------|--------------------------------|
// | evolution | baseUrl*, instanceName*             | apiKey*                        |
// | twilio    | accountSid*, from*, baseUrl         | authToken*                     |
// | cloud     | phoneNumberId*, baseUrl             | token*, appSecret, verifyToken |
// | smtp      | server*, from*, port, tls, username | password, with a username      |
//
// and of each `dailyLimit`.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "engine/channel.hpp"
#include "messaging/configured_channel.hpp"
#include "messaging/field_problem.hpp"
#include "records/document.hpp"

namespace recado::messaging {

struct ChannelConfig {
  ProviderName provider = ProviderName::smtp;
  records::Document settings;  ///< texts and numbers that may be shown
  std::map<std::string, Secret, std::less<>> secrets;
  bool trusted = false;  ///< the operator named the server: the address policy does not apply

  /// Empty when it is not there.
  Secret secret(std::string_view name) const;
  void set_secret(const char* name, Secret value);  ///< an empty one is none
};

/// What the rules depend on besides the configuration itself.
struct ChannelSurroundings {
  std::string country = "BR";    ///< DEFAULT_COUNTRY, of telephone numbers without a country code
  std::string timezone = "UTC";  ///< DEFAULT_TIMEZONE, in which a day begins
  std::string public_url;        ///< PUBLIC_URL, how providers reach us; empty: not known
  std::shared_ptr<const UnsubscribeLinks> unsubscribe;  ///< what mails carry; null: nothing
  /// Whether a URL given over the API may be reached, as far as that can be told without asking anybody;
  /// errors: one sentence. Empty: every one may.
  std::function<Result<void>(const std::string& url)> check_url;
};

std::optional<ProviderName> provider_named(std::string_view name);
/// The names of the provider's secrets, such as `apiKey`.
const std::vector<std::string>& secret_names(ProviderName provider);

/// Brings the settings into the form in which they are kept; what is wrong goes to `problems`, as
/// `settings.baseUrl` and `secrets.apiKey`. Requires texts and numbers of the right kind.
void judge(ChannelConfig& config, const ChannelSurroundings& around, FieldProblems& problems);

/// The channel. `key`: what messages keep of it. Errors: invalid_argument, what judge() would have found.
Result<std::shared_ptr<const engine::PersonalChannel>> make_channel(const std::string& key,
                                                                    const ChannelConfig& config,
                                                                    const ChannelSurroundings& around);

/// Where its provider reports what became of messages: under PUBLIC_URL, without one only the path; empty: it
/// reports nothing.
std::string callback_url(const std::string& key, const ChannelConfig& config,
                         const ChannelSurroundings& around);

}  // namespace recado::messaging

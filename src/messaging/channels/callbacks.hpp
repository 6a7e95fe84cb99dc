// What providers tell us of their own accord: what became of a message, and what people write back. Pure.
//
// Each provider proves that it is the one who calls; what cannot be proved is not read.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace recado::messaging {

/// What a provider tells later of something that it accepted.
struct Receipt {
  enum class Kind { sent, delivered, read, failed };
  Kind kind = Kind::sent;
  std::string provider_id;  ///< as it answered when it accepted the message
  std::string message;      ///< our message's id, where the provider repeats it; else empty
  int code = 0;             ///< of failed: the provider's error code; 0: it gave none
  std::string detail;       ///< of failed: one sentence
  Instant at{};
};

/// A message that somebody wrote to us.
struct Reply {
  std::string from;         ///< E.164
  std::string text;         ///< empty for a picture and the like
  std::string provider_id;  ///< the provider's own: it may tell of the same one again
  Instant at{};
};

struct Told {
  std::vector<Receipt> receipts;
  std::vector<Reply> replies;
};

using FormFields = std::vector<std::pair<std::string, std::string>>;

/// A callback as it came.
struct CallbackRequest {
  std::vector<std::string> urls;  ///< by which we may have been called: one of them is signed
  std::string_view body;          ///< as sent; outlives this
  FormFields form;                ///< of a body that is a form
  std::string signature;          ///< the value of the header that signs
  std::string token;              ///< of the URL, where nothing is signed
  std::string message;            ///< of the URL: our message's id, where we asked for it to be repeated
  Instant now{};
};

/// Whether Twilio sent this: `X-Twilio-Signature` is base64 of HMAC-SHA1, keyed with the auth token, over the
/// URL that was called and each field's name and value in the order of their names.
/// twilio.com/docs/usage/security
bool signed_by_twilio(const Secret& auth_token, std::string_view url, FormFields fields,
                      std::string_view signature);
/// `message`: ours, as the URL of the status callback repeats it.
Told read_twilio_callback(const FormFields& fields, const std::string& message, Instant now);

/// Whether Meta sent this: `X-Hub-Signature-256` is `sha256=` and the hexadecimal HMAC-SHA256 of the body,
/// keyed with the app's secret. developers.facebook.com/docs/graph-api/webhooks/getting-started
bool signed_by_meta(const Secret& app_secret, std::string_view body, std::string_view signature);
/// Errors: invalid_argument for what is no such JSON. What it does not know of is skipped.
Result<Told> read_cloud_api_callback(std::string_view body, Instant now);

/// What the URL has as `token` where a provider signs nothing: it derives from the channel's key, which it
/// does not tell.
std::string callback_token(const Secret& key);
/// Evolution signs nothing; its body repeats the instance's key.
Result<std::string> evolution_callback_key(std::string_view body);
/// Events `messages.update`, `messages.upsert` (version 2) and `MESSAGES_UPDATE`, … alike. Errors as above.
Result<Told> read_evolution_callback(std::string_view body, Instant now);

/// Whether a reply asks that nothing more be sent: `SAIR`, `PARAR`, `STOP` and nothing else, whatever the
/// case and the punctuation around it.
bool asks_to_stop(std::string_view text);

}  // namespace recado::messaging

// Configuration: `.env` in the working directory, then the environment, then flags, the later winning.
//
// Empty is unset. Unknown variables are ignored. A malformed value is an Error with code configuration whose
// detail is one line: the variable, the value (never a secret's), why, and what is accepted. Each secret can
// also be given as NAME_FILE (a path) or as a file named like the variable (or in lower case with dashes,
// `api-token`) in $CREDENTIALS_DIRECTORY; never as a flag.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace recado {

enum class MetricsAccess { token, open, off };
enum class SmtpTls { starttls, implicit, none };

/// Everything that can be set, with its default. One field a variable of docs/configuration.md.
struct Options {
  std::string api_host = "127.0.0.1";
  std::uint16_t api_port = 8000;  ///< 0: any free port, which the log names (for tests)
  bool api_reuse_port = false;    ///< several nodes of one Redis serve one port of this machine
  Secret api_token;
  Secret webhook_signing_secret;
  Secret secrets_key;
  Secret redis_url;  ///< may carry a password; empty together with redis_host: private redis-server
  std::string redis_host;
  std::uint16_t redis_port = 6379;
  Secret redis_password;
  std::string data_dir;  ///< default $STATE_DIRECTORY, else ./recado-data
  log::Level log_level = log::Level::info;
  log::Format log_format = log::Format::text;
  std::vector<std::string> webhook_allow_networks;  ///< CIDR texts, already checked for form
  Millis history_retention{24 * 3600 * 1000LL};
  Millis failed_retention{30 * 24 * 3600 * 1000LL};
  Millis log_retention{90 * 24 * 3600 * 1000LL};
  std::uint64_t history_max = 1'000'000;
  std::vector<std::string> dns_servers;
  int redis_min_replicas = 0;
  MetricsAccess metrics = MetricsAccess::token;
  std::vector<std::string> allowed_origins;
  std::string public_url;
  std::string failure_callback_url;
  bool import_seed_messages = false;
  std::uint64_t max_body_bytes = 1 << 20;
  std::uint32_t max_connections = 16'384;
  std::uint32_t max_in_flight = 4096;
  std::uint32_t max_in_flight_per_origin = 64;
  Millis request_timeout{30'000};  ///< of a request body
  Millis drain_timeout{25'000};
  std::string tls_cert_file;
  std::string tls_key_file;
  std::string default_timezone;  ///< default: the machine's zone
  std::string default_country = "BR";
  // Channels of the environment, by the seeds' names; empty: not configured.
  std::string email_user;  ///< alone, with email_pass: smtp.gmail.com
  Secret email_pass;
  std::string smtp_server;
  std::uint16_t smtp_port = 0;  ///< 0: 465 with implicit TLS, else 587
  std::string smtp_username;
  Secret smtp_password;
  std::string from_email;  ///< an address, or `Name <address>`; empty: the user name
  SmtpTls smtp_tls = SmtpTls::starttls;
  std::string twilio_account_sid;
  Secret twilio_auth_token;
  std::string twilio_whatsapp_number;
  std::string twilio_base_url;   ///< empty: Twilio's own
  std::string whatsapp_api_url;  ///< of Meta's Cloud API, with the version
  Secret whatsapp_api_token;
  std::string whatsapp_phone_number_id;
  Secret meta_app_secret;    ///< signs Meta's callbacks
  Secret meta_verify_token;  ///< confirms our callback URL to Meta
  std::string evolution_api_base_url;
  Secret evolution_api_key;
  std::string evolution_instance_name;

  /// Whether a Redis was named, by URL or by host.
  bool external_redis() const noexcept { return !redis_url.empty() || !redis_host.empty(); }
};

/// One variable: its name, default and meaning for people, how it is read into Options and shown.
struct Variable {
  std::string name;          ///< `API_PORT`; the flag is `--api-port`
  std::string placeholder;   ///< `PORT`, for --help
  std::string help;          ///< one line
  std::string default_text;  ///< as documented
  bool secret = false;
  /// Errors: why the value cannot be, and what is accepted; never the value itself.
  std::function<Result<void>(Options&, std::string_view)> read;
  std::function<std::string(const Options&)> show;  ///< masked when secret
};

/// The table that .env reading, the environment, flags, `recado config` and the documentation share.
const std::vector<Variable>& variables();

/// Where values come from; tests fill it by hand. The weakest are the credentials.
struct ConfigSources {
  ~ConfigSources();  ///< wipes the values: secrets are among them

  std::optional<std::string> dotenv_text;                  ///< the contents of .env
  std::map<std::string, std::string> environment;          ///< also STATE_DIRECTORY
  std::vector<std::pair<std::string, std::string>> flags;  ///< variable name and value
  std::map<std::string, std::string> files;                ///< path to contents, of what a NAME_FILE names
  std::map<std::string, std::string> credentials;          ///< variable name to contents
};

/// Reads files (.env, NAME_FILE, credentials; at most 64 KiB each, without one newline at the end of a
/// secret) and the process environment. Errors: configuration, naming what cannot be read.
Result<ConfigSources> read_sources();

/// Merges, parses, checks related options together (TLS_CERT_FILE and TLS_KEY_FILE, REDIS_URL and REDIS_HOST,
/// …). Errors: configuration, one line that also names the line of .env.
Result<Options> load_options(const ConfigSources& sources);

/// What is accepted and still weak, one sentence each that names the setting and the remedy, never a secret.
/// For the log: not for /health, which everybody may read.
std::vector<std::string> weaknesses(const Options& options);

/// The .env dialect: `KEY=value`, `export KEY=value`, `# comment` lines and after a value, single quotes
/// (literal), double quotes (\n \" \\ escapes). Errors: configuration with the line number.
Result<std::map<std::string, std::string>> parse_dotenv(std::string_view text);

/// Bytes as `1048576`, `64KiB`, `1MiB`, `2MB` (1000s), `1GiB`, in any letter case. Errors: invalid_argument.
Result<std::uint64_t> parse_bytes(std::string_view text);

/// Lines `NAME=value`, secrets masked, in table order, for `recado config`.
std::string describe(const Options& options);

}  // namespace recado

// What `recado --help` says.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/app.hpp"
#include "app/arguments.hpp"
#include "base/config.hpp"

namespace recado::app {
namespace {

struct CommandHelp {
  const char* name;
  const char* usage;
  const char* summary;
  const char* text;  ///< what `recado COMMAND --help` says beyond usage and summary
};

constexpr CommandHelp kCommands[] = {
    {"serve", "recado [serve] [SETTING ...]", "Serve the API and deliver (the default)", R"(
SIGTERM and Ctrl-C end it gracefully: it stops accepting, finishes what is in flight for at most
DRAIN_TIMEOUT and gives back what it holds. Exit 78: a setting that cannot work.

Examples:
  recado                                               on 127.0.0.1:8000, private Redis in ./recado-data
  recado serve --api-port 9000 --webhook-allow-networks 127.0.0.0/8
  REDIS_URL=redis://redis:6379 API_TOKEN=... recado    beside a Redis of your own
)"},
    {"demo", "recado demo", "Show in seconds: delivery, lateness, a kill -9 that loses nothing", R"(
Starts a server of its own with a private Redis in a temporary folder and a receiver on loopback, leaves
messages, kills the server in the middle, starts it again. Nothing is left behind. Exit 1: a message was lost.
)"},
    {"listen", "recado listen [--port P] [--host H] [--status CODE] [--delay D] [-v]",
     "A webhook receiver that prints what arrives and how late", R"(
One line an arrival: time, method and path, how late in ms, attempt, webhook-id, signature, body.

      --port PORT            Port to listen on; 0 takes a free one [9000]
      --host HOST            Address to listen on [127.0.0.1]
      --status CODE          What every request is answered, 200 to 599, to watch retries [200]
      --delay DURATION       How long the answer is held back [0s]
  -v, --verbose              Headers and the whole body too

Signatures are checked with WEBHOOK_SIGNING_SECRET, else with the secret that the server keeps in Redis:
the private one in DATA_DIR, or the one that REDIS_URL or REDIS_HOST names.

Examples:
  recado listen
  recado listen --port 9001 --status 503    every attempt fails, and is made again
)"},
    {"health", "recado health [--json]", "Ask the server configured here how it is; exit 0: healthy, 1: not",
     R"(
Asks GET /health at API_HOST and API_PORT (0.0.0.0: on loopback), with TLS when TLS_CERT_FILE is set.

      --json                 Print the server's answer as it came

Examples:
  recado health
  recado health --api-port 9000 --json
)"},
    {"config", "recado config [SETTING ...]", "Print the settings in force, secrets masked", R"(
NAME=value lines, from .env, the environment and flags, the later winning.
)"},
    {"import", "recado import FILE | --from URL [--dry-run]",
     "Register messages from an export, or from the former scheduler's Redis", R"(
FILE is NDJSON as `recado export` writes it; - is standard input. What cannot be registered is named, and
the exit code is then 1.

      --from URL             Redis of the former scheduler: its keys message:<id> are taken over, each
                             deleted once its message is registered
      --dry-run              Read and judge everything, register nothing

Examples:
  recado import pending.ndjson
  recado import --from redis://127.0.0.1:6379
)"},
    {"export", "recado export [FILE]", "Write all pending messages as NDJSON", R"(
FILE: where to; absent or -: standard output.

Examples:
  recado export pending.ndjson
  recado export | wc -l
)"},
    {"token", "recado token create NAME --scope S[,S] [--expires WHEN] | list [--json] | revoke NAME|ID",
     "Make, list and revoke named tokens for the API", R"(
Works beside a running recado, or without one. A new token's value goes to standard output, this once.

      --scope SCOPES         What it may do: read, write, admin, with commas between; none includes another
      --expires WHEN         After a duration, such as 90d, or at a time, such as 2027-01-01T00:00:00Z
      --json                 List as JSON

A node learns of a new token when it is first used, and refuses a revoked one within 2 s. API_TOKEN, which has
every scope, is changed in its setting.

Examples:
  recado token create n8n --scope read,write
  recado token create grafana --scope read --expires 90d
  recado token revoke n8n
)"},
    {"user", "recado user add NAME --password-stdin [--scope S[,S]] | list [--json] | remove NAME",
     "Make, list and remove users, who log in for a token", R"(
Works beside a running recado, or without one. A user gets a token for name and password at
POST /auth/token (and at /api-token-auth/): the same each time, until it is revoked.

      --password-stdin       Read the password from standard input, its first line
      --password TEXT        The password itself; your shell may keep it in its history
      --scope SCOPES         What the user's token may do: read, write, admin [read,write]
      --json                 List as JSON

remove revokes the user's token too. To change a password, remove the user and add it again.

Examples:
  recado user add ana --password-stdin < password.txt
  curl http://127.0.0.1:8000/auth/token -d username=ana -d password=...
)"},
};

struct Group {
  const char* title;
  std::vector<const char*> names;
};

const std::vector<Group>& groups() {
  static const std::vector<Group> all = {
      {"API",
       {"API_HOST", "API_PORT", "API_REUSE_PORT", "TLS_CERT_FILE", "TLS_KEY_FILE", "ALLOWED_ORIGINS",
        "PUBLIC_URL", "METRICS", "MAX_BODY_BYTES", "MAX_CONNECTIONS", "REQUEST_TIMEOUT", "DRAIN_TIMEOUT"}},
      {"Data and Redis",
       {"DATA_DIR", "REDIS_HOST", "REDIS_PORT", "REDIS_MIN_REPLICAS", "IMPORT_SEED_MESSAGES"}},
      {"Delivery",
       {"WEBHOOK_ALLOW_NETWORKS", "FAILURE_CALLBACK_URL", "DNS_SERVERS", "MAX_IN_FLIGHT",
        "MAX_IN_FLIGHT_PER_ORIGIN"}},
      {"Retention", {"HISTORY_RETENTION", "FAILED_RETENTION", "LOG_RETENTION", "HISTORY_MAX"}},
      {"Log", {"LOG_LEVEL", "LOG_FORMAT"}},
      {"Zone and country", {"DEFAULT_TIMEZONE", "DEFAULT_COUNTRY"}},
      {"E-mail", {"SMTP_SERVER", "SMTP_PORT", "SMTP_TLS", "SMTP_USERNAME", "FROM_EMAIL", "EMAIL_USER"}},
      {"WhatsApp",
       {"WHATSAPP_API_URL", "WHATSAPP_PHONE_NUMBER_ID", "TWILIO_ACCOUNT_SID", "TWILIO_WHATSAPP_NUMBER",
        "TWILIO_BASE_URL", "EVOLUTION_API_BASE_URL", "EVOLUTION_INSTANCE_NAME"}},
  };
  return all;
}

constexpr std::size_t kColumn = 36;
constexpr std::size_t kWidth = 110;

/// One setting: what it takes, what it means, its default. What is too long for its place goes on the next
/// line.
std::string entry(const std::string& name, const Variable& variable) {
  const std::string next_line = '\n' + std::string(kColumn, ' ');
  std::string out = "  " + name;
  if (out.size() + 2 > kColumn) {
    out += next_line;
  } else {
    out.resize(kColumn, ' ');
  }
  out += variable.help;
  if (!variable.default_text.empty() && variable.default_text != "none") {
    const std::string by_default = "[" + variable.default_text + "]";
    const bool fits = kColumn + variable.help.size() + 1 + by_default.size() <= kWidth;
    out += (fits ? " " : next_line) + by_default;
  }
  return out + '\n';
}

const Variable* find(std::string_view name) {
  const auto& all = variables();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Variable& v) { return v.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string settings_text() {
  std::string out =
      "Settings are read from .env in the working folder, then the environment, then flags; the later wins.\n"
      "The variable of --api-port is API_PORT, and so for all. `recado config` prints what is in force.\n";
  std::set<std::string> told;
  const auto tell = [&](const Variable& variable) {
    told.insert(variable.name);
    out += entry(flag_of(variable.name) + " " + variable.placeholder, variable);
  };
  for (const Group& group : groups()) {
    out += fmt::format("\n{}:\n", group.title);
    for (const char* name : group.names) {
      if (const Variable* variable = find(name)) tell(*variable);
    }
  }
  bool first = true;
  for (const Variable& variable : variables()) {
    if (variable.secret || told.contains(variable.name)) continue;
    if (first) out += "\nOthers:\n";
    first = false;
    tell(variable);
  }
  out +=
      "\nSecrets, never as flags: in the environment, in .env, in a file that NAME_FILE names, or as a "
      "systemd\n"
      "credential:\n";
  for (const Variable& variable : variables()) {
    if (variable.secret) out += entry(variable.name, variable);
  }
  return out;
}

std::string overview() {
  std::string out = fmt::format(
      "recado {}: leave a message and a time; it is delivered on time.\n\n"
      "Usage: recado [COMMAND] [SETTING ...]\n\nCommands:\n",
      version());
  for (const CommandHelp& command : kCommands)
    out += fmt::format("  {:<10}{}\n", command.name, command.summary);
  out += R"TEXT(
  recado COMMAND --help says more about one. --version prints the version.

Examples:
  recado demo                                          see it work, in seconds
  recado serve --webhook-allow-networks 127.0.0.0/8    serve, and let webhooks reach this machine
  recado listen                                        in a second terminal: a receiver on 127.0.0.1:9000
)TEXT";
  return out + first_message_example() + '\n' + settings_text();
}

}  // namespace

std::string first_message_example() {
  return R"TEXT(  curl http://127.0.0.1:8000/messages -H "Authorization: Bearer $(cat recado-data/token)" \
    -H 'Content-Type: application/json' \
    -d '{"delay":"5s","payload":{"text":"Hello, later"},"webhookUrl":"http://127.0.0.1:9000/"}'
)TEXT";
}

std::string help_text(std::string_view topic) {
  for (const CommandHelp& command : kCommands) {
    if (topic != command.name) continue;
    std::string out = fmt::format("{}.\n\nUsage: {}\n{}", command.summary, command.usage, command.text);
    if (topic == "serve" || topic == "config") return out + '\n' + settings_text();
    return out + "\nSettings, as flags too: see `recado --help`.\n";
  }
  return overview();
}

}  // namespace recado::app

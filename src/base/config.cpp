#include "base/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/dotenv.hpp"
#include "base/setting_values.hpp"
#include "base/text.hpp"

namespace recado {
namespace {

/// An API_TOKEN shorter than this is warned of: 64 bits, if they are drawn at random as hexadecimal digits.
constexpr std::size_t kShortestToken = 16;

Error malformed(std::string line) {
  return Error(ErrorCode::configuration, std::move(line));
}

/// A value and how an error about it begins.
struct Found {
  std::string value;
  std::string label;  ///< `.env:3: API_PORT=abc`; a secret's is without its value
};

std::string label(const Variable& variable, const std::string& prefix, const std::string& value) {
  if (variable.secret) return prefix + variable.name;
  const std::string shown = quoted(value);
  return fmt::format("{}{}={}", prefix, variable.name, std::string_view(shown).substr(1, shown.size() - 2));
}

const std::string* non_empty(const std::map<std::string, std::string>& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() || trimmed(found->second).empty() ? nullptr : &found->second;
}

/// Looks a variable up, the strongest source first.
class Lookup {
 public:
  Lookup(const ConfigSources& sources, const std::map<std::string, DotenvEntry>& dotenv)
      : sources_(sources), dotenv_(dotenv) {
    for (const auto& [name, entry] : dotenv_) dotenv_values_.emplace(name, entry.value);
  }

  Result<std::optional<Found>> find(const Variable& variable) const {
    for (auto flag = sources_.flags.rbegin(); flag != sources_.flags.rend(); ++flag) {
      if (flag->first != variable.name || trimmed(flag->second).empty()) continue;
      return std::optional(Found{flag->second, label(variable, "", flag->second)});
    }
    auto found = find_in(sources_.environment, variable);
    if (!found || *found) return found;
    found = find_in(dotenv_values_, variable);
    if (!found || *found) return found;
    const std::string* credential =
        variable.secret ? non_empty(sources_.credentials, variable.name) : nullptr;
    if (credential == nullptr) return std::optional<Found>{};
    return std::optional(Found{*credential, variable.name + " (from $CREDENTIALS_DIRECTORY)"});
  }

 private:
  Result<std::optional<Found>> find_in(const std::map<std::string, std::string>& values,
                                       const Variable& variable) const {
    const bool in_dotenv = &values == &dotenv_values_;
    const auto place = [&](const std::string& name) {
      return in_dotenv ? fmt::format(".env:{}: ", dotenv_.at(name).line) : std::string{};
    };
    const std::string* value = non_empty(values, variable.name);
    const std::string file_variable = variable.name + "_FILE";
    const std::string* path = variable.secret ? non_empty(values, file_variable) : nullptr;
    if (value != nullptr && path != nullptr) {
      return malformed(fmt::format("{}{} and {} are both set; expected one of them", place(file_variable),
                                   variable.name, file_variable));
    }
    if (value != nullptr) return std::optional(Found{*value, label(variable, place(variable.name), *value)});
    if (path == nullptr) return std::optional<Found>{};
    const std::string* contents = non_empty(sources_.files, *path);
    if (contents == nullptr) {
      return malformed(fmt::format("{}{}={}: the file is empty; expected the secret in it",
                                   place(file_variable), file_variable, *path));
    }
    return std::optional(
        Found{*contents, fmt::format("{}{} (from {})", place(file_variable), variable.name, file_variable)});
  }

  const ConfigSources& sources_;
  const std::map<std::string, DotenvEntry>& dotenv_;
  std::map<std::string, std::string> dotenv_values_;
};

Result<void> check_flags(const ConfigSources& sources) {
  for (const auto& flag : sources.flags) {
    const auto known = std::find_if(variables().begin(), variables().end(),
                                    [&flag](const Variable& v) { return v.name == flag.first; });
    if (known == variables().end()) return malformed(quoted(flag.first) + ": there is no such setting");
    if (known->secret) {
      return malformed(
          fmt::format("{0}: a secret is never a flag, where other users can read it; expected it in the "
                      "environment, in .env, in the file that {0}_FILE names, or as a credential",
                      known->name));
    }
  }
  return {};
}

/// What no variable can judge alone. `given`: the names that have a value.
Result<void> check_together(const Options& options, const std::set<std::string>& given) {
  if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
    const bool cert = !options.tls_cert_file.empty();
    return malformed(fmt::format("{} is set without {}; expected both, or neither for plain HTTP",
                                 cert ? "TLS_CERT_FILE" : "TLS_KEY_FILE",
                                 cert ? "TLS_KEY_FILE" : "TLS_CERT_FILE"));
  }
  if (given.contains("REDIS_URL") && given.contains("REDIS_HOST")) {
    return malformed("REDIS_URL and REDIS_HOST are both set; expected one of them to say where Redis is");
  }
  for (const char* name : {"REDIS_PORT", "REDIS_PASSWORD"}) {
    if (given.contains(name) && !options.external_redis()) {
      return malformed(
          fmt::format("{} is set without REDIS_HOST or REDIS_URL; expected one of them, or none of "
                      "the three for a private redis-server",
                      name));
    }
  }
  if (options.redis_min_replicas > 0 && !options.external_redis()) {
    return malformed(
        fmt::format("REDIS_MIN_REPLICAS={}: the private redis-server has no replicas; expected 0, or a "
                    "Redis named by REDIS_URL",
                    options.redis_min_replicas));
  }
  if (options.api_reuse_port && !options.external_redis()) {
    return malformed(
        "API_REUSE_PORT=true: each private redis-server has messages of its own, and callers would meet now "
        "this one, now that; expected false, or a Redis that all nodes share, named by REDIS_URL");
  }
  if (given.contains("MAX_IN_FLIGHT_PER_ORIGIN") &&
      options.max_in_flight_per_origin > options.max_in_flight) {
    return malformed(fmt::format("MAX_IN_FLIGHT_PER_ORIGIN={}: more than MAX_IN_FLIGHT; expected at most {}",
                                 options.max_in_flight_per_origin, options.max_in_flight));
  }
  const auto& origins = options.allowed_origins;
  if (origins.size() > 1 && std::find(origins.begin(), origins.end(), "*") != origins.end()) {
    return malformed(
        "ALLOWED_ORIGINS: * stands beside other origins; expected * alone, or origins without it");
  }
  return {};
}

/// Defaults that depend on the machine.
void complete(Options& options, const ConfigSources& sources) {
  if (options.data_dir.empty()) {
    const std::string* state = non_empty(sources.environment, "STATE_DIRECTORY");
    options.data_dir = state != nullptr ? state->substr(0, state->find(':')) : "./recado-data";
  }
  if (options.default_timezone.empty()) options.default_timezone = machine_zone();
}

}  // namespace

ConfigSources::~ConfigSources() {
  if (dotenv_text) wipe(*dotenv_text);
  for (auto* values : {&environment, &files, &credentials}) {
    for (auto& [name, value] : *values) wipe(value);
  }
}

std::vector<std::string> weaknesses(const Options& options) {
  std::vector<std::string> found;
  const std::size_t length = options.api_token.reveal().size();
  if (length > 0 && length < kShortestToken) {
    found.push_back(
        fmt::format("API_TOKEN has {} characters and can be guessed: give it at least {}, better those of "
                    "`openssl rand -hex 32`",
                    length, kShortestToken));
  }
  return found;
}

Result<Options> load_options(const ConfigSources& sources) {
  const auto dotenv = parse_dotenv_entries(sources.dotenv_text.value_or(""));
  if (!dotenv) return dotenv.error();
  if (auto checked = check_flags(sources); !checked) return checked.error();

  const Lookup lookup(sources, *dotenv);
  Options options;
  std::set<std::string> given;
  for (const Variable& variable : variables()) {
    const auto found = lookup.find(variable);
    if (!found) return found.error();
    if (!found->has_value()) continue;
    const std::string& value = (*found)->value;
    // A stray space or carriage return around a word means nothing; in a secret it may be part of it.
    const auto read = variable.read(options, variable.secret ? std::string_view(value) : trimmed(value));
    if (!read) return malformed((*found)->label + ": " + read.error().detail());
    given.insert(variable.name);
  }
  if (auto checked = check_together(options, given); !checked) return checked.error();
  complete(options, sources);
  return options;
}

std::string describe(const Options& options) {
  std::string out;
  for (const Variable& variable : variables()) {
    out.append(variable.name).append("=").append(variable.show(options)).append("\n");
  }
  return out;
}

}  // namespace recado

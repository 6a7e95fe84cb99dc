#include "redis/inspect.hpp"

#include <charconv>

#include "redis/backend.hpp"

namespace recado::redis {

namespace {

bool too_old(std::string_view version) {
  int major = 0;
  int minor = 0;
  const char* const end = version.data() + version.size();
  const auto [dot, error] = std::from_chars(version.data(), end, major);
  if (error != std::errc()) return false;
  if (dot != end && *dot == '.') std::from_chars(dot + 1, end, minor);
  return major < kOldestMajor || (major == kOldestMajor && minor < kOldestMinor);
}

Warning warning(const char* code, std::string detail) {
  Warning made;
  made.code = code;
  made.detail = std::move(detail);
  return made;
}

/// Microseconds since 1970 from the reply to TIME; nullopt when it is not one.
std::optional<std::int64_t> server_time_us(const Reply& reply) {
  if (reply.size() != 2) return std::nullopt;
  return reply[0].integer() * 1'000'000 + reply[1].integer();
}

}  // namespace

std::string_view info_field(std::string_view info, std::string_view field) noexcept {
  while (!info.empty()) {
    const auto end = info.find('\n');
    std::string_view line = info.substr(0, end);
    info = end == std::string_view::npos ? std::string_view() : info.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > field.size() && line.starts_with(field) && line[field.size()] == ':') {
      return line.substr(field.size() + 1);
    }
  }
  return {};
}

double used_share(std::string_view info) noexcept {
  const auto number = [info](std::string_view field) {
    const std::string_view text = info_field(info, field);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  const double most = number("maxmemory");
  return most > 0 ? number("used_memory") / most : 0;
}

std::vector<Warning> judge_server(std::string_view info, const std::optional<std::string>& appendfsync,
                                  ServerPlace place) {
  std::vector<Warning> warnings;
  const std::string_view version = info_field(info, "redis_version");
  if (too_old(version)) {
    warnings.push_back(warning("version", "Redis " + std::string(version) +
                                              " is too old: Recado needs 6.2 or newer, so upgrade it."));
  }
  if (info_field(info, "role") == "slave" && info_field(info, "slave_read_only") != "0") {
    warnings.push_back(
        warning("replica", "This Redis is a read-only replica: point REDIS_URL at its master."));
  }
  if (place == ServerPlace::alone && info_field(info, "cluster_enabled") == "1") {
    warnings.push_back(warning("cluster",
                               "This Redis is a node of a cluster, so most keys are elsewhere: write "
                               "REDIS_URL as redis+cluster://host:port."));
  }
  if (place != ServerPlace::alone && info_field(info, "connected_slaves") == "0") {
    warnings.push_back(warning("no_replica",
                               "This master has no replica: when it is lost, so are its messages until it "
                               "comes back; add a replica."));
  }
  if (info_field(info, "aof_enabled") == "0") {
    warnings.push_back(warning("aof_off",
                               "The append-only file is off, so a restart of Redis loses messages: set "
                               "`appendonly yes` and `appendfsync always`."));
  } else if (appendfsync && *appendfsync != "always") {
    const std::string loss = *appendfsync == "everysec" ? "up to about two seconds of accepted messages"
                                                        : "what the system had not written yet";
    warnings.push_back(warning("everysec", "`appendfsync " + *appendfsync + "`: a power cut can lose " +
                                               loss + "; `appendfsync always` does not."));
  }
  const std::string_view policy = info_field(info, "maxmemory_policy");
  if (!policy.empty() && policy != "noeviction") {
    const bool limited = info_field(info, "maxmemory") != "0";
    warnings.push_back(
        warning("eviction", "`maxmemory-policy " + std::string(policy) + "` " +
                                (limited ? "lets Redis delete messages when it is full"
                                         : "would let Redis delete messages once `maxmemory` is set") +
                                ": set it to `noeviction`."));
  }
  return warnings;
}

bool refuses_writes(std::string_view error_text) noexcept {
  switch (classify(error_text)) {
    case RedisErrorKind::readonly:
    case RedisErrorKind::oom:
    case RedisErrorKind::misconf:
    case RedisErrorKind::noreplicas:
    case RedisErrorKind::noperm:
      return true;
    default:
      return false;
  }
}

Warning judge_write_error(std::string_view error_text) {
  const std::string said = " (" + std::string(error_text) + ")";
  if (error_text.starts_with("NOPERM")) {
    return warning(
        "no_write",
        "This Redis user may not write our keys: allow it `~recado:* &recado:* +@all -@admin`" + said + ".");
  }
  switch (classify(error_text)) {
    case RedisErrorKind::readonly:
      return warning("no_write",
                     "This Redis is a read-only replica: point REDIS_URL at its master" + said + ".");
    case RedisErrorKind::oom:
      return warning(
          "no_write",
          "Redis is full: raise its `maxmemory` or free some, until then nothing is accepted" + said + ".");
    case RedisErrorKind::misconf:
      return warning(
          "no_write",
          "Redis cannot write to its disk and refuses writes: free or repair the disk" + said + ".");
    case RedisErrorKind::noreplicas:
      return warning("no_write",
                     "Redis refuses writes while too few replicas follow it: bring them back, or lower "
                     "`min-replicas-to-write`" +
                         said + ".");
    default:
      return warning("no_write", "Redis refuses a write: see what it says" + said + ".");
  }
}

std::optional<Warning> judge_clock(Millis offset) {
  if (offset <= kClockTolerance && offset >= -kClockTolerance) return std::nullopt;
  const std::string by = std::to_string(std::chrono::abs(offset).count());
  return warning("clock", "Redis's clock is " + by + " ms " +
                              (offset > Millis::zero() ? "ahead of" : "behind") +
                              " this machine's: let NTP set both.");
}

io::Task<Result<Inspection>> inspect_server(std::shared_ptr<Connection> connection, const Clock& clock,
                                            std::string probe_key, ServerPlace place) {
  if (!connection->connected()) co_return connection->not_connected();
  std::vector<std::string> time_command{"TIME"};
  const std::int64_t asked_ns = clock.now_ns();
  const Result<Reply> time = co_await connection->exchange(std::move(time_command));
  const std::int64_t answered_ns = clock.now_ns();
  if (!time) co_return time.error();

  std::vector<std::string> info_command{"INFO"};
  const Result<Reply> info = co_await connection->exchange(std::move(info_command));
  if (!info) co_return info.error();

  std::vector<std::string> config_command{"CONFIG", "GET", "appendfsync"};
  const Result<Reply> config = co_await connection->exchange(std::move(config_command));
  if (!config) co_return config.error();

  const Result<Reply> written = co_await connection->exchange(probe_command(std::move(probe_key)));
  if (!written) co_return written.error();

  // CONFIG may be forbidden or renamed: then what it would have said is not judged.
  std::optional<std::string> appendfsync;
  if (config->size() == 2) appendfsync = std::string((*config)[1].text());
  Inspection found;
  found.warnings = judge_server(info->text(), appendfsync, place);
  if (written->kind() == ReplyKind::error) {
    found.warnings.push_back(judge_write_error(written->text()));
  }
  if (const auto server_us = server_time_us(*time)) {
    const std::int64_t between_us = (asked_ns / 2 + answered_ns / 2) / 1000;
    found.clock_offset = Millis{(*server_us - between_us) / 1000};
    if (auto skewed = judge_clock(*found.clock_offset)) found.warnings.push_back(std::move(*skewed));
  }
  co_return found;
}

std::vector<Warning> merge_warnings(const std::vector<std::pair<std::string, std::vector<Warning>>>& found) {
  std::vector<Warning> merged;
  std::vector<std::vector<std::string>> places;
  for (const auto& [address, warnings] : found) {
    for (const Warning& one : warnings) {
      std::size_t at = 0;
      while (at < merged.size() && (merged[at].code != one.code || merged[at].detail != one.detail)) ++at;
      if (at == merged.size()) {
        merged.push_back(one);
        places.emplace_back();
      }
      places[at].push_back(address);
    }
  }
  for (std::size_t i = 0; i < merged.size(); ++i) {
    if (places[i].size() == found.size()) continue;
    std::string where;
    for (const std::string& address : places[i]) where += (where.empty() ? "" : ", ") + address;
    merged[i].detail = where + ": " + merged[i].detail;
  }
  return merged;
}

}  // namespace recado::redis

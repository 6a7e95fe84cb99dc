// Where configuration is read from: files and the process environment.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/config.hpp"

namespace recado {
namespace {

constexpr std::size_t kMostBytes = 64 << 10;

/// The file's contents; nullopt when there is none. On failure the error's detail is only the reason.
Result<std::optional<std::string>> read_file(const std::string& path) {
  const auto failure = [](int code) {
    return Error(ErrorCode::configuration, "cannot be read (" + std::generic_category().message(code) + ")");
  };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return std::optional<std::string>{};
    return failure(errno);
  }
  std::string contents;
  std::array<char, 4096> block;
  ssize_t got = 0;
  while (contents.size() <= kMostBytes) {
    got = ::read(fd, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    contents.append(block.data(), static_cast<std::size_t>(got));
  }
  const int code = got < 0 ? errno : 0;
  ::close(fd);
  if (code != 0) return failure(code);
  if (contents.size() > kMostBytes) {
    return Error(ErrorCode::configuration, fmt::format("is larger than {} bytes", kMostBytes));
  }
  return std::optional(std::move(contents));
}

void drop_newline(std::string& contents) {
  if (contents.ends_with('\n')) contents.pop_back();
  if (contents.ends_with('\r')) contents.pop_back();
}

/// Reads the file that `name`_FILE names in one source, if it names one.
Result<void> read_named_file(const std::map<std::string, std::string>& values, const std::string& name,
                             ConfigSources& sources) {
  const auto path = values.find(name + "_FILE");
  if (path == values.end() || path->second.empty()) return {};
  auto contents = read_file(path->second);
  const std::string label = fmt::format("{}_FILE={}: ", name, path->second);
  if (!contents) return Error(ErrorCode::configuration, label + contents.error().detail());
  if (!contents->has_value()) {
    return Error(ErrorCode::configuration, label + "there is no such file; expected the path of one");
  }
  drop_newline(**contents);
  sources.files.insert_or_assign(path->second, **contents);
  return {};
}

/// `api-token` for `API_TOKEN`.
std::string with_dashes(std::string name) {
  for (char& c : name) c = c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return name;
}

Result<void> read_credential(const std::string& directory, const std::string& name, ConfigSources& sources) {
  for (const std::string& file : {name, with_dashes(name)}) {
    auto contents = read_file(directory + "/" + file);
    if (!contents) {
      return Error(ErrorCode::configuration,
                   fmt::format("credential {} in {}: {}", file, directory, contents.error().detail()));
    }
    if (!contents->has_value()) continue;
    drop_newline(**contents);
    sources.credentials.emplace(name, **contents);
    return {};
  }
  return {};
}

void read_environment(ConfigSources& sources) {
  const auto take = [&sources](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value != nullptr) sources.environment.emplace(name, value);
  };
  for (const Variable& variable : variables()) {
    take(variable.name);
    if (variable.secret) take(variable.name + "_FILE");
  }
  take("STATE_DIRECTORY");
  take("CREDENTIALS_DIRECTORY");
}

}  // namespace

Result<ConfigSources> read_sources() {
  ConfigSources sources;
  auto dotenv_text = read_file(".env");
  if (!dotenv_text) return Error(ErrorCode::configuration, ".env: " + dotenv_text.error().detail());
  sources.dotenv_text = *std::move(dotenv_text);
  read_environment(sources);

  const auto dotenv = parse_dotenv(sources.dotenv_text.value_or(""));
  if (!dotenv) return dotenv.error();
  const std::map<std::string, std::string>* const layers[] = {&sources.environment, &*dotenv};
  const auto directory = sources.environment.find("CREDENTIALS_DIRECTORY");
  for (const Variable& variable : variables()) {
    if (!variable.secret) continue;
    for (const auto* values : layers) {
      if (auto read = read_named_file(*values, variable.name, sources); !read) return read.error();
    }
    if (directory == sources.environment.end() || directory->second.empty()) continue;
    if (auto read = read_credential(directory->second, variable.name, sources); !read) return read.error();
  }
  return sources;
}

}  // namespace recado

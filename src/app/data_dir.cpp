#include "app/data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace recado::app {

namespace {

Error refused(const std::string& path, const std::string& what) {
  return Error(ErrorCode::configuration, "DATA_DIR=" + path + ": " + what);
}

std::string system_reason() {
  return std::strerror(errno);
}

}  // namespace

DataDir::DataDir(DataDir&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDir::~DataDir() {
  if (lock_ >= 0) ::close(lock_);
}

Result<DataDir> DataDir::open(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    const mode_t before = ::umask(0077);
    std::filesystem::create_directories(path, error);
    ::umask(before);
    if (error)
      return refused(path, "cannot be made: " + error.message() + "; expected a folder that can be written");
  }
  const std::string absolute = std::filesystem::canonical(path, error).string();
  if (error) return refused(path, error.message());
  const std::string file = absolute + "/recado.lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0)
    return refused(path, "cannot be written: " + system_reason() + "; expected a folder that can be written");
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return refused(path, "in use by another recado; stop that one, or give this one a DATA_DIR of its own");
  }
  return DataDir(absolute, lock);
}

Result<Secret> DataDir::read_secret(const std::string& path) {
  std::ifstream stream(path);
  if (!stream) return Error(ErrorCode::not_found, path + " cannot be read: " + system_reason());
  std::stringstream contents;
  contents << stream.rdbuf();
  std::string text = contents.str();
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) return Error(ErrorCode::not_found, path + " is empty");
  return Secret(std::move(text));
}

Result<Secret> DataDir::secret(const std::string& name, std::string (*make)()) {
  const std::string path = file(name);
  auto existing = read_secret(path);
  if (existing.ok()) return existing;
  const std::string temporary = path + ".new";
  Secret value(make());
  const int out = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0) return refused(path_, temporary + " cannot be written: " + system_reason());
  std::string line(value.reveal());
  line += '\n';
  const bool written =
      ::write(out, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(out) == 0;
  ::close(out);
  wipe(line);
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    return refused(path_, path + " cannot be written: " + system_reason());
  }
  return value;
}

}  // namespace recado::app

// DATA_DIR: the node's identity, the private Redis' files, the token made at first start.
#pragma once

#include <string>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace recado::app {

/// An open, locked DATA_DIR. The lock (`recado.lock`) is held for as long as the process lives: a second
/// recado on the same folder refuses to start.
class DataDir {
 public:
  /// Makes the folder (0700) when it is missing. Errors: configuration, naming DATA_DIR and the reason.
  static Result<DataDir> open(const std::string& path);
  DataDir(DataDir&& other) noexcept;
  DataDir& operator=(DataDir&&) = delete;
  ~DataDir();

  /// Absolute, without links.
  const std::string& path() const noexcept { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

  /// The secret in `name` (0600), made by `make` when there is none. Written whole or not at all.
  Result<Secret> secret(const std::string& name, std::string (*make)());

  /// Reads the secret in a DATA_DIR that somebody else may have open; not_found when there is none.
  static Result<Secret> read_secret(const std::string& path);

 private:
  DataDir(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_ = -1;
};

}  // namespace recado::app

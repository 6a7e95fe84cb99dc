// Disks that can be full.
#pragma once

#include <string>

#include "redis/harness.hpp"

namespace recado::chaos {

class Disk {
 public:
  Disk() = default;
  virtual ~Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual void fill() = 0;
  virtual void free() = 0;
};

/// A file system of its own, full for everybody who writes to it. Only where mounting is allowed.
class SmallDisk : public Disk {
 public:
  SmallDisk();
  ~SmallDisk() override;
  /// Empty when this machine allows none; why_not() says why.
  const std::string& path() const noexcept { return path_; }
  const std::string& why_not() const noexcept { return why_not_; }
  void fill() override;
  void free() override;

 private:
  redis::testing::TempDir directory_;
  std::string path_, why_not_;
};

/// Full for a redis-server that program() has started, by a library loaded into it: see disk_full.c. Works
/// everywhere.
class RefusingDisk : public Disk {
 public:
  RefusingDisk();
  /// Runs redis-server; `redis-server` in search_path().
  std::string program() const { return search_path() + "/redis-server"; }
  std::string search_path() const { return directory_.path() + "/bin"; }
  void fill() override;
  void free() override;

 private:
  std::string flag() const { return directory_.path() + "/full"; }
  redis::testing::TempDir directory_;
};

}  // namespace recado::chaos

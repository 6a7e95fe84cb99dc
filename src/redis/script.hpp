// Lua scripts by name, and which of them a server has to know.
#pragma once

#include <map>
#include <string>

namespace recado::redis {

/// A Lua script with a name; its SHA1 is computed once. `source` lives as long as the program.
class Script {
 public:
  Script(std::string name, std::string source);
  const std::string& name() const noexcept { return name_; }
  const std::string& source() const noexcept { return source_; }
  const std::string& sha1() const noexcept { return sha1_; }

 private:
  std::string name_, source_, sha1_;
};

/// SHA-1 → source of all that were evaluated: loaded into every server that is connected to anew.
using KnownScripts = std::map<std::string, std::string>;

}  // namespace recado::redis

#include "redis/script.hpp"

#include "base/sha1.hpp"

namespace recado::redis {

Script::Script(std::string name, std::string source)
    : name_(std::move(name)), source_(std::move(source)), sha1_(sha1_hex(source_)) {}

}  // namespace recado::redis

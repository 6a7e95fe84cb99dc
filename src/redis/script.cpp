#include "base/sha1.hpp"
#include "redis/client.hpp"

namespace recado::redis {

Script::Script(std::string name, std::string source)
    : name_(std::move(name)), source_(std::move(source)), sha1_(sha1_hex(source_)) {}

}  // namespace recado::redis

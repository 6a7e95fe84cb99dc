// SHA-1, only because Redis names scripts by it (EVALSHA); not for anything that needs to resist forgery.
#pragma once

#include <string>
#include <string_view>

namespace recado {

/// 40 lower-case hexadecimal digits. Ends the process when OpenSSL has no SHA-1 (a FIPS build without it).
std::string sha1_hex(std::string_view bytes);

}  // namespace recado

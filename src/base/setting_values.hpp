// The kinds of value that settings have. Part of config.cpp; other rooms use config.hpp.
//
// Each function returns the value as it is kept, or an Error whose detail says what the text is not and what
// is accepted, without the text: it may be a secret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace recado {

/// `what`: `a port`, for the sentence.
Result<std::uint64_t> read_whole(std::string_view text, std::string_view what, std::uint64_t least,
                                 std::uint64_t most);
/// parse_bytes between two bounds.
Result<std::uint64_t> read_size(std::string_view text, std::uint64_t least, std::uint64_t most);
/// true/false, 1/0, yes/no, in any letter case.
Result<bool> read_boolean(std::string_view text);
Result<Millis> read_duration(std::string_view text, Millis least, Millis most);

Result<std::string> read_text(std::string_view text);   ///< no control characters
Result<std::string> read_token(std::string_view text);  ///< no control characters, no white space
Result<std::string> read_host(std::string_view text);   ///< an address or a name, without port
Result<std::string> read_http_url(std::string_view text);
Result<std::string> read_redis_url(std::string_view text);
Result<std::string> read_zone(std::string_view text);
Result<std::string> read_country(std::string_view text);  ///< in upper case
Result<std::string> read_network(
    std::string_view text);  ///< `10.0.0.0/8`; a lone address gains its /32 or /128
Result<std::string> read_name_server(std::string_view text);  ///< `9.9.9.9`, `9.9.9.9:53`, `[::1]:53`
Result<std::string> read_origin(std::string_view text);       ///< `https://app.example:8443`, or `*`

/// A list with commas, each item through `read_item`; white space around items and empty items are dropped.
Result<std::vector<std::string>> read_list(std::string_view text,
                                           Result<std::string> (*read_item)(std::string_view));

}  // namespace recado

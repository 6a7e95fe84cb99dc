// The encodings of mail. For this folder and its tests.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"

namespace recado::messaging {

/// A header's text: as it stands when it is printable ASCII, else as encoded words (RFC 2047), folded so that
/// no line is longer than 76 bytes. `used`: bytes that stand on the first line already.
std::string encode_header_text(std::string_view text, std::size_t used);
/// Quoted-printable (RFC 2045 6.7) with CRLF line ends, whatever the text's own were.
std::string quoted_printable(std::string_view text);
/// `Sun, 22 Nov 2026 16:21:41 +0000` (RFC 5322 3.3).
std::string mail_date(Instant at);

}  // namespace recado::messaging

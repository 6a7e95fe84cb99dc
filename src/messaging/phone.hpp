// Telephone numbers as people write them, as E.164. Pure; the only includer of libphonenumber.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace recado::messaging {

/// `+5511999998888` from any usual spelling: `(11) 99999-8888`, `011 9999-8888`, `55 11 ...`, `0055 ...`,
/// `tel:`, `whatsapp:`. What has no country code belongs to `country` (ISO 3166, two letters). Brazilian
/// mobiles without the ninth digit gain it. Written with `+`, a number must have a possible length in its
/// country (numbering plans grow); otherwise it must be one that the plan of `country` knows. Errors:
/// invalid_argument with what is wrong and what would be accepted.
Result<std::string> read_phone(std::string_view text, std::string_view country);

/// The number as it is written within its own country, digits only (`11999998888`); empty when `e164` is no
/// number.
std::string national_digits(std::string_view e164);

/// Whether there is such a country in the numbering plans.
bool is_phone_country(std::string_view country);

}  // namespace recado::messaging

#include "messaging/phone.hpp"

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <optional>

namespace recado::messaging {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr int kBrazil = 55;
constexpr std::size_t kLongest = 100;  ///< nothing longer is looked at
constexpr const char* kAccepted =
    "expected a telephone number with area code, such as (11) 99999-8888 or +5511999998888";

const PhoneNumberUtil& plans() {
  static const PhoneNumberUtil& util = *[] {
    auto* const instance = PhoneNumberUtil::GetInstance();
    instance->SetLogger(new i18n::phonenumbers::NullLogger());  // which it owns; the default writes to stdout
    return instance;
  }();
  return util;
}

Error refused(const std::string& why) {
  return Error(ErrorCode::invalid_argument, why + ": " + kAccepted);
}

std::string e164(const PhoneNumber& number) {
  std::string out;
  plans().Format(number, PhoneNumberUtil::E164, &out);
  return out;
}

std::optional<PhoneNumber> parse(const std::string& text, const std::string& country) {
  PhoneNumber number;
  if (plans().Parse(text, country, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return std::nullopt;
  return number;
}

/// Area code and eight digits of which the first is a mobile's: what was written before the ninth digit came.
void add_ninth_digit(PhoneNumber& number) {
  if (number.country_code() != kBrazil) return;
  const auto national = number.national_number();
  if (national < 1'100'000'000 || national > 9'999'999'999) return;
  const auto subscriber = national % 100'000'000;
  if (subscriber < 60'000'000) return;  // a fixed line
  number.set_national_number(national / 100'000'000 * 1'000'000'000 + 900'000'000 + subscriber);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
}

}  // namespace

Result<std::string> read_phone(std::string_view text, std::string_view country) {
  if (text.size() > kLongest) return refused("is too long");
  for (const char* prefix : {"whatsapp:", "tel:"}) {
    if (starts_with_ignoring_case(text, prefix)) text.remove_prefix(std::string_view(prefix).size());
  }
  const auto first = text.find_first_not_of(" \t");
  text.remove_prefix(std::min(first, text.size()));
  if (text.empty()) return refused("is empty");
  if (text.find_first_of("\r\n") != std::string_view::npos) return refused("has more than one line");

  const std::string region(country);
  std::string written(text);
  bool international = written.front() == '+';
  std::optional<PhoneNumber> number;
  if (written.starts_with("00")) {
    // From most countries `00` stands for `+`; where it does not, this is no number.
    number = parse("+" + written.substr(2), region);
    international = number && plans().IsValidNumber(*number);
    if (!international) number.reset();
  }
  if (!number) number = parse(written, region);
  if (!number) return refused("cannot be a telephone number");
  if (number->has_extension()) return refused("has an extension, which cannot be written to");
  add_ninth_digit(*number);
  const bool valid = plans().IsValidNumber(*number);
  const auto possible = plans().IsPossibleNumberWithReason(*number);
  if (valid || (international && possible == PhoneNumberUtil::IS_POSSIBLE)) return e164(*number);
  if (possible == PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY) return refused("lacks its area code");
  if (possible == PhoneNumberUtil::TOO_SHORT) return refused("has too few digits");
  if (possible == PhoneNumberUtil::TOO_LONG) return refused("has too many digits");
  return refused("cannot be a telephone number");
}

std::string national_digits(std::string_view e164) {
  const auto number = parse(std::string(e164), "ZZ");
  if (!number) return {};
  std::string out;
  plans().GetNationalSignificantNumber(*number, &out);
  return out;
}

bool is_phone_country(std::string_view country) {
  // The default. To ask is to load the plans of the whole world: 6 ms of a start, and 3 MB.
  if (country == "BR") return true;
  return plans().GetCountryCodeForRegion(std::string(country)) != 0;
}

}  // namespace recado::messaging

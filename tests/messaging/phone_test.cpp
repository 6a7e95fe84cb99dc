#include "messaging/phone.hpp"

#include <gtest/gtest.h>

#include "rapidcheck/gtest.h"

namespace recado::messaging {
namespace {

std::string read(std::string_view text, std::string_view country = "BR") {
  const auto phone = read_phone(text, country);
  return phone ? *phone : "refused";
}

TEST(Phones, AreReadInAnyUsualSpelling) {
  for (const char* text :
       {"11999998888", "(11) 99999-8888", "11 99999 8888", "+55 11 99999-8888", "5511999998888",
        "55 (11) 99999-8888", "011999998888", "0 11 99999-8888", "0 15 11 99999-8888", "+5511999998888",
        "005511999998888", "00 55 11 99999-8888", "tel:+55-11-99999-8888", "whatsapp:+5511999998888",
        " 11.99999.8888 ", "+55 (011) 99999-8888"}) {
    EXPECT_EQ(read(text), "+5511999998888") << text;
  }
}

TEST(Phones, OfBrazilGainTheNinthDigitWhenTheyAreMobile) {
  EXPECT_EQ(read("(11) 9999-8888"), "+5511999998888");
  EXPECT_EQ(read("+55 11 8888-7777"), "+5511988887777");
  EXPECT_EQ(read("551188887777"), "+5511988887777");
  EXPECT_EQ(read("(55) 9999-8888"), "+5555999998888");  // area code 55 is no country code
  EXPECT_EQ(read("(11) 3333-4444"), "+551133334444");   // a fixed line
  EXPECT_EQ(read("(21) 2222-3333"), "+552122223333");
}

TEST(Phones, OfOtherCountriesKeepTheirOwnRules) {
  EXPECT_EQ(read("+1 202-555-0123"), "+12025550123");
  EXPECT_EQ(read("+351 912 345 678"), "+351912345678");
  EXPECT_EQ(read("+44 20 7946 0958"), "+442079460958");
  EXPECT_EQ(read("030 901820", "DE"), "+4930901820");
  EXPECT_EQ(read("(202) 555-0123", "US"), "+12025550123");
}

TEST(Phones, ThatCannotBeAreRefusedWithTheReason) {
  for (const char* text : {"", "   ", "abc", "123", "99999-8888", "11111111111", "+", "+55", "+5511",
                           "0000000000", "119999988887777", "+999123456789", "ana@example.org",
                           "11 99999-8888\n11 99999-8888", "(11) 3333-4444 ramal 12"}) {
    EXPECT_EQ(read(text), "refused") << text;
  }
  EXPECT_NE(read_phone("99999-8888", "BR").error().detail().find("area code"), std::string::npos);
  EXPECT_EQ(read(std::string(10'000, '9')), "refused");
}

TEST(Phones, HaveNationalDigits) {
  EXPECT_EQ(national_digits("+5511999998888"), "11999998888");
  EXPECT_EQ(national_digits("x"), "");
}

TEST(Phones, KnowTheirCountries) {
  EXPECT_TRUE(is_phone_country("BR"));
  EXPECT_FALSE(is_phone_country("ZZ"));
  EXPECT_FALSE(is_phone_country("br"));
}

RC_GTEST_PROP(PhonesProperty, WhatWasReadOnceReadsAgainAsItself, ()) {
  const auto digit = rc::gen::elementOf(std::string("0123456789+ -().x"));
  const auto text = *rc::gen::container<std::string>(digit);
  const auto once = read_phone(text, "BR");
  if (once) RC_ASSERT(read(*once) == *once);
}

RC_GTEST_PROP(PhonesProperty, NoTextDoesMoreThanBeRefused, (const std::string& text)) {
  const auto phone = read_phone(text, "BR");
  if (phone) {
    RC_ASSERT(phone->starts_with('+'));
    RC_ASSERT(phone->size() <= 18u);
  }
}

}  // namespace
}  // namespace recado::messaging

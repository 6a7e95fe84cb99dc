#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace recado::json {
namespace {

rc::Gen<std::string> white_space() {
  return rc::gen::resize(3, rc::gen::container<std::string>(rc::gen::elementOf(std::string(" \t\r\n"))));
}

/// Some JSON value, at most `depth` containers deep.
rc::Gen<std::string> json_text(int depth) {
  const auto scalar = rc::gen::oneOf(
      rc::gen::element<std::string>("null", "true", "false", "0", "-0.0e+7", R"("\ud800")", R"("\u00e9\n")"),
      rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](std::int64_t n) { return std::to_string(n); }),
      rc::gen::map(rc::gen::arbitrary<std::string>(), [](const std::string& s) { return quote(s); }));
  if (depth == 0) return scalar;
  const auto items = rc::gen::resize(
      5, rc::gen::container<std::vector<std::string>>(rc::gen::lazy([depth] {
        return rc::gen::map(rc::gen::tuple(white_space(), json_text(depth - 1), white_space()),
                            [](const auto& t) { return std::get<0>(t) + std::get<1>(t) + std::get<2>(t); });
      })));
  const auto array = rc::gen::map(items, [](const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const std::string& text : texts) out += (out.size() == 1 ? "" : ",") + text;
    return out + "]";
  });
  const auto object = rc::gen::map(items, [](const std::vector<std::string>& texts) {
    std::string out = "{";
    for (const std::string& text : texts) out += (out.size() == 1 ? "\"k\" :" : ",\"\\u006b\":") + text;
    return out + "}";
  });
  return rc::gen::oneOf(scalar, array, object);
}

RC_GTEST_PROP(JsonProperty, AcceptsGeneratedTextAndKeepsItsBytes, ()) {
  const std::string value = *json_text(4);
  const std::string text = *white_space() + value + *white_space();
  const auto parsed = parse(text);
  RC_ASSERT(parsed.ok());
  RC_ASSERT(parsed->text == value);
}

RC_GTEST_PROP(JsonProperty, TakesContainersApartWithoutLosingAByteOfAValue, ()) {
  const auto texts = *rc::gen::container<std::vector<std::string>>(json_text(2));
  Writer array;
  Writer object;
  array.begin_array();
  object.begin_object();
  for (const std::string& text : texts) {
    array.raw(text);
    object.key("name").raw(text);
  }
  array.end_array();
  object.end_object();
  const auto found = elements(parse(array.str()).value());
  const auto named = members(parse(object.str()).value());
  RC_ASSERT(found.ok());
  RC_ASSERT(named.ok());
  RC_ASSERT(found->size() == texts.size());
  RC_ASSERT(named->size() == texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    RC_ASSERT((*found)[i].text == texts[i]);
    RC_ASSERT((*named)[i].value.text == texts[i]);
    RC_ASSERT((*named)[i].key == "name");
  }
}

RC_GTEST_PROP(JsonProperty, RefusesEveryProperPrefixOfAContainer, ()) {
  const std::string text = "[" + *json_text(3) + "]";
  const auto cut = *rc::gen::inRange<std::size_t>(0, text.size());
  RC_ASSERT(!parse(std::string_view(text).substr(0, cut)).ok());
}

RC_GTEST_PROP(JsonProperty, SurvivesAnyDamage, ()) {
  std::string text = *json_text(3);
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  text[at] = *rc::gen::arbitrary<char>();
  const auto parsed = parse(text);
  if (!parsed) RC_SUCCEED("refused");
  // What is accepted can be taken apart.
  if (parsed->kind == Kind::array) RC_ASSERT(elements(*parsed).ok());
  if (parsed->kind == Kind::object) (void)members(*parsed);  // a damaged name may be a lone surrogate
  if (parsed->kind == Kind::string) (void)as_string(*parsed);
  if (parsed->kind == Kind::number) RC_ASSERT(as_number(*parsed).ok() || text.size() > 300);
}

RC_GTEST_PROP(JsonProperty, ReadsBackWhatItQuoted, (const std::string& text)) {
  const std::string quoted = quote(text);
  const auto parsed = parse(quoted);
  RC_ASSERT(parsed.ok());
  const auto decoded = as_string(*parsed);
  RC_ASSERT(decoded.ok());
  // Equal, but for bytes that were no UTF-8; a second round changes nothing any more.
  RC_ASSERT(quote(*decoded) == quoted);
  const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(text.begin(), text.end(), ascii)) RC_ASSERT(*decoded == text);
}

RC_GTEST_PROP(JsonProperty, ReadsBackEveryIntegerAndDouble, (std::int64_t integer, double number)) {
  RC_ASSERT(*as_int(parse(Writer().value(integer).str()).value()) == integer);
  RC_ASSERT(*as_int(parse(std::to_string(integer) + ".00").value()) == integer);
  RC_ASSERT(*as_number(parse(Writer().value(number).str()).value()) == number);
}

}  // namespace
}  // namespace recado::json

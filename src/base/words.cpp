#include "base/words.hpp"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <algorithm>

namespace recado {
namespace {

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::u16string to_utf16(std::string_view text) {
  // Never longer in units than in bytes.
  std::u16string out(text.size(), u'\0');
  int32_t length = 0;
  UErrorCode status = U_ZERO_ERROR;
  u_strFromUTF8WithSub(out.data(), static_cast<int32_t>(out.size()), &length, text.data(),
                       static_cast<int32_t>(text.size()), 0xFFFD, nullptr, &status);
  out.resize(static_cast<std::size_t>(length));
  return out;
}

/// NFKD; an ICU without its data is a defect of the installation, and then the text stays as it is.
std::u16string decomposed(const std::u16string& text) {
  UErrorCode status = U_ZERO_ERROR;
  const UNormalizer2* const nfkd = unorm2_getNFKDInstance(&status);
  if (U_FAILURE(status)) return text;
  std::u16string out(text.size() * 2 + 16, u'\0');
  auto length = unorm2_normalize(nfkd, text.data(), static_cast<int32_t>(text.size()), out.data(),
                                 static_cast<int32_t>(out.size()), &status);
  if (status == U_BUFFER_OVERFLOW_ERROR) {
    status = U_ZERO_ERROR;
    out.resize(static_cast<std::size_t>(length));
    length = unorm2_normalize(nfkd, text.data(), static_cast<int32_t>(text.size()), out.data(),
                              static_cast<int32_t>(out.size()), &status);
  }
  if (U_FAILURE(status)) return text;
  out.resize(static_cast<std::size_t>(length));
  return out;
}

void append_utf8(std::string& out, UChar32 c) {
  char bytes[U8_MAX_LENGTH];
  int32_t length = 0;
  UBool failed = false;
  U8_APPEND(reinterpret_cast<uint8_t*>(bytes), length, U8_MAX_LENGTH, c, failed);
  if (!failed) out.append(bytes, static_cast<std::size_t>(length));
}

bool is_mark(UChar32 c) {
  const auto type = u_charType(c);
  return type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK;
}

}  // namespace

std::string fold(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  if (is_ascii(text)) {
    for (const char c : text) out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    return out;
  }
  const auto units = decomposed(to_utf16(text));
  std::u16string kept;
  kept.reserve(units.size());
  for (std::size_t i = 0; i < units.size();) {
    const auto start = i;
    UChar32 c = 0;
    U16_NEXT(units.data(), i, units.size(), c);
    if (!is_mark(c)) kept.append(units, start, i - start);
  }
  std::u16string folded(kept.size() * 3 + 1, u'\0');  // one unit folds into three at most
  UErrorCode status = U_ZERO_ERROR;
  const auto length = u_strFoldCase(folded.data(), static_cast<int32_t>(folded.size()), kept.data(),
                                    static_cast<int32_t>(kept.size()), U_FOLD_CASE_DEFAULT, &status);
  folded.resize(U_FAILURE(status) ? 0 : static_cast<std::size_t>(length));
  for (std::size_t i = 0; i < folded.size();) {
    UChar32 c = 0;
    U16_NEXT(folded.data(), i, folded.size(), c);
    append_utf8(out, U_IS_SURROGATE(c) ? 0xFFFD : c);
  }
  return out;
}

std::vector<std::string> words_of(std::string_view text) {
  const auto folded = fold(text);
  std::vector<std::string> words;
  std::string word;
  bool full = false;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
    full = false;
  };
  const auto size = static_cast<int32_t>(folded.size());
  for (int32_t i = 0; i < size;) {
    const auto start = i;
    UChar32 c = 0;
    U8_NEXT(reinterpret_cast<const uint8_t*>(folded.data()), i, size, c);
    if (c < 0 || !u_isalnum(c)) {
      end_word();
      continue;
    }
    const auto bytes = static_cast<std::size_t>(i - start);
    full = full || word.size() + bytes > kMaxWordBytes;
    if (!full) word.append(folded, static_cast<std::size_t>(start), bytes);
  }
  end_word();
  return words;
}

}  // namespace recado

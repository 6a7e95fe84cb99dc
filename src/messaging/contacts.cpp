#include "messaging/contacts.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/words.hpp"
#include "messaging/phone.hpp"

namespace recado::messaging {
namespace {

using records::Document;
using records::Field;
using records::Record;

constexpr std::size_t kMaxCustomBytes = 16 * 1024;
constexpr std::size_t kFewestDigits = 3;  ///< below, they are not taken for a telephone number

void trim(Document& fields, const char* name) {
  const auto text = fields.text(name);
  if (!text) return;
  const auto kept = trimmed(*text);
  if (kept.empty()) {
    fields.remove(name);
  } else if (kept != *text) {
    fields.set_text(name, kept);
  }
}

void judge_phone(Document& fields, const Record* before, const std::string& country,
                 FieldProblems& problems) {
  const auto phone = fields.text("phone");
  if (!phone || (before != nullptr && before->fields.text("phone") == phone)) return;
  const auto read = read_phone(*phone, country);
  if (read) {
    fields.set_text("phone", *read);
  } else {
    problems.emplace_back("phone", read.error().detail());
  }
}

void judge_preferred_channel(Document& fields, FieldProblems& problems) {
  const auto given = fields.text("preferredChannel");
  if (!given) return;
  const auto channel = fold(*given);
  if (std::find(std::begin(kContactChannels), std::end(kContactChannels), channel) ==
      std::end(kContactChannels)) {
    problems.emplace_back("preferredChannel", "is no channel: use one of whatsapp, email");
    return;
  }
  fields.set_text("preferredChannel", channel);
}

void judge_tags(Document& fields) {
  if (!fields.find("tags")) return;
  std::vector<std::string> tags;
  for (const auto& text : fields.texts("tags")) {
    const auto tag = trimmed(text);
    if (!tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.emplace_back(tag);
  }
  if (tags.empty()) return fields.remove("tags");
  fields.set_texts("tags", tags);
}

/// A time that was given, in our form.
void judge_time(Document& fields, const char* name, FieldProblems& problems) {
  const auto text = fields.text(name);
  if (!text) return;
  const auto time = parse_time(*text, std::nullopt);
  if (time) {
    fields.set_text(name, format_time(time->at));
  } else {
    problems.emplace_back(name, time.error().detail());
  }
}

/// What is not named stays as it was; a change of mind has a time and a source.
void judge_consent(Draft& draft, Instant now, FieldProblems& problems) {
  auto& fields = draft.fields;
  const Record* const before = draft.before;
  const bool was = before != nullptr && before->fields.flag("optedOut");
  const bool is = fields.find("optedOut") ? fields.flag("optedOut") : was;
  fields.set_flag("optedOut", is);
  for (const char* name : {"optedOutAt", "optedOutSource", "optedInAt", "optedInSource"}) {
    if (draft.names(name) || before == nullptr) continue;
    if (const auto value = before->fields.find(name)) fields.set(name, *value);
  }
  for (const char* name : {"optedOutAt", "optedInAt"}) judge_time(fields, name, problems);
  if (is == was) return;  // of a new contact: nobody was asked yet, as far as is known
  const auto at = is ? "optedOutAt" : "optedInAt";
  const auto source = is ? "optedOutSource" : "optedInSource";
  if (!draft.names(at) || !fields.find(at)) fields.set_text(at, format_time(now));
  if (!draft.names(source) || !fields.find(source)) fields.set_text(source, "api");
}

void judge_contact(Draft& draft, const std::string& country, Instant now, FieldProblems& problems) {
  auto& fields = draft.fields;
  for (const char* name : {"name", "email", "phone", "preferredChannel", "externalCode"}) trim(fields, name);
  if (!fields.find("name")) problems.emplace_back("name", "is required");
  const auto email = fields.text("email");
  if (email && !is_email_address(*email))
    problems.emplace_back("email", "is no e-mail address: expected one such as ana@example.com");
  judge_phone(fields, draft.before, country, problems);
  judge_preferred_channel(fields, problems);
  judge_tags(fields);
  if (const auto custom = fields.find("custom"); custom && custom->size() > kMaxCustomBytes)
    problems.emplace_back("custom", "has " + std::to_string(custom->size()) +
                                        " bytes: accepted are at most " + std::to_string(kMaxCustomBytes));
  if (fields.find("custom") == "{}") fields.remove("custom");
  judge_consent(draft, now, problems);
}

}  // namespace

const records::Type& contact_type() {
  static const records::Type type(
      "contacts",
      {Field("name").searched().sorted('n'), Field("email").searched().lookup('e').folded(),
       Field("phone").searched().lookup('p'), Field("preferredChannel").lookup('c'),
       Field("externalCode").searched().unique('x').lookup('k'), Field("tags").lookup('t'),
       Field("optedOut").lookup('o')},
      [](const Document& fields) {
        // `11 9…` is found as well as `55 11 9…`.
        std::vector<std::string> words;
        if (const auto phone = fields.text("phone")) words.push_back(national_digits(*phone));
        return words;
      },
      {{kMembers, records::Relation::Side::to}});
  return type;
}

std::string contact_search(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') digits += c;
    if ((c < '0' || c > '9') && std::string_view(" ()+-./").find(c) == std::string_view::npos)
      return std::string(text);
  }
  return digits.size() < kFewestDigits ? std::string(text) : digits;
}

const char* address_field(std::string_view address) noexcept {
  return address.starts_with('+') ? "phone" : "email";
}

bool is_email_address(std::string_view text) {
  const auto at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size() || text.size() > 254) return false;
  if (text.find('@', at + 1) != std::string_view::npos) return false;
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7F || c == ',' || c == ';' || c == '<' || c == '>' || c == '"';
  });
}

Contacts::Contacts(io::Loop& loop, records::Store& store, std::string country)
    : Collection(store, contact_type(),
                 [&loop, country](Draft& draft, FieldProblems& problems) {
                   judge_contact(draft, country, loop.clock().now(), problems);
                 }),
      country_(country) {}

io::Task<Result<std::vector<std::vector<Record>>>> Contacts::reached_at_each(
    std::string account, std::vector<std::string> addresses) {
  std::vector<records::Question> questions;
  for (const auto& address : addresses) {
    const auto* const by = type().find(address_field(address));
    questions.push_back(records::Question::by_value(*by, address));
  }
  co_return co_await store().find_all(std::move(account), type(), std::move(questions));
}

io::Task<Result<std::vector<Record>>> Contacts::reached_at(std::string account, std::string address) {
  std::vector<std::string> one;
  one.push_back(std::move(address));
  auto found = co_await reached_at_each(std::move(account), std::move(one));
  if (!found) co_return found.error();
  co_return std::move(found->front());
}

}  // namespace recado::messaging

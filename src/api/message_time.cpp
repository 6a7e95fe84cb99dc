#include "api/message_time.hpp"

#include <algorithm>

namespace recado::api {
namespace {

class TimeReader {
 public:
  TimeReader(const Values& values, const ParseContext& context, bool patch, engine::MessageSpec& spec,
             FieldErrors& errors, std::vector<std::string>& notes)
      : values_(values), context_(context), patch_(patch), spec_(spec), errors_(errors), notes_(notes) {}

  void read() {
    zone_ = readable("timezone");
    if (zone_ && !zone_exists(*zone_)) {
      errors_.emplace_back("timezone", shown(*zone_) +
                                           " is not a known zone: accepted are IANA names such as "
                                           "America/Sao_Paulo or UTC");
      return;
    }
    read_due();
    read_expiry();
  }

 private:
  std::optional<std::string> readable(const char* field) const {
    return names_field(errors_, field) ? std::nullopt : values_.string(field);
  }

  void read_due() {
    if (names_field(errors_, "scheduleTo") || names_field(errors_, "delay") ||
        names_field(errors_, "timezone"))
      return;
    const auto text = values_.string("scheduleTo");
    const auto* delay = values_.given("delay");
    if (text && delay != nullptr) {
      errors_.emplace_back("delay", "scheduleTo and delay contradict each other: give one of them");
    } else if (text) {
      read_schedule(*text);
    } else if (delay != nullptr) {
      read_delay(*delay);
    } else if (patch_) {
      keep_due();
    } else if (zone_) {
      errors_.emplace_back("timezone", "is only accepted together with scheduleTo");
    } else {
      spec_.due = context_.now;
    }
  }

  void read_schedule(const std::string& text) {
    std::optional<std::string> zone = zone_;
    auto parsed = parse_time(text, zone);
    // A patch that names only a local time means the zone that the message has.
    const bool named = values_.find("timezone") != nullptr;
    if (!parsed && patch_ && !named && !spec_.timezone.empty()) {
      zone = spec_.timezone;
      parsed = parse_time(text, zone);
    }
    if (!parsed) {
      errors_.emplace_back("scheduleTo", parsed.error().detail());
      return;
    }
    spec_.due = parsed->at;
    spec_.local_time = zone ? text : "";
    spec_.timezone = zone.value_or("");
    if (parsed->note) notes_.push_back(*parsed->note);
    if (parsed->at < context_.now) notes_.emplace_back("The time has passed: it is sent at once.");
  }

  void read_delay(json::Raw delay) {
    const auto wait = read_duration(delay);
    if (!wait) return;  // the schema has said so
    if (zone_) {
      errors_.emplace_back("timezone", "is only accepted together with scheduleTo, not with delay");
      return;
    }
    spec_.due = context_.now + *wait;
    spec_.local_time.clear();
    spec_.timezone.clear();
  }

  /// A patch without a new time; a new zone gives the stored local time another meaning.
  void keep_due() {
    if (values_.find("scheduleTo") != nullptr) {
      errors_.emplace_back("scheduleTo",
                           "null would send it now: give a time, a delay, or use POST /messages/{id}/send");
    } else if (values_.find("timezone") != nullptr && (zone_ || !spec_.timezone.empty())) {
      if (spec_.local_time.empty()) {
        errors_.emplace_back("timezone", "this message was not given as local time: name scheduleTo too");
        return;
      }
      read_schedule(std::string{spec_.local_time});
    }
  }

  void read_expiry() {
    if (names_field(errors_, "expiresAt")) return;
    const auto* given = values_.find("expiresAt");
    if (given == nullptr) return;
    spec_.expires_at.reset();
    const auto text = values_.string("expiresAt");
    if (!text) return;
    auto parsed = parse_time(*text, std::nullopt);
    if (!parsed && !spec_.timezone.empty()) parsed = parse_time(*text, spec_.timezone);
    if (!parsed) {
      errors_.emplace_back("expiresAt", parsed.error().detail());
      return;
    }
    spec_.expires_at = parsed->at;
    if (parsed->note) notes_.push_back("expiresAt: " + *parsed->note);
  }

  const Values& values_;
  const ParseContext& context_;
  const bool patch_;
  engine::MessageSpec& spec_;
  FieldErrors& errors_;
  std::vector<std::string>& notes_;
  std::optional<std::string> zone_;
};

}  // namespace

bool names_field(const FieldErrors& errors, std::string_view field) {
  return std::any_of(errors.begin(), errors.end(), [&](const http::FieldError& error) {
    const std::string_view named = error.field;
    return named.starts_with(field) &&
           (named.size() == field.size() || named[field.size()] == '.' || named[field.size()] == '[');
  });
}

void read_times(const Values& values, const ParseContext& context, bool patch, engine::MessageSpec& spec,
                FieldErrors& errors, std::vector<std::string>& notes) {
  TimeReader(values, context, patch, spec, errors, notes).read();
}

Result<Instant> read_instant(std::string text) {
  const auto space = text.rfind(' ');
  if (space != std::string::npos && text.size() - space == 6 && text[space + 3] == ':' &&
      text.find_first_of("Tt ") < space) {
    text[space] = '+';
  }
  const auto parsed = parse_time(text, std::nullopt);
  return parsed ? Result<Instant>(parsed->at) : Result<Instant>(parsed.error());
}

}  // namespace recado::api

#include "api/message_parse.hpp"

#include <algorithm>

#include "api/message_repeat.hpp"
#include "api/message_schema.hpp"
#include "api/message_time.hpp"
#include "engine/header_rules.hpp"

namespace recado::api {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

class MessageReader {
 public:
  MessageReader(Values values, const ParseContext& context, bool patch, engine::MessageSpec& spec,
                FieldErrors& errors, ParseNotes& notes)
      : values_(std::move(values)),
        context_(context),
        patch_(patch),
        spec_(spec),
        errors_(errors),
        notes_(notes) {}

  void read() {
    read_id();
    read_times(values_, context_, patch_, spec_, errors_, notes_.notes);
    read_repeat(values_, context_, spec_, errors_, notes_.notes);
    read_payload();
    read_urls();
    read_channel();
    read_headers();
    read_retry();
    read_rest();
    check_rules();
  }

 private:
  /// Whether the field was named and the schema had nothing against it.
  bool usable(const char* field) const {
    return values_.find(field) != nullptr && !names_field(errors_, field);
  }

  void read_id() {
    if (!usable("id")) return;
    const auto id = values_.string("id");
    if (!id) return;
    if (*id == "." || *id == "..") {
      errors_.emplace_back("id",
                           shown(*id) + " cannot stand in a path: use any other text of 1 to 255 bytes");
    } else if (!spec_.id.empty() && *id != spec_.id) {
      errors_.emplace_back("id", shown(*id) + " is not the id in the path: leave it out, or give the same");
    } else {
      spec_.id = *id;
    }
  }

  void read_payload() {
    const auto* payload = values_.find("payload");
    if (payload == nullptr) return;
    if (payload->text.size() > context_.max_payload_bytes) {
      errors_.emplace_back("payload", "has " + std::to_string(payload->text.size()) +
                                          " bytes: accepted are at most " +
                                          std::to_string(context_.max_payload_bytes) + " (MAX_BODY_BYTES)");
      return;
    }
    spec_.payload.assign(payload->text);
    spec_.has_payload = true;
  }

  void read_urls() {
    if (usable("webhookUrl")) {
      spec_.webhook_url = values_.string("webhookUrl").value_or("");
      const auto url = context_.destinations.check(spec_.webhook_url);
      const bool tolerated =
          !url && url.error().code() == ErrorCode::refused && notes_.tolerate_refused_address;
      if (!url && !tolerated) errors_.emplace_back("webhookUrl", url.error().detail());
    }
    if (usable("callbackUrl")) {
      spec_.callback_url = values_.string("callbackUrl").value_or("");
      if (spec_.callback_url.empty()) return;
      const auto url = context_.destinations.check(spec_.callback_url);
      if (!url) errors_.emplace_back("callbackUrl", url.error().detail());
    }
  }

  /// Either the webhook or a channel to people: what belongs to the other has no place.
  void read_channel() {
    messaging::Written written;
    const auto take = [this](const char* field, std::optional<std::string>& into) {
      // null sets it back to its default, which is nothing.
      if (usable(field)) into = values_.string(field).value_or("");
    };
    take("channel", written.channel);
    take("to", written.to);
    take("text", written.text);
    take("subject", written.subject);
    take("html", written.html);
    const bool templated = !patch_ && values_.given("template") != nullptr;
    const bool on_channel = written.channel ? !written.channel->empty() : patch_ && !spec_.channel.empty();
    if (!on_channel) {
      if (written.any() || templated || values_.given("variables") != nullptr) {
        refuse({"to", "text", "subject", "html", "template", "variables"},
               "belongs to a message on a channel: give channel too");
      }
      if (written.channel && !spec_.channel.empty()) {
        errors_.emplace_back("channel", "cannot be taken away: register a message with a webhookUrl instead");
      } else if (!patch_ && values_.find("webhookUrl") == nullptr && !names_field(errors_, "")) {
        errors_.emplace_back("webhookUrl", "is required, or channel and to instead");
      }
      return;
    }
    refuse({"webhookUrl", "payload", "headers", "method"}, "has no place beside channel: it is for webhooks");
    if (patch_ && spec_.channel.empty()) {
      errors_.emplace_back("channel", "cannot be given to a message that has a webhookUrl");
      return;
    }
    if (patch_ && !written.any()) return;
    if (templated) {
      refuse({"text", "subject", "html"}, "stands beside template, which says it: give one of them");
      if (!take_template(written)) return;
    } else if (values_.given("variables") != nullptr) {
      errors_.emplace_back("variables", "belongs to a template: give template too");
    }
    static const messaging::ChannelDirectory kNone{};
    messaging::FieldProblems problems;
    messaging::write_to(written, context_.channels != nullptr ? *context_.channels : kNone, spec_, problems);
    for (auto& [field, message] : problems) {
      if (!names_field(errors_, field.c_str())) errors_.emplace_back(field, std::move(message));
    }
  }

  /// False when it cannot be filled.
  bool take_template(messaging::Written& written) {
    if (context_.filled == nullptr) {
      if (errors_.empty()) errors_.emplace_back("template", "cannot be used here: give the text itself");
      return false;
    }
    for (const auto& error : context_.filled->errors) errors_.push_back(error);
    if (!context_.filled->errors.empty()) return false;
    const auto& content = context_.filled->content;
    written.text = content.text;
    written.subject = content.subject;
    written.html = content.html;
    written.provider_template = content.provider_template;
    written.from_template = true;
    return true;
  }

  void refuse(std::initializer_list<const char*> fields, const char* why) {
    for (const char* field : fields) {
      if (values_.find(field) != nullptr && !names_field(errors_, field)) errors_.emplace_back(field, why);
    }
  }

  void read_headers() {
    if (!usable("headers")) return;
    spec_.headers.clear();
    const auto* given = values_.given("headers");
    if (given == nullptr) return;
    const Values headers(*given);
    std::vector<std::string> seen;
    for (const auto& member : headers.members()) {
      auto value = json::as_string(member.value).value();  // the schema made sure of it
      if (auto problem = header_problem(member.key, value, seen)) {
        errors_.emplace_back(
            "headers." + (engine::header_name_is_valid(member.key) ? member.key : shown(member.key)),
            std::move(*problem));
        continue;
      }
      seen.push_back(lower(member.key));
      spec_.headers.emplace_back(member.key, std::move(value));
    }
  }

  static std::optional<std::string> header_problem(const std::string& name, const std::string& value,
                                                   const std::vector<std::string>& seen) {
    if (!engine::header_name_is_valid(name)) {
      return "is not a header name: accepted are letters, digits and !#$%&'*+-.^_`|~";
    }
    if (engine::header_is_reserved(name)) {
      return "cannot be set: Host, Content-Length, hop-by-hop headers, webhook-* and recado-* are set by "
             "Recado";
    }
    if (!engine::header_value_is_valid(value)) {
      return shown(value) +
             " is not a header value: CR, LF, NUL and other control characters are not accepted";
    }
    if (std::find(seen.begin(), seen.end(), lower(name)) != seen.end()) {
      return "is given more than once in different letter case: give it once";
    }
    return std::nullopt;
  }

  void read_retry() {
    if (!usable("retry")) return;
    spec_.retry = engine::RetryPolicy{};
    const auto* given = values_.given("retry");
    if (given == nullptr) return;
    const Values retry(*given);
    if (const auto* attempts = retry.given("maxAttempts")) {
      spec_.retry.max_attempts = static_cast<int>(json::as_int(*attempts).value());
    }
    if (retry.string("backoff") == "fixed") spec_.retry.backoff = engine::Backoff::fixed;
    if (const auto* initial = retry.given("initial")) spec_.retry.initial = read_duration(*initial).value();
    if (const auto* max = retry.given("max")) {
      spec_.retry.max = read_duration(*max).value();
      if (spec_.retry.max < spec_.retry.initial) {
        errors_.emplace_back("retry.max", format_duration(spec_.retry.max) + " is less than initial, " +
                                              format_duration(spec_.retry.initial) + ": give at least that");
      }
    } else {
      spec_.retry.max = std::max(spec_.retry.max, spec_.retry.initial);
    }
  }

  void read_rest() {
    const engine::MessageSpec defaults;
    if (usable("method")) spec_.method = values_.string("method").value_or(defaults.method);
    if (usable("timeout")) {
      const auto* timeout = values_.given("timeout");
      spec_.timeout = timeout != nullptr ? read_duration(*timeout).value() : defaults.timeout;
    }
    if (usable("queue")) {
      spec_.queue = values_.string("queue").value_or(defaults.queue);
      if (spec_.queue == "*") errors_.emplace_back("queue", R"("*" stands for all queues: use another name)");
    }
    if (usable("tags")) read_tags();
  }

  void read_tags() {
    spec_.tags.clear();
    const auto* given = values_.given("tags");
    if (given == nullptr) return;
    const auto items = json::elements(*given).value();
    for (const auto& item : items) {
      auto tag = json::as_string(item).value();
      if (std::find(spec_.tags.begin(), spec_.tags.end(), tag) == spec_.tags.end())
        spec_.tags.push_back(std::move(tag));
    }
  }

  void check_rules() {
    if (!spec_.expires_at || spec_.repeat || names_field(errors_, "expiresAt") ||
        names_field(errors_, "scheduleTo") || names_field(errors_, "delay") ||
        names_field(errors_, "timezone")) {
      return;
    }
    if (*spec_.expires_at <= spec_.due) {
      errors_.emplace_back("expiresAt", format_time(*spec_.expires_at) +
                                            " is not after the time it is due, " + format_time(spec_.due) +
                                            ": it would never be sent");
    }
  }

  const Values values_;
  const ParseContext& context_;
  const bool patch_;
  engine::MessageSpec& spec_;
  FieldErrors& errors_;
  ParseNotes& notes_;
};

}  // namespace

void read_message(json::Raw body, const ParseContext& context, engine::MessageSpec& spec, FieldErrors& errors,
                  ParseNotes* notes) {
  ParseNotes unused;
  auto values = validated(new_message_shape(), body, errors);
  MessageReader(std::move(values), context, false, spec, errors, notes != nullptr ? *notes : unused).read();
}

void patch_message(json::Raw body, const ParseContext& context, engine::MessageSpec& spec,
                   FieldErrors& errors) {
  ParseNotes unused;
  auto values = validated(message_patch_shape(), body, errors);
  MessageReader(std::move(values), context, true, spec, errors, unused).read();
}

}  // namespace recado::api

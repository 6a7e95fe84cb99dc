#include "messaging/schedules/channel_composer.hpp"

#include <algorithm>
#include <utility>

#include "messaging/variables.hpp"
#include "messaging/writing.hpp"

namespace recado::messaging {
namespace {

using records::Document;

Written written_of(const Document& fields, std::string to) {
  Written written;
  written.channel = fields.text("channel").value_or("");
  written.to = std::move(to);
  written.text = fields.text("text");
  written.subject = fields.text("subject");
  written.html = fields.text("html");
  return written;
}

TemplatedContent templated(TemplateSource source, std::string to) {
  TemplatedContent content;
  content.to = std::move(to);
  content.source = std::move(source);
  return content;
}

/// Whether any part of a template has this text, such as a variable's name.
bool mentions(const TemplateSource& source, const std::string& name) {
  const auto has = [&name](const std::string& text) { return text.find(name) != std::string::npos; };
  if (has(source.subject) || has(source.body) || has(source.html)) return true;
  const auto& kept = source.provider_template;
  return kept && std::any_of(kept->parameters.begin(), kept->parameters.end(), has);
}

/// What a schedule gives its template.
Value given_variables(const Document& fields) {
  const auto given = fields.find("variables");
  auto read = given ? parse_value(*given) : Result<Value>(Value());
  return read ? std::move(*read) : Value();
}

/// What fills the template for somebody, and no more of it than the template may ask for: it is kept in each
/// message until that is sent.
std::string variables_of(const Recipient& recipient, const Value& given, const TemplateSource& source) {
  Value variables;
  if (recipient.contact != nullptr) variables = contact_variables(*recipient.contact);
  give_variables(variables, given);
  std::erase_if(variables.members, [&](const auto& member) { return !mentions(source, member.first); });
  return json_of(variables);
}

/// The same words for everybody, or a template that is filled for each when the message is sent.
class OverChannel final : public Composition {
 public:
  OverChannel(const ChannelDirectory& channels, ChannelInfo channel, const Document& fields,
              std::optional<TemplateSource> source)
      : channels_(channels),
        channel_(std::move(channel)),
        schedule_(fields.text("uuid").value_or("")),
        words_(written_of(fields, {})),
        given_(given_variables(fields)),
        source_(std::move(source)) {}

  void write(const Recipient& recipient, engine::MessageSpec& spec) const override {
    const bool mail = channel_.kind() == ChannelKind::email;
    std::string to = recipient.address;
    if (recipient.contact != nullptr)
      to = recipient.contact->fields.text(mail ? "email" : "phone").value_or("");
    const bool unreachable = to.empty();
    Content content;
    content.schedule = schedule_;
    if (recipient.contact != nullptr) content.contact = recipient.contact->id;
    spec.channel = channel_.key;
    spec.payload = encode_content(content);
    spec.has_payload = true;
    FieldProblems problems;
    if (source_) {
      auto filled_later = templated(*source_, std::move(to));
      filled_later.contact = content.contact;
      filled_later.schedule = content.schedule;
      filled_later.variables = variables_of(recipient, given_, *source_);
      write_template_to(words_.channel.value_or(""), std::move(filled_later), channels_, spec, problems);
    } else {
      Written written = words_;
      written.to = std::move(to);
      write_to(written, channels_, spec, problems);
    }
    if (problems.empty()) return;
    content.refusal = unreachable ? std::string("contact ") + std::to_string(recipient.contact->id) +
                                        (mail ? " has no e-mail address" : " has no telephone number")
                                  : problems.front().field + " " + problems.front().message;
    spec.payload = encode_content(content);
  }

 private:
  const ChannelDirectory& channels_;
  ChannelInfo channel_;
  std::string schedule_;  ///< its uuid
  Written words_;         ///< to nobody yet
  Value given_;
  std::optional<TemplateSource> source_;
};

}  // namespace

io::Task<Result<std::optional<TemplateSource>>> ChannelComposer::find_template(std::string account,
                                                                               const Document& fields) {
  std::string which = fields.text("template").value_or("");
  if (const auto id = fields.number("template")) which = std::to_string(*id);
  if (which.empty()) co_return std::optional<TemplateSource>();
  const auto found = co_await templates_.find_called(std::move(account), which);
  if (!found) co_return found.error();
  if (!*found) co_return Error(ErrorCode::not_found, "there is no template " + which);
  co_return std::optional<TemplateSource>(template_source((*found)->fields));
}

io::Task<Result<FieldProblems>> ChannelComposer::judge(std::string account, const Document& fields) {
  FieldProblems out;
  if (channels_ == nullptr) {
    out.emplace_back("channel", "there are no channels");
    co_return out;
  }
  co_await know(account, fields.text("channel").value_or(""));
  const auto source = co_await find_template(account, fields);
  if (!source && source.error().code() != ErrorCode::not_found) co_return source.error();
  if (!source) {
    out.emplace_back("template", source.error().detail());
    co_return out;
  }
  if (!*source && fields.find("variables")) {
    out.emplace_back("variables", "belongs to a template: give template too");
    co_return out;
  }
  engine::MessageSpec ignored;
  ignored.account = account;
  FieldProblems problems;
  const auto write = [&](std::string to) {
    problems.clear();
    if (*source) {
      write_template_to(fields.text("channel").value_or(""), templated(**source, std::move(to)), *channels_,
                        ignored, problems);
    } else {
      write_to(written_of(fields, std::move(to)), *channels_, ignored, problems);
    }
  };
  write("");
  for (auto& problem : problems) {
    if (problem.field != "to") out.push_back(std::move(problem));
  }
  if (!out.empty()) co_return out;
  const auto items = fields.elements("recipients");
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto address = json::as_string(items[i]);
    if (!address) continue;
    write(std::move(*address));
    for (const auto& problem : problems)
      out.emplace_back("recipients[" + std::to_string(i) + "]", problem.message);
  }
  co_return out;
}

io::Task<> ChannelComposer::know(std::string account, std::string name) {
  if (channels_ == nullptr || channels_->resolve(account, name) != nullptr) co_return;
  static_cast<void>(co_await channels_->look_again());
}

io::Task<Result<std::unique_ptr<Composition>>> ChannelComposer::begin(std::string account,
                                                                      const Document& fields) {
  const auto name = fields.text("channel").value_or("");
  co_await know(account, name);
  const auto* const channel = channels_ != nullptr ? channels_->resolve(account, name) : nullptr;
  if (channel == nullptr) co_return Error(ErrorCode::not_found, "there is no channel " + name + " any more");
  const ChannelInfo over = *channel;
  auto source = co_await find_template(std::move(account), fields);
  if (!source) co_return source.error();
  std::unique_ptr<Composition> made =
      std::make_unique<OverChannel>(*channels_, over, fields, std::move(*source));
  co_return made;
}

}  // namespace recado::messaging

#include "messaging/writing.hpp"

#include <algorithm>

#include "messaging/channels/mail.hpp"
#include "messaging/phone.hpp"

namespace recado::messaging {
namespace {

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string known(const ChannelDirectory& channels, const std::string& account) {
  std::string out;
  for (const auto& info : channels.list(account)) out += (out.empty() ? "" : ", ") + info.name;
  return out.empty() ? "none is configured" : "there are whatsapp, email (the defaults) and " + out;
}

void check_recipient(const ChannelInfo& channel, const ChannelDirectory& channels, std::string& recipient,
                     FieldProblems& problems) {
  if (recipient.empty()) {
    problems.emplace_back("to", "is missing: give a telephone number or an e-mail address");
    return;
  }
  auto to = read_recipient(channel.kind(), recipient, channels.country());
  if (to) {
    recipient = std::move(to).value();
  } else {
    problems.emplace_back("to", to.error().detail());
  }
}

void check_text(const ChannelInfo& channel, const Content& content, FieldProblems& problems) {
  if (channel.kind() == ChannelKind::email) {
    if (content.provider_template) {
      problems.emplace_back("template", "is one that a provider of WhatsApp keeps: e-mail has none");
      return;
    }
    if (content.text.empty() && content.html.empty()) {
      problems.emplace_back("text", "is missing: an e-mail has text, html or both");
    }
    if (content.subject.find_first_of("\r\n") != std::string::npos) {
      problems.emplace_back("subject", "has a line break: a subject is one line");
    }
    if (content.subject.size() > kMaxSubject) {
      problems.emplace_back("subject", "is longer than " + std::to_string(kMaxSubject) + " bytes");
    }
    return;
  }
  if (content.text.empty() && !content.provider_template)
    problems.emplace_back("text", "is missing: say what is to be sent");
  if (characters(content.text) > kMaxWhatsAppText) {
    problems.emplace_back("text", "is longer than " + std::to_string(kMaxWhatsAppText) + " characters");
  }
  if (!content.subject.empty()) problems.emplace_back("subject", "is for e-mail only: WhatsApp has none");
  if (!content.html.empty()) problems.emplace_back("html", "is for e-mail only: WhatsApp shows text");
}

const ChannelInfo* find_channel(const std::string& account, const std::string& given,
                                const ChannelDirectory& channels, FieldProblems& problems) {
  const ChannelInfo* const channel = channels.resolve(account, given);
  if (channel == nullptr)
    problems.emplace_back("channel", "`" + given + "` is no channel: " + known(channels, account));
  return channel;
}

void set(engine::MessageSpec& spec, const ChannelInfo& channel, std::string payload) {
  spec.channel = channel.key;
  spec.webhook_url.clear();
  spec.payload = std::move(payload);
  spec.has_payload = true;
}

}  // namespace

Result<std::string> read_recipient(ChannelKind kind, const std::string& to, const std::string& country) {
  return kind == ChannelKind::email ? parse_address(to) : read_phone(to, country);
}

void write_to(const Written& written, const ChannelDirectory& channels, engine::MessageSpec& spec,
              FieldProblems& problems) {
  const ChannelInfo* const channel =
      find_channel(spec.account, written.channel.value_or(spec.channel), channels, problems);
  if (channel == nullptr) return;
  Content content;
  if (!spec.channel.empty()) {
    auto stored = decode_content(spec.payload);
    if (stored) content = std::move(stored).value();
  }
  if (written.to) content.to = *written.to;
  if (written.text) content.text = *written.text;
  if (written.subject) content.subject = *written.subject;
  if (written.html) content.html = *written.html;
  // Of a provider's template and a text there is one.
  if (written.text) content.provider_template.reset();
  if (written.provider_template) {
    content.provider_template = *written.provider_template;
    content.text.clear();
  }
  if (written.from_template && channel->kind() != ChannelKind::email) {
    content.subject.clear();
    content.html.clear();
  }
  check_recipient(*channel, channels, content.to, problems);
  check_text(*channel, content, problems);
  set(spec, *channel, encode_content(content));
}

void write_template_to(const std::string& given, TemplatedContent content, const ChannelDirectory& channels,
                       engine::MessageSpec& spec, FieldProblems& problems) {
  const ChannelInfo* const channel = find_channel(spec.account, given, channels, problems);
  if (channel == nullptr) return;
  check_recipient(*channel, channels, content.to, problems);
  if (channel->kind() != ChannelKind::email) {
    content.source.subject.clear();
    content.source.html.clear();
  } else if (content.source.provider_template) {
    problems.emplace_back("template", "is one that a provider of WhatsApp keeps: e-mail has none");
  }
  FieldProblems wrong;
  MessageTemplate::parse(content.source, wrong);
  for (auto& problem : wrong) problems.emplace_back("template." + problem.field, std::move(problem.message));
  set(spec, *channel, encode_templated_content(content));
}

}  // namespace recado::messaging

#include "messaging/schedules/channel_composer.hpp"

#include <utility>

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

class OverChannel final : public Composition {
 public:
  OverChannel(const ChannelDirectory& channels, ChannelInfo channel, Document fields)
      : channels_(channels), channel_(std::move(channel)), fields_(std::move(fields)) {}

  void write(const Recipient& recipient, engine::MessageSpec& spec) const override {
    const bool mail = channel_.kind() == ChannelKind::email;
    std::string to = recipient.address;
    if (recipient.contact != nullptr)
      to = recipient.contact->fields.text(mail ? "email" : "phone").value_or("");
    const bool unreachable = to.empty();
    Content content;
    content.schedule = fields_.text("uuid").value_or("");
    if (recipient.contact != nullptr) content.contact = recipient.contact->id;
    spec.channel = channel_.key;
    spec.payload = encode_content(content);
    spec.has_payload = true;
    FieldProblems problems;
    write_to(written_of(fields_, std::move(to)), channels_, spec, problems);
    if (problems.empty()) return;
    content.refusal = unreachable ? std::string("contact ") + std::to_string(recipient.contact->id) +
                                        (mail ? " has no e-mail address" : " has no telephone number")
                                  : problems.front().field + " " + problems.front().message;
    spec.payload = encode_content(content);
  }

 private:
  const ChannelDirectory& channels_;
  ChannelInfo channel_;
  Document fields_;
};

}  // namespace

io::Task<Result<FieldProblems>> ChannelComposer::judge(std::string account, const Document& fields) {
  FieldProblems out;
  if (channels_ == nullptr) {
    out.emplace_back("channel", "there are no channels");
    co_return out;
  }
  co_await know(account, fields.text("channel").value_or(""));
  engine::MessageSpec ignored;
  ignored.account = account;
  FieldProblems problems;
  write_to(written_of(fields, ""), *channels_, ignored, problems);
  for (auto& problem : problems) {
    if (problem.field != "to") out.push_back(std::move(problem));
  }
  if (!out.empty()) co_return out;
  const auto given = fields.find("recipients");
  const auto list = json::parse(given.value_or("[]"));
  const auto items = list ? json::elements(*list) : Result<std::vector<json::Raw>>(list.error());
  for (std::size_t i = 0; items && i < items->size(); ++i) {
    auto address = json::as_string((*items)[i]);
    if (!address) continue;
    problems.clear();
    write_to(written_of(fields, std::move(*address)), *channels_, ignored, problems);
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
  std::unique_ptr<Composition> made = std::make_unique<OverChannel>(*channels_, *channel, fields);
  co_return made;
}

}  // namespace recado::messaging

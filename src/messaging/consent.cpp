#include "messaging/consent.hpp"

#include "base/json.hpp"
#include "messaging/content.hpp"

namespace recado::messaging {
namespace {

using records::Record;

constexpr std::size_t kMostAlike = 1'000;  ///< contacts that share an address

records::Query at_address(const Contacts& contacts, const std::string& address) {
  records::Query query;
  query.where(*contacts.type().find(address_field(address)), address);
  return query;
}

/// Contacts with that address who opted out: the first of them.
io::Task<Result<std::optional<Record>>> find_opted_out(Contacts& contacts, std::string account,
                                                       std::string address) {
  auto people = co_await contacts.reached_at(account, address);
  if (!people) co_return people.error();
  for (auto& contact : *people) {
    if (contact.fields.flag("optedOut")) co_return std::optional<Record>(std::move(contact));
  }
  if (people->size() < 2) co_return std::optional<Record>();
  // There may be more of them than the two that were read.
  auto query = at_address(contacts, address);
  query.where(*contacts.type().find("optedOut"), "true");
  records::PageRequest request;
  request.limit = 1;
  auto page = co_await contacts.list(std::move(account), std::move(query), std::move(request));
  if (!page) co_return page.error();
  if (page->records.empty()) co_return std::optional<Record>();
  co_return std::optional<Record>(std::move(page->records.front()));
}

std::string opted_out_by(const std::string& source) {
  return R"({"optedOut":true,"optedOutSource":)" + json::quote(source) + "}";
}

}  // namespace

io::Task<Result<void>> opt_out(Contacts& contacts, std::string account, std::string address,
                               std::string source) {
  records::PageRequest request;
  request.limit = kMostAlike;
  const auto page = co_await contacts.list(account, at_address(contacts, address), std::move(request));
  if (!page) co_return page.error();
  for (const auto& contact : page->records) {
    if (contact.fields.flag("optedOut")) continue;
    const auto merged = co_await contacts.merge(account, std::to_string(contact.id), opted_out_by(source));
    if (const auto error = records::redis_error(merged.written)) co_return *error;
  }
  if (!page->records.empty()) co_return Result<void>();
  auto fields = records::Document::parse(opted_out_by(source));
  if (!fields) co_return fields.error();
  fields->set_text("name", address);
  fields->set_text(address_field(address), address);
  const auto made = co_await contacts.create(std::move(account), std::move(*fields));
  if (const auto error = records::redis_error(made.written)) co_return *error;
  co_return Result<void>();
}

io::Task<Result<std::optional<engine::Admission::Refusal>>> Consent::refuse(engine::Message message) const {
  const auto content = decode_content(message.spec.payload);
  // What cannot be read cannot be sent either: the channel says so.
  if (!content) co_return std::optional<Refusal>();
  const auto contact = co_await find_opted_out(contacts_, message.spec.account, content->to);
  if (!contact) co_return contact.error();
  if (!*contact) co_return std::optional<Refusal>();
  Refusal refusal;
  refusal.detail = "contact " + std::to_string((*contact)->id) + " has opted out";
  if (const auto since = (*contact)->fields.text("optedOutAt")) refusal.detail += " on " + *since;
  co_return std::optional<Refusal>(std::move(refusal));
}

}  // namespace recado::messaging

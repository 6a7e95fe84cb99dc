#include "messaging/groups.hpp"

#include <algorithm>
#include <set>

namespace recado::messaging {
namespace {

using records::Field;
using records::Linked;

constexpr std::size_t kMembersAtOnce = 5'000;  ///< member ids that are read at once

void judge_group(Draft& draft, FieldProblems& problems) {
  const auto name = draft.fields.text("name");
  if (!name || name->find_first_not_of(" \t") == std::string::npos)
    problems.emplace_back("name", "is required");
}

}  // namespace

const records::Type& group_type() {
  static const records::Type type("groups",
                                  {Field("name").searched().sorted('n'), Field("description").searched()}, {},
                                  {{kMembers, records::Relation::Side::from}});
  return type;
}

Groups::Groups(records::Store& store) : Collection(store, group_type(), judge_group) {}

io::Task<Result<Linked>> Groups::add(std::string account, std::int64_t group,
                                     std::vector<std::int64_t> contacts) {
  return store().link(std::move(account), kMembers, group_type(), group, contact_type(), std::move(contacts));
}

io::Task<Result<Linked>> Groups::take_out(std::string account, std::int64_t group,
                                          std::vector<std::int64_t> contacts) {
  return store().unlink(std::move(account), kMembers, group_type(), group, contact_type(),
                        std::move(contacts));
}

io::Task<Result<Linked>> Groups::set_members(std::string account, std::int64_t group,
                                             std::vector<std::int64_t> contacts) {
  auto added = co_await add(account, group, contacts);
  if (!added || !added->found || !added->missing.empty()) co_return added;
  const std::set<std::int64_t> wanted(contacts.begin(), contacts.end());
  std::int64_t after = 0;
  while (true) {
    const auto ids = co_await member_ids(account, group, after, kMembersAtOnce);
    if (!ids) co_return ids.error();
    if (ids->empty()) break;
    after = ids->back();
    std::vector<std::int64_t> gone;
    for (const auto id : *ids) {
      if (wanted.count(id) == 0) gone.push_back(id);
    }
    if (gone.empty()) continue;
    const auto taken = co_await take_out(account, group, std::move(gone));
    if (!taken) co_return taken.error();
    added->changed += taken->changed;
  }
  co_return added;
}

io::Task<Result<std::vector<std::size_t>>> Groups::unknown(std::string account,
                                                           std::vector<std::int64_t> contacts) {
  std::vector<records::Question> questions;
  for (const auto id : contacts) questions.push_back(records::Question::by_id(id));
  const auto found = co_await store().find_all(std::move(account), contact_type(), std::move(questions));
  if (!found) co_return found.error();
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < found->size(); ++i) {
    if ((*found)[i].empty()) places.push_back(i);
  }
  co_return places;
}

io::Task<Result<records::Page>> Groups::members(std::string account, std::int64_t group, records::Query query,
                                                records::PageRequest request) {
  return store().list_linked(std::move(account), kMembers, group, contact_type(), std::move(query),
                             std::move(request));
}

io::Task<Result<std::vector<std::int64_t>>> Groups::member_ids(std::string account, std::int64_t group,
                                                               std::int64_t after, std::size_t limit) {
  return store().linked_ids(std::move(account), kMembers, group, after, limit);
}

io::Task<Result<std::vector<std::vector<std::int64_t>>>> Groups::first_member_ids(
    std::string account, std::vector<std::int64_t> groups, std::size_t limit) {
  return store().first_linked_ids(std::move(account), kMembers, std::move(groups), limit);
}

io::Task<Result<std::vector<std::uint64_t>>> Groups::sizes(std::string account,
                                                           std::vector<std::int64_t> groups) {
  return store().count_linked(std::move(account), kMembers, std::move(groups));
}

}  // namespace recado::messaging

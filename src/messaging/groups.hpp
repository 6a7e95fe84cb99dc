// Groups of contacts. Who is in one is an index, not a part of the group's record: a group of 100,000 costs
// no more to read or change than a group of one.
//
// Stored fields: name, description.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messaging/collection.hpp"
#include "messaging/contacts.hpp"

namespace recado::messaging {

const records::Type& group_type();

/// Contact ids of a group are those of Contacts; `group` is a group's id. Errors: unavailable,
/// outcome_unknown.
class Groups : public Collection {
 public:
  explicit Groups(records::Store& store);

  /// Up to 1,000 at once all or none: where one is missing (its place is in the answer), none is added.
  io::Task<Result<records::Linked>> add(std::string account, std::int64_t group,
                                        std::vector<std::int64_t> contacts);
  io::Task<Result<records::Linked>> take_out(std::string account, std::int64_t group,
                                             std::vector<std::int64_t> contacts);
  /// Makes them the members, and nobody else.
  io::Task<Result<records::Linked>> set_members(std::string account, std::int64_t group,
                                                std::vector<std::int64_t> contacts);
  /// The places of contacts that there are not.
  io::Task<Result<std::vector<std::size_t>>> unknown(std::string account, std::vector<std::int64_t> contacts);

  /// Members by id, with conditions on contacts; errors as records::Store::list.
  io::Task<Result<records::Page>> members(std::string account, std::int64_t group, records::Query query,
                                          records::PageRequest request);
  /// Ids of members, ascending, after `after`: to go through a large group in parts.
  io::Task<Result<std::vector<std::int64_t>>> member_ids(std::string account, std::int64_t group,
                                                         std::int64_t after, std::size_t limit);
  /// The first `limit` of each group, in order.
  io::Task<Result<std::vector<std::vector<std::int64_t>>>> first_member_ids(std::string account,
                                                                            std::vector<std::int64_t> groups,
                                                                            std::size_t limit);
  /// How many members each has, in order.
  io::Task<Result<std::vector<std::uint64_t>>> sizes(std::string account, std::vector<std::int64_t> groups);
};

}  // namespace recado::messaging

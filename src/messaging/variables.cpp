#include "messaging/variables.hpp"

#include <utility>

namespace recado::messaging {
namespace {

constexpr const char* kFields[] = {"name",         "email", "phone", "preferredChannel",
                                   "externalCode", "tags",  "notes", "custom"};

/// Stored fields are valid JSON: what could not be read is as good as absent.
Value value_of(std::string_view json) {
  auto read = parse_value(json);
  return read ? std::move(read).value() : Value();
}

}  // namespace

Value contact_variables(const records::Record& contact) {
  Value variables;
  variables.kind = Value::Kind::object;
  if (const auto custom = contact.fields.find("custom")) {
    for (auto& member : value_of(*custom).members) variables.members.push_back(std::move(member));
  }
  // Of a name that comes twice the last counts.
  for (const char* field : kFields) {
    if (const auto value = contact.fields.find(field))
      variables.members.emplace_back(field, value_of(*value));
  }
  return variables;
}

void give_variables(Value& variables, Value given) {
  variables.kind = Value::Kind::object;
  for (auto& member : given.members) {
    if (member.second.kind != Value::Kind::null) variables.members.push_back(std::move(member));
  }
}

}  // namespace recado::messaging

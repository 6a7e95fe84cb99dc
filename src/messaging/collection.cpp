#include "messaging/collection.hpp"

#include <algorithm>

namespace recado::messaging {

bool Draft::names(std::string_view field) const noexcept {
  return std::find(named.begin(), named.end(), field) != named.end();
}

void yield_to_named(Draft& draft, std::initializer_list<const char*> rivals) {
  if (draft.before == nullptr) return;
  const auto given = [&](const char* field) { return draft.names(field) && draft.fields.find(field); };
  if (std::count_if(rivals.begin(), rivals.end(), given) != 1) return;
  for (const char* field : rivals) {
    if (!given(field)) draft.fields.remove(field);
  }
}

io::Task<Stored> Collection::create(std::string account, records::Document fields) {
  Stored stored;
  auto names = fields.names();
  const Uid uid = store_.new_uid();
  Draft draft(std::move(fields), nullptr, std::move(names), uid);
  rules_(draft, stored.problems);
  if (!stored.problems.empty()) {
    stored.written.refusal = records::Refusal::declined;
    co_return stored;
  }
  stored.written = co_await store_.create(std::move(account), type_, std::move(draft.fields), uid);
  co_return stored;
}

io::Task<Stored> Collection::replace(std::string account, std::string path, records::Document fields) {
  return edit(std::move(account), std::move(path),
              [fields = std::move(fields)](const records::Record& before) {
                return Result<Draft>(Draft(fields, &before, fields.names()));
              });
}

io::Task<Stored> Collection::merge(std::string account, std::string path, std::string patch) {
  return edit(std::move(account), std::move(path),
              [patch = std::move(patch)](const records::Record& before) -> Result<Draft> {
                auto fields = before.fields;
                if (const auto merged = fields.merge(patch); !merged) return merged.error();
                // Names of what is removed too, which no document has.
                std::vector<std::string> names;
                const auto members = json::members(*json::parse(patch));
                for (const auto& member : *members) names.push_back(member.key);
                return Draft(std::move(fields), &before, std::move(names));
              });
}

io::Task<Stored> Collection::edit(std::string account, std::string path, Edit edit) {
  Stored stored;
  auto judged = [this, &stored, &edit](const records::Record& before) -> std::optional<records::Document> {
    stored.problems.clear();
    auto draft = edit(before);
    if (!draft) {
      stored.problems.emplace_back("", draft.error().detail());
      return std::nullopt;
    }
    rules_(*draft, stored.problems);
    if (!stored.problems.empty()) return std::nullopt;
    return std::move(draft->fields);
  };
  stored.written = co_await store_.change(std::move(account), type_, std::move(path), std::move(judged));
  co_return stored;
}

}  // namespace recado::messaging

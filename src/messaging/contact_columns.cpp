#include "messaging/contact_columns.hpp"

#include <algorithm>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "base/words.hpp"

namespace recado::messaging {
namespace {

using records::Document;

constexpr std::string_view kCustomPrefix = "custom.";

/// Names that are read as well as ours.
constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {{"canalPref", "preferredChannel"},
                                                                         {"codExterno", "externalCode"},
                                                                         {"nome", "name"},
                                                                         {"telefone", "phone"},
                                                                         {"celular", "phone"},
                                                                         {"e-mail", "email"},
                                                                         {"etiquetas", "tags"},
                                                                         {"observações", "notes"}};
/// Columns that say what is ours to say.
constexpr std::string_view kReadOver[] = {"id", "uuid", "createdAt", "updatedAt"};

bool same_name(std::string_view one, std::string_view other) {
  return fold(one) == fold(other);
}

std::optional<ContactColumn> column_of(std::string_view name) {
  ContactColumn column;
  if (name.size() > kCustomPrefix.size() && name.starts_with(kCustomPrefix)) {
    column.field = "custom";
    column.custom_key = name.substr(kCustomPrefix.size());
    return column;
  }
  for (const auto ours : kReadOver) {
    if (same_name(name, ours)) return column;
  }
  for (const auto& [other, ours] : kOtherNames) {
    if (same_name(name, other)) column.field = ours;
  }
  for (const auto& ours : contact_columns()) {
    if (same_name(name, ours)) column.field = ours;
  }
  if (column.field.empty()) return std::nullopt;
  return column;
}

std::vector<std::string> split_tags(std::string_view cell) {
  std::vector<std::string> tags;
  while (!cell.empty()) {
    const auto end = std::min(cell.find(';'), cell.size());
    const auto tag = trimmed(cell.substr(0, end));
    if (!tag.empty()) tags.emplace_back(tag);
    cell.remove_prefix(std::min(end + 1, cell.size()));
  }
  return tags;
}

std::optional<bool> read_flag(std::string_view cell) {
  const auto word = fold(cell);
  for (const char* yes : {"true", "1", "yes", "sim", "s", "y", "verdadeiro"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"false", "0", "no", "nao", "n", "falso"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

/// What earlier columns made of `custom`.
Document custom_of(const Document& fields) {
  const auto before = fields.find("custom");
  return before ? *Document::parse(*before) : Document();
}

void read_cell(const ContactColumn& column, std::string_view cell, Document& fields,
               FieldProblems& problems) {
  if (!column.custom_key.empty()) {
    auto custom = custom_of(fields);
    custom.set_text(column.custom_key, cell);
    fields.set("custom", custom.json());
  } else if (column.field == "custom") {
    const auto value = json::parse(cell);
    if (value && value->kind == json::Kind::object) {
      // Beside columns such as `custom.plan`, whatever their order.
      auto custom = custom_of(fields);
      const auto merged = custom.merge(value->text);
      if (merged) fields.set("custom", custom.json());
    } else {
      problems.emplace_back("custom", "is no JSON object");
    }
  } else if (column.field == "tags") {
    fields.set_texts("tags", split_tags(cell));
  } else if (column.field == "optedOut") {
    const auto flag = read_flag(cell);
    if (flag) {
      fields.set_flag("optedOut", *flag);
    } else {
      problems.emplace_back("optedOut", "is neither true nor false");
    }
  } else {
    fields.set_text(column.field, cell);
  }
}

std::string cell_of(const records::Record& record, const std::string& column) {
  if (column == "id") return std::to_string(record.id);
  if (column == "createdAt") return format_time(record.created_at());
  if (column == "updatedAt") return format_time(record.updated_at);
  if (column == "tags") {
    std::string joined;
    for (const auto& tag : record.fields.texts("tags")) joined += (joined.empty() ? "" : ";") + tag;
    return joined;
  }
  const auto text = record.fields.text(column);
  return text ? *text : std::string(record.fields.find(column).value_or(""));
}

}  // namespace

const std::vector<std::string>& contact_columns() {
  static const std::vector<std::string> columns = {
      "id",        "name",          "email",     "phone",    "preferredChannel", "externalCode",
      "tags",      "notes",         "custom",    "optedOut", "optedOutAt",       "optedOutSource",
      "optedInAt", "optedInSource", "createdAt", "updatedAt"};
  return columns;
}

Result<std::vector<ContactColumn>> read_contact_header(const std::vector<std::string>& row) {
  std::vector<ContactColumn> columns;
  bool any = false;
  for (const auto& cell : row) {
    const auto name = trimmed(unguard_formula(cell));
    auto column = column_of(name);
    if (!column) {
      return Error(ErrorCode::invalid_argument,
                   "\"" + std::string(name.substr(0, 64)) +
                       "\" is no column of contacts: the first row names fields, such as name, email, phone, "
                       "preferredChannel, externalCode, tags, notes, custom, custom.<key>, optedOut");
    }
    for (const auto& other : columns) {
      const bool twice =
          !column->field.empty() && other.field == column->field && other.custom_key == column->custom_key;
      if (twice) return Error(ErrorCode::invalid_argument, column->field + " has more than one column");
    }
    any = any || !column->field.empty();
    columns.push_back(std::move(*column));
  }
  if (!any) return Error(ErrorCode::invalid_argument, "the first row names no field of contacts");
  return columns;
}

Document read_contact_row(const std::vector<ContactColumn>& columns, const std::vector<std::string>& row,
                          FieldProblems& problems) {
  Document fields;
  if (row.size() != columns.size()) {
    problems.emplace_back("", "has " + std::to_string(row.size()) + " fields, and the first row " +
                                  std::to_string(columns.size()));
    return fields;
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto cell = trimmed(unguard_formula(row[i]));
    if (!columns[i].field.empty() && !cell.empty()) read_cell(columns[i], cell, fields, problems);
  }
  return fields;
}

std::string contact_header_line() {
  std::string line;
  for (const auto& column : contact_columns()) append_csv_field(line, column, line.empty());
  return line += "\r\n";
}

std::string contact_line(const records::Record& record) {
  std::string line;
  bool first = true;
  for (const auto& column : contact_columns()) {
    append_csv_field(line, guard_formula(cell_of(record, column)), first);
    first = false;
  }
  return line += "\r\n";
}

}  // namespace recado::messaging

// Contacts as rows of a CSV file: which columns there are, and how a cell becomes a field and back. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "messaging/collection.hpp"

namespace recado::messaging {

/// The columns of an export, in their order.
const std::vector<std::string>& contact_columns();

/// What a column of an import is.
struct ContactColumn {
  std::string field;       ///< ours: `externalCode`; empty: read over (`id`, `createdAt`, ...)
  std::string custom_key;  ///< of a column `custom.plan`: `plan`
};

/// By the first row: our names or a seed's, whatever their case. Errors: invalid_argument, when a column is
/// not known, comes twice, or none is known; the detail begins with the column's name where there is one.
Result<std::vector<ContactColumn>> read_contact_header(const std::vector<std::string>& row);

/// The fields that a row gives; empty cells give none. What cannot be read goes to `problems`.
records::Document read_contact_row(const std::vector<ContactColumn>& columns,
                                   const std::vector<std::string>& row, FieldProblems& problems);

/// One line with its line break: the names of the columns, or a record under them.
std::string contact_header_line();
std::string contact_line(const records::Record& record);

}  // namespace recado::messaging

// Records as a CSV file, sent as they are read: a list of any length in constant memory.
#pragma once

#include <functional>
#include <string>

#include "api/operation.hpp"
#include "messaging/messaging.hpp"

namespace recado::api {

struct CsvExport {
  CsvExport(messaging::Collection& c, std::string a, records::Query q)
      : collection(c), account(std::move(a)), query(std::move(q)) {}
  messaging::Collection& collection;
  std::string account;
  records::Query query;
  std::string file_name;
  std::string header_line;                                ///< with its line break
  std::string (*line)(const records::Record&) = nullptr;  ///< of a record, with its line break
};

/// `operation`: for the log of what goes wrong.
io::Task<http::Response> export_csv(CsvExport what, const char* operation);
/// The 200 of an operation that exports.
Answer csv_answer(const std::string& file_name);

}  // namespace recado::api

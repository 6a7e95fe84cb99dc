#include "messaging/contact_import.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "messaging/phone.hpp"

namespace recado::messaging {
namespace {

using records::Document;
using records::Question;
using records::Record;
using records::Write;

constexpr std::uint64_t kTellEvery = 10'000;  ///< rows
constexpr int kMostTries = 5;                 ///< of a row whose contact others change meanwhile

}  // namespace

ContactImport::ContactImport(Contacts& contacts, ImportOptions options)
    : contacts_(contacts), options_(std::move(options)) {}

io::Task<Result<void>> ContactImport::feed(std::string bytes) {
  reader_.feed(bytes);
  return take_rows();
}

io::Task<Result<void>> ContactImport::finish() {
  reader_.finish();
  const auto taken = co_await take_rows();
  if (!taken) co_return taken.error();
  if (columns_.empty())
    co_return Error(ErrorCode::invalid_argument, "is empty: expected a first row that names fields");
  const auto stored = co_await store_rows();
  if (!stored) co_return stored.error();
  // Rows that were refused at once are told of before those that were refused when they were to be stored.
  std::stable_sort(report_.errors.begin(), report_.errors.end(),
                   [](const RowError& one, const RowError& other) { return one.line < other.line; });
  if (told_ > 0) tell("contacts were imported");
  co_return Result<void>();
}

io::Task<Result<void>> ContactImport::take_rows() {
  while (auto row = reader_.next()) {
    if (columns_.empty()) {
      if (!row->problem.empty())
        co_return Error(ErrorCode::invalid_argument, "the first row " + row->problem);
      auto columns = read_contact_header(row->fields);
      if (!columns) co_return columns.error();
      columns_ = std::move(*columns);
      continue;
    }
    auto read = read_row(std::move(*row));
    tell_progress();
    if (!read) continue;
    if (clashes(*read)) {
      const auto stored = co_await store_rows();
      if (!stored) co_return stored.error();
    }
    rows_.push_back(std::move(*read));
    if (rows_.size() < records::Store::kMaxBatch) continue;
    const auto stored = co_await store_rows();
    if (!stored) co_return stored.error();
  }
  if (!reader_.failure().empty()) co_return Error(ErrorCode::invalid_argument, reader_.failure());
  co_return Result<void>();
}

std::optional<ContactImport::Row> ContactImport::read_row(CsvRow row) {
  // What spreadsheets leave at the end of a file.
  const bool blank = row.problem.empty() && std::all_of(row.fields.begin(), row.fields.end(),
                                                        [](const auto& field) { return field.empty(); });
  if (blank) return std::nullopt;
  ++seen_;
  if (!row.problem.empty()) {
    refuse(row.line, "", row.problem);
    return std::nullopt;
  }
  FieldProblems problems;
  Row read;
  read.line = row.line;
  read.given = read_contact_row(columns_, row.fields, problems);
  if (problems.empty() && options_.check_types) options_.check_types(read.given, problems);
  if (const auto phone = read.given.text("phone"); phone && problems.empty()) {
    const auto number = read_phone(*phone, contacts_.country());
    if (number) {
      read.given.set_text("phone", *number);
    } else {
      problems.emplace_back("phone", number.error().detail());
    }
  }
  if (problems.empty()) return read;
  refuse(row.line, problems);
  return std::nullopt;
}

/// Whether a row that waits may be the same contact: then it has to be stored first.
bool ContactImport::clashes(const Row& row) const {
  return std::any_of(rows_.begin(), rows_.end(), [&](const Row& other) {
    for (const char* key : {"externalCode", "phone"}) {
      if (!options_.upsert && std::string_view(key) == "phone") continue;
      const auto value = row.given.find(key);
      if (value && value == other.given.find(key)) return true;
    }
    return false;
  });
}

/// By external code, and to change contacts also by phone.
io::Task<Result<ContactImport::Found>> ContactImport::find_existing() {
  Found found(rows_.size());
  std::vector<Question> questions;
  const auto& type = contacts_.type();
  for (const auto& row : rows_) {
    const auto code = row.given.text("externalCode");
    const auto phone = row.given.text("phone");
    // A question that finds nothing stands for a key that is not there.
    questions.push_back(code ? Question::by_unique(*type.find("externalCode"), *code) : Question::by_id(0));
    questions.push_back(phone && options_.upsert ? Question::by_value(*type.find("phone"), *phone)
                                                 : Question::by_id(0));
  }
  auto answers = co_await contacts_.store().find_all(options_.account, type, std::move(questions));
  if (!answers) co_return answers.error();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    auto& by_code = (*answers)[2 * i];
    auto& by_phone = (*answers)[2 * i + 1];
    const bool has_code = rows_[i].given.find("externalCode").has_value();
    // Somebody else's code is no reason to take over a contact that has the phone.
    if (has_code)
      std::erase_if(by_phone, [](const Record& one) { return one.fields.find("externalCode").has_value(); });
    found[i] = !by_code.empty() ? std::move(by_code) : std::move(by_phone);
  }
  co_return found;
}

/// What is to be written for a row, or nullopt when it is refused.
std::optional<Write> ContactImport::judge(const Row& row, std::vector<Record> existing) {
  FieldProblems problems;
  if (!options_.upsert && !existing.empty()) {
    problems.emplace_back("externalCode",
                          "contact " + std::to_string(existing.front().id) + " has this value already");
  } else if (existing.size() > 1) {
    problems.emplace_back("phone", "several contacts have this phone: give an externalCode");
  }
  const Record* const before = existing.empty() ? nullptr : &existing.front();
  auto fields = before != nullptr ? before->fields : Document();
  const auto merged = fields.merge(row.given.json());
  if (!merged) problems.emplace_back("", merged.error().detail());
  auto names = row.given.names();
  const bool was_out = before != nullptr && before->fields.flag("optedOut");
  const bool out = fields.flag("optedOut");
  const char* const source = out ? "optedOutSource" : "optedInSource";
  if (was_out != out && !row.given.find(source)) {
    fields.set_text(source, "csv");
    names.emplace_back(source);
  }
  Draft draft(std::move(fields), before, std::move(names));
  if (problems.empty()) contacts_.judge(draft, problems);
  if (!problems.empty()) {
    refuse(row.line, problems);
    return std::nullopt;
  }
  if (before == nullptr) return Write::create(std::move(draft.fields));
  return Write::replace(existing.front(), std::move(draft.fields));
}

/// What a dry run learns of a row that would be stored.
void ContactImport::count_unstored(const Write& write, const Row& row) {
  const auto code = row.given.text("externalCode");
  const bool again = code && !seen_codes_.insert(std::hash<std::string>()(*code)).second;
  if (again && !options_.upsert) {
    refuse(row.line, "externalCode", "a row before has this value already");
  } else if (again || write.op == Write::Op::replace) {
    ++report_.updated;
  } else {
    ++report_.imported;
  }
}

io::Task<Result<void>> ContactImport::store_rows() {
  while (!rows_.empty()) {
    Found found(rows_.size());
    if (options_.upsert || options_.dry_run) {
      auto existing = co_await find_existing();
      if (!existing) co_return existing.error();
      found = std::move(*existing);
    }
    std::vector<Write> writes;
    std::vector<std::size_t> places;  // of the rows that are written
    std::vector<bool> creates;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      auto write = judge(rows_[i], std::move(found[i]));
      if (write && options_.dry_run) {
        count_unstored(*write, rows_[i]);
      } else if (write) {
        creates.push_back(write->op == Write::Op::create);
        writes.push_back(std::move(*write));
        places.push_back(i);
      }
    }
    std::vector<Row> again;
    if (!writes.empty()) {
      const auto written =
          co_await contacts_.store().write_all(options_.account, contacts_.type(), std::move(writes));
      for (std::size_t i = 0; i < written.size(); ++i) {
        auto& row = rows_[places[i]];
        using records::Refusal;
        switch (written[i].refusal) {
          case Refusal::none:
            ++(creates[i] ? report_.imported : report_.updated);
            break;
          case Refusal::taken:
            refuse(row.line, written[i].field,
                   "contact " + std::to_string(written[i].other_id) + " has this value already");
            break;
          case Refusal::unavailable:
            co_return Error(ErrorCode::unavailable, written[i].detail);
          case Refusal::outcome_unknown:
            co_return Error(ErrorCode::outcome_unknown, written[i].detail);
          case Refusal::not_found:
          case Refusal::changed:
          case Refusal::declined:
            if (++row.tries < kMostTries) {
              again.push_back(std::move(row));
            } else {
              refuse(row.line, "", "its contact is being changed all the time; try again");
            }
            break;
        }
      }
    }
    rows_ = std::move(again);
  }
  co_return Result<void>();
}

void ContactImport::refuse(std::size_t line, std::string field, std::string message) {
  FieldProblems one;
  one.emplace_back(std::move(field), std::move(message));
  refuse(line, one);
}

void ContactImport::refuse(std::size_t line, const FieldProblems& problems) {
  ++report_.refused;
  for (const auto& problem : problems) {
    if (report_.errors.size() == kMaxRowErrors) {
      ++report_.errors_left_out;
    } else {
      report_.errors.push_back(RowError{line, problem.field, problem.message});
    }
  }
}

/// An operator sees that a long import goes on.
void ContactImport::tell_progress() {
  if (seen_ < told_ + kTellEvery) return;
  told_ = seen_;
  tell("contacts are being imported");
}

void ContactImport::tell(std::string_view event) const {
  log::info(event, {{"account", options_.account},
                    {"rows", seen_},
                    {"imported", report_.imported},
                    {"updated", report_.updated},
                    {"refused", report_.refused}});
}

}  // namespace recado::messaging

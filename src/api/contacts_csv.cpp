// `/contacts/import/csv` and `/contacts/export/csv`: files of any length, as they come and go.
#include <memory>

#include "api/answers.hpp"
#include "api/contact_form.hpp"
#include "api/csv_export.hpp"
#include "api/problem_schema.hpp"
#include "api/resources.hpp"
#include "http/multipart.hpp"

namespace recado::api {
namespace {

using http::Response;

/// The file of a request, whether it is the body or a part of a form.
class File {
 public:
  File(const http::Request& request, http::BodyStream& body) : body_(body) {
    const auto type = request.header("content-type").value_or("");
    const auto boundary = http::header_parameter(type, "boundary");
    is_form_ = type.starts_with("multipart/");
    if (boundary && !boundary->empty()) form_.emplace(*boundary, "file");
  }

  /// The next bytes; empty: that was all. Errors: invalid_argument (no form with a file), io.
  io::Task<Result<std::string>> next() {
    if (!is_form_) co_return co_await body_.next();
    if (!form_) co_return Error(ErrorCode::invalid_argument, "has no boundary in its Content-Type");
    std::string file;
    while (file.empty()) {
      const auto piece = co_await body_.next();
      if (!piece) co_return piece.error();
      if (piece->empty()) {
        if (!form_->found())
          co_return Error(ErrorCode::invalid_argument, "is missing: send the file as the part `file`");
        if (!form_->complete())
          co_return Error(ErrorCode::invalid_argument, "ends without the form's last boundary");
        break;
      }
      const auto taken = form_->feed(*piece, file);
      if (!taken) co_return taken.error();
    }
    co_return file;
  }

 private:
  http::BodyStream& body_;
  bool is_form_ = false;
  std::optional<http::MultipartReader> form_;
};

void write_report(json::Writer& out, const messaging::ImportReport& report) {
  out.begin_object();
  out.member("imported", static_cast<std::int64_t>(report.imported));
  out.member("updated", static_cast<std::int64_t>(report.updated));
  out.member("refused", static_cast<std::int64_t>(report.refused));
  out.key("errors").begin_array();
  for (const auto& error : report.errors) {
    out.begin_object().member("line", error.line).member("field", error.field);
    out.member("message", error.message).end_object();
  }
  out.end_array();
  if (report.errors_left_out > 0)
    out.member("errorsLeftOut", static_cast<std::int64_t>(report.errors_left_out));
  out.end_object();
}

/// What ended an import before its end.
Response stopped(const Error& error, const messaging::ImportReport& report) {
  if (error.code() == ErrorCode::invalid_argument) return unprocessable("file", error.detail());
  if (error.code() != ErrorCode::unavailable && error.code() != ErrorCode::outcome_unknown)
    return failure(error, "importContacts");
  return unavailable(
      error.detail() + "; " + std::to_string(report.imported + report.updated) +
          " contacts are stored: send the file again with mode=upsert",
      "\"imported\":" + std::to_string(report.imported) + ",\"updated\":" + std::to_string(report.updated));
}

io::Task<Response> import_file(const ApiContext& api, ShapePtr shape, Call call, http::BodyStream& body) {
  messaging::ImportOptions options;
  options.account = call.who.account;
  options.upsert = call.query.text("mode") == "upsert";
  options.dry_run = call.query.flag("dryRun");
  options.check_types = [shape = std::move(shape)](const records::Document& fields,
                                                   messaging::FieldProblems& problems) {
    FieldErrors errors;
    const auto json = fields.json();
    const auto parsed = json::parse(json);
    if (parsed) validate(object(shape), *parsed, "", errors);
    for (auto& error : errors) problems.emplace_back(std::move(error.field), std::move(error.message));
  };
  messaging::ContactImport import(api.messaging.contacts(), std::move(options));
  File file(call.request, body);
  while (true) {
    auto piece = co_await file.next();
    if (!piece) co_return stopped(piece.error(), import.report());
    const bool end = piece->empty();
    auto fed = end ? import.finish() : import.feed(std::move(*piece));
    const auto taken = co_await std::move(fed);
    if (!taken) co_return stopped(taken.error(), import.report());
    if (end) break;
  }
  json::Writer out;
  write_report(out, import.report());
  co_return Response::json(200, std::move(out).str());
}

io::Task<Response> export_file(const ApiContext& api, Call call) {
  FieldErrors errors;
  records::Query query;
  auto& contacts = api.messaging.contacts();
  read_contact_filters(contacts, call, query, errors);
  if (!errors.empty()) co_return unprocessable(std::move(errors));
  CsvExport what(contacts, call.who.account, std::move(query));
  what.file_name = "contacts.csv";
  what.header_line = messaging::contact_header_line();
  what.line = messaging::contact_line;
  co_return co_await export_csv(std::move(what), "exportContacts");
}

ShapePtr report_shape() {
  static const auto error = std::make_shared<const Shape>(Shape{
      "RowError",
      "",
      {Field("line", integer(1), "The line of the file on which the row starts, from 1.", "3").require(),
       Field("field", text(), "Empty: the row itself.", R"("phone")").require(),
       Field("message", text(), "What is wrong, and what would be accepted.").require()}});
  static const auto shape = std::make_shared<const Shape>(
      Shape{"ImportReport",
            "Of a dry run: what would happen.",
            {Field("imported", integer(0), "Rows that made a contact.", "2").require(),
             Field("updated", integer(0), "Rows that changed one.", "0").require(),
             Field("refused", integer(0), "Rows that were left out.", "1").require(),
             Field("errors", list_of(object(error)), "Why, for each of them.").require(),
             Field("errorsLeftOut", integer(1), "Beyond 100,000 errors are only counted.")}});
  return shape;
}

}  // namespace

Operations contact_csv_operations(const ApiContext& api) {
  Operations table;
  const auto resource = contact_resource(api);
  Operation op;
  op.method = "POST";
  op.path = "/contacts/import/csv";
  op.scope = http::Scope::write;
  op.work = http::Work::heavy;
  op.name = "importContacts";
  op.tag = "Contacts";
  op.summary = "Import contacts from a CSV file";
  op.doc =
      "RFC 4180; UTF-8 (with or without byte order mark) or Windows-1252, separated by `,` or `;`, of any "
      "length. The "
      "first row names fields (`custom.plan` is a custom field); tags are joined by `;`. A row that cannot "
      "be used "
      "is told of in `errors` and the others are imported. Progress of long imports is in the log.";
  op.query.emplace_back(
      "mode", one_of({"create", "upsert"}),
      "`upsert`: a row changes the contact of the same `externalCode`, else of the same `phone`, "
      "where there is one; empty cells leave what is there.");
  op.query.emplace_back("dryRun", boolean(), "Judge everything and store nothing.");
  op.upload_types = {"text/csv", "multipart/form-data", "application/csv", "application/vnd.ms-excel",
                     "application/octet-stream"};
  op.upload_doc = "The file itself, or a form with the part `file`.";
  op.answers.emplace_back(200, "What became of the rows.", object(report_shape()));
  op.upload = [&api, shape = body_shape(resource, true)](Call call, http::BodyStream& body) {
    return import_file(api, shape, std::move(call), body);
  };
  table.push_back(std::move(op));

  op = Operation();
  op.method = "GET";
  op.path = "/contacts/export/csv";
  op.work = http::Work::heavy;
  op.name = "exportContacts";
  op.tag = "Contacts";
  op.summary = "Export contacts as a CSV file";
  op.doc =
      "UTF-8, separated by `,`. Cells that a spreadsheet would run as formulas begin with `'`, which an "
      "import takes "
      "off again.";
  op.query = resource.filters;
  op.answers.emplace_back(200, "All contacts that match.", "text/csv");
  op.handler = bind(api, export_file);
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api

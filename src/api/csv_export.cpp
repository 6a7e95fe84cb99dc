#include "api/csv_export.hpp"

#include <memory>

#include "api/answers.hpp"

namespace recado::api {
namespace {

using http::Response;

constexpr std::size_t kExportPage = 500;

/// An export under way.
struct UnderWay {
  explicit UnderWay(CsvExport w) : what(std::move(w)) { request.limit = kExportPage; }
  CsvExport what;
  records::PageRequest request;
  bool end = false;
};

io::Task<Result<std::string>> next_lines(std::shared_ptr<UnderWay> under_way) {
  auto& what = under_way->what;
  std::string lines;
  while (lines.empty() && !under_way->end) {
    const auto page = co_await what.collection.list(what.account, what.query, under_way->request);
    if (!page) co_return page.error();
    for (const auto& record : page->records) lines += what.line(record);
    under_way->request.cursor = page->next_cursor;
    under_way->end = page->next_cursor.empty();
  }
  co_return lines;
}

}  // namespace

io::Task<Response> export_csv(CsvExport what, const char* operation) {
  const auto under_way = std::make_shared<UnderWay>(std::move(what));
  // The first page is read before anything is said, so that a Redis that is away is a 503.
  const auto first = co_await next_lines(under_way);
  if (!first) co_return failure(first.error(), operation);
  Response response(200, "text/csv; charset=utf-8", under_way->what.header_line + *first);
  response.headers.emplace_back("Content-Disposition",
                                "attachment; filename=\"" + under_way->what.file_name + "\"");
  if (!under_way->end) response.more = [under_way] { return next_lines(under_way); };
  co_return response;
}

}  // namespace recado::api

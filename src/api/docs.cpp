// The document and its pages: `/openapi.json`, `/docs`, `/redoc`.
#include "api/answers.hpp"
#include "api/resources.hpp"
#include "base/crypto.hpp"
#include "ui/assets.hpp"

namespace recado::api {
namespace {

using http::Response;

/// Whether the client has this version already (RFC 9110 13.1.2).
bool has_version(const http::Request& request, std::string_view etag) {
  const auto known = request.header("if-none-match");
  return known && (*known == "*" || known->find(etag) != std::string_view::npos);
}

/// Revalidated each time: pages change with the binary.
void add_validators(Response& response, std::string_view etag) {
  response.headers.emplace_back("ETag", std::string{etag});
  response.headers.emplace_back("Cache-Control", "no-cache");
}

Response page(std::string_view html) {
  Response response;
  response.static_body = html;
  response.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
  response.headers.emplace_back("Content-Security-Policy", std::string{ui::kContentSecurityPolicy});
  return response;
}

io::Task<Response> docs(Call) {
  co_return page(ui::docs_page());
}

io::Task<Response> redoc(Call) {
  co_return page(ui::redoc_page());
}

io::Task<Response> asset(Call call) {
  const auto* found = ui::find_asset(call.request.path);
  if (found == nullptr) co_return http::problem(404, "there is nothing at " + call.request.path);
  Response response;
  add_validators(response, found->etag);
  if (has_version(call.request, found->etag)) {
    response.status = 304;
    co_return response;
  }
  response.static_body = found->gzip_bytes;
  response.headers.emplace_back("Content-Type", std::string{found->content_type});
  response.headers.emplace_back("Content-Encoding", "gzip");
  co_return response;
}

io::Task<Response> openapi(std::shared_ptr<const std::string> document, Call call) {
  Response response;
  const auto etag = "\"" + hex(sha256(*document)).substr(0, 32) + "\"";
  add_validators(response, etag);
  if (has_version(call.request, etag)) {
    response.status = 304;
    co_return response;
  }
  response.static_body = *document;
  response.headers.emplace_back("Content-Type", "application/json");
  co_return response;
}

}  // namespace

Operations docs_operations(std::shared_ptr<const std::string> document) {
  Operations table;
  auto op = open_get("Documentation", "/openapi.json", "openapi", "This document");
  Shape any_object;
  any_object.open = true;
  op.answers.emplace_back(200, "OpenAPI 3.1.", object(std::make_shared<const Shape>(std::move(any_object))));
  op.answers.emplace_back(304, "Not changed since `If-None-Match`.", Type());
  op.handler = [document = std::move(document)](Call call) { return openapi(document, std::move(call)); };
  table.push_back(std::move(op));

  op = open_get("Documentation", "/docs", "docs", "Try the API: Swagger UI");
  op.answers.emplace_back(200, "The page.", "text/html");
  op.handler = docs;
  table.push_back(std::move(op));

  op = open_get("Documentation", "/redoc", "redoc", "Read the API: Redoc");
  op.answers.emplace_back(200, "The page.", "text/html");
  op.handler = redoc;
  table.push_back(std::move(op));

  op = open_get("Documentation", "/docs/assets/{file}", "docsAsset", "A file of the pages");
  op.doc = "Always sent gzipped.";
  op.path_fields.emplace_back("file", line(1, 255), "Its name.", R"("docs.js")");
  op.answers.emplace_back(200, "The file.", "application/octet-stream");
  op.answers.emplace_back(304, "Not changed since `If-None-Match`.", Type());
  op.handler = asset;
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api

// The API pages embedded in the binary: Swagger UI at /docs, Redoc at /redoc, the index page at `/`.
//
// Everything a page needs is served by recado itself, so the pages work without the internet. No page has an
// inline script; kContentSecurityPolicy is what they are meant to be served with.
#pragma once

#include <string_view>

namespace recado::ui {

/// One file below /docs/assets/. It exists only gzipped: send `gzip_bytes` with `Content-Encoding: gzip`.
/// The views live as long as the program.
struct Asset {
  std::string_view path;          ///< as requested, `/docs/assets/swagger-ui.css`
  std::string_view content_type;  ///< `text/css; charset=utf-8`
  std::string_view gzip_bytes;
  std::string_view etag;  ///< quoted, a strong validator of the gzipped bytes: `"5f2b…"`
};

/// The asset served at `path` (without query), or nullptr.
const Asset* find_asset(std::string_view path) noexcept;

/// `text/html; charset=utf-8`, not compressed.
std::string_view docs_page() noexcept;   ///< Swagger UI over /openapi.json
std::string_view redoc_page() noexcept;  ///< Redoc over /openapi.json
std::string_view index_page() noexcept;  ///< what recado is, links, and the state that /health tells

/// Redoc styles itself from script and searches in a worker made from a blob; nothing else leaves 'self'.
inline constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

}  // namespace recado::ui

#include "ui/assets.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

// Symbols of embedded.S, which embed.cmake writes.
extern "C" {
#define RECADO_EMBEDDED(name)                   \
  extern const char recado_ui_##name##_begin[]; \
  extern const char recado_ui_##name##_end[];
#define RECADO_ASSET(name, path, content_type, etag) RECADO_EMBEDDED(name)
#define RECADO_PAGE(name) RECADO_EMBEDDED(name)
#include "embedded.inc"
#undef RECADO_PAGE
#undef RECADO_ASSET
}

namespace recado::ui {
namespace {

std::string_view between(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

const auto& assets() noexcept {
  static const auto table = std::to_array<Asset>({
#define RECADO_ASSET(name, path, content_type, etag) \
  {path, content_type, between(recado_ui_##name##_begin, recado_ui_##name##_end), etag},
#define RECADO_PAGE(name)
#include "embedded.inc"
#undef RECADO_PAGE
#undef RECADO_ASSET
  });
  return table;
}

}  // namespace

const Asset* find_asset(std::string_view path) noexcept {
  const auto& table = assets();
  const auto found =
      std::find_if(table.begin(), table.end(), [path](const Asset& a) { return a.path == path; });
  return found == table.end() ? nullptr : &*found;
}

std::string_view docs_page() noexcept {
  return between(recado_ui_docs_begin, recado_ui_docs_end);
}
std::string_view redoc_page() noexcept {
  return between(recado_ui_redoc_begin, recado_ui_redoc_end);
}
std::string_view index_page() noexcept {
  return between(recado_ui_index_begin, recado_ui_index_end);
}

}  // namespace recado::ui

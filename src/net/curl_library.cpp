#include "net/curl_library.hpp"

#include <dlfcn.h>

#include <mutex>
#include <optional>
#include <string>

namespace recado::net {
namespace {

constexpr const char* kFile = "libcurl.so.4";  // Debian's package libcurl4, from Debian 9 on

Error cannot_load() {
  const char* const why = ::dlerror();
  return Error(ErrorCode::io, std::string("mail needs libcurl (Debian's package libcurl4): ") +
                                  (why != nullptr ? why : kFile));
}

/// False when the library has no such function.
template <class Function>
bool find(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(::dlsym(library, name));  // NOLINT: what POSIX says of dlsym
  return function != nullptr;
}

Result<CurlLibrary> load_now() {
  void* const library = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return cannot_load();
  decltype(&::curl_global_init) global_init = nullptr;
  CurlLibrary made{};
  const bool whole = find(library, "curl_global_init", global_init) &&
                     find(library, "curl_easy_init", made.easy_init) &&
                     find(library, "curl_easy_cleanup", made.easy_cleanup) &&
                     find(library, "curl_easy_setopt", made.easy_setopt) &&
                     find(library, "curl_easy_getinfo", made.easy_getinfo) &&
                     find(library, "curl_easy_strerror", made.easy_strerror) &&
                     find(library, "curl_slist_append", made.slist_append) &&
                     find(library, "curl_slist_free_all", made.slist_free_all) &&
                     find(library, "curl_multi_init", made.multi_init) &&
                     find(library, "curl_multi_cleanup", made.multi_cleanup) &&
                     find(library, "curl_multi_add_handle", made.multi_add_handle) &&
                     find(library, "curl_multi_remove_handle", made.multi_remove_handle) &&
                     find(library, "curl_multi_perform", made.multi_perform) &&
                     find(library, "curl_multi_info_read", made.multi_info_read) &&
                     find(library, "curl_multi_poll", made.multi_poll) &&
                     find(library, "curl_multi_wakeup", made.multi_wakeup);
  if (!whole) return cannot_load();
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return Error(ErrorCode::io, "mail needs libcurl, which cannot be started");
  }
  return made;
}

}  // namespace

Result<const CurlLibrary*> CurlLibrary::load() {
  static std::mutex mutex;
  static std::optional<const CurlLibrary> loaded;  // guarded by mutex until it is set, never changed then
  const std::lock_guard lock(mutex);
  if (!loaded) {
    const auto made = load_now();
    if (!made.ok()) return made.error();
    loaded.emplace(*made);
  }
  return &*loaded;
}

}  // namespace recado::net

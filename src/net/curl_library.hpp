// libcurl, loaded when the first mail is sent. Only SMTP needs it, and with it come some 27 more libraries
// (LDAP, Kerberos, SSH, …): 4 MB of memory and milliseconds at each start that who sends no mail does not
// pay. Private to the room.
#pragma once

#include <curl/curl.h>

#include "base/error.hpp"

namespace recado::net {

/// The functions of libcurl by their names there, for any thread.
struct CurlLibrary {
  /// Loads it the first time, which takes milliseconds: not for the loop's thread. It stays for as long as
  /// the process. Errors: io, when libcurl is not installed or cannot be started; the next call tries again.
  static Result<const CurlLibrary*> load();

  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
  decltype(&::curl_multi_init) multi_init;
  decltype(&::curl_multi_cleanup) multi_cleanup;
  decltype(&::curl_multi_add_handle) multi_add_handle;
  decltype(&::curl_multi_remove_handle) multi_remove_handle;
  decltype(&::curl_multi_perform) multi_perform;
  decltype(&::curl_multi_info_read) multi_info_read;
  decltype(&::curl_multi_poll) multi_poll;
  decltype(&::curl_multi_wakeup) multi_wakeup;
};

}  // namespace recado::net

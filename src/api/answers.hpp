// The answers that every resource shares: problems made from field errors and from Error. Pure.
#pragma once

#include <chrono>
#include <string>

#include "api/validate.hpp"
#include "base/error.hpp"
#include "http/message.hpp"

namespace recado::api {

/// 422 with every field error; the detail repeats the first one.
http::Response unprocessable(FieldErrors errors);
http::Response unprocessable(std::string field, std::string message);
/// The sentence of `errors` for a `detail`.
std::string detail_of(const FieldErrors& errors);

/// 503 with `Retry-After: 1`. `members` as in http::problem.
http::Response unavailable(std::string detail, std::string members = {});

/// 429 with `Retry-After`. `what` came too often from one address: `wrong tokens`.
http::Response too_many(const std::string& what, std::chrono::seconds wait);

/// An Error as the status it stands for; internal causes are logged under `what` and not shown.
http::Response failure(const Error& error, const char* what);

}  // namespace recado::api

#include "api/answers.hpp"

#include "base/log.hpp"

namespace recado::api {

std::string detail_of(const FieldErrors& errors) {
  const auto& first = errors.front();
  auto detail = first.field.empty() ? "the body: " + first.message : first.field + ": " + first.message;
  if (errors.size() > 1) detail += " (and " + std::to_string(errors.size() - 1) + " more, see errors)";
  return detail;
}

http::Response unprocessable(FieldErrors errors) {
  auto detail = detail_of(errors);
  return http::problem(422, std::move(detail), std::move(errors));
}

http::Response unprocessable(std::string field, std::string message) {
  FieldErrors errors;
  errors.emplace_back(std::move(field), std::move(message));
  return unprocessable(std::move(errors));
}

http::Response unavailable(std::string detail, std::string members) {
  auto response = http::problem(503, std::move(detail), {}, std::move(members));
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

http::Response too_many(const std::string& what, std::chrono::seconds wait) {
  const auto seconds = std::to_string(wait.count());
  auto response =
      http::problem(429, "too many " + what + " came from your address; try again in " + seconds + " s");
  response.headers.emplace_back("Retry-After", seconds);
  return response;
}

http::Response failure(const Error& error, const char* what) {
  switch (error.code()) {
    case ErrorCode::invalid_argument:
    case ErrorCode::refused:
      return http::problem(422, error.detail());
    case ErrorCode::not_found:
      return http::problem(404, error.detail());
    case ErrorCode::conflict:
      return http::problem(409, error.detail());
    case ErrorCode::unauthorized:
      return http::problem(403, error.detail());
    case ErrorCode::too_large:
      return http::problem(413, error.detail());
    case ErrorCode::unavailable:
    case ErrorCode::outcome_unknown:
    case ErrorCode::timeout:
      return unavailable(error.detail());
    case ErrorCode::protocol:
    case ErrorCode::io:
    case ErrorCode::configuration:
    case ErrorCode::internal:
      break;
  }
  log::error("request failed", {{"operation", what}, {"code", to_string(error.code())}, {"detail", error}});
  return http::problem(500, "something went wrong on our side; the log has the cause");
}

}  // namespace recado::api

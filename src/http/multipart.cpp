#include "http/multipart.hpp"

#include <algorithm>

#include "http/head_syntax.hpp"

namespace recado::http {
namespace {

constexpr std::size_t kMaxHeaderBytes = 8 * 1024;  ///< of one part

/// Whether the Content-Disposition among a part's header lines says that it is called `name`.
bool names_part(std::string_view headers, std::string_view name) {
  while (!headers.empty()) {
    const auto end = std::min(headers.find("\r\n"), headers.size());
    const auto line = headers.substr(0, end);
    headers.remove_prefix(std::min(end + 2, headers.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (equal_ignoring_case(trimmed(line.substr(0, colon)), "content-disposition"))
      return header_parameter(line.substr(colon + 1), "name") == name;
  }
  return false;
}

}  // namespace

std::optional<std::string> header_parameter(std::string_view value, std::string_view name) {
  auto at = value.find(';');
  while (at != std::string_view::npos) {
    value.remove_prefix(at + 1);
    const auto equals = value.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto key = trimmed(value.substr(0, equals));
    value = trimmed(value.substr(equals + 1));
    std::string text;
    if (value.starts_with('"')) {
      std::size_t i = 1;
      for (; i < value.size() && value[i] != '"'; ++i) {
        if (value[i] == '\\' && i + 1 < value.size()) ++i;
        text += value[i];
      }
      value.remove_prefix(std::min(i, value.size()));
      at = value.find(';');
    } else {
      at = value.find(';');
      text = std::string(trimmed(value.substr(0, at)));
    }
    if (equal_ignoring_case(key, name)) return text;
  }
  return std::nullopt;
}

MultipartReader::MultipartReader(std::string_view boundary, std::string name)
    : delimiter_("\r\n--" + std::string(boundary)), name_(std::move(name)) {}

Result<void> MultipartReader::feed(std::string_view bytes, std::string& out) {
  if (state_ == State::end) return {};  // the epilogue says nothing
  buffer_ += bytes;
  while (!error_ && step(out)) {
  }
  if (error_) return *error_;
  return {};
}

/// Goes on by one stage; false: more bytes are needed, or it is over.
bool MultipartReader::step(std::string& out) {
  switch (state_) {
    case State::skipped:
    case State::wanted: {
      const auto at = buffer_.find(delimiter_);
      const bool ends = at != std::string::npos;
      // What may be the beginning of a boundary waits for the rest of it.
      const auto sure = ends ? at : buffer_.size() - std::min(buffer_.size(), delimiter_.size() - 1);
      if (state_ == State::wanted) out.append(buffer_, 0, sure);
      buffer_.erase(0, ends ? at + delimiter_.size() : sure);
      if (ends) state_ = State::boundary;
      return ends;
    }
    case State::boundary: {
      if (buffer_.starts_with("--")) {
        state_ = State::end;
        buffer_.clear();
        return false;
      }
      const auto end = buffer_.find("\r\n");
      if (end == std::string::npos) {
        if (buffer_.size() > kMaxHeaderBytes)
          error_ = Error(ErrorCode::invalid_argument, "a boundary is not at the end of its line");
        return false;
      }
      if (buffer_.find_first_not_of(" \t") != end) {
        error_ = Error(ErrorCode::invalid_argument, "a boundary is not at the end of its line");
        return false;
      }
      buffer_.erase(0, end);  // its line break stays: a part may have no headers
      state_ = State::headers;
      return true;
    }
    case State::headers: {
      const auto end = buffer_.find("\r\n\r\n");
      if (end == std::string::npos || end > kMaxHeaderBytes) {
        if (buffer_.size() > kMaxHeaderBytes)
          error_ = Error(ErrorCode::invalid_argument, "a part's headers are too long");
        return false;
      }
      const bool first = !found_;
      found_ = found_ || names_part(std::string_view(buffer_).substr(0, end), name_);
      state_ = first && found_ ? State::wanted : State::skipped;
      buffer_.erase(0, end + 2);
      // The line break before a boundary is the boundary's; here it belongs to the headers, unless the part
      // is empty.
      if (!buffer_.starts_with(delimiter_)) buffer_.erase(0, 2);
      return true;
    }
    case State::end:
      break;
  }
  return false;
}

}  // namespace recado::http

// Answers of providers, and how requests are taken apart. For the tests of this folder.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messaging/content.hpp"
#include "messaging/templates/value.hpp"
#include "net/http_client.hpp"

namespace recado::messaging::testing {

inline net::HttpResponse answer(int status, std::string body = {}, net::Headers headers = {}) {
  net::HttpResponse response;
  response.written = true;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return response;
}

inline net::HttpResponse no_answer(net::SendError error, bool written) {
  net::HttpResponse response;
  response.error = error;
  response.written = written;
  response.detail = "no answer";
  return response;
}

inline Content text_content(std::string text) {
  Content content;
  content.to = "+5511987654321";
  content.text = std::move(text);
  return content;
}

inline std::string header(const net::HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

/// The fields of a form, decoded.
inline std::vector<std::pair<std::string, std::string>> form_fields(std::string_view body) {
  const auto decode = [](std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%') {
        out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
      } else {
        out += text[i] == '+' ? ' ' : text[i];
      }
    }
    return out;
  };
  std::vector<std::pair<std::string, std::string>> out;
  while (!body.empty()) {
    const auto end = std::min(body.find('&'), body.size());
    const auto field = body.substr(0, end);
    const auto equals = field.find('=');
    out.emplace_back(decode(field.substr(0, equals)), decode(field.substr(equals + 1)));
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return out;
}

inline Value tree(std::string_view json) {
  auto value = parse_value(json);
  return value.ok() ? std::move(value).value() : Value{};
}

}  // namespace recado::messaging::testing

#include "redis/encoder.hpp"

#include <charconv>

namespace recado::redis {

namespace {

void append_length(std::string& out, char type, std::size_t length) {
  char text[24];
  text[0] = type;
  char* end = std::to_chars(text + 1, text + sizeof(text) - 2, length).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(text, end);
}

}  // namespace

void append_header(std::string& out, std::size_t count) {
  append_length(out, '*', count);
}

void append_bulk(std::string& out, std::string_view bytes) {
  append_length(out, '$', bytes.size());
  out.append(bytes);
  out.append("\r\n", 2);
}

void append_command(std::string& out, std::span<const std::string> arguments) {
  append_header(out, arguments.size());
  for (const std::string& argument : arguments) append_bulk(out, argument);
}

}  // namespace recado::redis

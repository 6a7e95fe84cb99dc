// JSON, the only includer of RapidJSON.
//
// Two needs: (1) read a client's object strictly while keeping each member's value as the very bytes that
// were sent (RapidJSON cannot: it rejects lone escapes and re-writes numbers), and (2) write answers. RFC
// 8259, UTF-8 checked, depth at most kMaxDepth.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace recado::json {

inline constexpr int kMaxDepth = 512;

enum class Kind { null, boolean, number, string, array, object };

/// One value as it stands in the source: a view into the client's bytes, without surrounding white space.
struct Raw {
  Kind kind = Kind::null;
  std::string_view text;
};

/// A member of an object; `key` is decoded.
struct Member {
  std::string key;
  Raw value;
};

/// Checks that `text` is one JSON value (white space around it allowed) and returns it. Errors:
/// invalid_argument with position ("line 1, column 17") and reason. Strings inside may hold lone surrogate
/// escapes; numbers any size.
Result<Raw> parse(std::string_view text);

/// The members of an object / elements of an array that parse() accepted, in order (duplicates kept: the
/// caller judges). Keys with lone surrogate escapes are an error. Errors: invalid_argument.
Result<std::vector<Member>> members(Raw object);
Result<std::vector<Raw>> elements(Raw array);

/// Decoded string. Errors: invalid_argument when `value` is not a string or holds a lone surrogate escape.
Result<std::string> as_string(Raw value);
/// Errors: invalid_argument when not an integer (1e3 and 5.0 are integers) or out of range.
Result<std::int64_t> as_int(Raw value);
Result<double> as_number(Raw value);
Result<bool> as_bool(Raw value);

/// `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD.
std::string quote(std::string_view text);
void append_quoted(std::string& out, std::string_view text);

/// Writes one value; commas and nesting are kept right. Use:
/// w.begin_object().key("id").value("x").end_object().
class Writer {
 public:
  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);
  Writer& value(std::string_view text);
  Writer& value(const char* text) { return value(std::string_view{text}); }
  Writer& value(const std::string& text) { return value(std::string_view{text}); }
  Writer& value(std::int64_t number);
  Writer& value(int number) { return value(static_cast<std::int64_t>(number)); }
  Writer& value(unsigned number) { return value(static_cast<std::int64_t>(number)); }
  Writer& value(std::size_t number) { return value(static_cast<std::int64_t>(number)); }
  /// Infinities and not-a-number are written as null.
  Writer& value(double number);
  Writer& value(bool flag);
  Writer& null();
  /// `json` is written as it stands: the caller vouches that it is one valid value.
  Writer& raw(std::string_view json);
  /// key + value, for any value above; optional: null when empty.
  template <class T>
  Writer& member(std::string_view name, const T& v) {
    key(name);
    return value(v);
  }
  template <class T>
  Writer& member(std::string_view name, const std::optional<T>& v) {
    key(name);
    return v ? value(*v) : null();
  }

  const std::string& str() const& { return out_; }
  std::string str() && { return std::move(out_); }

 private:
  void separate();
  std::string out_;
  std::vector<bool> first_;  ///< a level: nothing written in it yet
  bool after_key_ = false;
};

}  // namespace recado::json

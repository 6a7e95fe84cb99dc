#include "http/request_reader.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/optional/optional.hpp>
#include <limits>
#include <optional>

#include "base/buffer.hpp"
#include "http/head_syntax.hpp"

namespace recado::http {

namespace {

namespace beast = boost::beast;
using BeastError = beast::error_code;
using Field = beast::http::field;

constexpr std::size_t kMaxEmptyLines = 8;             ///< before a request line (RFC 9112 2.2)
constexpr std::size_t kReserveBodyBytes = 64 * 1024;  ///< an announced length is believed up to here
constexpr std::size_t kKeepBodyBytes = 64 * 1024;     ///< a larger buffer is given back after its request

std::string_view view(beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

}  // namespace

struct RequestReader::Impl {
  /// Hands what Beast finds to the reader.
  class Parser final : public beast::http::basic_parser<true> {
   public:
    explicit Parser(Impl& owner) : owner_(owner) {
      // Both limits are the reader's: it bounds the head before Beast sees it, and the body by route.
      header_limit(std::numeric_limits<std::uint32_t>::max());
      body_limit(boost::none);
    }

   private:
    void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                         BeastError& ec) override {
      owner_.on_request_line(view(method), view(target), version, ec);
    }
    void on_response_impl(int, beast::string_view, int, BeastError&) override {}
    void on_field_impl(Field name, beast::string_view text, beast::string_view value,
                       BeastError& ec) override {
      owner_.on_field(name, view(text), view(value), ec);
    }
    void on_header_impl(BeastError& ec) override { owner_.on_head(ec); }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, BeastError&) override {}
    std::size_t on_body_impl(beast::string_view bytes, BeastError& ec) override {
      return owner_.on_body(view(bytes), ec);
    }
    void on_chunk_header_impl(std::uint64_t size, beast::string_view extensions, BeastError& ec) override {
      owner_.on_chunk(size, view(extensions), ec);
    }
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, BeastError& ec) override {
      return owner_.on_body(view(bytes), ec);
    }
    void on_finish_impl(BeastError&) override {}

    Impl& owner_;
  };

  explicit Impl(std::size_t header_bytes) : max_header_bytes(header_bytes) {}

  Event feed(std::string_view bytes, std::size_t& consumed);
  Event feed_head(std::string_view bytes, std::size_t& consumed);
  Event feed_body(std::string_view bytes, std::size_t& consumed);
  Event parse_head(std::string_view head);
  Event fail(int code, std::string why);
  Event fail_by(const BeastError& ec, std::string_view head);
  void begin();

  void on_request_line(std::string_view method, std::string_view target, int version, BeastError& ec);
  void on_field(Field name, std::string_view text, std::string_view value, BeastError& ec);
  void on_head(BeastError& ec);
  std::size_t on_body(std::string_view bytes, BeastError& ec);
  void on_chunk(std::uint64_t size, std::string_view extensions, BeastError& ec);
  void refuse(int code, std::string why, BeastError& ec);

  enum class Stage { head, body, failed };

  const std::size_t max_header_bytes;
  Request request;
  std::optional<Parser> parser;
  Stage stage = Stage::head;
  int status = 0;
  std::string detail;

  // Of the head that is being received:
  std::size_t scanned = 0;     ///< bytes whose line ends were checked
  std::size_t line_start = 0;  ///< where the line begins that is not complete
  std::size_t empty_lines = 0;
  bool in_head = false;
  bool head_complete = false;

  // Of the head that is being parsed:
  std::size_t headers = 0;
  int hosts = 0;
  int lengths = 0;
  int content_types = 0;
  int authorizations = 0;
  bool transfer_encoding = false;
  bool target_too_long = false;

  std::uint64_t body_limit = 0;
  std::uint64_t body_bytes = 0;
  bool discard = false;
};

void RequestReader::Impl::refuse(int code, std::string why, BeastError& ec) {
  fail(code, std::move(why));
  ec = beast::http::error::bad_value;  // any: it only ends the parsing
}

RequestReader::Event RequestReader::Impl::fail(int code, std::string why) {
  stage = Stage::failed;
  in_head = false;
  status = code;
  detail = std::move(why);
  return Event::failed;
}

void RequestReader::Impl::begin() {
  parser.reset();
  stage = Stage::head;
  scanned = line_start = empty_lines = 0;
  in_head = head_complete = false;
}

RequestReader::Event RequestReader::Impl::feed(std::string_view bytes, std::size_t& consumed) {
  consumed = 0;
  switch (stage) {
    case Stage::head:
      return feed_head(bytes, consumed);
    case Stage::body:
      return feed_body(bytes, consumed);
    case Stage::failed:
      break;
  }
  return Event::failed;
}

RequestReader::Event RequestReader::Impl::feed_head(std::string_view bytes, std::size_t& consumed) {
  if (scanned == 0) {
    while (bytes.starts_with("\r\n")) {
      if (++empty_lines > kMaxEmptyLines) return fail(400, "a request was expected, not empty lines");
      bytes.remove_prefix(2);
      consumed += 2;
    }
    if (bytes.empty() || bytes == "\r") return Event::need_more;
    in_head = true;
    if (bytes.front() == 0x16)
      return fail(400, "this port speaks plain HTTP, and this looks like TLS: use http://");
    if (!is_token_character(bytes.front())) return fail(400, "a request line must start with a method");
  }
  while (scanned < bytes.size()) {
    const std::size_t feed_at = bytes.find('\n', scanned);
    if (feed_at == std::string_view::npos) {
      scanned = bytes.size();
      break;
    }
    if (feed_at == 0 || bytes[feed_at - 1] != '\r')
      return fail(400, "lines must end with CR LF, not with LF alone");
    if (bytes[line_start] == ' ' || bytes[line_start] == '\t')
      return fail(400, "header lines must not be folded");
    const bool last = feed_at - 1 == line_start;
    scanned = line_start = feed_at + 1;
    if (scanned > max_header_bytes) break;
    if (last) {
      consumed += scanned;
      return parse_head(bytes.substr(0, scanned));
    }
  }
  if (bytes.size() <= max_header_bytes) return Event::need_more;
  const std::size_t target = std::min(bytes.find(' '), bytes.size() - 1) + 1;
  const std::size_t target_end = std::min(bytes.find_first_of(" \r", target), bytes.size());
  if (target_end - target > kMaxTargetBytes) {
    return fail(414, "the request target is longer than " + std::to_string(kMaxTargetBytes) + " bytes");
  }
  return fail(431, "the header is longer than " + std::to_string(max_header_bytes) + " bytes");
}

RequestReader::Event RequestReader::Impl::parse_head(std::string_view head) {
  headers = 0;
  hosts = lengths = content_types = authorizations = 0;
  transfer_encoding = target_too_long = discard = false;
  body_limit = std::numeric_limits<std::uint64_t>::max();
  body_bytes = 0;
  if (request.body.capacity() > kKeepBodyBytes) free_buffer(request.body);
  request.body.clear();
  request.path_parameters.clear();
  parser.emplace(*this);
  BeastError ec;
  parser->put(boost::asio::const_buffer(head.data(), head.size()), ec);
  if (ec) return fail_by(ec, head);
  request.headers.resize(headers);
  if (target_too_long) {
    return fail(414, "the request target is longer than " + std::to_string(kMaxTargetBytes) + " bytes");
  }
  in_head = false;
  head_complete = true;
  stage = Stage::body;
  return Event::head;
}

RequestReader::Event RequestReader::Impl::feed_body(std::string_view bytes, std::size_t& consumed) {
  if (parser->is_done()) return Event::body;
  if (bytes.empty()) return Event::need_more;
  // Beast 1.81 asserts when it is called again for a last chunk of which it has seen less than `0\r\n\r\n`.
  if (parser->chunked() && bytes.size() < 5 && bytes.front() == '0') return Event::need_more;
  parser->eager(true);
  BeastError ec;
  consumed = parser->put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  if (ec && ec != beast::http::error::need_more) return fail_by(ec, {});
  if (parser->is_done()) return Event::body;
  if (bytes.size() - consumed > max_header_bytes) {
    return fail(400, "a chunk's header or the trailers are longer than " + std::to_string(max_header_bytes) +
                         " bytes");
  }
  return Event::need_more;
}

RequestReader::Event RequestReader::Impl::fail_by(const BeastError& ec, std::string_view head) {
  using beast::http::error;
  if (stage == Stage::failed) return Event::failed;  // said already, more exactly
  if (ec == error::bad_version) {
    if (names_a_version(head.substr(0, head.find('\r'))))
      return fail(505, "HTTP/1.1 and HTTP/1.0 are spoken here");
    return fail(400, "a request line must end with HTTP/1.1 or HTTP/1.0");
  }
  if (ec == error::bad_method) return fail(400, "the method is malformed");
  if (ec == error::bad_target) return fail(400, "the request target is malformed");
  if (ec == error::bad_field)
    return fail(400, "a header name is malformed (it is a token, directly followed by a colon)");
  if (ec == error::bad_value) return fail(400, "a header value holds a control character or is malformed");
  if (ec == error::bad_line_ending) return fail(400, "lines must end with CR LF");
  if (ec == error::bad_content_length || ec == error::multiple_content_length) {
    if (has_sound_length(head)) return fail(413, "the body is longer than anything that can be read");
    return fail(400, "Content-Length must be one decimal number, and cannot stand beside Transfer-Encoding");
  }
  if (ec == error::bad_transfer_encoding) {
    return fail(400, "Transfer-Encoding cannot be repeated or stand beside Content-Length");
  }
  if (ec == error::bad_chunk || ec == error::bad_chunk_extension)
    return fail(400, "the chunked body is malformed");
  return fail(400, "the request is malformed");
}

void RequestReader::Impl::on_request_line(std::string_view method, std::string_view target, int version,
                                          BeastError& ec) {
  request.method.assign(method);
  request.version = version;
  target_too_long = target.size() > kMaxTargetBytes;
  if (target_too_long) return;
  if (method == "CONNECT") return refuse(501, "this is no proxy: CONNECT is not served", ec);
  if (const auto assigned = assign_target(request, target); !assigned)
    refuse(400, assigned.error().detail(), ec);
  if (target == "*" && method != "OPTIONS") refuse(400, "the request target * is for OPTIONS only", ec);
}

void RequestReader::Impl::on_field(Field name, std::string_view text, std::string_view value,
                                   BeastError& ec) {
  if (stage == Stage::body) return;  // a trailer: nothing here knows what to do with one
  switch (name) {
    case Field::host:
      if (++hosts > 1) return refuse(400, "a request must have one Host header, not several", ec);
      if (!std::all_of(value.begin(), value.end(), is_host_character)) {
        return refuse(400, "the Host header is malformed", ec);
      }
      break;
    case Field::content_length:
      if (++lengths > 1) return refuse(400, "a request must have at most one Content-Length", ec);
      if (!is_digits(value)) return refuse(400, "Content-Length must be one decimal number", ec);
      break;
    case Field::transfer_encoding:
      transfer_encoding = true;
      if (!equal_ignoring_case(value, "chunked")) {
        return refuse(501, "chunked is the only transfer coding that is known here", ec);
      }
      break;
    case Field::content_type:
      if (++content_types > 1) return refuse(400, "a request must have at most one Content-Type", ec);
      break;
    case Field::authorization:
      if (++authorizations > 1)
        return refuse(400, "a request must have at most one Authorization header", ec);
      break;
    default:
      break;
  }
  if (headers == request.headers.size()) request.headers.emplace_back();
  auto& [key, content] = request.headers[headers++];
  key.resize(text.size());
  std::transform(text.begin(), text.end(), key.begin(), lower);
  content.assign(value);
}

void RequestReader::Impl::on_head(BeastError& ec) {
  if (hosts == 0 && request.version >= 11)
    return refuse(400, "an HTTP/1.1 request must have a Host header", ec);
  if (transfer_encoding && lengths > 0) {
    return refuse(400, "Content-Length cannot stand beside Transfer-Encoding", ec);
  }
  if (transfer_encoding && request.version < 11) {
    return refuse(400, "Transfer-Encoding does not exist in HTTP/1.0", ec);
  }
}

std::size_t RequestReader::Impl::on_body(std::string_view bytes, BeastError& ec) {
  body_bytes += bytes.size();
  if (body_bytes > body_limit) {
    refuse(413, "the body is longer than " + std::to_string(body_limit) + " bytes", ec);
    return bytes.size();
  }
  if (!discard) request.body.append(bytes);
  return bytes.size();
}

void RequestReader::Impl::on_chunk(std::uint64_t size, std::string_view extensions, BeastError& ec) {
  const bool control = std::any_of(extensions.begin(), extensions.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f;
  });
  if (control) return refuse(400, "a chunk extension holds a control character", ec);
  if (size > body_limit || body_bytes + size > body_limit) {
    refuse(413, "the body is longer than " + std::to_string(body_limit) + " bytes", ec);
  }
}

RequestReader::RequestReader(std::size_t max_header_bytes)
    : impl_(std::make_unique<Impl>(max_header_bytes)) {}

RequestReader::~RequestReader() = default;

RequestReader::Event RequestReader::feed(std::string_view bytes, std::size_t& consumed) {
  return impl_->feed(bytes, consumed);
}

void RequestReader::next() {
  impl_->begin();
}

Request& RequestReader::request() noexcept {
  return impl_->request;
}

bool RequestReader::in_head() const noexcept {
  return impl_->in_head;
}

bool RequestReader::head_complete() const noexcept {
  return impl_->head_complete;
}

bool RequestReader::has_body() const noexcept {
  return chunked() || content_length() > 0;
}

bool RequestReader::chunked() const noexcept {
  return impl_->head_complete && impl_->parser->chunked();
}

std::uint64_t RequestReader::content_length() const noexcept {
  return impl_->head_complete ? impl_->parser->content_length().value_or(0) : 0;
}

bool RequestReader::keep_alive() const noexcept {
  return impl_->head_complete && impl_->parser->keep_alive();
}

void RequestReader::limit_body(std::uint64_t bytes) noexcept {
  impl_->body_limit = bytes;
  impl_->request.body.reserve(
      static_cast<std::size_t>(std::min<std::uint64_t>(content_length(), kReserveBodyBytes)));
}

void RequestReader::discard_body() noexcept {
  impl_->discard = true;
}

int RequestReader::status() const noexcept {
  return impl_->status;
}

const std::string& RequestReader::detail() const noexcept {
  return impl_->detail;
}

}  // namespace recado::http

#include "net/response_reader.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace recado::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::uint32_t kMaxHeader = 64 * 1024;
constexpr std::size_t kFirstBuffer = 4 * 1024;
constexpr std::size_t kMaxBuffer = kMaxHeader + kFirstBuffer;
/// Interim answers a peer may send before the real one.
constexpr int kMaxInterim = 32;

class Parser final : public http::basic_parser<false> {
 public:
  Parser(bool head, std::size_t keep_body) : keep_body_(keep_body) {
    header_limit(kMaxHeader);
    body_limit(boost::none);
    eager(true);
    skip(head);
  }

  int status = 0;
  Headers headers;
  std::string body;
  bool too_long() const { return total_ > keep_body_ + kDrainLimit; }

 private:
  using error_code = beast::error_code;
  using string_view = beast::string_view;

  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int code, string_view, int, error_code&) override { status = code; }
  void on_field_impl(http::field, string_view name, string_view value, error_code&) override {
    std::string lower(name.data(), name.size());
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    headers.emplace_back(std::move(lower), std::string(value.data(), value.size()));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view bytes, error_code&) override { return keep(bytes); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override {
    return keep(bytes);
  }
  void on_finish_impl(error_code&) override {}

  std::size_t keep(string_view bytes) {
    total_ += bytes.size();
    body.append(bytes.data(), std::min(bytes.size(), keep_body_ - body.size()));
    return bytes.size();
  }

  const std::size_t keep_body_;
  std::uint64_t total_ = 0;
};

}  // namespace

struct ResponseReader::Impl {
  Impl(bool h, std::size_t k) : head(h), keep_body(k), buffer(kFirstBuffer) {
    parser.emplace(head, keep_body);
  }

  bool final_header() const {
    return parser->is_header_done() && (parser->status >= 200 || parser->status == 101);
  }

  State fail(std::string why) {
    problem = std::move(why);
    return State::malformed;
  }

  /// After an interim answer the parser starts over for the next one.
  State next_answer() {
    if (parser->status == 101) return fail("it switches protocols (101), which was not asked for");
    if (++interim > kMaxInterim) return fail("it has more than 32 interim (1xx) answers");
    parser.emplace(head, keep_body);
    return State::need_more;
  }

  /// `HTTP/1.1 200` and a line break at once: many servers leave out the space that belongs behind the code,
  /// and clients accept it; Beast does not. False: too few bytes to tell.
  bool mend_status_line() {
    constexpr std::string_view kShape = "HTTP/1.? ???\r\n";
    for (std::size_t i = 0; i < kShape.size(); ++i) {
      if (begin + i == end) return false;
      if (kShape[i] != '?' && buffer[begin + i] != kShape[i]) return true;
    }
    buffer.insert(buffer.begin() + static_cast<std::ptrdiff_t>(begin + kShape.size() - 2), ' ');
    ++end;
    return true;
  }

  State parse() {
    while (begin < end) {
      if (!parser->got_some() && !mend_status_line()) return State::need_more;
      // Beast 1.81 asserts when it is called again for a last chunk of which it has seen less than
      // `0\r\n\r\n`.
      if (parser->is_header_done() && parser->chunked() && end - begin < 5 && buffer[begin] == '0') {
        return State::need_more;
      }
      beast::error_code error;
      const auto used = parser->put(boost::asio::const_buffer(buffer.data() + begin, end - begin), error);
      begin += used;
      if (error == http::error::need_more) return State::need_more;
      if (error == http::error::header_limit) return fail("its header is larger than 64 KiB");
      if (error) return fail(error.message());
      if (parser->is_done()) {
        if (parser->status >= 200) return State::complete;
        if (const auto state = next_answer(); state != State::need_more) return state;
      } else if (final_header() && parser->too_long()) {
        return State::too_long;
      } else if (used == 0) {
        return State::need_more;
      }
    }
    return State::need_more;
  }

  const bool head;
  const std::size_t keep_body;
  std::optional<Parser> parser;
  std::vector<char> buffer;
  std::size_t begin = 0;
  std::size_t end = 0;
  int interim = 0;
  bool received = false;
  std::string problem;
};

ResponseReader::ResponseReader(bool head, std::size_t keep_body)
    : impl_(std::make_unique<Impl>(head, keep_body)) {}

ResponseReader::~ResponseReader() = default;

boost::asio::mutable_buffer ResponseReader::prepare() {
  Impl& self = *impl_;
  if (self.begin > 0) {
    std::memmove(self.buffer.data(), self.buffer.data() + self.begin, self.end - self.begin);
    self.end -= self.begin;
    self.begin = 0;
  }
  if (self.end == self.buffer.size()) self.buffer.resize(std::min(2 * self.buffer.size(), kMaxBuffer));
  return boost::asio::buffer(self.buffer.data() + self.end, self.buffer.size() - self.end);
}

ResponseReader::State ResponseReader::commit(std::size_t bytes) {
  Impl& self = *impl_;
  self.received = self.received || bytes > 0;
  self.end += bytes;
  const auto state = self.parse();
  // The parser leaves unfinished lines in the buffer; one that fills it is none.
  if (state == State::need_more && self.begin == 0 && self.end == kMaxBuffer) {
    return self.fail("it has a line larger than 64 KiB");
  }
  return state;
}

ResponseReader::State ResponseReader::end_of_input() {
  Impl& self = *impl_;
  // Beast's parser may not be told of the end before it has seen a byte (of the answer behind an interim
  // one).
  if (!self.parser->got_some()) return self.fail("it ends before its header");
  beast::error_code error;
  self.parser->put_eof(error);
  if (error || !self.parser->is_done() || !self.final_header()) return self.fail("it ends in the middle");
  return State::complete;
}

bool ResponseReader::has_status() const noexcept {
  return impl_->parser->is_header_done() && impl_->parser->status >= 200;
}
bool ResponseReader::received_any() const noexcept {
  return impl_->received;
}
bool ResponseReader::leftover() const noexcept {
  return impl_->begin < impl_->end;
}
bool ResponseReader::keep_alive() const noexcept {
  return impl_->parser->is_header_done() && impl_->parser->keep_alive();
}
const std::string& ResponseReader::problem() const noexcept {
  return impl_->problem;
}

void ResponseReader::take(HttpResponse& into) {
  into.status = impl_->parser->status;
  into.headers = std::move(impl_->parser->headers);
  into.body = std::move(impl_->parser->body);
}

}  // namespace recado::net

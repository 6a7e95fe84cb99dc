#include "http/request_reader.hpp"

#include <gmock/gmock.h>

namespace recado::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using Event = RequestReader::Event;

/// What became of a connection's bytes: one line a request, such as `POST /x [body]`, and the failure at the
/// end.
std::string outcome(const std::string& bytes, std::size_t piece) {
  RequestReader reader(16 * 1024);
  std::string said;
  std::string buffer;
  std::size_t given = 0;
  while (true) {
    std::size_t consumed = 0;
    const auto event = reader.feed(buffer, consumed);
    buffer.erase(0, consumed);
    if (event == Event::need_more) {
      if (given == bytes.size())
        return said + (buffer.empty() && !reader.head_complete() ? "" : "incomplete");
      const auto next = bytes.substr(given, piece);
      buffer += next;
      given += next.size();
    } else if (event == Event::head) {
      reader.limit_body(1000);
    } else if (event == Event::body) {
      const auto& request = reader.request();
      said += request.method + " " + request.path + " [" + request.body + "]\n";
      reader.next();
    } else {
      return said + std::to_string(reader.status());
    }
  }
}

/// The same however the bytes arrive.
std::string outcome(const std::string& bytes) {
  const std::string whole = outcome(bytes, bytes.size() + 1);
  for (const std::size_t piece : {1, 2, 3, 7})
    EXPECT_EQ(outcome(bytes, piece), whole) << bytes << " by " << piece;
  return whole;
}

std::string request_with(const std::string& lines, const std::string& body = "") {
  return "POST /x HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n" + body;
}

TEST(RequestReader, ReadsPipelinedRequestsOfEveryFraming) {
  EXPECT_EQ(outcome("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
                    "\r\n"
                    "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                    "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3\r\nabc\r\nA;name=value;other=\"x;y\"\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"
                    "POST /d HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"
                    "GET /e HTTP/1.0\r\n\r\n"),
            "GET /a []\nPOST /b [abc]\nPOST /c [abc0123456789]\nPOST /d []\nGET /e []\n");
}

TEST(RequestReader, GivesHeadersInLowerCaseAndInOrder) {
  RequestReader reader(16 * 1024);
  std::size_t consumed = 0;
  ASSERT_EQ(reader.feed("GET /a?q=1 HTTP/1.1\r\nHost: h\r\nX-Two:  b \t\r\nX-One:\r\nX-TWO: c\xe9\r\n\r\n",
                        consumed),
            Event::head);
  EXPECT_THAT(reader.request().headers,
              ElementsAre(Pair("host", "h"), Pair("x-two", "b"), Pair("x-one", ""), Pair("x-two", "c\xe9")));
  EXPECT_EQ(reader.request().query, "q=1");
  EXPECT_TRUE(reader.keep_alive());
  EXPECT_FALSE(reader.has_body());
  EXPECT_EQ(reader.feed("", consumed), Event::body);
  reader.next();
  ASSERT_EQ(reader.feed("GET /b HTTP/1.0\r\n\r\n", consumed), Event::head);
  EXPECT_TRUE(reader.request().headers.empty());
  EXPECT_EQ(reader.request().version, 10);
  EXPECT_FALSE(reader.keep_alive());
}

TEST(RequestReader, DropsTrailers) {
  RequestReader reader(16 * 1024);
  const std::string bytes =
      request_with("Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\nHost: evil\r\nX: y\r\n\r\n");
  std::size_t consumed = 0;
  ASSERT_EQ(reader.feed(bytes, consumed), Event::head);
  const std::size_t head = consumed;
  ASSERT_EQ(reader.feed(std::string_view(bytes).substr(head), consumed), Event::body);
  EXPECT_EQ(head + consumed, bytes.size());
  EXPECT_THAT(reader.request().headers, ElementsAre(Pair("host", "h"), Pair("transfer-encoding", "chunked")));
}

TEST(RequestReader, RefusesWhatRfc9112Forbids) {
  using namespace std::string_literals;
  struct Case {
    const char* what;
    std::string bytes;
    int status;
  };
  const Case cases[] = {
      {"length and chunked", request_with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunked and length", request_with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400},
      {"two lengths", request_with("Content-Length: 3\r\nContent-Length: 4\r\n"), 400},
      {"two equal lengths", request_with("Content-Length: 3\r\nContent-Length: 3\r\n"), 400},
      {"a list of lengths", request_with("Content-Length: 3, 3\r\n"), 400},
      {"a negative length", request_with("Content-Length: -1\r\n"), 400},
      {"a plus", request_with("Content-Length: +5\r\n"), 400},
      {"a hexadecimal length", request_with("Content-Length: 0x5\r\n"), 400},
      {"a word as length", request_with("Content-Length: five\r\n"), 400},
      {"an empty length", request_with("Content-Length:\r\n"), 400},
      {"a length with a space", request_with("Content-Length: 1 2\r\n"), 400},
      {"a length of 21 digits", request_with("Content-Length: 100000000000000000000\r\n"), 413},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", request_with("Host: other\r\n"), 400},
      {"two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"a Host with user", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400},
      {"a Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"bare LF everywhere", "GET / HTTP/1.1\nHost: h\n\n", 400},
      {"a bare LF in the head", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400},
      {"a bare LF at the end", "GET / HTTP/1.1\r\nHost: h\r\n\n", 400},
      {"a bare CR", request_with("X: a\rb\r\n"), 400},
      {"a folded line", request_with("X: a\r\n b\r\n"), 400},
      {"a line folded by a tab", request_with("X: a\r\n\tb\r\n"), 400},
      {"a folded first line", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {"space before the colon", request_with("X : a\r\n"), 400},
      {"a tab before the colon", request_with("Content-Length\t: 3\r\n"), 400},
      {"no colon", request_with("X\r\n"), 400},
      {"an empty name", request_with(": a\r\n"), 400},
      {"a name with a slash", request_with("X/Y: a\r\n"), 400},
      {"a name beyond ASCII", request_with("X\xe9: a\r\n"), 400},
      {"NUL in a value", request_with("X: a\0b\r\n"s), 400},
      {"a control in a value", request_with("X: a\x01z\r\n"), 400},
      {"DEL in a value", request_with("X: a\x7f\r\n"), 400},
      {"NUL in a name", request_with("X\0: a\r\n"s), 400},
      {"gzip, chunked", request_with("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"chunked, gzip", request_with("Transfer-Encoding: chunked, gzip\r\n"), 501},
      {"identity", request_with("Transfer-Encoding: identity\r\n"), 501},
      {"xchunked", request_with("Transfer-Encoding: xchunked\r\n"), 501},
      {"a quoted chunked", request_with("Transfer-Encoding: \"chunked\"\r\n"), 501},
      {"chunked twice in one list", request_with("Transfer-Encoding: chunked, chunked\r\n"), 501},
      {"chunked behind a comma", request_with("Transfer-Encoding: , chunked\r\n"), 501},
      {"chunked with a parameter", request_with("Transfer-Encoding: chunked;q=1\r\n"), 501},
      {"no coding", request_with("Transfer-Encoding:\r\n"), 501},
      {"chunked behind a vertical tab",
       request_with("Transfer-Encoding: \x0b"
                    "chunked\r\n"),
       400},
      {"chunked before NUL", request_with("Transfer-Encoding: chunked\0\r\n"s), 400},
      {"a coding folded away", request_with("Transfer-Encoding:\r\n chunked\r\n"), 400},
      {"a coding named with a space", request_with("Transfer-Encoding : chunked\r\n"), 400},
      {"a coding and a length in other cases",
       request_with("transfer-ENCODING: chunked\r\ncontent-LENGTH: 3\r\n"), 400},
      {"a length and one named with a space", request_with("Content-Length: 3\r\nContent-Length : 4\r\n"),
       400},
      {"a length behind a comma", request_with("Content-Length: ,3\r\n"), 400},
      {"a length with a fraction", request_with("Content-Length: 3.0\r\n"), 400},
      {"a length of full-width digits", request_with("Content-Length: \xef\xbc\x93\r\n"), 400},
      {"a length over 64 bits", request_with("Content-Length: 18446744073709551616\r\n"), 413},
      {"two codings", request_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunked in 1.0", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"version 2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"version 0.9", "GET / HTTP/0.9\r\nHost: h\r\n\r\n", 505},
      {"version 1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
      {"no version", "GET /\r\n\r\n", 400},
      {"a version in lower case", "GET / http/1.1\r\nHost: h\r\n\r\n", 400},
      {"a long version", "GET / HTTP/1.10\r\nHost: h\r\n\r\n", 400},
      {"space after the version", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"a tab between", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"a space first", " GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"a method with a bracket", "GE[T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"a method with NUL", "GE\0T / HTTP/1.1\r\nHost: h\r\n\r\n"s, 400},
      {"no target", "GET HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"a relative target", "GET x HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"an authority target", "GET h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"* without OPTIONS", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"a space in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"a control in the target", "GET /a\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"a byte beyond ASCII in the target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"a bad escape", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"a fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 501},
      {"a TLS hello", "\x16\x03\x01\x02\x00\x01", 400},
      {"two Content-Types", request_with("Content-Type: a/b\r\nContent-Type: c/d\r\n"), 400},
      {"two Authorizations", request_with("Authorization: a\r\nAuthorization: b\r\n"), 400},
      {"empty lines only", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", 400},
  };
  for (const auto& c : cases) EXPECT_EQ(outcome(c.bytes), std::to_string(c.status)) << c.what;
}

TEST(RequestReader, RefusesMalformedChunks) {
  struct Case {
    const char* what;
    const char* body;
  };
  const Case cases[] = {
      {"no size", "\r\nabc\r\n0\r\n\r\n"},
      {"a size in words", "xyz\r\nabc\r\n0\r\n\r\n"},
      {"a prefix", "0x3\r\nabc\r\n0\r\n\r\n"},
      {"a negative size", "-3\r\nabc\r\n0\r\n\r\n"},
      {"a plus", "+3\r\nabc\r\n0\r\n\r\n"},
      {"a space first", " 3\r\nabc\r\n0\r\n\r\n"},
      {"a space last", "3 \r\nabc\r\n0\r\n\r\n"},
      {"a bare LF after the size", "3\nabc\r\n0\r\n\r\n"},
      {"a bare LF in an extension", "3;a\nb\r\nabc\r\n0\r\n\r\n"},
      {"a bare LF in a quoted extension", "3;a=\"\n\"\r\nabc\r\n0\r\n\r\n"},
      {"a bare CR after the size", "3\rabc\r\n0\r\n\r\n"},
      {"data longer than its size", "3\r\nabcd\r\n0\r\n\r\n"},
      {"no CRLF after the data", "3\r\nabc0\r\n\r\n0\r\n\r\n"},
      {"a bare LF after the data", "3\r\nabc\n0\r\n\r\n0\r\n\r\n"},
      {"a size that overflows", "fffffffffffffffff\r\nabc\r\n0\r\n\r\n"},
      {"a broken trailer", "3\r\nabc\r\n0\r\nbad trailer\r\n\r\n"},
      {"a length as trailer", "3\r\nabc\r\n0\r\nContent-Length: 3\r\n\r\n"},
      {"a coding as trailer", "3\r\nabc\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(outcome(request_with("Transfer-Encoding: chunked\r\n", c.body)), "400") << c.what;
  }
}

TEST(RequestReader, ReadsNumbersWithLeadingZerosAsWhatTheyAre) {
  EXPECT_EQ(outcome(request_with("Content-Length: 0000000000000000000000003\r\n", "abc") +
                    "GET /next HTTP/1.1\r\nHost: h\r\n\r\n"),
            "POST /x [abc]\nGET /next []\n");
  EXPECT_EQ(outcome(request_with("Transfer-Encoding: chunked\r\n",
                                 "000000000000000000000000003\r\nabc\r\n00000000\r\n\r\n") +
                    "GET /next HTTP/1.1\r\nHost: h\r\n\r\n"),
            "POST /x [abc]\nGET /next []\n");
}

TEST(RequestReader, NeverTakesWhatFollowsABrokenBodyForARequest) {
  const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string bodies[] = {
      "0\r\nX: y\n\r\n",     // a bare line feed in the trailers
      "0\r\n X: y\r\n\r\n",  // a folded trailer
      "0;\n\r\n",            // a bare line feed in the last chunk's extension
      "0\r\nTransfer-Encoding: chunked\r\n\r\n",
      "1\r\na0\r\n\r\n",  // no line end behind the data
      "0x0\r\n\r\n",
      "\r\n0\r\n\r\n",
      "0\r\r\n\r\n",
      "0 \r\n\r\n",
      "-0\r\n\r\n",
      "00000000000000001\n\r\n",
  };
  for (const auto& body : bodies) {
    const auto said = outcome(request_with("Transfer-Encoding: chunked\r\n", body + smuggled));
    EXPECT_EQ(said, "400") << body;
  }
}

TEST(RequestReader, FailsWith413AsSoonAsChunksAnnounceTooMuch) {
  EXPECT_EQ(outcome(request_with("Transfer-Encoding: chunked\r\n", "3e9\r\n")), "413");
  EXPECT_EQ(outcome(request_with("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n")), "413");
  EXPECT_EQ(outcome(request_with("Transfer-Encoding: chunked\r\n",
                                 "3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n")),
            "413");
}

TEST(RequestReader, BoundsTargetHeadAndChunkHeaders) {
  const std::string tail = " HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_EQ(outcome("GET /" + std::string(8191, 'a') + tail, 100000),
            "GET /" + std::string(8191, 'a') + " []\n");
  EXPECT_EQ(outcome("GET /" + std::string(8192, 'a') + tail, 100000), "414");
  EXPECT_EQ(outcome("GET /" + std::string(8192, 'a') + " HTTP/1.1\r\n\r\n", 100000),
            "400");  // no Host comes first
  EXPECT_EQ(outcome("GET /" + std::string(20000, 'a'), 1000), "414");
  EXPECT_EQ(outcome("GET /" + std::string(20000, 'a') + tail, 100000), "414");
  EXPECT_EQ(outcome(request_with("X: " + std::string(17000, 'a') + "\r\n"), 1000), "431");
  EXPECT_EQ(outcome(request_with("X: " + std::string(17000, 'a') + "\r\n"), 100000), "431");
  EXPECT_EQ(outcome(std::string(17000, 'A'), 1000), "431");
  EXPECT_EQ(outcome(request_with("Transfer-Encoding: chunked\r\n", "1;" + std::string(20000, 'a')), 1000),
            "400");
  EXPECT_EQ(
      outcome(request_with("Transfer-Encoding: chunked\r\n", "0\r\nX: " + std::string(20000, 'a')), 1000),
      "400");
}

TEST(RequestReader, TellsWhenAHeadHasBegun) {
  RequestReader reader(16 * 1024);
  std::size_t consumed = 0;
  EXPECT_EQ(reader.feed("\r\n", consumed), Event::need_more);
  EXPECT_EQ(consumed, 2U);
  EXPECT_FALSE(reader.in_head());
  EXPECT_EQ(reader.feed("G", consumed), Event::need_more);
  EXPECT_TRUE(reader.in_head());
}

TEST(RequestReader, UnderstandsConnectionTokens) {
  struct Case {
    const char* request;
    bool keep_alive;
  };
  const Case cases[] = {
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: foo, close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
  };
  for (const auto& c : cases) {
    RequestReader reader(16 * 1024);
    std::size_t consumed = 0;
    ASSERT_EQ(reader.feed(c.request, consumed), Event::head);
    EXPECT_EQ(reader.keep_alive(), c.keep_alive) << c.request;
  }
}

}  // namespace
}  // namespace recado::http

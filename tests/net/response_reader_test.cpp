#include "net/response_reader.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstring>

namespace recado::net {
namespace {

using State = ResponseReader::State;

/// Feeds `bytes` in pieces of `step`; what the reader made of them.
struct Reading {
  Reading(const std::string& bytes, std::size_t step) : reader(false, 1024) {
    for (std::size_t at = 0; at < bytes.size() && state == State::need_more;) {
      const auto room = reader.prepare();
      const auto size = std::min({step, room.size(), bytes.size() - at});
      std::memcpy(room.data(), bytes.data() + at, size);
      at += size;
      state = reader.commit(size);
    }
    if (state == State::need_more) state = reader.end_of_input();
    if (reader.has_status()) reader.take(response);
  }

  ResponseReader reader;
  State state = State::need_more;
  HttpResponse response;
};

const std::string kChunked =
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n c\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;x=\"y\"\r\nhello\r\n3\r\n, w\r\n0\r\nTrailer: z\r\n\r\n";
const std::string kNoChunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
const std::string kSized = "HTTP/1.1 503 Busy\r\nRetry-After: 5\r\nContent-Length: 4\r\n\r\nlate";

TEST(ResponseReader, ReadsTheSameInPiecesOfAnySize) {
  for (const auto& bytes : {kChunked, kNoChunk, kSized}) {
    const Reading whole(bytes, bytes.size());
    EXPECT_EQ(whole.state, State::complete);
    for (std::size_t step = 1; step < bytes.size(); ++step) {
      const Reading pieces(bytes, step);
      EXPECT_EQ(pieces.state, State::complete) << step;
      EXPECT_EQ(pieces.response.status, whole.response.status);
      EXPECT_EQ(pieces.response.headers, whole.response.headers);
      EXPECT_EQ(pieces.response.body, whole.response.body);
    }
  }
}

TEST(ResponseReader, KnowsAnEndInTheMiddleEverywhere) {
  for (std::size_t size = 0; size < kChunked.size(); ++size) {
    EXPECT_EQ(Reading(kChunked.substr(0, size), 7).state, State::malformed) << size;
  }
}

TEST(ResponseReader, TellsOfBytesBehindTheAnswer) {
  EXPECT_FALSE(Reading(kSized, 1000).reader.leftover());
  EXPECT_TRUE(Reading(kSized + "x", 1000).reader.leftover());
}

/// Where its end is doubtful, what follows might be taken for the answer to another message.
TEST(ResponseReader, NeverKeepsAConnectionWhoseAnswerCanBeReadTwoWays) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
  const std::string answers[] = {
      ok + "Content-Length: 5\r\n" + chunked + "0\r\n\r\n",
      ok + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      ok + "Content-Length: 0\r\nContent-Length: 3\r\n\r\nabc",
      ok + "Content-Length: 0, 3\r\n\r\nabc",
      ok + "Content-Length: +0\r\n\r\n",
      ok + "Content-Length: -1\r\n\r\n",
      ok + "Content-Length: 0x0\r\n\r\n",
      ok + "Content-Length: 99999999999999999999999\r\n\r\n",
      ok + "Content-Length : 0\r\n\r\n",
      ok + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
      ok + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      ok + "Transfer-Encoding: gzip\r\n\r\n",
      ok + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
      ok + "X: y\nContent-Length: 0\r\n\r\n",
      ok + chunked + "-1\r\n\r\n",
      ok + chunked + "+0\r\n\r\n",
      ok + chunked + "0x0\r\n\r\n",
      ok + chunked + "0 \r\n\r\n",
      ok + chunked + "fffffffffffffffff\r\n",
      ok + chunked + "1\r\na0\r\n\r\n",
      ok + chunked + "\r\n0\r\n\r\n",
  };
  for (const auto& bytes : answers) {
    const Reading reading(bytes, 1000);
    const bool kept =
        reading.state == State::complete && reading.reader.keep_alive() && !reading.reader.leftover();
    EXPECT_FALSE(kept) << bytes;
  }
}

TEST(ResponseReader, BoundsWhatItKeeps) {
  EXPECT_EQ(Reading("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'a') + "\r\n\r\n", 5'000).state,
            State::malformed);
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 10'000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_EQ(Reading(many + "\r\n", 5'000).state, State::malformed);
  EXPECT_EQ(Reading("HTTP/1.1 200 " + std::string(70'000, 'a'), 5'000).state, State::malformed);
  EXPECT_EQ(
      Reading("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(70'000, 'a'), 5'000)
          .state,
      State::malformed);
  EXPECT_EQ(
      Reading("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(70'000, 'a'),
              5'000)
          .state,
      State::malformed);
  const Reading large("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + std::string(2'000, 'a'), 500);
  EXPECT_EQ(large.response.body.size(), 1'024U);
}

TEST(ResponseReader, SurvivesAnyBytes) {
  EXPECT_TRUE(rc::check("damaged answers are read without harm", [] {
    auto bytes = *rc::gen::element(kChunked, kSized, kSized + kChunked);
    const auto changes = *rc::gen::inRange(0, 6);
    for (int i = 0; i < changes; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
      bytes[at] =
          *rc::gen::weightedOneOf<char>({{1, rc::gen::arbitrary<char>()}, {2, rc::gen::elementOf(bytes)}});
    }
    const auto step = *rc::gen::inRange<std::size_t>(1, bytes.size() + 1);
    const Reading reading(bytes, step);
    RC_ASSERT(reading.state != State::need_more);
    RC_ASSERT((reading.state != State::malformed || !reading.reader.problem().empty()));
    RC_ASSERT(reading.response.body.size() <= 1024U);
  }));
}

}  // namespace
}  // namespace recado::net

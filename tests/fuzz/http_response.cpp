// A destination's answer: bounded in memory, read alike in whatever pieces it comes, never past its end.
#include <algorithm>
#include <cstring>
#include <string>

#include "fuzz/check.hpp"
#include "net/http_client.hpp"
#include "net/response_reader.hpp"

namespace {

using recado::net::HttpResponse;
using recado::net::ResponseReader;

constexpr std::size_t kKeep = 1024;

/// The answer as read in pieces of that size, and how the reading ended.
std::pair<ResponseReader::State, HttpResponse> read(std::string_view bytes, bool head, std::size_t piece) {
  ResponseReader reader(head, kKeep);
  auto state = ResponseReader::State::need_more;
  while (state == ResponseReader::State::need_more && !bytes.empty()) {
    const auto room = reader.prepare();
    recado::fuzz::require(room.size() > 0, "there is always room to read into");
    const std::size_t count = std::min({bytes.size(), room.size(), piece});
    std::memcpy(room.data(), bytes.data(), count);
    bytes.remove_prefix(count);
    state = reader.commit(count);
  }
  if (state == ResponseReader::State::need_more) state = reader.end_of_input();
  recado::fuzz::require(state != ResponseReader::State::malformed || !reader.problem().empty(),
                        "what is malformed has a reason");
  HttpResponse response;
  if (reader.has_status()) reader.take(response);
  return {state, std::move(response)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const bool head = (data[0] & 0x80) != 0;
  const std::size_t piece = 1 + data[0] % 0x40;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto [state, response] = read(bytes, head, piece);
  recado::fuzz::require(response.body.size() <= kKeep, "no more of a body is kept than asked for");
  if (state == ResponseReader::State::complete) {
    recado::fuzz::require(response.status >= 200 && response.status <= 999,
                          "a complete answer has a final status");
    const auto [again, whole] = read(bytes, head, bytes.size());
    recado::fuzz::require(again == state && whole.status == response.status && whole.body == response.body,
                          "pieces change nothing");
  }
  return 0;
}

// A stub resolver: DNS_SERVERS asked in turn, A and AAAA at once, over UDP and, when an answer does not fit,
// TCP.
#include <algorithm>
#include <array>
#include <boost/asio/ip/udp.hpp>
#include <charconv>
#include <optional>
#include <vector>

#include "base/crypto.hpp"
#include "io/deadline.hpp"
#include "io/stream.hpp"
#include "net/dns_message.hpp"
#include "net/lookup.hpp"

namespace recado::net {
namespace {

namespace asio = boost::asio;
namespace ip = boost::asio::ip;
using UdpSocket = asio::basic_datagram_socket<ip::udp, io::Executor>;
using io::as_result;

constexpr Millis kServerTimeout{1000};
/// Once one family has answered, the other one gets this long (RFC 8305 suggests 50 ms; servers differ more).
constexpr Millis kOtherFamily{250};
constexpr int kRounds = 3;
constexpr Millis kMaxKeep{60'000};
constexpr std::size_t kMaxDatagram = 4096;

struct Server {
  ip::address address;
  std::uint16_t port = 53;
};

struct Query {
  dns::Question question;
  std::string message;
  std::optional<dns::Answer> answer;
};
using Queries = std::array<Query, 2>;

Result<Queries> make_queries(const std::string& host) {
  Queries queries;
  constexpr dns::Type kTypes[] = {dns::Type::a, dns::Type::aaaa};
  for (std::size_t i = 0; i < queries.size(); ++i) {
    queries[i].question.id = static_cast<std::uint16_t>(random_u64() & 0xffff);
    queries[i].question.name = host;
    queries[i].question.type = kTypes[i];
    auto message = dns::encode(queries[i].question);
    if (!message) return message.error();
    queries[i].message = std::move(*message);
  }
  return queries;
}

/// Sends both questions from a fresh port and takes the answers that fit them. The socket is connected: the
/// kernel drops what others send, and a closed port is noticed at once.
io::Task<> ask_udp(io::Loop& loop, Server server, Queries& queries) {
  UdpSocket socket(loop.executor());
  const ip::udp::endpoint endpoint(server.address, server.port);
  io::error_code failure;
  socket.open(endpoint.protocol(), failure);
  if (!failure) socket.connect(endpoint, failure);
  if (failure) co_return;
  io::Deadline deadline(loop, kServerTimeout, [&socket] {
    io::error_code ignored;
    socket.close(ignored);
  });
  for (const auto& query : queries) {
    auto [error, sent] = co_await socket.async_send(asio::buffer(query.message), as_result);
    if (error) co_return;
  }
  std::vector<char> buffer(kMaxDatagram);
  while (!queries[0].answer || !queries[1].answer) {
    auto [error, size] = co_await socket.async_receive(asio::buffer(buffer), as_result);
    if (error) co_return;
    for (auto& query : queries) {
      if (query.answer) continue;
      query.answer = dns::parse_answer(std::string_view(buffer.data(), size), query.question);
      if (query.answer && query.answer->status == dns::Status::found) deadline.restart(kOtherFamily);
    }
  }
}

/// RFC 1035 section 4.2.2: each message behind its length.
io::Task<std::optional<dns::Answer>> ask_tcp(io::Loop& loop, Server server, const Query& query) {
  io::error_code error;
  const ip::tcp::endpoint endpoint(server.address, server.port);
  const auto stream = co_await io::connect_tcp(loop, endpoint, kServerTimeout, error);
  if (!stream) co_return std::nullopt;
  const io::Deadline deadline(loop, kServerTimeout, [&stream] { stream->close(); });
  std::string message;
  message.push_back(static_cast<char>(query.message.size() >> 8));
  message.push_back(static_cast<char>(query.message.size() & 0xff));
  message += query.message;
  const auto written = co_await stream->write(asio::buffer(message));
  if (written.error) co_return std::nullopt;

  std::string received;
  std::vector<char> buffer(2048);
  while (true) {
    const auto read = co_await stream->read_some(asio::buffer(buffer));
    if (read.error) co_return std::nullopt;
    received.append(buffer.data(), read.bytes);
    if (received.size() < 2) continue;
    const auto high = static_cast<unsigned char>(received[0]);
    const auto low = static_cast<unsigned char>(received[1]);
    const std::size_t length = static_cast<std::size_t>(high) << 8 | low;
    if (received.size() < 2 + length) continue;
    auto answer = dns::parse_answer(std::string_view(received).substr(2, length), query.question);
    if (answer && answer->status == dns::Status::truncated) answer->status = dns::Status::failed;
    co_return answer;
  }
}

bool is(const Query& query, dns::Status status) {
  return query.answer && query.answer->status == status;
}

/// The verdict that the answers allow; nullopt: ask another server.
std::optional<Lookup> judge(const std::string& host, const Queries& queries) {
  Addresses addresses;
  Millis keep_for = kMaxKeep;
  for (const auto& query : queries) {
    if (!is(query, dns::Status::found)) continue;
    addresses.insert(addresses.end(), query.answer->addresses.begin(), query.answer->addresses.end());
    keep_for = std::min(keep_for, Millis(std::int64_t{query.answer->ttl_s} * 1000));
  }
  if (!addresses.empty()) return Lookup(std::move(addresses), keep_for);
  if (is(queries[0], dns::Status::no_name) || is(queries[1], dns::Status::no_name)) {
    return Lookup(Error(ErrorCode::not_found, "the name `" + host + "` does not exist"), Millis::zero());
  }
  if (is(queries[0], dns::Status::no_address) && is(queries[1], dns::Status::no_address)) {
    return Lookup(Error(ErrorCode::not_found, "the name `" + host + "` has no address"), Millis::zero());
  }
  return std::nullopt;
}

io::Task<Lookup> look_up(io::Loop& loop, std::vector<Server> servers, std::string host) {
  bool answered = false;
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& server : servers) {
      auto queries = make_queries(host);
      if (!queries) {
        Error error(ErrorCode::not_found, queries.error().detail());
        co_return Lookup(std::move(error), Millis::zero());
      }
      co_await ask_udp(loop, server, *queries);
      for (auto& query : *queries) {
        if (!is(query, dns::Status::truncated)) continue;
        query.answer = co_await ask_tcp(loop, server, query);
      }
      if (auto lookup = judge(host, *queries)) co_return std::move(*lookup);
      answered = answered || (*queries)[0].answer || (*queries)[1].answer;
    }
  }
  Error error = answered ? Error(ErrorCode::io, "no name server could answer for `" + host + "`")
                         : Error(ErrorCode::timeout, "no name server answered for `" + host + "`");
  co_return Lookup(std::move(error), Millis::zero());
}

/// RFC 6761 section 6.3: these names mean loopback and are never asked for.
bool is_localhost(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

class DnsLookup final : public LookupSource {
 public:
  DnsLookup(io::Loop& loop, std::vector<Server> servers)
      : loop_(loop), servers_(std::move(servers)), lookups_(std::make_shared<io::TaskGroup>(loop)) {}

  /// A cancellation may only be emitted by the loop's own turn, so it outlives this object.
  ~DnsLookup() override {
    loop_.post([lookups = lookups_] { lookups->cancel(); });
  }

  void start(std::string host, Interest, Done done) override {
    if (is_localhost(host)) {
      Addresses loopback{ip::address_v4::loopback(), ip::address_v6::loopback()};
      loop_.post([done = std::move(done), loopback] { done(Lookup(loopback, kMaxKeep)); });
      return;
    }
    lookups_->spawn("dns lookup", run(loop_, servers_, std::move(host), std::move(done)));
  }

 private:
  static io::Task<> run(io::Loop& loop, std::vector<Server> servers, std::string host, Done done) {
    auto lookup = co_await look_up(loop, std::move(servers), std::move(host));
    done(std::move(lookup));
  }

  io::Loop& loop_;
  std::vector<Server> servers_;
  std::shared_ptr<io::TaskGroup> lookups_;
};

Result<Server> parse_server(const std::string& text) {
  const Error bad(
      ErrorCode::configuration,
      "DNS_SERVERS: `" + text + "` is not a name server; write 9.9.9.9, 127.0.0.1:5353 or [::1]:53");
  std::string_view host = text;
  std::string_view port;
  if (host.starts_with('[')) {
    const auto bracket = host.find(']');
    if (bracket == std::string_view::npos) return bad;
    port = host.substr(bracket + 1);
    host = host.substr(1, bracket - 1);
    if (!port.empty() && !port.starts_with(':')) return bad;
  } else if (std::count(host.begin(), host.end(), ':') == 1) {
    port = host.substr(host.find(':'));
    host = host.substr(0, host.find(':'));
  }
  Server server;
  io::error_code error;
  server.address = ip::make_address(std::string(host), error);
  if (error) return bad;
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), server.port);
    if (failure != std::errc() || end != port.data() + port.size() || server.port == 0) return bad;
  }
  return server;
}

}  // namespace

Result<std::unique_ptr<LookupSource>> make_dns_lookup(io::Loop& loop, const std::vector<std::string>& texts) {
  std::vector<Server> servers;
  for (const auto& text : texts) {
    auto server = parse_server(text);
    if (!server) return server.error();
    servers.push_back(*server);
  }
  return std::unique_ptr<LookupSource>(std::make_unique<DnsLookup>(loop, std::move(servers)));
}

}  // namespace recado::net

#include "chaos/sink.hpp"

#include <algorithm>
#include <cstdlib>

#include "end_to_end/harness.hpp"

namespace recado::chaos {

namespace {

/// Endless means this much: more than any reader takes, and it ends when the node closes.
constexpr int kEndless = 20'000;

std::string header(const test::ReceivedRequest& request, const char* name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

}  // namespace

std::string payload_of(const std::string& tag, int version, std::size_t filling) {
  std::string out = R"({"tag":")" + tag + R"(","v":)" + std::to_string(version);
  if (filling > 0) out += R"(,"fill":")" + std::string(filling, 'x') + '"';
  return out + "}";
}

std::string tag_of(const std::string& payload) {
  constexpr std::string_view kStart = R"({"tag":")";
  if (!payload.starts_with(kStart)) return {};
  return payload.substr(kStart.size(), payload.find('"', kStart.size()) - kStart.size());
}

Sink::Sink(Ledger& ledger, const std::vector<PlannedMessage>& plan, std::string signing_secret)
    : ledger_(ledger), signer_(WebhookSigner::create(signing_secret).value()) {
  for (const auto& message : plan) conduct_[message.tag] = message.conduct;
  steady_ = std::make_unique<test::Receiver>([this](auto& connection) { serve(connection); });
  revive();
}

Sink::~Sink() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    stopped_changed_.notify_all();
  }
  if (fragile_) fragile_->stop();
  steady_->stop();
  if (reservation_ >= 0) ::close(reservation_);
}

void Sink::die() {
  if (fragile_) fragile_->stop();
  fragile_.reset();
}

void Sink::revive() {
  test::Receiver::Place place;
  place.address = fragile_address_;
  place.port = fragile_port_;
  fragile_ = std::make_unique<test::Receiver>([this](auto& connection) { serve(connection); }, place);
  if (reservation_ >= 0) return;
  fragile_port_ = fragile_->port();
  // Bound and not listening, on every address: others cannot take the port, and connections are refused.
  fragile_->stop();
  fragile_.reset();
  reservation_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int one = 1;
  ::setsockopt(reservation_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(fragile_port_);
  any.sin_addr.s_addr = htonl(INADDR_ANY);
  if (::bind(reservation_, reinterpret_cast<sockaddr*>(&any), sizeof any) != 0) {
    throw std::runtime_error("the receiver's port cannot be kept");
  }
  revive();
}

void Sink::move_to(const std::string& address) {
  die();
  fragile_address_ = address;
  revive();
}

Arrival Sink::read(const test::ReceivedRequest& request) {
  Arrival arrival;
  arrival.at = e2e::clock().now_ns();
  arrival.payload = request.body;
  arrival.webhook_id = header(request, "webhook-id");
  arrival.message_id = header(request, "recado-message-id");
  arrival.attempt = std::atoi(header(request, "recado-attempt").c_str());
  arrival.callback = request.target == "/callback";
  if (arrival.callback) {
    // Told by message id; the oracle wants the tag, which every payload has and no callback.
    arrival.tag = e2e::member(request.body, "data.tags.0");
  } else {
    arrival.tag = tag_of(request.body);
  }
  const std::lock_guard lock(mutex_);
  arrival.signature_holds = signer_.verify(arrival.webhook_id, header(request, "webhook-timestamp"),
                                           request.body, header(request, "webhook-signature"));
  return arrival;
}

void Sink::serve(test::Receiver::Connection& connection) {
  while (auto request = connection.read_request()) {
    Arrival arrival = read(*request);
    Conduct conduct = Conduct::answer;
    {
      const std::lock_guard lock(mutex_);
      const auto planned = conduct_.find(arrival.tag);
      if (planned != conduct_.end() && !arrival.callback) {
        const std::size_t number = seen_[arrival.tag]++;
        if (number < planned->second.size()) conduct = planned->second[number];
      }
      if (good_ && !is_final(conduct)) conduct = Conduct::answer;
      ++shown_[conduct];
    }
    const std::size_t place = ledger_.arrived(std::move(arrival));
    if (!respond(connection, conduct, place)) return;
  }
}

bool Sink::pause(Millis span) {
  std::unique_lock lock(mutex_);
  return !stopped_changed_.wait_for(lock, span, [this] { return stopped_; });
}

bool Sink::repeat(test::Receiver::Connection& connection, std::string_view bytes, Millis every) {
  for (int i = 0; i < kEndless && connection.send(bytes); ++i) {
    if (every > Millis::zero() && !pause(every)) break;
  }
  return false;
}

/// True when the connection goes on.
bool Sink::respond(test::Receiver::Connection& connection, Conduct conduct, std::size_t place) {
  const auto answer = [&](int status, std::string_view headers = "") {
    const bool sent = connection.answer(status, "", headers);
    ledger_.settle(place, e2e::clock().now_ns(), sent && status < 300);
    return sent;
  };
  switch (conduct) {
    case Conduct::answer:
      return answer(200);
    case Conduct::slow:
      pause(Millis{300});
      return answer(200);
    case Conduct::status_500:
      return answer(500);
    case Conduct::status_404:
      return answer(404);
    case Conduct::busy:
      return answer(429, "Retry-After: 1\r\n");
    case Conduct::gone:
      return answer(410);
    case Conduct::redirect:
      return answer(302, "Location: http://127.0.0.1:1/\r\n");
    case Conduct::hang:
      connection.wait_closed();
      break;
    case Conduct::half_close:
      connection.shutdown_write();
      connection.wait_closed();
      break;
    case Conduct::reset:
      connection.reset();
      break;
    case Conduct::garbage:
      connection.send(std::string("\x00\xff\x16\x03\x01 HTTP?\n\n\n", 14));
      break;
    case Conduct::cut:
      connection.send("HTTP/1.1 200 OK\r\nContent-Le");
      break;
    case Conduct::endless_headers:
      connection.send("HTTP/1.1 200 OK\r\n");
      repeat(connection, "X-More: " + std::string(1'000, 'h') + "\r\n", Millis::zero());
      break;
    case Conduct::endless_body:
      ledger_.settle(place, e2e::clock().now_ns(),
                     connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
      return repeat(connection, "400\r\n" + std::string(1'024, 'b') + "\r\n", Millis::zero());
    case Conduct::drip:
      for (const char& c : std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) {
        if (!connection.send(std::string_view(&c, 1)) || !pause(Millis{1'000})) break;
      }
      break;
  }
  ledger_.settle(place, e2e::clock().now_ns(), false);
  return false;
}

std::map<std::string, std::size_t> Sink::shown() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::size_t> out;
  for (const auto& [conduct, count] : shown_) out[to_string(conduct)] = count;
  return out;
}

}  // namespace recado::chaos

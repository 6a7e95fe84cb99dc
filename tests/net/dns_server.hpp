// A name server whose answers a test decides, over UDP and TCP on the same port of 127.0.0.1, on its own
// thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace recado::test {

struct DnsQuestion {
  std::string id;       ///< two bytes
  std::string section;  ///< the question as it stood on the wire
  std::string name;     ///< `a.test`, as asked
  int type = 0;
  bool tcp = false;
};

class DnsServer {
 public:
  /// What to send back, datagram by datagram (TCP: message by message); none: silence.
  using Script = std::function<std::vector<std::string>(const DnsQuestion&)>;

  explicit DnsServer(Script script) : script_(std::move(script)) {
    for (int attempt = 0; attempt < 20 && !open_both(); ++attempt) {
    }
    if (tcp_ < 0) throw std::runtime_error("the name server cannot listen");
    if (::pipe(stop_) != 0) throw std::runtime_error("no pipe");
    thread_ = std::thread([this] { serve(); });
  }
  ~DnsServer() {
    ::close(stop_[1]);
    thread_.join();
    ::close(stop_[0]);
    ::close(udp_);
    ::close(tcp_);
  }
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int asked() const { return asked_; }

  static std::string be16(unsigned value) {
    return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
  }

  /// A whole answer with `records` records of the question's own name and type.
  static std::string answer(const DnsQuestion& question, const std::vector<std::string>& rdata,
                            unsigned ttl = 60, unsigned flags = 0x8180) {
    std::string out = question.id + be16(flags) + be16(1) + be16(static_cast<unsigned>(rdata.size())) +
                      be16(0) + be16(0) + question.section;
    for (const auto& bytes : rdata) {
      out += std::string("\xc0\x0c", 2) + be16(static_cast<unsigned>(question.type)) + be16(1) +
             be16(ttl >> 16) + be16(ttl & 0xffff) + be16(static_cast<unsigned>(bytes.size())) + bytes;
    }
    return out;
  }

 private:
  bool open_both() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    udp_ = ::socket(AF_INET, SOCK_DGRAM, 0);
    ::bind(udp_, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(udp_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    tcp_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::bind(tcp_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(tcp_, 8) == 0) return true;
    ::close(udp_);
    ::close(tcp_);
    tcp_ = -1;
    return false;
  }

  void serve() {
    while (true) {
      pollfd watched[] = {{stop_[0], POLLIN, 0}, {udp_, POLLIN, 0}, {tcp_, POLLIN, 0}};
      if (::poll(watched, 3, -1) < 0 || watched[0].revents != 0) return;
      if (watched[1].revents != 0) serve_udp();
      if (watched[2].revents != 0) serve_tcp();
    }
  }

  void serve_udp() {
    char bytes[2048];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto n = ::recvfrom(udp_, bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (n <= 0) return;
    for (const auto& reply : reply_to(std::string(bytes, static_cast<std::size_t>(n)), false)) {
      ::sendto(udp_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }

  void serve_tcp() {
    const int fd = ::accept(tcp_, nullptr, nullptr);
    char bytes[2048];
    const auto n = ::recv(fd, bytes, sizeof bytes, 0);
    if (n > 2) {
      for (const auto& reply : reply_to(std::string(bytes + 2, static_cast<std::size_t>(n - 2)), true)) {
        const auto message = be16(static_cast<unsigned>(reply.size())) + reply;
        ::send(fd, message.data(), message.size(), MSG_NOSIGNAL);
      }
    }
    ::close(fd);
  }

  std::vector<std::string> reply_to(const std::string& query, bool tcp) {
    ++asked_;
    DnsQuestion question;
    question.id = query.substr(0, 2);
    question.section = query.substr(12);
    question.type = static_cast<unsigned char>(query[query.size() - 3]);
    question.tcp = tcp;
    for (std::size_t at = 12; query[at] != 0; at += 1 + static_cast<unsigned char>(query[at])) {
      if (!question.name.empty()) question.name += ".";
      question.name += query.substr(at + 1, static_cast<unsigned char>(query[at]));
    }
    return script_(question);
  }

  Script script_;
  int udp_ = -1;
  int tcp_ = -1;
  int stop_[2] = {-1, -1};
  std::uint16_t port_ = 0;
  std::atomic<int> asked_{0};
  std::thread thread_;
};

}  // namespace recado::test

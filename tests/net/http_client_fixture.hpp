// A client on a loop, with loopback allowed, and short words for requests.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "loop_fixture.hpp"
#include "net/http_client.hpp"
#include "support/receiver.hpp"

namespace recado::net {

/// Answers from a table; names that are not in it do not exist.
class TableResolver final : public Resolver {
 public:
  io::Task<Result<std::vector<boost::asio::ip::address>>> resolve(std::string host, Millis) override {
    ++asked;
    const auto literal = parse_address_literal(host);
    if (literal.ok() && literal->has_value()) co_return std::vector(1, literal->value());
    const auto found = table.find(host);
    if (found == table.end()) co_return Error(ErrorCode::not_found, "the name `" + host + "` does not exist");
    std::vector<boost::asio::ip::address> out;
    for (const auto& text : found->second) out.push_back(boost::asio::ip::make_address(text));
    co_return out;
  }

  std::map<std::string, std::vector<std::string>> table{{"localhost", {"127.0.0.1"}}};
  int asked = 0;
};

class HttpClientFixture : public LoopFixture {
 protected:
  HttpClientFixture() { make_client(); }

  void make_client(HttpClientLimits limits = {}, const std::string& ca_file = "") {
    client = std::move(HttpClient::create(loop, policy, resolver, limits, ca_file).value());
  }

  static HttpRequest request(const std::string& url, std::string body = "{}", Millis timeout = Millis(5000)) {
    HttpRequest out;
    out.url = parse_url(url).value();
    out.body = std::move(body);
    out.timeout = timeout;
    return out;
  }

  HttpResponse send(HttpRequest what, std::function<bool()> before_write = {}) {
    return run(client->send(std::move(what), std::move(before_write)));
  }
  HttpResponse send(const std::string& url, std::string body = "{}", Millis timeout = Millis(5000)) {
    return send(request(url, std::move(body), timeout));
  }

  AddressPolicy policy = AddressPolicy::create({"127.0.0.0/8", "::1/128"}).value();
  TableResolver resolver;
  std::unique_ptr<HttpClient> client;
};

}  // namespace recado::net

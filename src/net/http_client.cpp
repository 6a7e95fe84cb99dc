#include "net/http_client.hpp"

#include "io/tls.hpp"
#include "net/http_exchange.hpp"

namespace recado::net {
namespace {

class PooledClient final : public HttpClient {
 public:
  PooledClient(io::Loop& loop, const AddressPolicy& policy, Resolver& resolver, HttpClientLimits limits,
               std::unique_ptr<io::TlsClient> tls)
      : parts_(loop, policy, resolver, limits, std::move(tls)) {}

  io::Task<HttpResponse> send(HttpRequest request, std::function<bool()> before_write) override {
    Exchange exchange(parts_, std::move(request), std::move(before_write));
    co_return co_await exchange.run();
  }

  void close_idle() override {
    ++parts_.generation;
    parts_.pool.clear();
  }

  std::size_t open_connections() const noexcept override { return parts_.in_use + parts_.pool.size(); }

 private:
  ClientParts parts_;
};

}  // namespace

std::string_view find_header(const Headers& headers, std::string_view name) noexcept {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

const char* to_string(SendError error) noexcept {
  switch (error) {
    case SendError::none:
      return "none";
    case SendError::dns:
      return "dns";
    case SendError::connect:
      return "connect";
    case SendError::tls:
      return "tls";
    case SendError::timeout:
      return "timeout";
    case SendError::closed:
      return "closed";
    case SendError::address_refused:
      return "address_refused";
  }
  return "none";
}

Result<std::unique_ptr<HttpClient>> HttpClient::create(io::Loop& loop, const AddressPolicy& policy,
                                                       Resolver& resolver, HttpClientLimits limits,
                                                       const std::string& ca_file) {
  auto tls = io::TlsClient::create(ca_file);
  if (!tls) return tls.error();
  return create(loop, policy, resolver, limits, std::move(*tls));
}

std::unique_ptr<HttpClient> HttpClient::create(io::Loop& loop, const AddressPolicy& policy,
                                               Resolver& resolver, HttpClientLimits limits,
                                               std::unique_ptr<io::TlsClient> tls) {
  return std::make_unique<PooledClient>(loop, policy, resolver, limits, std::move(tls));
}

}  // namespace recado::net

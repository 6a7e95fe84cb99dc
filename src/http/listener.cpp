#include "http/listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>

namespace recado::http {

namespace {

using io::error_code;
using io::asio::ip::tcp;
using io::asio::ip::v6_only;

std::string setting(const ServerOptions& options) {
  return options.host_setting + "=" + options.host + ", " + options.port_setting + "=" +
         std::to_string(options.port) + ": ";
}

Error explain(const ServerOptions& options, const error_code& error) {
  std::string reason = error.message();
  const int other = options.port < 65535 && options.port >= 1024 ? options.port + 1 : 8000;
  if (error == io::asio::error::address_in_use) {
    reason = "address already in use (is another recado or program listening there? try " +
             options.port_setting + "=" + std::to_string(other);
    if (!options.reuse_port_setting.empty()) {
      reason +=
          options.reuse_port
              ? "; " + options.reuse_port_setting +
                    " shares a port only with nodes of the same user that have set it too"
              : ", or " + options.reuse_port_setting + "=true on each of several nodes that share a Redis";
    }
    reason += ")";
  } else if (error == io::asio::error::access_denied) {
    reason = "permission denied (ports below 1024 need the capability CAP_NET_BIND_SERVICE; try " +
             options.port_setting + "=8000)";
  } else if (error == boost::system::errc::address_not_available) {
    reason =
        "this machine has no such address (try " + options.host_setting + "=127.0.0.1, or 0.0.0.0 for all)";
  }
  return Error(ErrorCode::configuration, setting(options) + reason);
}

/// The addresses that `host` means, each once.
std::vector<io::asio::ip::address> resolve(io::Loop& loop, std::string host, error_code& error) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const auto literal = io::asio::ip::make_address(host, error);
  if (!error) return {literal};
  io::asio::ip::basic_resolver<tcp, io::Executor> resolver(loop.executor());
  std::vector<io::asio::ip::address> addresses;
  for (const auto& entry : resolver.resolve(host, "0", tcp::resolver::passive, error)) {
    const auto address = entry.endpoint().address();
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
      addresses.push_back(address);
  }
  return addresses;
}

error_code listen_on(Acceptor& acceptor, const tcp::endpoint& endpoint, bool reuse_port) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  const int on = 1;
  if (!error && reuse_port &&
      ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) {
    error = error_code(errno, boost::system::system_category());
  }
  if (!error && endpoint.address().is_v6()) {
    // `::` serves IPv4 too, whatever the machine's default is.
    acceptor.set_option(v6_only(!endpoint.address().is_unspecified()), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(SOMAXCONN, error);
  return error;
}

}  // namespace

Result<std::vector<Acceptor>> open_listeners(io::Loop& loop, const ServerOptions& options) {
  error_code error;
  const auto addresses = resolve(loop, options.host, error);
  if (addresses.empty()) {
    return Error(ErrorCode::configuration, setting(options) + "the host cannot be resolved (" +
                                               error.message() + "); expected an address or a name");
  }
  std::vector<Acceptor> acceptors;
  std::uint16_t port = options.port;
  for (const auto& address : addresses) {
    Acceptor acceptor(loop.executor());
    if (const auto failure = listen_on(acceptor, tcp::endpoint(address, port), options.reuse_port); failure) {
      error = failure;
      // `localhost` names an IPv6 address on machines that have none, too.
      if (failure == io::asio::error::address_in_use || failure == io::asio::error::access_denied) break;
      continue;
    }
    error.clear();
    port = acceptor.local_endpoint(error).port();
    acceptors.push_back(std::move(acceptor));
  }
  const bool taken = error == io::asio::error::address_in_use || error == io::asio::error::access_denied;
  if (acceptors.empty() || taken) return explain(options, error);
  return acceptors;
}

Result<std::vector<Acceptor>> adopt_listeners(io::Loop& loop, const ServerOptions& options) {
  std::vector<Acceptor> acceptors;
  for (const int socket : options.inherited_sockets) {
    const auto refuse = [socket](const std::string& reason) {
      return Error(ErrorCode::configuration,
                   "LISTEN_FDS: descriptor " + std::to_string(socket) + " " + reason);
    };
    int listening = 0;
    socklen_t size = sizeof(listening);
    sockaddr_storage name{};
    socklen_t name_size = sizeof(name);
    if (::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0 ||
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &name_size) != 0 ||
        (name.ss_family != AF_INET && name.ss_family != AF_INET6)) {
      return refuse("is not a listening TCP socket (ListenStream= with a port in the .socket unit)");
    }
    Acceptor acceptor(loop.executor());
    error_code error;
    acceptor.assign(name.ss_family == AF_INET ? tcp::v4() : tcp::v6(), socket, error);
    if (error) return refuse("cannot be used: " + error.message());
    acceptors.push_back(std::move(acceptor));
  }
  return acceptors;
}

}  // namespace recado::http

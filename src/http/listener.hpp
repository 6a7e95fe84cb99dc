// Listening sockets: by address or name, or inherited from the service manager.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "base/error.hpp"
#include "http/server.hpp"
#include "io/loop.hpp"

namespace recado::http {

using Acceptor = io::asio::basic_socket_acceptor<io::asio::ip::tcp, io::Executor>;

/// One listening socket for each address of `options.host`, all on one port. Blocks while a name is resolved.
/// Errors: configuration.
Result<std::vector<Acceptor>> open_listeners(io::Loop& loop, const ServerOptions& options);

/// Takes over `options.inherited_sockets`. Errors: configuration for one that is no listening TCP socket.
Result<std::vector<Acceptor>> adopt_listeners(io::Loop& loop, const ServerOptions& options);

}  // namespace recado::http

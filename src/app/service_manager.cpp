#include "app/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/log.hpp"

namespace recado::app {

void notify_service_manager(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || *path == '\0') return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length >= sizeof(address.sun_path)) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // the abstract namespace
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  if (::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
               size) < 0) {
    log::warning("the service manager cannot be told", {{"state", state}, {"reason", std::strerror(errno)}});
  }
  ::close(socket);
}

std::optional<Millis> watchdog_interval() {
  const char* text = std::getenv("WATCHDOG_USEC");
  const char* pid = std::getenv("WATCHDOG_PID");
  if (text == nullptr) return std::nullopt;
  if (pid != nullptr && std::strtol(pid, nullptr, 10) != static_cast<long>(::getpid())) return std::nullopt;
  const long long micros = std::strtoll(text, nullptr, 10);
  if (micros <= 0) return std::nullopt;
  return Millis{micros / 2000};
}

}  // namespace recado::app

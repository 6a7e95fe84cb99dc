#include "app/service_manager.hpp"

#include <fcntl.h>
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

Result<std::vector<int>> inherited_sockets() {
  constexpr int kFirst = 3;
  constexpr int kMost = 64;
  const char* pid = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  if (pid == nullptr || count == nullptr) return std::vector<int>();
  // Meant for another process, which has not cleared what we inherited from it.
  if (std::strtol(pid, nullptr, 10) != static_cast<long>(::getpid())) return std::vector<int>();
  char* end = nullptr;
  const long sockets = std::strtol(count, &end, 10);
  if (end == count || *end != '\0' || sockets < 0 || sockets > kMost) {
    return Error(ErrorCode::configuration,
                 "LISTEN_FDS: not a number of sockets; expected what systemd.socket(5) sets, 0 to 64");
  }
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  std::vector<int> inherited;
  for (int socket = kFirst; socket < kFirst + sockets; ++socket) {
    const int flags = ::fcntl(socket, F_GETFD);
    if (flags < 0) {
      return Error(ErrorCode::configuration,
                   "LISTEN_FDS: descriptor " + std::to_string(socket) + " was announced, but is not open");
    }
    ::fcntl(socket, F_SETFD, flags | FD_CLOEXEC);
    inherited.push_back(socket);
  }
  return inherited;
}

}  // namespace recado::app

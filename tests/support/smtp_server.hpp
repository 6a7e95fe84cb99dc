// A real SMTP server from a Debian package (smtp_server.py over aiosmtpd) as a child process, and the mails
// that it took as Python's email package reads them.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace recado::test {

class SmtpServer {
 public:
  /// `arguments` as smtp_server.py takes them.
  explicit SmtpServer(const std::vector<std::string>& arguments = {}) {
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      std::vector<std::string> all = {"/usr/bin/python3", RECADO_SMTP_SERVER};
      all.insert(all.end(), arguments.begin(), arguments.end());
      std::vector<char*> pointers;
      for (auto& one : all) pointers.push_back(one.data());
      pointers.push_back(nullptr);
      ::execv(pointers[0], pointers.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    in_ = in[1];
    out_ = out[0];
    const std::string port = next_line();
    if (port.empty())
      throw std::runtime_error("the SMTP server did not start: is python3-aiosmtpd installed?");
    port_ = static_cast<std::uint16_t>(std::stoi(port));
  }
  ~SmtpServer() { stop(); }
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  /// The next mail as one line of JSON; empty: none came within 10 s.
  std::string next_mail() { return next_line(); }
  /// From now on it takes and answers nothing; its connections stay open.
  void freeze() const { ::kill(child_, SIGSTOP); }
  void stop() {
    if (child_ <= 0) return;
    ::close(in_);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    ::close(out_);
    child_ = 0;
  }

 private:
  std::string next_line() {
    while (buffer_.find('\n') == std::string::npos) {
      pollfd waiting{out_, POLLIN, 0};
      if (::poll(&waiting, 1, 10'000) <= 0) return {};
      char bytes[4096];
      const auto got = ::read(out_, bytes, sizeof bytes);
      if (got <= 0) return {};
      buffer_.append(bytes, static_cast<std::size_t>(got));
    }
    const auto end = buffer_.find('\n');
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
  }

  pid_t child_ = 0;
  int in_ = -1;
  int out_ = -1;
  std::uint16_t port_ = 0;
  std::string buffer_;
};

}  // namespace recado::test

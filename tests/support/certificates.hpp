// An authority of the test's own, made by the openssl program.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "redis/harness.hpp"

namespace recado::test {

/// An authority, and a certificate by it for 127.0.0.1 and localhost.
struct Certificates {
  redis::testing::TempDir dir;
  Certificates() {
    const std::string script =
        "cd " + dir.path() +
        " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=test CA'"
        " -keyout ca.key -out ca.pem 2>/dev/null"
        " && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=redis' -keyout key.pem"
        " -out request.pem 2>/dev/null"
        " && printf 'subjectAltName=IP:127.0.0.1,DNS:localhost' > names"
        " && openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile "
        "names"
        " -out cert.pem 2>/dev/null";
    made = std::system(script.c_str()) == 0;
  }
  bool made = false;
  std::string file(const char* name) const { return dir.path() + "/" + name; }
  /// What makes a redis-server show it, and believe the authority; no client has to show one.
  std::vector<std::string> redis_arguments() const {
    return {"--tls-auth-clients", "no",
            "--tls-cert-file",    file("cert.pem"),
            "--tls-key-file",     file("key.pem"),
            "--tls-ca-cert-file", file("ca.pem")};
  }
};

}  // namespace recado::test

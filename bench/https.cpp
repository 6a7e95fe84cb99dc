// What encryption costs: bursts to a plain destination and to one with TLS, connections kept alive.
#include <memory>

#include "bench.hpp"
#include "delivery.hpp"

namespace recado::bench {

namespace {

/// A certificate for localhost that signs itself, in `directory`.
Certificate make_certificate(const std::string& directory) {
  Certificate made{directory + "/chain.pem", directory + "/key.pem"};
  e2e::Child openssl({find_program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                      "-addext", "subjectAltName=DNS:localhost", "-keyout", made.key, "-out", made.chain},
                     {{"PATH", "/usr/bin:/bin"}}, directory);
  if (openssl.wait() != 0) throw std::runtime_error("openssl makes no certificate: " + openssl.output());
  return made;
}

}  // namespace

void https(Bench& bench) {
  const auto count = bench.settings.pick<std::uint32_t>(20'000, 10'000, 300);
  const e2e::TempDir directory;
  const Certificate certificate = make_certificate(directory.path());
  for (const auto& name : bench.order(present(bench.settings, {kRecado, kBullmq}))) {
    Service service(name, bench.settings, Fsync::everysec, 1,
                    {{"SSL_CERT_FILE", certificate.chain}, {"NODE_EXTRA_CA_CERTS", certificate.chain}});
    const double rate =
        service.warm_up(bench.settings.pick<Millis>(Millis{2'000}, Millis{1'500}, Millis{100}));
    double rates[2] = {0, 0};
    Interference busy;
    for (const bool tls : {false, true}) {
      const auto sink = tls ? std::make_unique<Sink>(certificate) : std::make_unique<Sink>();
      const std::string title = tls ? "HTTPS, kept alive" : "plain HTTP";
      bench.say("burst over " + title + ": " + name);
      deliver(service, *sink, {std::min(count, 2'000U), Millis{0}}, rate);  // opens the connections
      const Delivered delivered = deliver(service, *sink, {count, Millis{0}}, rate);
      const std::string id = tls ? "https-tls" : "https-plain";
      rates[tls ? 1 : 0] = delivered.rate();
      busy = delivered.busy;
      bench.results.add({id, "burst over " + title + ": delivered at", "messages/s"}, name, delivered.rate(),
                        busy);
      bench.results.add({id + "-cpu", "burst over " + title + ": CPU of the service", "µs/message", false, 1},
                        name, delivered.cpu_us, busy);
    }
    if (rates[0] > 0)
      bench.results.add({"https-share", "HTTPS against plain HTTP", "%"}, name, 100 * rates[1] / rates[0],
                        busy);
  }
}

}  // namespace recado::bench

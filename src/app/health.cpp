#include "app/health.hpp"

#include <fmt/format.h>

#include <iostream>
#include <map>

#include "app/app.hpp"
#include "app/arrival.hpp"
#include "app/commands.hpp"
#include "base/json.hpp"
#include "io/loop.hpp"
#include "io/tls.hpp"
#include "net/http_client.hpp"

namespace recado::app {
namespace {

constexpr Millis kAnswersWithin{5'000};
constexpr std::size_t kMostBytes = 64 << 10;

Error not_ours() {
  return Error(ErrorCode::protocol, "what answers there is not recado");
}

/// A member's value as people read it: strings without quotes.
std::string plain(const json::Raw& value) {
  const auto text = json::as_string(value);
  return printable(text ? *text : std::string(value.text), 500);
}

struct Asked {
  net::HttpResponse response;
  std::string problem;  ///< why it could not even be asked
};

io::Task<> ask(io::Loop& loop, std::string url, Asked& asked) {
  // Our own port may be on any address of this machine or its network.
  static const std::vector<std::string> kNear = {
      "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"};
  auto policy = net::AddressPolicy::create(kNear);
  auto resolver = net::Resolver::create(loop, {});
  auto parsed = net::parse_url(url);
  if (!policy || !resolver || !parsed) {
    asked.problem = !policy     ? policy.error().detail()
                    : !resolver ? resolver.error().detail()
                                : parsed.error().detail();
    co_return;
  }
  const auto client = net::HttpClient::create(loop, *policy, **resolver, net::HttpClientLimits(),
                                              io::TlsClient::create_unverified());
  net::HttpRequest request;
  request.url = std::move(*parsed);
  request.method = "GET";
  request.timeout = kAnswersWithin;
  request.max_response_bytes = kMostBytes;
  asked.response = co_await client->send(std::move(request));
  client->close_idle();
}

}  // namespace

std::string health_url(const Options& options) {
  std::string host = options.api_host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("{}://{}:{}/health", options.tls_cert_file.empty() ? "http" : "https", host,
                     options.api_port);
}

Result<std::string> health_line(std::string_view body) {
  const auto document = json::parse(body);
  if (!document || document->kind != json::Kind::object) return not_ours();
  const auto members = json::members(*document);
  if (!members) return not_ours();
  std::map<std::string, json::Raw> fields;
  for (const auto& member : *members) fields.insert_or_assign(member.key, member.value);
  for (const char* needed : {"status", "redis", "scheduler"}) {
    if (!fields.contains(needed)) return not_ours();
  }
  std::string line = fmt::format("{}: redis {}, scheduler {}", plain(fields["status"]),
                                 plain(fields["redis"]), plain(fields["scheduler"]));
  if (fields.contains("scheduled_jobs") && fields["scheduled_jobs"].kind == json::Kind::number) {
    line += fmt::format(", {} pending", fields["scheduled_jobs"].text);
  }
  if (fields.contains("uptime")) line += ", up " + plain(fields["uptime"]);
  if (fields.contains("version")) line += ", version " + plain(fields["version"]);
  if (fields.contains("detail")) line += "; " + plain(fields["detail"]);
  const auto warnings = fields.contains("warnings") ? json::elements(fields["warnings"]) : not_ours();
  if (warnings) {
    for (const auto& warning : *warnings) line += "; warning: " + plain(warning);
  }
  return line;
}

int run_health(const Options& options, bool json) {
  if (options.api_port == 0) {
    std::cerr << "recado: API_PORT=0 is any free port: name the one that the server's log names" << std::endl;
    return kExitFailure;
  }
  const std::string url = health_url(options);
  SystemClock clock;
  io::Loop loop(clock);
  io::TaskGroup tasks(loop);
  Asked asked;
  tasks.spawn("ask for health", ask(loop, url, asked));
  loop.run();

  if (asked.response.error != net::SendError::none) asked.problem = asked.response.detail;
  if (!asked.problem.empty()) {
    std::cerr << "recado: " << url << ": " << asked.problem << "; is recado serving there?" << std::endl;
    return kExitFailure;
  }
  const auto line = health_line(asked.response.body);
  if (!line) {
    std::cerr << "recado: " << url << ": " << line.error().detail() << " (status " << asked.response.status
              << ")" << std::endl;
    return kExitFailure;
  }
  std::cout << (json ? asked.response.body : *line) << std::endl;
  return asked.response.status == 200 ? kExitOk : kExitFailure;
}

}  // namespace recado::app

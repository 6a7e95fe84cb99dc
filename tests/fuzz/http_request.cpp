// Bytes of a client's connection, through reader, router and the whole API: an answer below 500, whatever
// comes.
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "api/api.hpp"
#include "api/fake_engine.hpp"
#include "auth/memory_token_store.hpp"
#include "auth/memory_user_store.hpp"
#include "engine/delivery/webhook.hpp"
#include "fuzz/check.hpp"
#include "http/request_reader.hpp"
#include "net/address_policy.hpp"

namespace {

using namespace recado;
using fuzz::require;

constexpr std::size_t kMaxHeader = 16 * 1024;
constexpr std::size_t kMaxBody = 64 * 1024;

/// A body that came before its handler was called.
class WholeBody final : public http::BodyStream {
 public:
  explicit WholeBody(const std::string& body) : rest_(body) {}
  io::Task<Result<std::string>> next() override { co_return std::exchange(rest_, {}); }

 private:
  std::string rest_;
};

class World {
 public:
  World()
      : policy_(net::AddressPolicy::create({}).value()),
        channel_(WebhookSigner::create("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").value(), "1.2.3") {
    access_.add(Secret{"secret"}, auth::Identity());
    messaging_.open_schedules(engine_);
    api::ApiContext context(loop_, engine_, destinations_, channel_, metrics_, access_, login_, messaging_);
    context.max_body_bytes = kMaxBody;
    api_ = std::make_unique<api::Api>(std::move(context));
    api_->register_routes(router_);
    engine_.state.redis_connected = true;
    engine_.state.running = true;
  }

  /// Reads requests until the connection would be closed.
  void converse(std::string_view bytes, std::size_t piece) {
    engine_.messages.clear();
    tokens_.tokens.clear();
    http::RequestReader reader(kMaxHeader);
    std::size_t visible = 0;
    std::size_t begun = 0;
    http::Router::Match match;
    while (true) {
      std::size_t consumed = 0;
      const auto event = reader.feed(bytes.substr(begun, visible - begun), consumed);
      require(consumed <= visible - begun, "no more is consumed than was there");
      begun += consumed;
      switch (event) {
        case http::RequestReader::Event::need_more:
          if (visible == bytes.size()) return;
          visible = std::min(bytes.size(), visible + piece);
          break;
        case http::RequestReader::Event::failed:
          require(reader.status() >= 400 && reader.status() < 600 && !reader.detail().empty(),
                  "a request that cannot be read is answered with a reason");
          return;
        case http::RequestReader::Event::head:
          // As a client with a token, so that handlers are reached.
          reader.request().headers.emplace_back("authorization", "Bearer secret");
          match = router_.match(reader.request());
          if (match.refusal) {
            judge(*match.refusal);
            reader.discard_body();
          } else {
            reader.limit_body(kMaxBody);
          }
          break;
        case http::RequestReader::Event::body:
          if (!match.refusal) judge(answer(match, reader.request()));
          if (!reader.keep_alive()) return;
          reader.next();
          break;
      }
    }
  }

 private:
  http::Response answer(const http::Router::Match& match, http::Request& request) {
    std::optional<http::Response> response;
    WholeBody body(request.body);
    auto handled = match.route->stream_handler ? match.route->stream_handler(request, match.principal, body)
                                               : match.route->handler(request, match.principal);
    boost::asio::co_spawn(loop_.executor(), std::move(handled),
                          [&](std::exception_ptr thrown, http::Response made) {
                            require(thrown == nullptr, "no handler throws");
                            response = std::move(made);
                          });
    loop_.context().restart();
    loop_.run();
    require(response.has_value(), "every request is answered");
    return std::move(*response);
  }

  static void judge(const http::Response& response) {
    require(response.status >= 200 && response.status < 600, "an answer has a status");
    require(response.status < 500 || response.status == 501 || response.status == 503,
            "no input is our error");
    for (const auto& [name, value] : response.headers) {
      require((name + value).find_first_of("\r\n") == std::string::npos, "no answer's header is split");
    }
  }

  ManualClock clock_{from_ms(1'776'220'905'000)};
  io::Loop loop_{clock_};
  api::testing::FakeEngine engine_{clock_};
  net::AddressPolicy policy_;
  engine::Destinations destinations_{policy_};
  engine::WebhookChannel channel_;
  Metrics metrics_;
  auth::testing::MemoryTokenStore tokens_;
  auth::Access access_{loop_, tokens_, metrics_};
  auth::testing::MemoryUserStore users_;
  auth::Login login_{loop_, users_, access_, metrics_};
  redis::Client nowhere_{loop_, redis::Endpoint()};  ///< never started: what needs records answers 503
  messaging::Messaging messaging_{loop_, nowhere_, messaging::MessagingOptions()};
  http::Router router_;
  std::unique_ptr<api::Api> api_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static World world;
  if (size == 0) return 0;
  const std::size_t piece = data[0] < 0x80 ? 1 + data[0] : size;
  world.converse(std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1), piece);
  return 0;
}

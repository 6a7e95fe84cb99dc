#include "http/running_server.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstdlib>
#include <iostream>
#include <stdexcept>

namespace recado::http::testing {

namespace {

using Function = std::function<Response(Request&)>;

Handler simple(Function function) {
  return [function = std::move(function)](Request& request, const Principal&) -> io::Task<Response> {
    return [](Request& r, Function f) -> io::Task<Response> { co_return f(r); }(request, function);
  };
}

Route route(std::string method, std::string path, Function function, Scope scope = Scope::read) {
  Route made;
  made.method = std::move(method);
  made.path = std::move(path);
  made.scope = scope;
  made.handler = simple(std::move(function));
  return made;
}

io::Task<Response> wait_at(io::WakeEvent& gate, std::promise<void>& waiting) {
  waiting.set_value();
  co_await gate.wait();
  co_return Response::text(200, "released");
}

/// Takes a body as it arrives; `most` pieces of it.
io::Task<Response> count_bytes(BodyStream& body, int most) {
  std::size_t bytes = 0;
  for (int i = 0; i < most; ++i) {
    const auto piece = co_await body.next();
    if (!piece) co_return problem(500, "nobody reads this");
    if (piece->empty()) break;
    bytes += piece->size();
  }
  co_return Response::text(200, std::to_string(bytes));
}

Route upload(std::string path, int most) {
  Route made;
  made.method = "POST";
  made.path = std::move(path);
  made.content_types = {"text/csv"};
  made.stream_handler = [most](Request&, const Principal&, BodyStream& body) {
    return count_bytes(body, most);
  };
  return made;
}

/// `count` numbers, one a piece, and then the end or an error.
BodySource numbers(int count, bool breaks) {
  return [next = std::make_shared<int>(1), count, breaks] {
    return [](std::shared_ptr<int> i, int c, bool b) -> io::Task<Result<std::string>> {
      if (*i <= c) co_return std::to_string((*i)++) + " ";
      if (b) co_return Error(ErrorCode::unavailable, "it went away");
      co_return std::string();
    }(next, count, breaks);
  };
}

io::Task<> run_drain(Server& server, Millis grace, std::shared_ptr<std::promise<void>> done) {
  co_await server.drain(grace);
  done->set_value();
}

}  // namespace

ServerOptions test_options() {
  ServerOptions options;
  options.port = 0;
  return options;
}

int listening_socket() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket, reinterpret_cast<sockaddr*>(&at), sizeof(at)) != 0 || ::listen(socket, 128) != 0)
    std::abort();
  return socket;
}

RunningServer::RunningServer(ServerOptions options, bool authorise, io::TlsServer* tls)
    : large_(1 << 20, 'x') {
  options.port = 0;
  add_routes();
  if (authorise) {
    router_.set_authoriser([](const Request& head, Scope, Principal& out) -> std::optional<Response> {
      if (head.header("authorization") == "Bearer good") {
        out.token_name = "good";
        return std::nullopt;
      }
      auto refusal = problem(401, "a token is needed");
      refusal.headers.emplace_back("WWW-Authenticate", "Bearer");
      return refusal;
    });
  }
  server_ = std::make_unique<Server>(loop_, std::move(options), router_, tls, metrics_);
  if (const auto listening = server_->listen(); !listening) {
    std::cerr << listening.error().detail() << '\n';
    std::abort();
  }
  tasks_ = std::make_unique<io::TaskGroup>(loop_);
  server_->start();
  thread_ = std::thread([this] { loop_.run(); });
}

RunningServer::~RunningServer() {
  stop();
}

void RunningServer::add_routes() {
  router_.add(route("GET", "/hello", [](Request&) { return Response::text(200, "hello"); }));
  Route echo = route("POST", "/echo", [](Request& r) { return Response::json(201, r.body); });
  echo.work = Work::registration;
  router_.add(std::move(echo));
  Route small = route("POST", "/small", [](Request& r) { return Response::json(200, r.body); });
  small.max_body_bytes = 10;
  router_.add(std::move(small));
  router_.add(
      route("GET", "/items/{id}", [](Request& r) { return Response::text(200, r.path_parameters.at(0)); }));
  Route text = route("POST", "/text", [](Request& r) { return Response::text(200, r.body); });
  text.content_types = {"text/plain"};
  router_.add(std::move(text));
  Route ignore = route("POST", "/ignore", [](Request& r) { return Response::text(200, "[" + r.body + "]"); });
  ignore.accepts_body = false;
  router_.add(std::move(ignore));
  router_.add(route("GET", "/secret", [](Request&) { return Response::text(200, "secret"); }));
  Route open = route(
      "GET", "/open", [](Request&) { return Response::text(200, "open"); }, Scope::open);
  open.work = Work::vital;
  router_.add(std::move(open));
  router_.add(route("GET", "/throw", [](Request&) -> Response { throw std::runtime_error("broken"); }));
  router_.add(route("GET", "/throw-other", [](Request&) -> Response { throw 42; }));
  router_.add(route("GET", "/status-zero", [](Request&) { return Response(0, "", ""); }));
  router_.add(route("GET", "/empty", [](Request&) { return Response(204, "", "not sent"); }));
  router_.add(route("GET", "/large", [this](Request&) { return Response::text(200, large_); }));
  router_.add(route("GET", "/static", [this](Request&) {
    Response response(200, "text/html", "");
    response.static_body = large_;
    return response;
  }));
  router_.add(route("GET", "/headers", [](Request&) {
    Response response(200, "text/plain", "x");
    response.headers.emplace_back("X-Good", "yes");
    response.headers.emplace_back("X-Bad", "a\r\nX-Injected: 1");
    response.headers.emplace_back("content-length", "99");
    return response;
  }));
  router_.add(route("GET", "/cached", [](Request&) {
    Response response(200, "text/css", "x");
    response.headers.emplace_back("Cache-Control", "max-age=60");
    return response;
  }));
  router_.add(upload("/count", 1'000'000));
  router_.add(upload("/first", 1));
  for (const bool breaks : {false, true}) {
    router_.add(route("GET", breaks ? "/broken" : "/numbers", [breaks](Request&) {
      Response response(200, "text/plain", "0 ");
      response.more = numbers(3, breaks);
      return response;
    }));
  }
  Route wait;
  wait.method = "GET";
  wait.path = "/wait";
  wait.handler = [this](Request&, const Principal&) { return wait_at(gate_, waiting_); };
  router_.add(std::move(wait));
}

void RunningServer::release() {
  loop_.post([this] { gate_.notify(); });
}

void RunningServer::await_waiting() {
  waiting_.get_future().wait();
  std::promise<void> fresh;
  waiting_.swap(fresh);
}

void RunningServer::hold(const std::function<void()>& function) {
  auto standing = std::make_shared<std::promise<void>>();
  std::promise<void> go_on;
  loop_.post([standing, released = go_on.get_future().share()] {
    standing->set_value();
    released.wait();
  });
  standing->get_future().wait();
  function();
  go_on.set_value();
}

std::shared_future<void> RunningServer::drain(Millis grace) {
  auto done = std::make_shared<std::promise<void>>();
  drained_ = done->get_future().share();
  loop_.post([this, grace, done] { tasks_->spawn("drain", run_drain(*server_, grace, done)); });
  return drained_;
}

void RunningServer::stop(Millis grace) {
  if (!thread_.joinable()) return;
  if (!drained_.valid()) drain(grace);
  drained_.wait();
  thread_.join();
}

std::string RunningServer::metrics() {
  std::promise<std::string> page;
  loop_.post([&] { page.set_value(metrics_.text()); });
  return page.get_future().get();
}

}  // namespace recado::http::testing

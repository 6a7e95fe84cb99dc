// Handlers and their answers, bodies that a session does not keep whole among them.
#include <cstdio>
#include <exception>
#include <utility>

#include "base/log.hpp"
#include "http/session.hpp"

namespace recado::http {

namespace {
io::Task<Result<std::string>> nothing() {
  co_return std::string();
}

}  // namespace

class Session::Upload final : public BodyStream {
 public:
  explicit Upload(Session& session) : session_(session) {}
  io::Task<Result<std::string>> next() override { return session_.read_piece(); }

 private:
  Session& session_;
};

io::Task<> Session::answer() {
  account();
  if (auto refused = service_->load.refusal(*route_, 0, queued_)) {
    reply(std::move(*refused), reader_.keep_alive());
    co_return;
  }
  const Load::Place place(service_->load, route_->work);
  flush_when_held();
  auto response = co_await handle(route_->handler(reader_.request(), principal_));
  auto source = std::exchange(response.more, {});
  if (!source) {
    reply(std::move(response), reader_.keep_alive());
    co_return;
  }
  // HTTP/1.0 knows no chunks: there the connection's end is the body's.
  const bool chunked = reader_.request().version >= 11;
  const bool head = reader_.request().method == "HEAD";
  response.more = [] { return nothing(); };  // so that its length is not said
  std::string first = std::exchange(response.body, {});
  reply(std::move(response), reader_.keep_alive() && chunked);
  if (!head) co_await send_made(std::move(first), std::move(source), chunked);
}

/// Runs a handler; what it throws is a defect of ours, and 500.
io::Task<Response> Session::handle(io::Task<Response> work) {
  in_handler_ = true;
  Response response;
  std::string failure;
  try {
    response = co_await std::move(work);
    if (response.status < 200 || response.status > 599) {
      failure = "the handler answered with status " + std::to_string(response.status);
    }
  } catch (const boost::system::system_error& error) {
    if (service_->cancelled) throw;
    failure = error.what();
  } catch (const std::exception& error) {
    failure = error.what();
  } catch (...) {
    failure = "an exception of an unknown type";
  }
  in_handler_ = false;
  if (!failure.empty()) {
    log::error("a request failed by a defect",
               {{"method", route_->method}, {"route", route_->path}, {"what", failure}});
    response = problem(500, "the request failed by a defect of this program; its log says more");
  }
  co_return response;
}

/// Lets the handler take the body while it arrives. False: the connection is over.
io::Task<bool> Session::answer_stream() {
  body_complete_ = body_failed_ = gone_ = false;
  account();
  const Load::Place place(service_->load, route_->work);
  Upload upload(*this);
  auto response = co_await handle(route_->stream_handler(reader_.request(), principal_, upload));
  if (gone_) co_return false;
  if (body_failed_) {
    // The peer waits for the reason, whatever the handler made of it.
    unread_body_ = true;
    reply(problem(reader_.status(), reader_.detail()), false);
    co_return true;
  }
  if (!body_complete_) {
    // The handler has seen enough; what is left would have to be read to keep the connection.
    refused_ = unread_body_ = true;
    reader_.discard_body();
    reply(std::move(response), false);
    co_return true;
  }
  reply(std::move(response), reader_.keep_alive());
  reader_.next();
  co_return true;
}

io::Task<Result<std::string>> Session::read_piece() {
  auto& body = reader_.request().body;
  while (body.empty() && !body_complete_) {
    if (gone_ || body_failed_) co_return Error(ErrorCode::io, "the connection is over");
    std::size_t consumed = 0;
    const auto event = reader_.feed(unread(), consumed);
    consume(consumed);
    if (event == RequestReader::Event::failed) {
      body_failed_ = true;
      co_return Error(ErrorCode::io, reader_.detail());
    }
    body_complete_ = event == RequestReader::Event::body;
    if (!body.empty() || body_complete_) break;
    const bool filled = co_await fill();
    if (!filled) {
      gone_ = true;
      co_return Error(ErrorCode::io, "the connection ended in the middle of the body");
    }
  }
  std::string piece;
  piece.swap(body);
  co_return piece;
}

/// Sends `piece` and what `source` makes after it, behind the head.
io::Task<> Session::send_made(std::string piece, BodySource source, bool chunked) {
  while (true) {
    if (!piece.empty()) {
      if (chunked) {
        char size[20];
        std::snprintf(size, sizeof(size), "%zx\r\n", piece.size());
        out_ += size;
      }
      out_ += piece;
      if (chunked) out_ += "\r\n";
    }
    const bool flushed = co_await flush();
    if (!flushed) co_return;
    Result<std::string> next = Error(ErrorCode::internal, "the body could not be made");
    try {
      next = co_await source();
    } catch (const boost::system::system_error& error) {
      if (service_->cancelled) throw;
      next = Error(ErrorCode::internal, error.what());
    } catch (const std::exception& error) {
      next = Error(ErrorCode::internal, error.what());
    }
    if (!next) {
      log::warning("an answer was broken off", {{"route", route_->path}, {"reason", next.error()}});
      closing_ = broken_ = true;
      close();
      co_return;
    }
    if (next->empty()) break;
    piece = std::move(*next);
  }
  if (chunked) out_ += "0\r\n\r\n";
}

}  // namespace recado::http

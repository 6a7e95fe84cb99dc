// TLS through OpenSSL's memory BIOs: the record layer on one side, any Stream on the other.
#include "io/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <string>

#include "base/buffer.hpp"

namespace recado::io {

namespace {

constexpr std::size_t kMaxSessions = 1024;
constexpr std::size_t kRecordBytes = 17 * 1024;  ///< a full TLS record and its overhead
constexpr std::size_t kOneRecord = 16 * 1024;    ///< of plain text (RFC 8446 5.1)

struct SslDeleter {
  void operator()(SSL* ssl) const noexcept {
    // Without this OpenSSL marks the session as broken, and it is never resumed.
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
  }
};
using SslPointer = std::unique_ptr<SSL, SslDeleter>;

struct ContextDeleter {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using ContextPointer = std::unique_ptr<SSL_CTX, ContextDeleter>;

struct SessionDeleter {
  void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
using SessionPointer = std::unique_ptr<SSL_SESSION, SessionDeleter>;

/// The oldest error of OpenSSL's queue, as a code and for people; empties the queue.
error_code take_error(std::string* text = nullptr) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (text != nullptr) {
    const char* reason = ERR_reason_error_string(code);
    *text = reason != nullptr ? reason : "unknown TLS error";
  }
  if (code == 0) return asio::error::connection_reset;
  return error_code(static_cast<int>(code), asio::error::get_ssl_category());
}

class TlsStream final : public Stream {
 public:
  TlsStream(SslPointer ssl, std::unique_ptr<Stream> inner) : ssl_(std::move(ssl)), inner_(std::move(inner)) {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  }

  SSL* ssl() noexcept { return ssl_.get(); }
  std::unique_ptr<Stream> release_inner() { return std::move(inner_); }

  Task<error_code> handshake() {
    while (true) {
      ERR_clear_error();
      const int result = SSL_do_handshake(ssl_.get());
      const int why = SSL_get_error(ssl_.get(), result);
      const error_code failure =
          result == 1 || why == SSL_ERROR_WANT_READ ? error_code() : take_error(&reason_);
      const error_code flushed = co_await flush();  // an alert tells the peer why, even when we give up
      if (failure) co_return failure;
      if (flushed) co_return flushed;
      if (result == 1) co_return error_code();
      const error_code filled = co_await fill();
      if (filled) co_return filled;
    }
  }

  Task<IoResult> read_some(asio::mutable_buffer buffer) override {
    while (true) {
      if (SSL_pending(ssl_.get()) > 0 || BIO_ctrl_pending(SSL_get_rbio(ssl_.get())) > 0) {
        ERR_clear_error();
        std::size_t bytes = 0;
        const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &bytes);
        const int why = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), result);
        if (why == SSL_ERROR_ZERO_RETURN) co_return IoResult(asio::error::eof, 0);
        if (why != SSL_ERROR_NONE && why != SSL_ERROR_WANT_READ) co_return IoResult(take_error(), 0);
        if (to_send() > 0) {
          const error_code flushed = co_await flush();
          if (flushed && result != 1) co_return IoResult(flushed, 0);
        }
        if (result == 1) co_return IoResult(error_code(), bytes);
      }
      const error_code filled = co_await fill();
      if (filled) co_return IoResult(filled, 0);
    }
  }

  Task<IoResult> write(std::span<const asio::const_buffer> buffers) override {
    // What fits goes as one record: each costs both sides its own encryption.
    if (buffers.size() > 1 && asio::buffer_size(buffers) <= kOneRecord) {
      plain_.clear();
      for (const auto& buffer : buffers)
        plain_.append(static_cast<const char*>(buffer.data()), buffer.size());
      if (const error_code error = encrypt(asio::buffer(plain_))) co_return IoResult(error, 0);
    } else {
      std::size_t taken = 0;
      for (const auto& buffer : buffers) {
        if (const error_code error = encrypt(buffer)) co_return IoResult(error, taken);
        taken += buffer.size();
      }
    }
    const error_code error = co_await flush();
    co_return IoResult(error, asio::buffer_size(buffers));
  }

  void close() noexcept override { inner_->close(); }

  Task<> shutdown_write() override {
    SSL_shutdown(ssl_.get());
    co_await flush();
    co_await inner_->shutdown_write();
  }

  bool is_open() const noexcept override { return inner_->is_open(); }
  bool readable_now() noexcept override {
    return SSL_pending(ssl_.get()) > 0 || BIO_ctrl_pending(SSL_get_rbio(ssl_.get())) > 0 ||
           inner_->readable_now();
  }
  void free_buffers() noexcept override {
    SSL_free_buffers(ssl_.get());
    free_buffer(in_);
    free_buffer(out_);
    free_buffer(plain_);
  }
  std::string peer() const override { return inner_->peer(); }
  const std::string& reason() const noexcept { return reason_; }

 private:
  std::size_t to_send() const noexcept { return BIO_ctrl_pending(SSL_get_wbio(ssl_.get())); }

  error_code encrypt(asio::const_buffer buffer) {
    if (buffer.size() == 0) return {};
    ERR_clear_error();
    std::size_t taken = 0;
    // A memory BIO takes everything at once; SSL_write_ex without partial mode is all or nothing.
    const int result = SSL_write_ex(ssl_.get(), buffer.data(), buffer.size(), &taken);
    return result == 1 ? error_code() : take_error();
  }

  /// Sends what the record layer has made. A reader and a writer may both come here: the one already sending
  /// also sends what the other added.
  Task<error_code> flush() {
    if (flushing_) co_return error_code();
    flushing_ = true;
    error_code error;
    while (!error && to_send() > 0) {
      out_.resize(to_send());
      const int taken = BIO_read(SSL_get_wbio(ssl_.get()), out_.data(), static_cast<int>(out_.size()));
      const asio::const_buffer record[] = {asio::buffer(out_.data(), static_cast<std::size_t>(taken))};
      const IoResult written = co_await inner_->write(std::span<const asio::const_buffer>(record));
      error = written.error;
    }
    flushing_ = false;
    co_return error;
  }

  Task<error_code> fill() {
    in_.resize(kRecordBytes);
    const IoResult read = co_await inner_->read_some(asio::buffer(in_));
    if (read.error) co_return read.error;
    BIO_write(SSL_get_rbio(ssl_.get()), in_.data(), static_cast<int>(read.bytes));
    co_return error_code();
  }

  SslPointer ssl_;
  std::unique_ptr<Stream> inner_;
  std::string in_;
  std::string out_;
  std::string plain_;  ///< what goes as one record
  std::string reason_;
  bool flushing_ = false;
};

ContextPointer make_context(bool server) {
  ContextPointer context(SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Thousands of clients may keep a connection without using it. Ours to destinations keep their buffers from
  // one request to the next, until the pool finds them idle.
  if (server) SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  return context;
}

}  // namespace

struct TlsClient::Impl {
  ContextPointer context;
  std::map<std::string, SessionPointer> sessions;

  /// Where the new-session callback finds its way back, for as long as a connection lives.
  struct Owner {
    std::weak_ptr<Impl> impl;
    std::string session_key;
  };

  static int owner_index() {
    static const int index = SSL_get_ex_new_index(
        0, nullptr, nullptr, nullptr,
        [](void*, void* pointer, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Owner*>(pointer); });
    return index;
  }

  static int keep_session(SSL* ssl, SSL_SESSION* session) {
    const auto* owner = static_cast<Owner*>(SSL_get_ex_data(ssl, owner_index()));
    const auto impl = owner != nullptr ? owner->impl.lock() : nullptr;
    if (!impl) return 0;
    if (impl->sessions.size() >= kMaxSessions && !impl->sessions.contains(owner->session_key)) {
      impl->sessions.erase(impl->sessions.begin());
    }
    impl->sessions[owner->session_key] = SessionPointer(session);
    return 1;  // the reference is ours now
  }
};

TlsClient::TlsClient(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

TlsClient::~TlsClient() = default;

Result<std::unique_ptr<TlsClient>> TlsClient::create(const std::string& ca_file) {
  auto impl = std::make_shared<Impl>();
  impl->context = make_context(false);
  SSL_CTX* context = impl->context.get();
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context)
                                     : SSL_CTX_load_verify_file(context, ca_file.c_str());
  if (loaded != 1) {
    std::string reason;
    take_error(&reason);
    return Error(ErrorCode::configuration,
                 "the certificate authorities in " +
                     (ca_file.empty() ? std::string("the system's store") : ca_file) +
                     " cannot be read: " + reason);
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &Impl::keep_session);
  return std::unique_ptr<TlsClient>(new TlsClient(std::move(impl)));
}

std::unique_ptr<TlsClient> TlsClient::create_unverified() {
  auto impl = std::make_shared<Impl>();
  impl->context = make_context(false);
  SSL_CTX_set_verify(impl->context.get(), SSL_VERIFY_NONE, nullptr);
  return std::unique_ptr<TlsClient>(new TlsClient(std::move(impl)));
}

Task<std::unique_ptr<Stream>> TlsClient::handshake(std::unique_ptr<Stream>& inner, std::string host,
                                                   std::string session_key, error_code& error,
                                                   std::string& reason) {
  SslPointer ssl(SSL_new(impl_->context.get()));
  if (host.ends_with('.')) host.pop_back();  // certificates and SNI carry names without the root's dot
  error_code no_address;
  asio::ip::make_address(host, no_address);
  if (no_address) {
    SSL_set_tlsext_host_name(ssl.get(), host.c_str());
    SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl.get(), host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
  }
  auto owner = std::make_unique<Impl::Owner>();
  owner->impl = impl_;
  owner->session_key = session_key;
  SSL_set_ex_data(ssl.get(), Impl::owner_index(), owner.release());
  if (auto found = impl_->sessions.find(session_key); found != impl_->sessions.end()) {
    SSL_set_session(ssl.get(), found->second.get());
  }
  SSL_set_connect_state(ssl.get());

  auto stream = std::make_unique<TlsStream>(std::move(ssl), std::move(inner));
  error = co_await stream->handshake();
  if (!error) co_return stream;
  const long verified = SSL_get_verify_result(stream->ssl());
  if (verified != X509_V_OK) {
    reason = std::string("the certificate is not accepted: ") + X509_verify_cert_error_string(verified);
  } else if (error == asio::error::eof || error == asio::error::connection_reset) {
    reason = "the peer closed the connection during the TLS handshake";
  } else {
    reason = stream->reason().empty() ? error.message() : stream->reason();
  }
  impl_->sessions.erase(session_key);
  inner = stream->release_inner();
  co_return nullptr;
}

struct TlsServer::Impl {
  std::string certificate_file;
  std::string key_file;
  ContextPointer context;

  Result<void> read();
};

TlsServer::TlsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

TlsServer::~TlsServer() = default;

Result<std::unique_ptr<TlsServer>> TlsServer::create(const std::string& certificate_file,
                                                     const std::string& key_file) {
  auto impl = std::make_unique<Impl>();
  impl->certificate_file = certificate_file;
  impl->key_file = key_file;
  if (const auto read = impl->read(); !read.ok()) return read.error();
  return std::unique_ptr<TlsServer>(new TlsServer(std::move(impl)));
}

Result<void> TlsServer::reload() {
  return impl_->read();
}

Result<void> TlsServer::Impl::read() {
  ContextPointer fresh = make_context(true);
  SSL_CTX* const loading = fresh.get();
  std::string reason;
  if (SSL_CTX_use_certificate_chain_file(loading, certificate_file.c_str()) != 1) {
    take_error(&reason);
    return Error(ErrorCode::configuration, "TLS_CERT_FILE=" + certificate_file +
                                               ": cannot be used: " + reason +
                                               "; expected a PEM file with the certificate and its chain");
  }
  if (SSL_CTX_use_PrivateKey_file(loading, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    take_error(&reason);
    return Error(ErrorCode::configuration, "TLS_KEY_FILE=" + key_file + ": cannot be used: " + reason +
                                               "; expected the certificate's key as PEM");
  }
  SSL_CTX_set_options(loading, SSL_OP_CIPHER_SERVER_PREFERENCE);
  static constexpr unsigned char kContextId[] = "recado";
  SSL_CTX_set_session_id_context(loading, kContextId, sizeof(kContextId) - 1);
  context = std::move(fresh);  // connections that there are keep the former one
  return Result<void>();
}

Task<std::unique_ptr<Stream>> TlsServer::handshake(std::unique_ptr<Stream>& inner, error_code& error) {
  SslPointer ssl(SSL_new(impl_->context.get()));
  SSL_set_accept_state(ssl.get());
  auto stream = std::make_unique<TlsStream>(std::move(ssl), std::move(inner));
  error = co_await stream->handshake();
  if (error) {
    inner = stream->release_inner();
    co_return nullptr;
  }
  co_return stream;
}

}  // namespace recado::io

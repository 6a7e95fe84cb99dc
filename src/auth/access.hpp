// Who may come in: judged from memory, which is kept up to date from the store.
//
// No request waits for Redis: every token is in memory, and a node asks once a second whether they changed. A
// token that this node revoked is refused at once, one that another node (or the command line) revoked within
// a second or so. A token that this node does not know, but that has the form of ours, may just have been
// made elsewhere: the store is asked before it is refused. Without Redis what is known goes on being judged,
// and such a token is unavailable (503) rather than invalid (401).
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/failure_limit.hpp"
#include "auth/token_authenticator.hpp"
#include "auth/token_book.hpp"
#include "auth/token_store.hpp"
#include "base/metrics.hpp"
#include "io/loop.hpp"
#include "io/one_shot.hpp"

namespace recado::auth {

struct Decision {
  enum class Kind {
    admitted,
    missing,      ///< as Denial
    malformed,    ///< as Denial
    invalid,      ///< as Denial
    expired,      ///< as Denial
    limited,      ///< too many wrong tokens came from there; `wait`
    undecided,    ///< ask judge_anew()
    unavailable,  ///< the store would have to be asked, and cannot be reached
  };
  Kind kind = Kind::admitted;
  Identity identity;                  ///< of who is admitted
  std::optional<Instant> expires_at;  ///< of an expired token
  std::chrono::seconds wait{0};
};

/// Loop thread only.
class Access {
 public:
  static constexpr Millis kPollInterval{1000};
  static constexpr Millis kUseInterval{60'000};  ///< a token's last use is written at most this often

  /// All must outlive it.
  Access(io::Loop& loop, TokenStore& store, Metrics& metrics);
  ~Access();

  /// A token of the configuration.
  void add(const Secret& token, Identity identity) { authenticator_.add(token, std::move(identity)); }

  /// Begins to watch the store, until stop(), which writes the last uses and answers who waits.
  void start();
  io::Task<> stop();

  /// `peer`: as http::Request has it.
  Decision judge(std::optional<std::string_view> authorization, std::string_view peer);
  /// The same once the store was asked; never undecided.
  io::Task<Decision> judge_anew(std::string authorization, std::string peer);

  /// As TokenBook; this node knows of the change when they complete.
  io::Task<Result<MadeToken>> create(NewToken wanted);
  io::Task<Result<std::optional<Token>>> revoke(std::string account, std::string which);
  io::Task<Result<std::vector<Token>>> list(std::string account) { return book_.list(std::move(account)); }
  io::Task<Result<std::optional<Token>>> find(std::string account, std::string which) {
    return book_.find(std::move(account), std::move(which));
  }

 private:
  io::Task<> watch();
  io::Task<bool> refresh();
  io::Task<> write_uses(Millis least);
  Decision decide(std::optional<std::string_view> authorization, std::string_view peer);
  Decision wrong_token(std::string_view peer);
  Decision counted(Decision decision);

  io::Loop& loop_;
  TokenStore& store_;
  Metrics& metrics_;
  TokenBook book_;
  TokenAuthenticator authenticator_;
  FailureLimit failures_;
  io::TaskGroup tasks_;
  io::WakeEvent wake_;
  std::vector<std::shared_ptr<io::OneShot<bool>>> waiting_;  ///< who waits for the next refresh to begin
  std::optional<std::int64_t> version_;  ///< of what is in memory; nullopt: to be read in any case
  std::uint64_t changes_ = 0;            ///< that this node made itself
  SteadyPoint uses_written_{};
  bool running_ = false;
};

}  // namespace recado::auth

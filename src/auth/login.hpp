// Names and passwords against tokens.
//
// Passwords are hashed on a helper thread, one at a time. After ten wrong ones from an address, it is refused
// unheard for as long as wrong tokens are (failure_limit.hpp): here a right one is refused too, since asking
// is what the limit is there to slow down.
#pragma once

#include <chrono>
#include <string>

#include "auth/access.hpp"
#include "auth/failure_limit.hpp"
#include "auth/user_store.hpp"
#include "base/metrics.hpp"
#include "io/loop.hpp"
#include "io/worker.hpp"

namespace recado::auth {

struct LoginAnswer {
  enum class Kind {
    let_in,
    wrong,        ///< no such user, or another password
    limited,      ///< too many wrong ones came from there; `wait`
    busy,         ///< too many are being judged: try again
    unavailable,  ///< `detail`; Redis cannot be reached, or no token could be made
  };
  LoginAnswer() = default;
  explicit LoginAnswer(Kind k) : kind(k) {}
  Kind kind = Kind::let_in;
  Secret token;  ///< the same at every login while it is valid
  std::chrono::seconds wait{0};
  std::string detail;
};

/// Loop thread only.
class Login {
 public:
  static constexpr std::size_t kMostWaiting = 16;

  /// All must outlive it. To be destroyed after the loop's last turn.
  Login(io::Loop& loop, UserStore& users, Access& access, Metrics& metrics)
      : loop_(loop), users_(users), access_(access), metrics_(metrics), worker_(loop, kMostWaiting) {}

  /// `peer`: as http::Request has it.
  io::Task<LoginAnswer> log_in(std::string name, Secret password, std::string peer);

 private:
  io::Task<LoginAnswer> judge(std::string name, Secret password, std::string peer);
  io::Task<LoginAnswer> token_of(User user, PasswordKey key);
  LoginAnswer limited(std::chrono::seconds wait) const;

  io::Loop& loop_;
  UserStore& users_;
  Access& access_;
  Metrics& metrics_;
  FailureLimit failures_;
  const User nobody_ = nobody();
  io::Worker worker_;
};

}  // namespace recado::auth

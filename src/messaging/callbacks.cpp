#include "messaging/callbacks.hpp"

#include "base/log.hpp"

namespace recado::messaging {
namespace {

/// A receipt may come before the answer to the request that it is about was recorded.
constexpr int kLooks = 5;
constexpr Millis kBetweenLooks{200};

}  // namespace

std::optional<CallbackSource> Callbacks::find(std::string_view key, ProviderName provider) const {
  auto channel = std::dynamic_pointer_cast<const WhatsAppChannel>(channels_.find(key));
  if (!channel || channel->name() != provider) return std::nullopt;
  const auto* const kept = channels_.kept(key);
  return CallbackSource(kept != nullptr ? kept->info.account : "main", channels_.name_of(key),
                        std::move(channel));
}

io::Task<Result<void>> Callbacks::note(std::string account, Receipt receipt) {
  for (int look = 0; look < kLooks; ++look) {
    if (look > 0) (void)co_await loop_.sleep(kBetweenLooks);
    const auto caught_up = co_await logs_.catch_up();
    if (!caught_up) co_return caught_up.error();
    const auto noted = co_await logs_.note(account, receipt);
    if (!noted) co_return noted.error();
    if (*noted) co_return Result<void>();
  }
  // Something else sends over the same account, or the row is older than LOG_RETENTION.
  log::debug("a receipt of a message that is not ours", {{"provider_id", receipt.provider_id}});
  co_return Result<void>();
}

io::Task<Result<void>> Callbacks::keep(std::string account, std::string channel, Reply reply) {
  if (asks_to_stop(reply.text)) {
    const auto out = co_await opt_out(contacts_, account, reply.from, "reply");
    if (!out) co_return out.error();
  }
  const auto kept = co_await logs_.keep(std::move(account), std::move(channel), std::move(reply));
  if (!kept) co_return kept.error();
  co_return Result<void>();
}

io::Task<Result<void>> Callbacks::take_in(const CallbackSource& source, const Told& told) {
  for (const auto& reply : told.replies) {
    const auto kept = co_await keep(source.account(), source.name(), reply);
    if (!kept) co_return kept.error();
  }
  for (const auto& receipt : told.receipts) {
    const auto noted = co_await note(source.account(), receipt);
    if (!noted) co_return noted.error();
  }
  co_return Result<void>();
}

}  // namespace recado::messaging

#include "messaging/logs.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "messaging/content.hpp"

namespace recado::messaging {
namespace {

using engine::StreamedOutcome;
using records::Document;
using records::Field;
using records::Query;
using records::Question;
using records::Record;
using records::Write;

constexpr std::size_t kOutcomesAtOnce = 64;  ///< outcomes read at a time
constexpr Millis kRest{30'000};              ///< between looks at what other nodes may have left
constexpr Millis kAgain{500};                ///< after Redis was away
constexpr Millis kExpireInterval{60'000};
constexpr Millis kLearnAccounts{3'600'000};
constexpr std::int64_t kFar = std::int64_t{1} << 47;  ///< ms; past every instant that we know

const Field& field(std::string_view name) {
  return *log_type().find(name);
}

std::size_t rank(std::string_view status) {
  const auto at = std::find(std::begin(kLogStatuses), std::end(kLogStatuses), status);
  return static_cast<std::size_t>(at - std::begin(kLogStatuses));
}

std::string day_of(Instant at) {
  return format_time(at).substr(0, 10);
}

void set_time(Document& row, Instant at) {
  row.set_text("at", format_time(at));
  row.set_number("newest", kFar - to_ms(at));
  row.set_text("day", day_of(at));
}

/// The status and what is counted by it.
void set_status(Document& row, std::string_view status) {
  row.set_text("status", status);
  const auto day = row.text("day").value_or("");
  row.set_text("dayStatus", day + " " + std::string(status));
  if (const auto channel = row.text("channel"))
    row.set_text("channelStatus", *channel + " " + std::string(status));
  if (const auto schedule = row.text("schedule"))
    row.set_text("scheduleStatus", *schedule + " " + std::string(status));
}

const char* status_word(engine::Status status) {
  switch (status) {
    case engine::Status::delivered:
      return "sent";
    case engine::Status::failed:
      return "failed";
    case engine::Status::unknown:
      return "unknown";
    default:
      return "retrying";
  }
}

Document row_of(const StreamedOutcome& outcome, const ChannelDirectory& channels) {
  const auto& message = outcome.message;
  Document row;
  const auto* const attempt = message.attempts.empty() ? nullptr : &message.attempts.back();
  const Instant at = attempt != nullptr ? attempt->at : message.finished_at.value_or(message.next_run);
  row.set_text("direction", "out");
  row.set_text("message", message.id());
  row.set_number("attempt", message.attempt_count);
  set_time(row, at);
  row.set_text("channel", channels.name_of(message.spec.channel));  // as it is called now
  const auto content = decode_content(message.spec.payload);
  if (content) {
    row.set_text("recipient", content->to);
    if (!content->subject.empty()) row.set_text("subject", content->subject);
    if (content->contact != 0) row.set_number("contact", content->contact);
    if (!content->schedule.empty()) row.set_text("schedule", content->schedule);
  }
  set_status(row, status_word(message.status));
  const auto failure =
      attempt != nullptr && attempt->failure != engine::Failure::none ? attempt->failure : message.failure;
  if (message.status != engine::Status::delivered && failure != engine::Failure::none)
    row.set_text("error", engine::to_string(failure));
  if (attempt != nullptr) {
    if (!attempt->detail.empty()) row.set_text("detail", attempt->detail);
    row.set_number("latencyMs", attempt->latency.count());
  }
  if (!outcome.provider_id.empty()) row.set_text("providerId", outcome.provider_id);
  row.set_text("key", message.id() + "#" + std::to_string(to_ms(at)));
  return row;
}

}  // namespace

const records::Type& log_type() {
  static const records::Type type(
      "logs",
      {Field("key").unique('k'), Field("newest").sorted('n'), Field("message").lookup('m'),
       Field("contact").lookup('c'), Field("recipient").lookup('r').folded(), Field("channel").lookup('h'),
       Field("status").lookup('s'), Field("error").lookup('e'), Field("providerId").lookup('p'),
       Field("direction").lookup('d'), Field("schedule").lookup('l'), Field("dayStatus").lookup('y'),
       Field("channelStatus").lookup('x'), Field("scheduleStatus").lookup('z')});
  return type;
}

records::Query log_query(const LogFilter& filter) {
  Query query;
  const auto where = [&query](const char* name, const std::string& value) {
    if (!value.empty()) query.where(field(name), value);
  };
  where("status", filter.status);
  where("channel", filter.channel);
  where("recipient", filter.recipient);
  where("message", filter.message);
  where("error", filter.error);
  where("direction", filter.direction);
  where("schedule", filter.schedule);
  if (filter.contact) query.where(field("contact"), std::to_string(*filter.contact));
  // `newest` falls as time goes on: not before `after` is at most kFar - after.
  const auto mirrored = [](std::optional<Instant> at) {
    return at ? std::optional(kFar - to_ms(*at) + 1) : std::nullopt;
  };
  query.order_by(field("newest"), mirrored(filter.before), mirrored(filter.after));
  return query;
}

Logs::Logs(io::Loop& loop, records::Store& store, Contacts& contacts, const ChannelDirectory& channels,
           Millis retention)
    : Collection(store, log_type(), [](Draft&, FieldProblems&) {}),
      loop_(loop),
      contacts_(contacts),
      channels_(channels),
      retention_(retention),
      wake_(loop),
      tasks_(loop) {}

void Logs::start(engine::Engine& engine) {
  read_from(engine);
  running_ = true;
  for (unsigned shard = 0; shard < engine.shards(); ++shard) told_.insert(shard);
  engine.on_outcome([this](unsigned shard) {
    told_.insert(shard);
    wake_.notify();
  });
  tasks_.spawn("follow the outcomes", follow());
  tasks_.spawn("forget old log rows", expire());
}

io::Task<> Logs::stop() {
  running_ = false;
  wake_.notify();
  tasks_.cancel();
  co_await tasks_.join();
}

io::Task<> Logs::follow() {
  while (running_) {
    const auto shards = std::exchange(told_, {});
    bool away = false;
    for (const unsigned shard : shards) {
      const auto taken = co_await take(shard);
      if (taken && *taken == 0) continue;
      told_.insert(shard);  // there may be more
      away = away || !taken;
    }
    if (away) {
      (void)co_await loop_.sleep(kAgain);
    } else if (told_.empty()) {
      const bool woken = co_await wake_.wait_for(kRest);
      for (unsigned shard = 0; !woken && shard < engine_->shards(); ++shard) told_.insert(shard);
    }
  }
}

/// Makes rows of what a shard's stream holds first; how many it held.
io::Task<Result<std::size_t>> Logs::take(unsigned shard) {
  const auto outcomes = co_await engine_->read_outcomes(shard, kOutcomesAtOnce);
  if (!outcomes) co_return outcomes.error();
  std::map<std::string, std::vector<Document>> rows;
  std::vector<std::string> cursors;
  for (const auto& outcome : *outcomes) {
    cursors.push_back(outcome.cursor);
    if (outcome.readable && retention_ > Millis::zero())
      rows[outcome.message.spec.account].push_back(row_of(outcome, channels_));
  }
  if (cursors.empty()) co_return std::size_t{0};
  for (auto& [account, of_account] : rows) {
    accounts_.insert(account);
    const auto named = co_await name_contacts(account, of_account);
    if (!named) co_return named.error();
    const auto stored = co_await store_rows(account, std::move(of_account));
    if (!stored) co_return stored.error();
  }
  const std::size_t count = cursors.size();
  const auto forgotten = co_await engine_->forget_outcomes(shard, std::move(cursors));
  if (!forgotten) co_return forgotten.error();
  co_return count;
}

/// Gives each row without one the contact that its recipient belongs to, where it is one alone.
io::Task<Result<void>> Logs::name_contacts(std::string account, std::vector<Document>& rows) {
  std::vector<std::string> addresses;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto recipient = rows[i].text("recipient");
    if (!recipient || recipient->empty() || rows[i].find("contact")) continue;
    addresses.push_back(std::move(*recipient));
    places.push_back(i);
  }
  if (addresses.empty()) co_return Result<void>();
  const auto found = co_await contacts_.reached_at_each(std::move(account), std::move(addresses));
  if (!found) co_return found.error();
  for (std::size_t i = 0; i < places.size(); ++i) {
    if ((*found)[i].size() == 1) rows[places[i]].set_number("contact", (*found)[i].front().id);
  }
  co_return Result<void>();
}

io::Task<Result<void>> Logs::store_rows(std::string account, std::vector<Document> rows) {
  std::vector<Write> writes;
  std::vector<std::string> statuses;
  for (auto& row : rows) {
    statuses.push_back(row.text("status").value_or(""));
    writes.push_back(Write::create(std::move(row)));
  }
  const auto written = co_await store().write_all(account, type(), std::move(writes));
  for (std::size_t i = 0; i < written.size(); ++i) {
    const auto& one = written[i];
    if (const auto error = records::redis_error(one)) co_return *error;
    // It is there already: told again, or settled since.
    if (one.refusal != records::Refusal::taken || one.other_id == 0 || statuses[i] == "unknown") continue;
    const auto settled = co_await settle(account, one.other_id, statuses[i]);
    if (!settled) co_return settled.error();
  }
  co_return Result<void>();
}

io::Task<Result<void>> Logs::catch_up() {
  if (engine_ == nullptr) co_return Result<void>();
  for (unsigned shard = 0; shard < engine_->shards(); ++shard) {
    for (std::size_t taken = 1; taken > 0;) {
      const auto part = co_await take(shard);
      if (!part) co_return part.error();
      taken = *part;
    }
  }
  co_return Result<void>();
}

io::Task<Result<std::optional<Record>>> Logs::newest_of(std::string account, std::string message) {
  LogFilter filter;
  filter.message = std::move(message);
  records::PageRequest request;
  request.limit = 1;
  auto page = co_await list(std::move(account), log_query(filter), std::move(request));
  if (!page) co_return page.error();
  if (page->records.empty()) co_return std::nullopt;
  co_return std::move(page->records.front());
}

io::Task<Result<bool>> Logs::note(std::string account, Receipt receipt) {
  std::optional<Record> row;
  if (!receipt.provider_id.empty()) {
    std::vector<Question> questions{Question::by_value(field("providerId"), receipt.provider_id)};
    auto found = co_await store().find_all(account, type(), std::move(questions));
    if (!found) co_return found.error();
    if (!found->front().empty()) row = std::move(found->front().back());
  }
  if (!row && !receipt.message.empty()) {
    auto found = co_await newest_of(account, receipt.message);
    if (!found) co_return found.error();
    row = std::move(*found);
  }
  if (!row) co_return false;
  const char* const words[] = {"sent", "delivered", "read", "failed"};
  const std::string status = words[static_cast<int>(receipt.kind)];
  const auto written = co_await store().change(
      account, type(), std::to_string(row->id),
      [&receipt, &status](const Record& before) -> std::optional<Document> {
        const auto was = before.fields.text("status").value_or("");
        const bool fails = receipt.kind == Receipt::Kind::failed && was != "delivered" && was != "read";
        if (!fails && rank(status) <= rank(was)) return std::nullopt;
        Document fields = before.fields;
        set_status(fields, status);
        fields.set_text("statusAt", format_time(receipt.at));
        if (!receipt.provider_id.empty()) fields.set_text("providerId", receipt.provider_id);
        if (fails) {
          fields.set_text("error", "status");
          if (!receipt.detail.empty()) fields.set_text("detail", receipt.detail);
        } else {
          fields.remove("error");
          fields.remove("detail");
        }
        return fields;
      });
  if (const auto error = records::redis_error(written)) co_return *error;
  if (receipt.message.empty()) receipt.message = row->fields.text("message").value_or("");
  if (row->fields.text("status") == "unknown" && engine_ != nullptr) {
    const auto resolved =
        co_await engine_->resolve(account, receipt.message, receipt.kind != Receipt::Kind::failed);
    if (const auto error = engine::redis_error(resolved)) co_return *error;
  }
  co_return true;
}

io::Task<Result<bool>> Logs::keep(std::string account, std::string channel, Reply reply) {
  Document row;
  row.set_text("direction", "in");
  set_time(row, reply.at);
  row.set_text("channel", channel);
  row.set_text("recipient", reply.from);
  row.set_text("text", reply.text);
  set_status(row, "received");
  row.set_text("providerId", reply.provider_id);
  row.set_text("key", "in#" + reply.provider_id);
  std::vector<Document> rows{std::move(row)};
  const auto named = co_await name_contacts(account, rows);
  if (!named) co_return named.error();
  const auto written = co_await store().create(account, type(), std::move(rows.front()));
  if (const auto error = records::redis_error(written)) co_return *error;
  co_return written.refusal == records::Refusal::none;
}

/// What a row was told as unknown has become known.
io::Task<Result<void>> Logs::settle(std::string account, std::int64_t row, std::string status) {
  const auto written = co_await store().change(std::move(account), type(), std::to_string(row),
                                               [&status](const Record& before) -> std::optional<Document> {
                                                 if (before.fields.text("status") != "unknown")
                                                   return std::nullopt;
                                                 Document fields = before.fields;
                                                 set_status(fields, status);
                                                 return fields;
                                               });
  if (const auto error = records::redis_error(written)) co_return *error;
  co_return Result<void>();
}

io::Task<> Logs::expire() {
  std::optional<SteadyPoint> learnt;
  while (running_) {
    // Every node sees to the accounts that it knows; looking for all of them goes through all of Redis's
    // keys.
    const SteadyPoint now = loop_.clock().steady();
    if (!learnt || now - *learnt >= kLearnAccounts) {
      const auto found = co_await store().accounts(type());
      if (found) accounts_.insert(found->begin(), found->end());
      if (found) learnt = now;
    }
    const auto accounts = accounts_;
    for (const auto& account : accounts) {
      for (bool more = true; more && running_;) more = co_await forget_old(account);
    }
    (void)co_await loop_.sleep(kExpireInterval);
  }
}

io::Task<bool> Logs::forget_old(std::string account) {
  LogFilter filter;
  filter.before = loop_.clock().now() - retention_;
  records::PageRequest request;
  request.limit = records::Store::kMaxBatch;
  auto page = co_await list(account, log_query(filter), std::move(request));
  if (!page || page->records.empty()) co_return false;
  const bool more = !page->next_cursor.empty();
  std::vector<Write> writes;
  for (auto& record : page->records) writes.push_back(Write::remove(std::move(record)));
  (void)co_await store().write_all(account, type(), std::move(writes));
  co_return more;
}

}  // namespace recado::messaging

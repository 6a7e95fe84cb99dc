// Writing.
#include "records/store.hpp"

#include <algorithm>
#include <charconv>

#include "base/big_endian.hpp"
#include "base/crypto.hpp"
#include "base/log.hpp"
#include "records/keys.hpp"
#include "records/scripts.hpp"

namespace recado::records {
namespace {

constexpr Millis kRepeatFor{2'000};
constexpr Millis kRepeatPause{25};
constexpr int kMostRounds = 16;  ///< of reading again because others changed the record in between

std::string mark_of(const Uid& uid) {
  return '\x01' + std::string(uid.bytes());
}

void append_list(std::vector<std::string>& arguments, std::vector<std::string> list) {
  arguments.push_back(std::to_string(list.size()));
  for (auto& text : list) arguments.push_back(std::move(text));
}

/// What of `all` is not in `of`.
std::vector<std::string> without(const std::vector<std::string>& all, const std::vector<std::string>& of) {
  std::vector<std::string> rest;
  for (const auto& text : all) {
    if (std::find(of.begin(), of.end(), text) == of.end()) rest.push_back(text);
  }
  return rest;
}

/// The record as it will be stored.
Record made(const Type& type, const Write& write, Instant now) {
  Record record = write.before;
  if (write.op == Write::Op::remove) return record;
  if (write.op == Write::Op::create) record.uid = write.uid ? *write.uid : Uid::generate(now);
  record.fields = write.fields;
  record.entries = entries_of(type, record.fields);
  record.updated_at = now;
  const auto before = record.generation;
  while (record.generation == before) record.generation = static_cast<std::uint32_t>(random_u64());
  return record;
}

/// What write.lua has to do for one; `take` are the unique values it takes.
void append_item(std::vector<std::string>& arguments, const Write& write, const Record& record,
                 std::vector<std::string>& take) {
  const Entries none;
  const bool create = write.op == Write::Op::create;
  const bool remove = write.op == Write::Op::remove;
  const Entries& before = create ? none : write.before.entries;
  const Entries& after = remove ? none : record.entries;
  take = without(after.unique, before.unique);
  auto release = without(before.unique, after.unique);
  if (create) take.insert(take.begin(), mark_of(record.uid));
  if (remove) release.push_back(mark_of(record.uid));
  arguments.emplace_back(create ? "c" : remove ? "d" : "r");
  arguments.push_back(create ? std::string() : id_bytes(record.id));
  arguments.push_back(big_endian(write.before.generation, kGenerationBytes));
  arguments.push_back(remove ? std::string() : encode(record));
  append_list(arguments, std::move(release));
  append_list(arguments, take);
  append_list(arguments, without(before.index, after.index));
  append_list(arguments, without(after.index, before.index));
}

Written refused(Refusal refusal) {
  Written written;
  written.refusal = refusal;
  return written;
}

}  // namespace

std::optional<Error> redis_error(const Written& written) {
  if (written.refusal == Refusal::unavailable) return Error(ErrorCode::unavailable, written.detail);
  if (written.refusal == Refusal::outcome_unknown) return Error(ErrorCode::outcome_unknown, written.detail);
  return std::nullopt;
}

Written refused(const Error& error) {
  auto written =
      refused(error.code() == ErrorCode::outcome_unknown ? Refusal::outcome_unknown : Refusal::unavailable);
  written.detail = error.detail();
  return written;
}

Write Write::create(Document fields, std::optional<Uid> uid) {
  Write write;
  write.uid = uid;
  write.fields = std::move(fields);
  return write;
}

Write Write::replace(Record before, Document fields) {
  Write write;
  write.op = Op::replace;
  write.before = std::move(before);
  write.fields = std::move(fields);
  return write;
}

Write Write::remove(Record before) {
  Write write;
  write.op = Op::remove;
  write.before = std::move(before);
  return write;
}

Question Question::by_id(std::int64_t id) {
  Question question;
  question.what = id_bytes(id);
  return question;
}

Question Question::by_uid(const Uid& uid) {
  Question question;
  question.kind = 'u';
  question.what = mark_of(uid);
  return question;
}

Question Question::by_unique(const Field& field, std::string_view value) {
  Question question;
  question.kind = 'u';
  question.what = unique_entry(field, value);
  return question;
}

Question Question::by_value(const Field& field, std::string_view value) {
  auto range = with_value(field, value);
  Question question;
  question.kind = 'e';
  question.what = std::move(range.min);
  question.more = std::move(range.max);
  return question;
}

std::optional<Question> Question::by_path(std::string_view text) {
  if (const auto uid = Uid::from_uuid(text)) return by_uid(*uid);
  std::int64_t id = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, id);
  constexpr std::int64_t kLast = (std::int64_t{1} << (8 * kIdBytes)) - 1;
  if (error != std::errc{} || stop != end || id <= 0 || id > kLast) return std::nullopt;
  if (text.front() == '0') return std::nullopt;  // a record has one id, not `7` and `007`
  return by_id(id);
}

io::Task<Written> Store::create(std::string account, const Type& type, Document fields,
                                std::optional<Uid> uid) {
  std::vector<Write> one;
  one.push_back(Write::create(std::move(fields), uid));
  auto written = co_await write_all(std::move(account), type, std::move(one));
  co_return std::move(written.front());
}

io::Task<Written> Store::change(std::string account, const Type& type, std::string path, Edit edit) {
  for (int round = 0; round < kMostRounds; ++round) {
    auto found = co_await find(account, type, path);
    if (!found) co_return refused(found.error());
    if (!*found) co_return refused(Refusal::not_found);
    auto fields = edit(**found);
    if (!fields) {
      auto declined = refused(Refusal::declined);
      declined.record = std::move(**found);
      co_return declined;
    }
    std::vector<Write> one;
    one.push_back(Write::replace(std::move(**found), std::move(*fields)));
    auto written = co_await write_all(account, type, std::move(one));
    if (written.front().refusal != Refusal::changed) co_return std::move(written.front());
  }
  co_return refused(Error(ErrorCode::unavailable, "the record changed too often meanwhile; try again"));
}

io::Task<Written> Store::remove(std::string account, const Type& type, std::string path) {
  for (int round = 0; round < kMostRounds; ++round) {
    auto found = co_await find(account, type, path);
    if (!found) co_return refused(found.error());
    if (!*found) co_return refused(Refusal::not_found);
    std::vector<Write> one;
    one.push_back(Write::remove(std::move(**found)));
    auto written = co_await write_all(account, type, std::move(one));
    if (written.front().refusal != Refusal::changed) co_return std::move(written.front());
  }
  co_return refused(Error(ErrorCode::unavailable, "the record changed too often meanwhile; try again"));
}

io::Task<std::vector<Written>> Store::write_all(std::string account, const Type& type,
                                                std::vector<Write> writes) {
  std::vector<Written> results;
  results.reserve(writes.size());
  for (std::size_t from = 0; from < writes.size(); from += kMaxBatch) {
    const auto to = std::min(writes.size(), from + kMaxBatch);
    std::vector<Write> batch(std::make_move_iterator(writes.begin() + static_cast<std::ptrdiff_t>(from)),
                             std::make_move_iterator(writes.begin() + static_cast<std::ptrdiff_t>(to)));
    co_await write_batch(type, account, std::move(batch), results);
  }
  co_return results;
}

io::Task<void> Store::write_batch(const Type& type, std::string account, std::vector<Write> writes,
                                  std::vector<Written>& out) {
  const Keys names(account, type.name());
  std::vector<std::string> keys = {names.records, names.index, names.unique, names.last};
  std::vector<std::string> arguments = {"", std::to_string(writes.size()), ""};
  for (const auto& relation : type.relations()) {
    keys.push_back(links_key(account, relation.name));
    arguments[2] += static_cast<char>(relation.side);
  }
  std::vector<Record> records;
  std::vector<std::vector<std::string>> taken(writes.size());
  const auto now = loop_.clock().now();
  for (std::size_t i = 0; i < writes.size(); ++i) {
    records.push_back(made(type, writes[i], now));
    append_item(arguments, writes[i], records.back(), taken[i]);
  }
  const auto reply = co_await write_until_known(scripts::write(), std::move(keys), std::move(arguments));
  for (std::size_t i = 0; i < writes.size(); ++i) {
    if (!reply) {
      auto unknown = refused(reply.error());
      unknown.record = std::move(records[i]);
      out.push_back(std::move(unknown));
      continue;
    }
    const auto code = (*reply)[3 * i].integer();
    const auto id = (*reply)[3 * i + 1].integer();
    Written written;
    if (code == 1) {
      written.record = std::move(records[i]);
      if (id != 0) written.record.id = id;
      if ((*reply)[3 * i + 2].integer() == 1) co_await forget_links(type, account, written.record.id);
    } else if (code == 3) {
      written.refusal = Refusal::taken;
      written.other_id = id;
      const auto place = static_cast<std::size_t>((*reply)[3 * i + 2].integer());
      const auto* const field = type.unique_field(taken[i].at(place - 1).front());
      if (field != nullptr) written.field = field->name();
    } else {
      written.refusal = code == 0 ? Refusal::not_found : Refusal::changed;
    }
    out.push_back(std::move(written));
  }
}

io::Task<Result<redis::Reply>> Store::write_until_known(const redis::Script& script,
                                                        std::vector<std::string> keys,
                                                        std::vector<std::string> arguments, bool marked) {
  const auto started = loop_.clock().steady();
  bool repeated = false;
  while (true) {
    const auto left = std::chrono::duration_cast<Millis>(started + kRepeatFor - loop_.clock().steady());
    auto reply = co_await client_.eval_replicated(script, keys, arguments, min_replicas_, left);
    if (reply.ok()) co_return reply;
    const auto code = reply.error().code();
    const bool lost = code == ErrorCode::outcome_unknown;
    repeated = repeated || lost;
    if (repeated && marked) arguments.front() = "r";
    const bool again = lost || (repeated && code == ErrorCode::unavailable);
    if (!again || loop_.clock().steady() - started >= kRepeatFor) {
      co_return Error(repeated ? ErrorCode::outcome_unknown : code, reply.error().detail());
    }
    co_await loop_.sleep(kRepeatPause);
  }
}

}  // namespace recado::records

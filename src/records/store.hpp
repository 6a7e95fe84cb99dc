// An account's records in Redis: created, replaced, merged, removed, found, listed and counted, each
// atomically.
//
// Loop thread only. A Type must outlive every call that is given it. Every call ends within about 2 s:
// `unavailable` (nothing was done) or `outcome_unknown` (it may have been done). What lost its reply is
// repeated by itself for that long, and is done once.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "io/loop.hpp"
#include "records/query.hpp"
#include "records/record.hpp"
#include "records/type.hpp"
#include "redis/client.hpp"

namespace recado::records {

/// Why a write did not happen.
enum class Refusal {
  none,
  not_found,        ///< there is no such record
  taken,            ///< another record has the value of a unique field
  changed,          ///< it was changed since it was read
  declined,         ///< the caller's own edit said no
  unavailable,      ///< Redis is away: nothing was done
  outcome_unknown,  ///< Redis went away meanwhile: it may have been done
};

struct Written {
  Written() = default;
  Refusal refusal = Refusal::none;
  std::string detail;         ///< of unavailable, outcome_unknown: one sentence
  std::string field;          ///< of taken: which
  std::int64_t other_id = 0;  ///< of taken: who has it; 0: another of the same batch
  /// As it now stands, or stood when it was removed; of outcome_unknown: as it may stand now (its id may be
  /// missing, its uid is there).
  Record record;
};

/// Why Redis did not carry out, or may have carried out, a write: unavailable, outcome_unknown; nullopt: it
/// answered. And a write that met such an Error.
std::optional<Error> redis_error(const Written& written);
Written refused(const Error& error);

/// One of a batch.
struct Write {
  Write() = default;
  enum class Op { create, replace, remove };
  /// `uid`: nullopt draws one.
  static Write create(Document fields, std::optional<Uid> uid = std::nullopt);
  static Write replace(Record before, Document fields);
  static Write remove(Record before);

  Op op = Op::create;
  Record before;           ///< as it was read
  std::optional<Uid> uid;  ///< of a record that is created: what it shall be
  Document fields;
};

/// What find_all() looks for.
struct Question {
  Question() = default;
  static Question by_id(std::int64_t id);
  static Question by_uid(const Uid& uid);
  /// Requires that the field has a unique index.
  static Question by_unique(const Field& field, std::string_view value);
  /// Requires that the field has a lookup index.
  static Question by_value(const Field& field, std::string_view value);
  /// A path's text, an id or a UUID; nullopt when it can be neither.
  static std::optional<Question> by_path(std::string_view text);

  char kind = 'i';
  std::string what, more;
};

/// What became of links that were wanted.
struct Linked {
  Linked() = default;
  bool found = false;                ///< the one record is there
  std::uint64_t changed = 0;         ///< links that are new, or gone
  std::vector<std::size_t> missing;  ///< places (from 0) of others that there are not: then none was linked
};

class Store {
 public:
  static constexpr std::size_t kMaxBatch = 32;  ///< writes of one script

  /// How far lists of combinations go before they give up their total.
  struct Limits {
    std::uint64_t together = 30'000;  ///< entries of all conditions: so many are read and put together
    std::uint64_t counted = 5'000;    ///< candidates of the rarest condition: so many records are looked at
  };

  /// `client` must outlive it. `min_replicas` (REDIS_MIN_REPLICAS) of them must have what is written before a
  /// write answers.
  Store(io::Loop& loop, redis::Client& client, int min_replicas = 0)
      : loop_(loop), client_(client), min_replicas_(min_replicas) {}
  void set_limits(const Limits& limits) noexcept { limits_ = limits; }

  /// `uid`: one of new_uid(), of which the fields may say something; nullopt draws one.
  io::Task<Written> create(std::string account, const Type& type, Document fields,
                           std::optional<Uid> uid = std::nullopt);
  Uid new_uid() const { return Uid::generate(loop_.clock().now()); }
  /// Reads the record of `path` (an id or UUID), lets `edit` make its new fields from it (nullopt: declined),
  /// and replaces it; again from the start when somebody changed it meanwhile.
  using Edit = std::function<std::optional<Document>(const Record&)>;
  io::Task<Written> change(std::string account, const Type& type, std::string path, Edit edit);
  io::Task<Written> remove(std::string account, const Type& type, std::string path);
  /// Many at once, in order; each is judged for itself, at most kMaxBatch to a script. A batch must not name
  /// a record twice.
  io::Task<std::vector<Written>> write_all(std::string account, const Type& type, std::vector<Write> writes);

  io::Task<Result<std::optional<Record>>> find(std::string account, const Type& type, std::string path);
  /// For each question its records: at most one, of by_value at most two.
  io::Task<Result<std::vector<std::vector<Record>>>> find_all(std::string account, const Type& type,
                                                              std::vector<Question> questions);

  /// Links record `from` (an id) with `others` by a relation whose types are `from_type` (side from) and
  /// `to_type`, or takes the links away; again changes nothing. Up to kMaxLinks others at once are linked all
  /// or none. Errors: unavailable, outcome_unknown.
  static constexpr std::size_t kMaxLinks = 1'000;
  io::Task<Result<Linked>> link(std::string account, std::string relation, const Type& from_type,
                                std::int64_t from, const Type& to_type, std::vector<std::int64_t> others);
  io::Task<Result<Linked>> unlink(std::string account, std::string relation, const Type& from_type,
                                  std::int64_t from, const Type& to_type, std::vector<std::int64_t> others);
  /// Like list(), of the records of `to_type` with which `from` is linked, by id. A query beside it filters
  /// them.
  io::Task<Result<Page>> list_linked(std::string account, std::string relation, std::int64_t from,
                                     const Type& to_type, Query query, PageRequest request);
  /// Their ids, ascending, after `after`.
  io::Task<Result<std::vector<std::int64_t>>> linked_ids(std::string account, std::string relation,
                                                         std::int64_t from, std::int64_t after,
                                                         std::size_t limit);
  /// The first `limit` ids of each of `from`, in order.
  io::Task<Result<std::vector<std::vector<std::int64_t>>>> first_linked_ids(std::string account,
                                                                            std::string relation,
                                                                            std::vector<std::int64_t> from,
                                                                            std::size_t limit);
  /// How many each of `from` is linked with, in order.
  io::Task<Result<std::vector<std::uint64_t>>> count_linked(std::string account, std::string relation,
                                                            std::vector<std::int64_t> from);

  /// Errors: invalid_argument when the cursor is none of ours or fits another question, or the page lies too
  /// deep.
  io::Task<Result<Page>> list(std::string account, const Type& type, Query query, PageRequest request);
  /// Exact when the query has one condition; else nullopt beyond the limits.
  io::Task<Result<std::optional<std::uint64_t>>> count(std::string account, const Type& type, Query query);
  /// How many records have each of `values` in a field with a lookup index, in order.
  io::Task<Result<std::vector<std::uint64_t>>> count_values(std::string account, const Type& type,
                                                            const Field& field,
                                                            std::vector<std::string> values);
  /// The accounts that have records of the type. Goes through all keys of Redis: for rare work.
  io::Task<Result<std::vector<std::string>>> accounts(const Type& type);

 private:
  struct Plan;
  struct Scan;
  io::Task<Result<std::vector<std::uint64_t>>> count_each(std::vector<std::vector<std::string>> commands);
  io::Task<Result<Plan>> plan(std::string account, const Type& type, Query query);
  io::Task<Result<std::vector<std::string>>> read_members(const std::string& key, const Range& range);
  /// The members of the condition that is walked along, in order, whose records meet all others too.
  io::Task<Result<std::vector<std::string>>> members_that_meet(const Plan& plan);
  io::Task<Result<Page>> list_together(const Plan& plan, const PageRequest& request);
  io::Task<Result<Page>> list_along(Plan plan, PageRequest request, bool ordered);
  io::Task<Result<Linked>> change_links(char sign, std::string account, std::string relation,
                                        const Type& from_type, std::int64_t from, const Type& to_type,
                                        std::vector<std::int64_t> others);
  io::Task<void> forget_links(const Type& type, std::string account, std::int64_t id);
  io::Task<Result<void>> read_part(Scan& scan);
  io::Task<Result<void>> collect(const Plan& plan, Scan& scan, std::uint64_t skip, std::size_t limit);
  io::Task<Result<std::optional<std::uint64_t>>> count_combined(const Plan& plan);
  io::Task<void> write_batch(const Type& type, std::string account, std::vector<Write> writes,
                             std::vector<Written>& out);
  /// Of a script that may run twice.
  io::Task<Result<redis::Reply>> write_repeatable(const redis::Script& script, std::vector<std::string> keys,
                                                  std::vector<std::string> arguments) {
    return write_until_known(script, std::move(keys), std::move(arguments), false);
  }
  /// `marked`: the first argument says whether this is a repetition.
  io::Task<Result<redis::Reply>> write_until_known(const redis::Script& script, std::vector<std::string> keys,
                                                   std::vector<std::string> arguments, bool marked = true);

  io::Loop& loop_;
  redis::Client& client_;
  int min_replicas_;
  Limits limits_;
};

}  // namespace recado::records

// A kind of record with what its fields must be beyond their types: what contacts, groups and the like share.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "io/loop.hpp"
#include "messaging/field_problem.hpp"
#include "records/store.hpp"

namespace recado::messaging {

/// What is about to be stored.
struct Draft {
  Draft(records::Document f, const records::Record* b, std::vector<std::string> n, const Uid& u = {})
      : fields(std::move(f)), before(b), named(std::move(n)), uid(b != nullptr ? b->uid : u) {}
  records::Document fields;        ///< whole; of the right types
  const records::Record* before;   ///< what it will replace; nullptr when it makes a new record
  std::vector<std::string> named;  ///< the fields that the caller said something about
  Uid uid;                         ///< of the record, which it keeps

  bool names(std::string_view field) const noexcept;
};

/// Of fields that exclude each other, a change that names one takes the others away.
void yield_to_named(Draft& draft, std::initializer_list<const char*> rivals);

/// Brings the fields into the form in which they are stored, or says what is wrong with them.
using Rules = std::function<void(Draft&, FieldProblems&)>;

struct Stored {
  Stored() = default;
  records::Written written;  ///< declined when there are problems
  FieldProblems problems;
};

/// Loop thread only; store and type must outlive it. Errors and refusals as records::Store's.
class Collection {
 public:
  Collection(records::Store& store, const records::Type& type, Rules rules)
      : store_(store), type_(type), rules_(std::move(rules)) {}
  virtual ~Collection() = default;
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  virtual io::Task<Stored> create(std::string account, records::Document fields);
  /// Whole: what `fields` does not name is gone, but for what the rules keep.
  virtual io::Task<Stored> replace(std::string account, std::string path, records::Document fields);
  /// `patch`: a JSON object, merged as RFC 7396 says.
  virtual io::Task<Stored> merge(std::string account, std::string path, std::string patch);
  virtual io::Task<records::Written> remove(std::string account, std::string path) {
    return store_.remove(std::move(account), type_, std::move(path));
  }
  io::Task<Result<std::optional<records::Record>>> find(std::string account, std::string path) {
    return store_.find(std::move(account), type_, std::move(path));
  }
  io::Task<Result<records::Page>> list(std::string account, records::Query query,
                                       records::PageRequest request) {
    return store_.list(std::move(account), type_, std::move(query), std::move(request));
  }

  records::Store& store() noexcept { return store_; }
  const records::Type& type() const noexcept { return type_; }
  /// The rules alone, for who writes many at once.
  void judge(Draft& draft, FieldProblems& problems) const { rules_(draft, problems); }

 private:
  using Edit = std::function<Result<Draft>(const records::Record&)>;
  io::Task<Stored> edit(std::string account, std::string path, Edit edit);

  records::Store& store_;
  const records::Type& type_;
  Rules rules_;
};

}  // namespace recado::messaging

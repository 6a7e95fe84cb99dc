// A record type, declared: its name, and of its fields those by which records are found. Pure.
//
// What is stored under an index begins with the index's code, a letter that is the type's own for ever:
// fields can be renamed and declarations reordered without touching what is stored.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "records/document.hpp"

namespace recado::records {

/// A field by which records are found; fields that are not declared are stored all the same.
class Field {
 public:
  explicit Field(std::string name) : name_(std::move(name)) {}

  /// No two records of an account have the same value: text or a number. Absent, null and empty text are
  /// none.
  Field unique(char code) && { return unique_ = code, std::move(*this); }
  /// Found by its exact value: text, a number, a boolean, or a list of which each element counts.
  Field lookup(char code) && { return lookup_ = code, std::move(*this); }
  /// Lists can be ordered by it: a whole number, or text without regard to case and accents (of which the
  /// first kMaxWordBytes count).
  Field sorted(char code) && { return sorted_ = code, std::move(*this); }
  /// Its words are found by search, from their beginning on: text or a list of texts.
  Field searched() && { return searched_ = true, std::move(*this); }
  /// `unique` and `lookup` compare without regard to case and accents.
  Field folded() && { return folded_ = true, std::move(*this); }

  const std::string& name() const noexcept { return name_; }
  char unique_code() const noexcept { return unique_; }
  char lookup_code() const noexcept { return lookup_; }
  char sorted_code() const noexcept { return sorted_; }
  bool is_searched() const noexcept { return searched_; }
  bool is_folded() const noexcept { return folded_; }

 private:
  std::string name_;
  char unique_ = 0, lookup_ = 0, sorted_ = 0;  ///< 0: not so indexed
  bool searched_ = false, folded_ = false;
};

/// That records of one type are linked with records of another, such as groups with their members. What is
/// linked with a record is forgotten with it.
struct Relation {
  enum class Side : char { from = 'f', to = 'b' };
  std::string name;  ///< part of the key; lower-case letters
  Side side;         ///< which one the records of this type are
};

/// Lives as long as every Store that was given it: a static constant. Throws std::invalid_argument at
/// construction when a code is used twice or is no letter.
class Type {
 public:
  /// Further words under which a record is found, besides those of its searched fields.
  using MoreWords = std::function<std::vector<std::string>(const Document&)>;

  /// `name`: part of the keys; lower-case letters.
  Type(std::string name, std::vector<Field> fields, MoreWords more_words = {},
       std::vector<Relation> relations = {});

  const std::string& name() const noexcept { return name_; }
  const std::vector<Field>& fields() const noexcept { return fields_; }
  const MoreWords& more_words() const noexcept { return more_words_; }
  const std::vector<Relation>& relations() const noexcept { return relations_; }
  /// nullptr when it is not declared.
  const Field* find(std::string_view field) const noexcept;
  /// The field whose unique index has that code; nullptr when none has.
  const Field* unique_field(char code) const noexcept;

 private:
  std::string name_;
  std::vector<Field> fields_;
  MoreWords more_words_;
  std::vector<Relation> relations_;
};

}  // namespace recado::records

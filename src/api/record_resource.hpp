// A resource whose items are records: one form, from which its six operations, their validation and their
// part of openapi.json come. What is special about it has handlers of its own.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "api/api.hpp"
#include "api/operation.hpp"
#include "messaging/messaging.hpp"

namespace recado::api {

/// One field of a resource.
struct Member {
  Member(Field f, std::string a = "null") : field(std::move(f)), absent(std::move(a)) {}
  Member required() && { return must = true, std::move(*this); }
  /// Another name that comes in and goes out beside ours: a seed's. When both come in, ours wins.
  Member also(std::string name) && { return alias = std::move(name), std::move(*this); }

  /// Shown, and not taken from a body: what it says of it is ignored.
  Member ours() && { return is_ours = true, std::move(*this); }
  /// Taken and never shown: what becomes of it is the collection's rules' to say.
  Member write_only() && { return hidden = true, std::move(*this); }

  Field field;
  std::string absent;  ///< the JSON that is shown when a record does not have it
  bool must = false;
  bool is_ours = false;
  bool hidden = false;
  std::string alias;
};

/// Names and JSON texts, in order.
using JsonMembers = std::vector<std::pair<std::string, std::string>>;

/// What a resource has beside the fields of its records.
struct Beside {
  std::vector<Field> answered;  ///< members of every answer, not stored in the record
  /// These members for each of some records, in order.
  std::function<io::Task<Result<std::vector<JsonMembers>>>(std::string account,
                                                           std::vector<std::int64_t> ids)>
      read;
  std::vector<Field> taken;  ///< members that bodies may have, not stored in the record
  /// Judges them before anything is stored; `body` outlives it.
  std::function<io::Task<Result<FieldErrors>>(std::string account, json::Raw body)> judge;
  /// Stores them, once the record is. Repeatable.
  std::function<io::Task<Result<void>>(std::string account, std::int64_t id, json::Raw body)> store;
};

struct RecordResource {
  RecordResource(std::string p, std::string n, std::string pl, messaging::Collection& c)
      : path(std::move(p)), name(std::move(n)), plural(std::move(pl)), collection(c) {}
  std::string path;    ///< `/contacts`
  std::string name;    ///< `Contact`: getContact, and the schema's name
  std::string plural;  ///< `Contacts`: listContacts, and the tag
  messaging::Collection& collection;
  std::string doc;         ///< of the schema
  bool read_only = false;  ///< it is only listed and read
  std::string list_doc = "By id; a search by the words that were found.";
  std::vector<Member> members;
  std::string example;         ///< a body to create one, JSON
  std::string patch_example;   ///< a body to change one, JSON
  std::vector<Field> filters;  ///< query parameters of the list, beside limit, cursor and page
  Beside beside;
  /// Adds what the filters ask for; what cannot be read goes to `errors`.
  std::function<void(const Call&, records::Query&, FieldErrors&)> read_filters;
};

/// The shape that answers have.
ShapePtr answer_shape(const RecordResource& resource);
/// The shape that a body must have: to create or replace one, or (`patch`) to change some of it.
ShapePtr body_shape(const RecordResource& resource, bool patch);

/// One record as JSON, with the members beside it.
void write_record(json::Writer& out, const RecordResource& resource, const records::Record& record,
                  const JsonMembers& beside = {});

/// The fields that an accepted body gives, under our names.
records::Document read_fields(const RecordResource& resource, const json::Raw& body);

/// What a write that did not happen answers.
http::Response refusal(const RecordResource& resource, const records::Written& written,
                       const std::string& path, const char* operation);
http::Response unprocessable(const messaging::FieldProblems& problems);

/// A page of records with its headers. `write` writes one.
http::Response page_response(const Call& call, const records::Page& page,
                             const std::function<void(json::Writer&, const records::Record&)>& write);
/// `limit`, `cursor` and `page` of a list.
void add_page_fields(Operation& op);
/// Reads them; what cannot be goes to `errors`.
records::PageRequest read_page(const Call& call, FieldErrors& errors);
/// The 200 of a list of `item`.
Answer page_answer(std::string doc, Type item);

/// `resource` is kept by the operations.
std::vector<Operation> record_operations(RecordResource resource);

}  // namespace recado::api

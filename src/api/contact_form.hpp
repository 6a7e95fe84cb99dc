// The form of `/contacts` (record_resource.hpp), for the files that serve contacts.
#pragma once

#include "api/record_resource.hpp"

namespace recado::api {

RecordResource contact_resource(const ApiContext& api);
/// Adds the filters of a list of contacts to a query; what cannot be read goes to `errors`.
void read_contact_filters(const messaging::Contacts& contacts, const Call& call, records::Query& query,
                          FieldErrors& errors);

}  // namespace recado::api

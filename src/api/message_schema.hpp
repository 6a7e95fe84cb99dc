// The fields of a message as clients send and receive them: the one table that validation and openapi.json
// share.
#pragma once

#include "api/schema.hpp"

namespace recado::api {

inline constexpr std::size_t kMaxIdBytes = 255;
inline constexpr std::size_t kMaxQueueBytes = 100;
inline constexpr std::size_t kMaxTagBytes = 100;
inline constexpr std::size_t kMaxTags = 8;
inline constexpr std::size_t kMaxHeaders = 100;
inline constexpr std::size_t kMaxBatch = 1000;

/// `POST /messages`, an element of a batch, `PUT`.
ShapePtr new_message_shape();
/// `PATCH`: the same fields, none required.
ShapePtr message_patch_shape();
ShapePtr retry_shape();

/// `{"status":"scheduled","messageId","id","scheduledFor"}`
/// Body of `POST /messages/{id}/resolve`.
ShapePtr resolution_shape();
ShapePtr scheduled_shape();
ShapePtr message_shape();       ///< `GET /messages/{id}`
ShapePtr message_list_shape();  ///< `GET /messages`
ShapePtr batch_shape();         ///< answer of `POST /messages/batch`
ShapePtr deleted_shape();       ///< answer of `DELETE /messages/{id}`
ShapePtr conflict_shape();      ///< a problem that names the message in the way

Field message_id_field();            ///< of paths
std::vector<Field> filter_fields();  ///< query parameters `tag`, `queue`, `before`, `after`

}  // namespace recado::api

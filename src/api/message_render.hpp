// The engine's messages → the client's JSON. Pure.
#pragma once

#include <string>

#include "base/json.hpp"
#include "engine/engine.hpp"
#include "engine/message.hpp"
#include "messaging/messaging.hpp"

namespace recado::api {

/// `{"status":"scheduled","messageId","id","scheduledFor"}`
std::string scheduled_json(const std::string& id, Instant due);
/// Everything (message_shape()). `channels`: by which its channel is called. `delivery_status`: what its
/// provider told last, of one on a channel; empty: nothing is known.
std::string message_json(const engine::Message& message, const messaging::ChannelDirectory& channels,
                         const std::string& delivery_status = {});
/// An item of a list: messageId, nextRun, trigger, webhookUrl, status, attemptCount.
void write_list_item(json::Writer& out, const engine::Message& message,
                     const messaging::ChannelDirectory& channels);

/// Members of a message on a channel: the channel, and what it says as long as that is kept; none of another.
void write_content(json::Writer& out, const engine::MessageSpec& spec,
                   const messaging::ChannelDirectory& channels);

/// A template that the provider keeps, filled.
void write_provider_template(json::Writer& out, const messaging::ProviderTemplate& given);

/// The further members of a 409 (conflict_shape()): `"messageId":…,"scheduledFor":…,"existing":{…}`.
std::string conflict_members(const engine::Message& existing);

/// The status and sentence of a change that did not happen, as single answers and batches share it.
struct Refused {
  int status = 500;
  std::string detail;
};
/// Requires change.refusal != none. `deleting`: a finished message is as good as none.
Refused describe_refusal(const engine::Change& change, const std::string& id, bool deleting);

}  // namespace recado::api

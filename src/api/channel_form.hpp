// How channels are written and taken: for `/channels` and for the dialects of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "api/operation.hpp"
#include "api/record_resource.hpp"

namespace recado::api {

/// How one resource shows channels.
struct ChannelForm {
  std::string path;
  ShapePtr shape;
  std::function<void(json::Writer&, const messaging::ChannelInfo&, const engine::ChannelState&)> write;
  std::function<bool(const messaging::ChannelInfo&)> shows;  ///< others it does not know
};

RecordResource channel_resource(const ApiContext& api);
/// Create, list, get, replace, patch and delete, of `/channels`; bodies as channel_resource() has them.
std::vector<Operation> channel_record_operations(const ApiContext& api, const ChannelForm& form);
ShapePtr channel_shape();

/// The channel as `who` may see it: whoever may only read is not shown what proves a callback.
messaging::ChannelInfo seen_by(const http::Principal& who, messaging::ChannelInfo info);
/// How it stands, as this node sees it.
engine::ChannelState state_of(const ApiContext& api, const messaging::ChannelInfo& info);
/// Opens an object with what names the channel: id, uuid, name.
json::Writer& begin_channel(json::Writer& out, const messaging::ChannelInfo& info);
void write_channel(json::Writer& out, const messaging::ChannelInfo& info, const engine::ChannelState& state);

/// The channel of a path: a name, an id, a uuid, or its kind; nullopt: the account has none such, and none
/// was made elsewhere just now. Errors: unavailable, when that cannot be told.
io::Task<Result<std::optional<messaging::ChannelInfo>>> channel_of(const ApiContext& api, const Call& call);

}  // namespace recado::api

// The tables of the resources: each function returns the declarations of its routes. For this room only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "api/operation.hpp"

namespace recado::api {

using Operations = std::vector<Operation>;

Operations message_operations(const ApiContext& api);
Operations bulk_operations(const ApiContext& api);
Operations plan_operations(const ApiContext& api);
Operations explain_operations(const ApiContext& api);
Operations queue_operations(const ApiContext& api);
Operations channel_operations(const ApiContext& api);
Operations evolution_config_operations(const ApiContext& api);
Operations token_operations(const ApiContext& api);
Operations login_operations(const ApiContext& api);
Operations contact_operations(const ApiContext& api);
Operations contact_csv_operations(const ApiContext& api);
Operations group_operations(const ApiContext& api);
Operations callback_operations(const ApiContext& api);
Operations log_operations(const ApiContext& api);
Operations stats_operations(const ApiContext& api);
Operations schedule_operations(const ApiContext& api);
Operations template_operations(const ApiContext& api);
Operations agendamento_operations(const ApiContext& api);
Operations mensagem_operations(const ApiContext& api);
Operations unsubscribe_operations(const ApiContext& api);
Operations system_operations(const ApiContext& api);
/// `document`: what /openapi.json serves; filled in after all operations are known.
Operations docs_operations(std::shared_ptr<const std::string> document);

/// A handler from a coroutine over the context, which must outlive it.
inline Answerer bind(const ApiContext& api, io::Task<http::Response> (*handler)(const ApiContext&, Call)) {
  return [&api, handler](Call call) { return handler(api, std::move(call)); };
}

}  // namespace recado::api

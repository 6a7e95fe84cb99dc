#include "api/api.hpp"

#include <algorithm>
#include <stdexcept>

#include "api/authorise.hpp"
#include "api/openapi.hpp"
#include "api/resources.hpp"

namespace recado::api {
namespace {

/// The parameter's value when `literal` is a path that `pattern` matches too: `batch` of /messages/batch and
/// /messages/{id}. nullopt: it does not, or they are the same path.
std::optional<std::string> shadowed_value(const std::string& literal, const std::string& pattern) {
  const auto slash = literal.rfind('/');
  const auto brace = pattern.rfind('/');
  if (slash == std::string::npos || brace == std::string::npos || slash + 1 == literal.size())
    return std::nullopt;
  if (pattern.compare(brace + 1, 1, "{") != 0 || literal[slash + 1] == '{') return std::nullopt;
  if (literal.compare(0, slash, pattern, 0, brace) != 0) return std::nullopt;
  return literal.substr(slash + 1);
}

/// A message may be called `batch`: the methods that /messages/batch does not have are those of
/// /messages/{id}.
void register_shadowed(const std::vector<Operation>& operations, http::Router& router) {
  std::vector<std::pair<std::string, std::string>> taken;
  for (const auto& operation : operations) taken.emplace_back(operation.method, operation.path);
  for (const auto& literal : operations) {
    for (const auto& pattern : operations) {
      const auto value = shadowed_value(literal.path, pattern.path);
      const std::pair<std::string, std::string> key{pattern.method, literal.path};
      if (!value || std::find(taken.begin(), taken.end(), key) != taken.end()) continue;
      taken.push_back(key);
      auto route = route_of(pattern);
      route.path = literal.path;
      route.handler = [inner = route.handler, value = *value](http::Request& request,
                                                              const http::Principal& who) {
        request.path_parameters.assign(1, value);
        return inner(request, who);
      };
      router.add(std::move(route));
    }
  }
}

}  // namespace

struct Api::State {
  explicit State(ApiContext c) : context(std::move(c)) {}
  ApiContext context;
  std::vector<Operation> operations;
  std::shared_ptr<std::string> document = std::make_shared<std::string>();
};

Api::Api(ApiContext context) : state_(std::make_unique<State>(std::move(context))) {
  const auto& api = state_->context;
  for (auto table : {message_operations(api),          bulk_operations(api),        plan_operations(api),
                     explain_operations(api),          queue_operations(api),       channel_operations(api),
                     evolution_config_operations(api), token_operations(api),       login_operations(api),
                     contact_operations(api),          contact_csv_operations(api), group_operations(api),
                     template_operations(api),         agendamento_operations(api), mensagem_operations(api),
                     schedule_operations(api),         log_operations(api),         stats_operations(api),
                     callback_operations(api),         unsubscribe_operations(api), system_operations(api),
                     docs_operations(state_->document)}) {
    for (auto& operation : table) state_->operations.push_back(std::move(operation));
  }
  *state_->document = openapi_document(state_->operations, api.version);
}

Api::~Api() = default;

void Api::register_routes(http::Router& router) {
  for (const auto& operation : state_->operations) router.add(route_of(operation));
  register_shadowed(state_->operations, router);
  authorise_by(state_->context.access, router);
}

const std::vector<Operation>& Api::operations() const noexcept {
  return state_->operations;
}

const std::string& Api::openapi() const noexcept {
  return *state_->document;
}

}  // namespace recado::api

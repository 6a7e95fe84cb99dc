// The environment variables of a channel each, whose provider is the test's sink. For the tests of this
// folder.
#pragma once

#include "end_to_end/harness.hpp"

namespace recado::e2e {

/// How Meta's Cloud API answers a message that it took.
inline constexpr const char* kAccepted = R"({"messages":[{"id":"wamid.1"}]})";

inline Environment with(Environment some, const Environment& more) {
  for (const auto& [name, value] : more) some[name] = value;
  return some;
}

inline Environment with_twilio(const Sink& sink) {
  return {{"TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"},
          {"TWILIO_AUTH_TOKEN", "twilio-token"},
          {"TWILIO_WHATSAPP_NUMBER", "whatsapp:+14155238886"},
          {"TWILIO_BASE_URL", sink.url("")}};
}

inline Environment with_cloud(const Sink& sink) {
  return {{"WHATSAPP_API_URL", sink.url("") + "/v23.0"},
          {"WHATSAPP_API_TOKEN", "meta-token"},
          {"WHATSAPP_PHONE_NUMBER_ID", "1065"}};
}

inline Environment with_evolution(const Sink& sink) {
  return {{"EVOLUTION_API_BASE_URL", sink.url("")},
          {"EVOLUTION_API_KEY", "evolution-key"},
          {"EVOLUTION_INSTANCE_NAME", "clinica"}};
}

}  // namespace recado::e2e

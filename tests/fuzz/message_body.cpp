// A client's message: errors that name a field, or a message that is stored and read back with its payload
// byte for byte.
#include <boost/asio/ip/address.hpp>
#include <string>

#include "api/message_parse.hpp"
#include "engine/store/record.hpp"
#include "fuzz/check.hpp"
#include "net/address_policy.hpp"

namespace {

using namespace recado;
using fuzz::require;

void require_named(const api::FieldErrors& errors) {
  for (const auto& error : errors) require(!error.message.empty(), "every refusal says why");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto policy = net::AddressPolicy::create({}).value();
  static const engine::Destinations destinations(policy);
  const api::ParseContext context(destinations, from_ms(1'776'220'905'000), 1 << 20);
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto body = json::parse(text);
  if (!body.ok()) {
    require(!body.error().detail().empty(), "what is no JSON has a reason");
    return 0;
  }
  engine::MessageSpec patched;
  patched.webhook_url = "https://example.com/";
  api::FieldErrors patch_errors;
  api::patch_message(*body, context, patched, patch_errors);
  require_named(patch_errors);

  engine::Message message;
  api::FieldErrors errors;
  api::read_message(*body, context, message.spec, errors);
  require_named(errors);
  if (!errors.empty()) return 0;
  require(body->kind == json::Kind::object, "a message is an object");
  if (message.spec.has_payload) {
    require(text.find(message.spec.payload) != std::string::npos, "the payload is a slice of the request");
  }
  message.uid = Uid::from_bytes(std::string(12, '\x01'));
  message.next_run = message.spec.due;
  const auto key = engine::message_key(message);
  const auto again = engine::decode_record(key, engine::encode_record(message), message.next_run);
  require(again.ok(), "what was accepted can be stored and read");
  require(again->spec.payload == message.spec.payload && again->spec.headers == message.spec.headers &&
              again->spec.tags == message.spec.tags && again->spec.queue == message.spec.queue &&
              again->spec.due == message.spec.due && again->spec.retry == message.spec.retry &&
              !again->spec.repeat == !message.spec.repeat &&
              (!again->spec.repeat || *again->spec.repeat == *message.spec.repeat),
          "a stored message is the one that was accepted");
  return 0;
}

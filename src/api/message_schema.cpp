#include "api/message_schema.hpp"

#include "api/message_repeat.hpp"
#include "api/problem_schema.hpp"

namespace recado::api {
namespace {

constexpr Millis kShortestBackoff{1};
constexpr Millis kLongestBackoff{30LL * 24 * 3600 * 1000};
constexpr Millis kCentury{36525LL * 24 * 3600 * 1000};

std::vector<Field> message_fields() {
  return {
      {"id", nullable(line(1, kMaxIdBytes)),
       "Your own id. Absent: a UUIDv7 is made. While a message of that id is not finished, another is "
       "refused with 409. "
       "A part in braces keeps messages together on one shard: `{appt-17}reminder`. At most 255 bytes.",
       R"("msg-unique-id-123")"},
      {"scheduleTo", nullable(text(1, 100)),
       "When: RFC 3339 with offset, or local time plus `timezone`. A time that has passed fires at once. "
       "Absent, and no "
       "`delay` either: now.",
       R"("2026-04-15T02:41:45.000Z")"},
      {"timezone", nullable(line(1, 64)),
       "IANA zone of a `scheduleTo` without offset. With an offset too, both must agree. A local time that "
       "daylight "
       "saving skips moves forward by the gap; one that occurs twice means the first.",
       R"("America/Sao_Paulo")"},
      {"delay", nullable(duration(Millis{0}, kCentury)), "When, counted from now; instead of `scheduleTo`.",
       R"("10m")"},
      {"repeat", nullable(object(repeat_shape())),
       "Makes it a series: it stays under its id, and each time its rule names, an occurrence is delivered "
       "whose id is this one and the time, `msg-unique-id-123@2026-04-15T12:00:00Z`. Not together with "
       "`scheduleTo`, `delay`, `timezone` and `expiresAt`.",
       R"({"cron":"0 9 * * 1-5","timezone":"America/Sao_Paulo"})"},
      {"payload", any(),
       "Any JSON value; delivered byte for byte as it stands here, as the request body. Absent: an empty "
       "body.",
       R"({"message":"Sua mensagem aqui"})"},
      {"webhookUrl", text(1, 8192),
       "Where it is delivered, `http` or `https`; or `channel` and `to` instead. Private and loopback "
       "addresses only where "
       "WEBHOOK_ALLOW_NETWORKS names "
       "them.",
       R"("https://seu-webhook.com/endpoint")"},
      {"channel", nullable(line(1, 255)),
       "Instead of `webhookUrl`: over which channel somebody is written to. `whatsapp` or `email` is that "
       "kind's "
       "default, a channel's name a certain one (`GET /channels`).",
       R"("whatsapp")"},
      {"to", nullable(line(1, 320)),
       "With `channel`: a telephone number in any usual spelling, or an e-mail address.",
       R"("(11) 98765-4321")"},
      {"text", nullable(text(1, 65'536)), "With `channel`: what is said.",
       R"("Sua consulta é amanhã às 9h")"},
      {"subject", nullable(text(1, 998)), "Of an e-mail.", R"("Lembrete")"},
      {"html", nullable(text(1, 524'288)), "Of an e-mail: beside `text`, or instead of it.",
       R"("<p>Sua consulta é amanhã</p>")"},
      {"template", nullable(any()),
       "Instead of `text`, `subject` and `html`: `id`, `uuid` or name of a template (`/templates`), filled "
       "now "
       "with `variables` and, where `to` is a contact's, with its fields.",
       R"("lembrete")"},
      {"variables", nullable(map_of(any(), 1000)),
       "With `template`: what it is filled with; these win over a contact's fields.", R"({"day":"amanhã"})"},
      {"method", nullable(one_of({"POST", "PUT", "PATCH", "GET", "DELETE"})), "Default `POST`.", R"("POST")"},
      {"headers", nullable(map_of(text(0, 8192), kMaxHeaders)),
       "Your own headers. Not accepted: hop-by-hop ones, `Host`, `Content-Length`, and those that Recado "
       "sets itself "
       "(`webhook-*`, `recado-*`).",
       R"({"X-Clinic":"centro"})"},
      {"retry", nullable(object(retry_shape())), "How often and how far apart it is tried.",
       R"({"maxAttempts":5})"},
      {"timeout", nullable(duration(Millis{1000}, Millis{300'000})), "Of one attempt; default 30 seconds.",
       "30"},
      {"expiresAt", nullable(text(1, 100)),
       "From then on it fails as `expired` instead of being sent late. Written like `scheduleTo`; after it.",
       R"("2026-04-15T08:00:00-03:00")"},
      {"callbackUrl", nullable(text(1, 8192)),
       "Gets the outcome, itself delivered with retries. Default for failures: FAILURE_CALLBACK_URL.",
       R"("https://seu-webhook.com/outcome")"},
      {"queue", nullable(line(1, kMaxQueueBytes)), "Default `default`. A queue can be paused and counted.",
       R"("reminders")"},
      {"tags", nullable(list_of(line(1, kMaxTagBytes), kMaxTags)),
       "Lists and bulk operations filter by them.", R"(["appointment-17"])"},
  };
}

/// What says what a message says cannot be changed half: the text itself can.
std::vector<std::pair<std::string, std::string>> refused_in_patches() {
  const std::string why = "cannot be changed: give text, subject or html, or register the message anew";
  return {{"template", why}, {"variables", why}};
}

Type status_type() {
  return one_of({"scheduled", "retrying", "delivering", "delivered", "failed", "unknown"});
}

Type error_type() {
  return nullable(one_of({"dns", "connect", "tls", "timeout", "closed", "address_refused", "redirect",
                          "status", "expired", "cancelled", "opted_out", "content"}));
}

ShapePtr made(Shape shape) {
  return std::make_shared<const Shape>(std::move(shape));
}

ShapePtr occurrence_shape() {
  static const auto shape =
      made({"Occurrence",
            "One time of a series.",
            {Field("series", text(), "The id of the series.").require(),
             Field("number", integer(1), "Those that were coalesced are not counted.").require(),
             Field("at", instant(), "The time that its rule names.").require()}});
  return shape;
}

ShapePtr attempt_shape() {
  static const auto shape =
      made({"Attempt",
            "One request that was sent, or could not be.",
            {Field("at", instant(), "When sending began.").require(),
             Field("status", nullable(integer()), "The HTTP status; null: no answer came.").require(),
             Field("latencyMs", integer(0), "From the start to the end of the answer.").require(),
             Field("error", error_type(), "Why it did not succeed.").require(),
             Field("detail", nullable(text()), "The same as a sentence.").require(),
             Field("response", nullable(text()), "The answer's first 1 KiB.").require()}});
  return shape;
}

}  // namespace

ShapePtr retry_shape() {
  static const auto shape = made(
      {"Retry",
       "`exponential` waits between half and the whole of initial·2ⁿ, at most `max`; `fixed` waits exactly "
       "`initial`. A "
       "`Retry-After` of the destination wins over both, up to 24 h.",
       {{"maxAttempts", nullable(integer(1, 100)), "The first one counted; default 15.", "15"},
        {"backoff", nullable(one_of({"exponential", "fixed"})), "Default `exponential`.", R"("exponential")"},
        {"initial", nullable(duration(kShortestBackoff, kLongestBackoff)), "Default 5 seconds.", R"("5s")"},
        {"max", nullable(duration(kShortestBackoff, kLongestBackoff)),
         "Default 10 hours; at least `initial`.", R"("10h")"}}});
  return shape;
}

ShapePtr new_message_shape() {
  static const auto shape =
      made({"NewMessage",
            "A message and its time.",
            message_fields(),
            false,
            {},
            R"({"id":"msg-unique-id-123","scheduleTo":"2026-04-15T02:41:45.000Z","payload":{"message":)"
            R"("Sua mensagem aqui","data":{"customField":"valor"}},"webhookUrl":)"
            R"("https://seu-webhook.com/endpoint"})"});
  return shape;
}

ShapePtr message_patch_shape() {
  static const auto shape = [] {
    auto fields = message_fields();
    std::erase_if(fields,
                  [](const Field& field) { return field.name == "template" || field.name == "variables"; });
    return made({"MessagePatch",
                 "The fields to replace, each whole; null sets one back to its default. The rules "
                 "apply to the message as it then stands.",
                 std::move(fields), false, refused_in_patches(), R"({"delay":"2h"})"});
  }();
  return shape;
}

ShapePtr resolution_shape() {
  static const auto shape =
      made({"Resolution",
            "What became of a message that may have been sent.",
            {Field("delivered", boolean(), "true: it is `delivered`; false: it is `failed`.").require()},
            false,
            {},
            R"({"delivered":true})"});
  return shape;
}

ShapePtr scheduled_shape() {
  static const auto shape =
      made({"Scheduled",
            "A message that was registered.",
            {Field("status", one_of({"scheduled"}), "").require(), Field("messageId", text(), "").require(),
             Field("id", text(), "The same as `messageId`.").require(),
             Field("scheduledFor", instant(), "The instant understood.").require()},
            false,
            {},
            R"({"status":"scheduled","messageId":"msg-unique-id-123","id":"msg-unique-id-123",)"
            R"("scheduledFor":"2026-04-15T02:41:45+00:00"})"});
  return shape;
}

ShapePtr message_shape() {
  static const auto shape = made(
      {"Message",
       "Everything about a message.",
       {Field("messageId", text(), "").require(),
        Field("id", text(), "The same as `messageId`.").require(),
        Field("status", status_type(), "").require(),
        Field("scheduledFor", instant(), "The instant asked for.").require(),
        Field("nextRun", nullable(instant()), "When it is sent next; null: it is finished.").require(),
        Field("timezone", nullable(text()), "As given.").require(),
        Field("scheduleTo", nullable(text()), "The local time as given; null when there was no `timezone`.")
            .require(),
        Field("repeat", nullable(object(repeat_shape())),
              "The rule of a series; its status, `nextRun` and `webhookId` then are those of its next "
              "occurrence.")
            .require(),
        Field("occurrence", nullable(object(occurrence_shape())),
              "Which one of a series it is, or comes to next.")
            .require(),
        Field("webhookUrl", nullable(text()), "null: it goes over `channel`.").require(),
        Field("channel", text(), "The channel that sends it; absent: it goes to `webhookUrl`."),
        Field("to", text(), "To whom; absent, as what it says, once it was delivered."),
        Field("text", text(), ""),
        Field("subject", text(), ""),
        Field("html", text(), ""),
        Field("providerTemplate", any(), "Instead of `text`: a template that the provider keeps, filled."),
        Field("method", text(), "").require(),
        Field("headers", map_of(text()), "").require(),
        Field("payload", any(),
              "As it was sent; absent: there was none, or it was delivered and is no longer kept."),
        Field("retry", object(retry_shape()), "").require(),
        Field("timeout", text(), "A duration.", R"("30s")").require(),
        Field("expiresAt", nullable(instant()), "").require(),
        Field("callbackUrl", nullable(text()), "").require(),
        Field("queue", text(), "").require(),
        Field("tags", list_of(text()), "").require(),
        Field("webhookId", text(), "`webhook-id` of every attempt.").require(),
        Field(
            "deliveryStatus", nullable(text()),
            "Of one on a channel: `sent`, then `delivered`, `read` or `failed` as the provider tells; null: "
            "nothing was sent yet."),
        Field("heldBy", nullable(text()),
              "The gate that holds it back: a paused queue (`queue:…`), an unreachable destination "
              "(`origin:…`), a slow one (`share:…`), a channel that cannot send (`channel:…`).")
            .require(),
        Field("attemptCount", integer(0), "").require(),
        Field("attempts", list_of(object(attempt_shape())), "The last 20.").require(),
        Field("error", error_type(), "Why it failed.").require(),
        Field("createdAt", instant(), "").require(),
        Field("finishedAt", nullable(instant()), "").require()}});
  return shape;
}

ShapePtr message_list_shape() {
  static const auto job =
      made({"ScheduledJob",
            "A message in a list.",
            {Field("messageId", text(), "").require(),
             Field("nextRun", nullable(instant()), "When it is sent next; null: it is finished.").require(),
             Field("trigger", text(), "", R"("date[2026-04-15 02:41:45 UTC]")").require(),
             Field("webhookUrl", nullable(text()), "null: it goes over `channel`.").require(),
             Field("channel", text(), "The channel that sends it; absent: it goes to `webhookUrl`."),
             Field("status", status_type(), "").require(), Field("attemptCount", integer(0), "").require(),
             Field("heldBy", text(), "The gate that holds it back; absent: none does.")}});
  static const auto shape =
      made({"MessageList",
            "",
            {Field("scheduledJobs", list_of(object(job)), "Pending ones by time, finished ones latest first.")
                 .require(),
             Field("count", integer(0), "Items in this answer.").require(),
             Field("total", nullable(integer(0)),
                   "All that match; null when several filters together match more than 10,000.")
                 .require(),
             Field("timestamp", instant(), "").require(),
             Field("nextCursor", nullable(text()), "`cursor` of the next page; null: this was the last.")
                 .require()}});
  return shape;
}

ShapePtr conflict_shape() {
  static const auto existing =
      made({"ExistingMessage",
            "The message that is in the way.",
            {Field("messageId", text(), "").require(), Field("status", status_type(), "").require(),
             Field("scheduledFor", instant(), "").require()}});
  static const auto shape = [] {
    Shape conflict = *problem_shape();
    conflict.name = "Conflict";
    conflict.doc = "The message is in a state that forbids the request.";
    conflict.fields.emplace_back("messageId", text(), "");
    conflict.fields.emplace_back("scheduledFor", instant(), "");
    conflict.fields.emplace_back("existing", object(existing), "");
    return made(std::move(conflict));
  }();
  return shape;
}

ShapePtr batch_shape() {
  static const auto result = made(
      {"BatchResult",
       "What became of one element, in the order of the request.",
       {Field("messageId", nullable(text()), "null: the element has no usable id and none was made.")
            .require(),
        Field("status", integer(201, 503), "201, 409, 422 or 503, as if it had been sent alone.").require(),
        Field("id", text(), "The same as `messageId`."), Field("scheduledFor", instant(), ""),
        Field("detail", text(), "Why not."),
        Field("errors", list_of(object(field_error_shape())), "The fields of a 422."),
        Field("existing", conflict_shape()->find("existing")->type, "Of a 409.")}});
  static const auto shape =
      made({"BatchResults", "", {Field("results", list_of(object(result)), "").require()}});
  return shape;
}

ShapePtr deleted_shape() {
  static const auto shape =
      made({"Deleted",
            "",
            {Field("status", one_of({"deleted"}), "").require(), Field("messageId", text(), "").require()},
            false,
            {},
            R"({"status":"deleted","messageId":"msg-unique-id-123"})"});
  return shape;
}

Field message_id_field() {
  return {"id", line(1, kMaxIdBytes), "The message's id, percent-encoded.", R"("msg-unique-id-123")"};
}

std::vector<Field> filter_fields() {
  return {
      {"tag", line(1, kMaxTagBytes), "Only messages with this tag.", R"("appointment-17")"},
      {"queue", line(1, kMaxQueueBytes), "Only messages of this queue.", R"("reminders")"},
      {"before", text(1, 100), "Due (pending) or finished before this RFC 3339 instant.",
       R"("2026-05-01T00:00:00Z")"},
      {"after", text(1, 100), "Due (pending) or finished at or after this RFC 3339 instant.",
       R"("2026-04-01T00:00:00Z")"},
  };
}

}  // namespace recado::api

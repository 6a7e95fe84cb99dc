// `/unsubscribe/{token}`: whoever got a mail takes themselves off. Open to everybody: the link is signed.
#include "api/answers.hpp"
#include "api/problem_schema.hpp"
#include "api/resources.hpp"
#include "base/text.hpp"

namespace recado::api {
namespace {

using http::Response;

constexpr const char* kSource = "unsubscribe";

struct Words {
  const char *language, *title, *question, *button, *done;
};
constexpr Words kEnglish = {"en", "Unsubscribe", "No more messages to", "Unsubscribe",
                            "Done. No more messages go to"};
constexpr Words kPortuguese = {"pt-BR", "Cancelar inscrição", "Não enviar mais mensagens para",
                               "Cancelar inscrição", "Pronto. Não serão mais enviadas mensagens para"};

const Words& words_for(const Call& call) {
  const auto wanted = call.request.header("accept-language").value_or("");
  return wanted.starts_with("pt") ? kPortuguese : kEnglish;
}

Response page(const Words& words, const std::string& body) {
  const std::string html =
      std::string("<!doctype html><html lang=\"") + words.language +
      "\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
      "<meta name=\"robots\" content=\"noindex\"><title>" +
      words.title +
      "</title><style>body{font:1.1rem system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;"
      "text-align:center}button{font:inherit;padding:.6rem 1.4rem}</style><main>" +
      body + "</main></html>\n";
  Response response(200, "text/html; charset=utf-8", html);
  response.headers.emplace_back(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'");
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  return response;
}

Response no_such_link() {
  return http::problem(404, "this link is none of ours, or was cut off: copy it whole");
}

/// Programs look into mails and follow what they find: this changes nothing.
io::Task<Response> ask(const ApiContext& api, Call call) {
  const auto whom = api.messaging.unsubscribe_links().read(call.path(0));
  if (!whom) co_return no_such_link();
  const Words& words = words_for(call);
  co_return page(words, std::string("<p>") + words.question + " <strong>" + html_escape(whom->address) +
                            "</strong>?</p><form method=\"post\"><button>" + words.button +
                            "</button></form>");
}

io::Task<Response> unsubscribe(const ApiContext& api, Call call) {
  const auto whom = api.messaging.unsubscribe_links().read(call.path(0));
  if (!whom) co_return no_such_link();
  const auto done =
      co_await messaging::opt_out(api.messaging.contacts(), whom->account, whom->address, kSource);
  if (!done) co_return failure(done.error(), "unsubscribe");
  const Words& words = words_for(call);
  co_return page(
      words, std::string("<p>") + words.done + " <strong>" + html_escape(whom->address) + "</strong>.</p>");
}

Operation operation(const char* method, const char* name, const char* summary) {
  auto op = open_get("Contacts", "/unsubscribe/{token}", name, summary);
  op.method = method;
  op.work = http::Work::light;
  op.path_fields.emplace_back("token", line(1, 2'000), "Whom, signed by us: from a mail's link.");
  op.answers.emplace_back(200, "A page, in English or Portuguese.", "text/html; charset=utf-8");
  op.answers.emplace_back(404, "The link is none of ours.", object(problem_shape()));
  return op;
}

}  // namespace

Operations unsubscribe_operations(const ApiContext& api) {
  Operations table;
  auto op = operation("GET", "askToUnsubscribe", "The page behind a mail's unsubscribe link");
  op.doc = "Changes nothing: it has a button that does.";
  op.handler = bind(api, ask);
  table.push_back(std::move(op));

  op = operation("POST", "unsubscribe", "Opt out, by a mail's unsubscribe link");
  op.doc =
      "One click (RFC 8058): mail programs send it, and the button of the page. Contacts with that address "
      "are opted out, with the source `unsubscribe`; nothing is sent to them any more. Whatever the body is, "
      "it is ignored.";
  op.needs_redis = true;
  op.handler = bind(api, unsubscribe);
  table.push_back(std::move(op));
  return table;
}

}  // namespace recado::api

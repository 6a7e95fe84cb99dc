#include "messaging/channels/mail.hpp"

#include <algorithm>
#include <utility>

#include "base/crypto.hpp"
#include "messaging/channels/mail_text.hpp"

namespace recado::messaging {
namespace {

constexpr std::size_t kLongestAddress = 254;
constexpr std::size_t kLongestLocalPart = 64;

Error wrong(std::string what) {
  return Error(ErrorCode::invalid_argument, std::move(what));
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_dot_atom(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-/=?^_`{|}~.";
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos && std::all_of(text.begin(), text.end(), [&](char c) {
           return is_letter_or_digit(c) || kOthers.find(c) != std::string_view::npos;
         });
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_domain(std::string_view domain) {
  if (domain == "localhost") return true;
  if (domain.find('.') == std::string_view::npos) return false;
  while (true) {
    const auto dot = domain.find('.');
    if (!is_label(domain.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    domain.remove_prefix(dot + 1);
  }
}

bool has_line_break(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::string shown(const Mailbox& box, std::size_t used) {
  if (box.name.empty()) return box.address;
  const bool plain = std::all_of(box.name.begin(), box.name.end(),
                                 [](char c) { return is_letter_or_digit(c) || c == ' ' || c == '-'; });
  std::string name = plain ? box.name : encode_header_text(box.name, used);
  if (name == box.name && !plain) {
    name = "\"";
    for (const char c : box.name) {
      if (c == '"' || c == '\\') name += '\\';
      name += c;
    }
    name += '"';
  }
  return name + "\r\n <" + box.address + ">";
}

std::string part(const char* type, std::string_view text) {
  return std::string("Content-Type: ") + type +
         "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted_printable(text);
}

}  // namespace

Result<std::string> parse_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return wrong("is no e-mail address: it has no @");
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    return wrong("has letters beyond ASCII: write the domain as xn--…; names beyond ASCII are not accepted");
  }
  if (text.size() > kLongestAddress || at > kLongestLocalPart || !is_dot_atom(text.substr(0, at)) ||
      !is_domain(text.substr(at + 1))) {
    return wrong("is no e-mail address: expected name@domain.tld");
  }
  return std::string(text);
}

Result<Mailbox> parse_mailbox(std::string_view text) {
  Mailbox box;
  const auto open = text.find('<');
  std::string_view address = text;
  if (open != std::string_view::npos) {
    if (!text.ends_with('>')) return wrong("is no mailbox: expected Name <name@domain.tld>");
    address = text.substr(open + 1, text.size() - open - 2);
    std::string_view name = text.substr(0, open);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    if (has_line_break(name)) return wrong("has a line break in its name");
    box.name.assign(name);
  }
  auto checked = parse_address(address);
  if (!checked) return checked.error();
  box.address = std::move(checked).value();
  return box;
}

Result<std::string> compose_mail(const Mailbox& from, const Content& content, const MailHead& head) {
  if (content.provider_template) return wrong("a template of a WhatsApp provider cannot be sent by e-mail");
  if (content.text.empty() && content.html.empty()) return wrong("the mail has neither text nor html");
  for (const auto* text :
       {&content.subject, &content.to, &from.name, &from.address, &head.message_id, &head.unsubscribe}) {
    if (has_line_break(*text)) return wrong("a header of the mail has a line break in it");
  }
  constexpr std::string_view kSubject = "Subject: ";
  std::string out;
  out += "Date: " + mail_date(head.date) + "\r\n";
  out += "From: " + shown(from, 6) + "\r\n";
  out += "To: " + content.to + "\r\n";
  if (!content.subject.empty()) {
    out.append(kSubject).append(encode_header_text(content.subject, kSubject.size())).append("\r\n");
  }
  out += "Message-ID: <" + head.message_id + ">\r\n";
  if (!head.unsubscribe.empty()) {
    out += "List-Unsubscribe: <" + head.unsubscribe + ">\r\n";
    out += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
  }
  out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  if (content.text.empty()) return out + part("text/html", content.html) + "\r\n";
  if (content.html.empty()) return out + part("text/plain", content.text) + "\r\n";
  // From the Message-ID, so that every attempt is the same mail; `=_` cannot occur in quoted-printable.
  const std::string boundary = "=_" + hex(sha256(head.message_id)).substr(0, 32);
  out += "Content-Type: multipart/alternative;\r\n boundary=\"" + boundary + "\"\r\n\r\n";
  out += "--" + boundary + "\r\n" + part("text/plain", content.text) + "\r\n";
  out += "--" + boundary + "\r\n" + part("text/html", content.html) + "\r\n";
  out += "--" + boundary + "--\r\n";
  return out;
}

Result<net::MailRequest> Mail::request(const Content& content, const MailHead& head) const {
  auto message = compose_mail(settings_.from, content, head);
  if (!message) return message.error();
  net::MailRequest request;
  request.server = settings_.server;
  request.from = settings_.from.address;
  request.to = content.to;
  request.message = std::move(message).value();
  return request;
}

Reading Mail::read(const net::MailResponse& response) const {
  if (response.error != net::SendError::none) {
    net::HttpResponse same;
    same.error = response.error;
    same.detail = response.detail;
    same.written = response.written;
    return read_failure(same);
  }
  Reading out;
  out.code = response.code;
  if (response.code >= 200 && response.code <= 299) {
    out.meaning = Meaning::accepted;
    return out;
  }
  const bool for_good = response.code >= 500;
  std::string what = "the mail server answered";
  switch (response.phase) {
    case net::MailPhase::connect:
      out.meaning = for_good ? Meaning::stop_channel : Meaning::try_again;
      break;
    case net::MailPhase::authenticate:
      out.meaning = for_good ? Meaning::stop_channel : Meaning::try_again;
      what = for_good ? "the mail server did not accept the user name and password" : what;
      break;
    case net::MailPhase::sender:
      // 552: too large, by the SIZE that was announced; anything else is about the sender.
      out.meaning = !for_good              ? Meaning::try_again
                    : response.code == 552 ? Meaning::request_wrong
                                           : Meaning::stop_channel;
      what = for_good && response.code != 552 ? "the mail server does not accept the sender" : what;
      break;
    case net::MailPhase::recipient:
      out.meaning = for_good ? Meaning::recipient_refused : Meaning::try_again;
      what = for_good ? "the mail server does not accept the recipient" : what;
      break;
    case net::MailPhase::content:
      out.meaning = for_good ? Meaning::request_wrong : Meaning::try_again;
      what = for_good ? "the mail server does not accept the mail" : what;
      break;
  }
  out.detail = sentence(what, response.text.empty() ? std::to_string(response.code) : response.text);
  return out;
}

net::MailRequest Mail::probe() const {
  net::MailRequest request;
  request.server = settings_.server;
  request.probe = true;
  return request;
}

ProbeResult Mail::read_probe(const net::MailResponse& response) const {
  const Reading reading = read(response);
  ProbeResult out;
  out.detail = reading.detail;
  if (reading.meaning == Meaning::accepted) {
    out.state = ProbeResult::State::ready;
  } else if (reading.meaning == Meaning::stop_channel) {
    out.state = ProbeResult::State::stopped;
  }
  return out;
}

std::string Mail::domain() const {
  return settings_.from.address.substr(settings_.from.address.rfind('@') + 1);
}

}  // namespace recado::messaging

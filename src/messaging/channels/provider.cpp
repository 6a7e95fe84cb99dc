#include "messaging/channels/provider.hpp"

#include "base/text.hpp"

namespace recado::messaging {

Result<net::Url> endpoint(const std::string& base_url, const std::string& path) {
  std::string text = base_url;
  while (text.ends_with('/')) text.pop_back();
  if (text.find_first_of("?#") != std::string::npos) {
    return Error(ErrorCode::invalid_argument, "a base URL has no query and no fragment");
  }
  return net::parse_url(text + path);
}

std::string form_encode(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += percent_encode(name) + "=" + percent_encode(value);
  }
  return out;
}

std::string digits_of(std::string_view e164) {
  std::string out;
  for (const char c : e164) {
    if (c >= '0' && c <= '9') out += c;
  }
  return out;
}

ProbeResult probe_by_status(const net::HttpResponse& response, const Reading& reading) {
  ProbeResult out;
  if (response.error == net::SendError::none && response.status >= 200 && response.status <= 299) {
    out.state = ProbeResult::State::ready;
    return out;
  }
  const bool refused = response.error == net::SendError::none && response.status < 500 &&
                       reading.meaning != Meaning::wait && reading.meaning != Meaning::try_again;
  const bool stopped = refused || reading.meaning == Meaning::stop_channel;
  out.state = stopped ? ProbeResult::State::stopped : ProbeResult::State::disconnected;
  out.detail = reading.detail;
  return out;
}

}  // namespace recado::messaging

#include "api/served_records.hpp"

#include <boost/asio/co_spawn.hpp>

namespace recado::api::testing {

ServedRecords::ServedRecords() {
  client.start();
  bool up = false;
  boost::asio::co_spawn(loop.executor(), client.wait_connected(Millis{20'000}),
                        [&](std::exception_ptr, bool is) {
                          up = is;
                          loop.context().stop();
                        });
  loop.context().restart();
  loop.run();
  EXPECT_TRUE(up);
  kept.open_schedules(engine);
  serve_with(kept);
}

ServedRecords::~ServedRecords() {
  boost::asio::co_spawn(loop.executor(), client.stop(), [&](std::exception_ptr) { loop.context().stop(); });
  loop.context().restart();
  loop.run();
}

std::string ServedRecords::next(const http::Response& response) {
  const auto link = header(response, "Link").value_or("");
  const auto end = link.find('>');
  return end == std::string::npos ? std::string() : link.substr(1, end - 1);
}

ServedChannels::ServedChannels(const std::function<void(ApiContext&)>& change) {
  Options options;
  options.twilio_account_sid = "AC1";
  options.twilio_auth_token = Secret("t");
  options.twilio_whatsapp_number = "whatsapp:+14155238886";
  options.email_user = "clinica@gmail.com";
  options.email_pass = Secret("p");
  channels = std::move(messaging::ChannelDirectory::from_environment(options)).value();
  messaging::MessagingOptions with;
  with.channels = channels.get();
  people = std::make_unique<messaging::Messaging>(loop, client, std::move(with));
  people->open_schedules(engine);
  records = people.get();
  serve(change);
}

}  // namespace recado::api::testing

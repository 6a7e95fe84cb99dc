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

}  // namespace recado::api::testing

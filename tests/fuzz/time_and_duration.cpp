// Times and durations as clients write them: a clear error or an instant that reads back the same.
#include <string>

#include "base/time.hpp"
#include "fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using recado::fuzz::require;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto line = bytes.find('\n');
  const std::string_view text = bytes.substr(0, line);
  std::optional<std::string_view> zone;
  if (line != std::string_view::npos) zone = bytes.substr(line + 1);

  const auto time = recado::parse_time(text, zone);
  if (time.ok()) {
    const auto written = recado::format_time(time->at);
    const auto again = recado::parse_time(written, std::nullopt);
    require(again.ok() && again->at == time->at, "an instant reads back as it was written");
    require(recado::to_ms(time->at) >= 0, "no instant before 1970");
  } else {
    require(!time.error().detail().empty(), "a refused time has a reason");
  }
  const auto duration = recado::parse_duration(text);
  if (duration.ok()) {
    const auto again = recado::parse_duration(recado::format_duration(*duration));
    require(again.ok() && *again == *duration, "a duration reads back as it was written");
    require(duration->count() >= 0, "no negative duration");
  }
  return 0;
}

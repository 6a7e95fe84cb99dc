// Many contacts in one group, for tests and benchmarks of schedules.
#pragma once

#include <algorithm>
#include <string>

#include "end_to_end/harness.hpp"

namespace recado::e2e {

/// Makes contacts 1 to `count`, and group 1 of all of them. For a recado that has none yet.
inline void make_people(const Recado& recado, int count) {
  constexpr int kFileRows = 5'000;
  constexpr int kMembers = 1'000;
  for (int from = 0; from < count; from += kFileRows) {
    const int to = std::min(count, from + kFileRows);
    std::string file = "name,email,phone\n";
    for (int i = from; i < to; ++i) {
      const auto n = std::to_string(i);
      file += "Pessoa " + n + ",p" + n + "@example.com,+55119" + std::to_string(10'000'000 + i) + "\n";
    }
    const auto imported = recado.ask("POST", "/contacts/import/csv", file, "Content-Type: text/csv\r\n");
    ASSERT_EQ(member(imported.body, "imported"), std::to_string(to - from)) << imported.body.substr(0, 300);
  }
  ASSERT_EQ(recado.post("/groups", R"({"name":"all"})").status, 201);
  for (int from = 1; from <= count; from += kMembers) {
    std::string ids;
    for (int id = from; id < from + kMembers && id <= count; ++id)
      ids += (ids.empty() ? "" : ",") + std::to_string(id);
    const auto added = recado.post("/groups/1/contacts", R"({"contacts":[)" + ids + "]}");
    ASSERT_EQ(added.status, 200) << added.body;
  }
}

/// A quiet time around now, so that nothing is sent: `"quietHours":{…},"timezone":"UTC"`.
inline std::string everybody_sleeps() {
  const auto minutes = to_ms(now()) / 60'000 % (24 * 60);
  const auto clock_of = [](std::int64_t at) {
    char text[16];
    std::snprintf(text, sizeof(text), "%02d:%02d", static_cast<int>(at % 1440 / 60),
                  static_cast<int>(at % 60));
    return std::string(text);
  };
  return R"("quietHours":{"from":")" + clock_of(minutes + 1440 - 60) + R"(","to":")" +
         clock_of(minutes + 240) + R"("},"timezone":"UTC")";
}

}  // namespace recado::e2e

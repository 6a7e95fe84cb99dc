// What a hostile client might send, file by file: a clear answer, never a 5xx, never the end.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

std::vector<std::filesystem::path> corpus() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(RECADO_HOSTILE_JSON))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// 201 or 207, or a 4xx that says why.
bool answered_clearly(const Answer& answer) {
  if (answer.status == 201 || answer.status == 207) return true;
  return answer.status >= 400 && answer.status < 500 && !member(answer.body, "detail").empty();
}

struct HostileJson : ::testing::Test {
  Recado recado;

  void send(const std::string& name, std::string_view method, const std::string& path,
            const std::string& body) {
    const Answer answer = recado.ask(method, path, body);
    EXPECT_TRUE(answered_clearly(answer))
        << name << ": " << method << " " << path << " " << answer.status << " " << answer.body.substr(0, 500);
    ASSERT_TRUE(recado.child().running()) << name << "\n" << recado.child().output();
  }
};

TEST_F(HostileJson, AsABodyIsAnswered) {
  const auto files = corpus();
  ASSERT_GT(files.size(), 60U);
  for (const auto& file : files) {
    const std::string body = read_file(file.string());
    for (const char* path : {"/messages", "/messages/batch"}) send(file.filename(), "POST", path, body);
    send(file.filename(), "PUT", "/messages/hostile", body);
    recado.ask("DELETE", "/messages/hostile");
  }
  EXPECT_EQ(recado.get("/health").status, 200);
  EXPECT_EQ(recado.terminate(), 0);
}

TEST_F(HostileJson, AsAPayloadIsAnswered) {
  for (const auto& file : corpus()) {
    const std::string value = read_file(file.string());
    const std::string far =
        R"({"scheduleTo":"2096-04-15T02:41:45Z","webhookUrl":"https://a.example/","payload":)";
    send(file.filename(), "POST", "/messages", far + value + "}");
    send(file.filename(), "POST", "/messages", R"({"webhookUrl":)" + value + "}");
    send(file.filename(), "POST", "/messages", far + R"(1,"headers":)" + value + R"(,"tags":)" + value + "}");
    send(file.filename(), "POST", "/messages",
         far + R"(1,"retry":)" + value + R"(,"timeout":)" + value + "}");
  }
  EXPECT_EQ(recado.get("/health").status, 200);
  EXPECT_EQ(recado.terminate(), 0);
}

}  // namespace
}  // namespace recado::e2e

// Contacts from outside: files in and out of the real binary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "end_to_end/harness.hpp"

namespace recado::e2e {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

struct ContactFiles : ::testing::Test {
  Recado recado{Environment{{"API_TOKEN", "a-token-of-this-test"}}};

  Answer post(const std::string& target, const std::string& body, const std::string& type) {
    return recado.ask("POST", target, body, "Content-Type: " + type + "\r\n");
  }
};

TEST_F(ContactFiles, ComeAsBodiesOrAsForms) {
  auto answer = post("/contacts/import/csv", "name,phone\nAna,11999998888\nBia,1\n", "text/csv");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(member(answer.body, "imported"), "1");
  EXPECT_EQ(member(answer.body, "errors.0.line"), "3");
  EXPECT_EQ(member(answer.body, "errors.0.field"), "phone");
  const std::string form =
      "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"c.csv\"\r\nContent-Type: "
      "text/csv\r\n\r\n"
      "name;codExterno\r\nJo\xE3o;C1\r\n\r\n--XX--\r\n";
  answer = post("/api/contacts/import/csv/?mode=upsert", form, "multipart/form-data; boundary=XX");
  EXPECT_EQ(member(answer.body, "imported"), "1") << answer.body;
  EXPECT_THAT(recado.get("/contacts?externalCode=C1").body, HasSubstr("João"));
  EXPECT_EQ(post("/contacts/import/csv", "--XX--\r\n", "multipart/form-data; boundary=XX").status, 422);
  EXPECT_EQ(post("/contacts/import/csv", "nonsense", "text/csv").status, 422);
  EXPECT_EQ(post("/contacts/import/csv", "{}", "application/json").status, 415);
}

TEST_F(ContactFiles, AreLongerThanABodyMayBe) {
  std::string file = "name,externalCode,notes\n";
  constexpr int kRows = 3'000;
  const std::string notes(500, 'x');
  for (int i = 0; i < kRows; ++i)
    file += "Ana " + std::to_string(i) + ",C" + std::to_string(i) + "," + notes + "\n";
  ASSERT_GT(file.size(), std::size_t{1} << 20);
  const auto answer = post("/contacts/import/csv", file, "text/csv");
  EXPECT_EQ(member(answer.body, "imported"), std::to_string(kRows)) << answer.body.substr(0, 500);
  const auto out = recado.get("/contacts/export/csv");
  EXPECT_EQ(out.header("transfer-encoding"), "chunked");
  EXPECT_EQ(std::count(out.body.begin(), out.body.end(), '\n'), kRows + 1);
  // What was written is read again: all of it changes what is there.
  const auto back = post("/contacts/import/csv?mode=upsert&dryRun=true", out.body, "text/csv");
  EXPECT_EQ(member(back.body, "updated"), std::to_string(kRows)) << back.body.substr(0, 500);
}

TEST_F(ContactFiles, ThatStopInTheMiddleLeaveWhatCameBefore) {
  http::testing::Client client(recado.port());
  client.send(
      "POST /contacts/import/csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
      "a-token-of-this-test\r\nContent-Type: text/csv\r\nContent-Length: 100000\r\n\r\nname\n");
  for (int i = 0; i < 64; ++i) client.send("Ana\n");
  EXPECT_TRUE(eventually([&] { return recado.get("/contacts?limit=1").header("x-total-count") == "64"; }));
}

}  // namespace
}  // namespace recado::e2e

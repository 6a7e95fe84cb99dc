// Taking oneself off by the link of a mail.
#include <gmock/gmock.h>

#include "api/served_records.hpp"

namespace recado::api::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Unsubscribe : public ServedRecords {
 protected:
  Unsubscribe() {
    people = node();
    serve_with(*people);
  }
  std::unique_ptr<messaging::Messaging> node() {
    Options options;
    options.public_url = "https://recado.example";
    directories.push_back(std::move(messaging::ChannelDirectory::from_environment(options)).value());
    messaging::MessagingOptions with;
    with.channels = directories.back().get();
    auto made = std::make_unique<messaging::Messaging>(loop, client, std::move(with));
    made->open_schedules(engine);
    EXPECT_TRUE(await(made->prepare()).ok());
    return made;
  }
  std::string path(const std::string& address) {
    return people->unsubscribe_links()
        .url("main", address)
        .substr(std::string("https://recado.example").size());
  }
  http::Response open(const std::string& method, const std::string& target, const char* language = "en") {
    return call_with({{"accept-language", language}}, method, target);
  }

  std::vector<std::unique_ptr<messaging::ChannelDirectory>> directories;
  std::unique_ptr<messaging::Messaging> people;
};

TEST_F(Unsubscribe, AsksFirstAndOptsOutAllContactsOfThatAddress) {
  for (const char* name : {"Ana", "Ana Maria"}) {
    EXPECT_EQ(
        call("POST", "/contacts", std::string(R"({"name":")") + name + R"(","email":"ana@example.com"})")
            .status,
        201);
  }
  const auto link = path("Ana@example.com");
  const auto asked = open("GET", link);
  EXPECT_EQ(asked.status, 200);
  EXPECT_THAT(asked.body, HasSubstr(R"(<form method="post"><button>Unsubscribe</button>)"));
  EXPECT_THAT(asked.body, HasSubstr("Ana@example.com"));
  EXPECT_EQ(header(asked, "Cache-Control"), "no-store");
  EXPECT_THAT(open("GET", link, "pt-BR,pt;q=0.9").body, HasSubstr("Cancelar inscrição"));
  EXPECT_EQ(expect(200, call("GET", "/contacts/1"))["optedOut"].source, "false");  // looking changes nothing
  for (int times = 0; times < 2; ++times) EXPECT_EQ(open("POST", link).status, 200);
  for (const char* contact : {"/contacts/1", "/contacts/2"}) {
    const auto tree = expect(200, call("GET", contact));
    EXPECT_EQ(tree["optedOut"].source, "true");
    EXPECT_EQ(tree["optedOutSource"].text(), "unsubscribe");
    EXPECT_EQ(tree["optedOutAt"].text(), "2026-04-15T02:41:45+00:00");
  }
}

TEST_F(Unsubscribe, RemembersWhoWasNoContact) {
  EXPECT_EQ(open("POST", path("nova@example.com")).status, 200);
  EXPECT_THAT(call("GET", "/contacts?email=nova@example.com").body, HasSubstr(R"("optedOut":true)"));
}

TEST_F(Unsubscribe, TakesNoForgedLinks) {
  auto link = path("ana@example.com");
  link[link.size() - 5] = link[link.size() - 5] == 'x' ? 'y' : 'x';
  EXPECT_EQ(open("GET", link).status, 404);
  EXPECT_EQ(open("POST", link).status, 404);
  EXPECT_EQ(total(call("GET", "/contacts")), "0");
  // Whoever writes HTML into an address writes text.
  EXPECT_THAT(open("GET", path("\"<b>\"@example.com")).body, Not(HasSubstr("<b>")));
}

TEST_F(Unsubscribe, LinksAreGoodOnEveryNode) {
  const auto other = node();
  EXPECT_TRUE(other->unsubscribe_links().read(path("ana@example.com").substr(13)));
}

}  // namespace
}  // namespace recado::api::testing

// Contacts from CSV files, stored in a real redis-server.
#include "messaging/contact_import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messaging/messaging.hpp"
#include "redis/harness.hpp"

namespace recado::messaging {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct ContactImports : redis::testing::ClientTest {
  Messaging messaging{loop, client, MessagingOptions()};

  /// Imports a file that comes in pieces of `step` bytes; what ended it is in `error`.
  io::Task<ImportReport> import(std::string file, bool upsert = false, bool dry_run = false,
                                std::size_t step = 7) {
    error.clear();
    ImportOptions options;
    options.account = "main";
    options.upsert = upsert;
    options.dry_run = dry_run;
    ContactImport one(messaging.contacts(), std::move(options));
    for (std::size_t at = 0; at < file.size(); at += step) {
      const auto fed = co_await one.feed(file.substr(at, step));
      if (!fed) {
        error = fed.error().detail();
        co_return one.report();
      }
    }
    const auto ended = co_await one.finish();
    if (!ended) error = ended.error().detail();
    co_return one.report();
  }
  io::Task<records::Document> contact(std::string path) {
    const auto found = co_await messaging.contacts().find("main", std::move(path));
    EXPECT_TRUE(found.ok() && *found);
    co_return found.ok() && *found ? (*found)->fields : records::Document();
  }
  io::Task<std::uint64_t> count() {
    const auto total = co_await messaging.contacts().store().count("main", contact_type(), records::Query());
    co_return total.ok() ? total->value_or(0) : 0;
  }
  static std::vector<std::string> lines(const ImportReport& report) {
    std::vector<std::string> all;
    for (const auto& one : report.errors)
      all.push_back(std::to_string(one.line) + " " + one.field + ": " + one.message);
    return all;
  }
  std::string error;
};

TEST_F(ContactImports, StoreEveryRowThatCanBeAndTellOfTheOthers) {
  with_redis([&]() -> io::Task<> {
    const auto report = co_await import(
        "name;phone;codExterno;tags;custom.plan;optedOut\r\n"
        "\"João\nSilva\";(11) 99999-8888;A1;vip;gold;\r\n"
        "Ana;123;A2;;;\r\n"
        ";11988887777;A3;;;\r\n"
        "Bia;11988887777\r\n"
        "Cid;;A1;;;\r\n"
        "Dora;;A4;\"a;b\";;sim\r\n"
        ";;;;;\r\n"
        "\"Eva\"x;;A5;;;\r\n");
    EXPECT_EQ(error, "");
    EXPECT_EQ(report.imported, 2u);
    EXPECT_EQ(report.refused, 5u);
    EXPECT_THAT(lines(report), ElementsAre(HasSubstr("4 phone: "), HasSubstr("5 name: is required"),
                                           HasSubstr("6 : has 2 fields"),
                                           HasSubstr("7 externalCode: contact 1 has this value already"),
                                           HasSubstr("10 : has text behind a closing quote")));
    const auto joao = co_await contact("1");
    EXPECT_EQ(joao.text("name"), "João\nSilva");
    EXPECT_EQ(joao.text("phone"), "+5511999998888");
    EXPECT_EQ(joao.find("custom"), R"({"plan":"gold"})");
    EXPECT_FALSE(joao.flag("optedOut"));
    const auto dora = co_await contact("2");
    EXPECT_THAT(dora.texts("tags"), ElementsAre("a", "b"));
    EXPECT_TRUE(dora.flag("optedOut"));
    EXPECT_EQ(dora.text("optedOutSource"), "csv");
  });
}

TEST_F(ContactImports, KnowTheColumnsOfABrazilianSheet) {
  with_redis([&]() -> io::Task<> {
    const auto report = co_await import(
        "Nome;Celular;E-mail;Etiquetas;Observacoes\r\nZé;11 98888-7777;ze@x.org;vip;alérgico\r\n");
    EXPECT_EQ(error, "");
    EXPECT_THAT(lines(report), IsEmpty());
    const auto ze = co_await contact("1");
    EXPECT_EQ(ze.text("name"), "Zé");
    EXPECT_EQ(ze.text("phone"), "+5511988887777");
    EXPECT_EQ(ze.text("email"), "ze@x.org");
    EXPECT_THAT(ze.texts("tags"), ElementsAre("vip"));
    EXPECT_EQ(ze.text("notes"), "alérgico");
  });
}

TEST_F(ContactImports, ChangeContactsOfTheSameCodeOrPhone) {
  with_redis([&]() -> io::Task<> {
    co_await import(
        "name,externalCode,phone,email\nAna,A1,,ana@x.org\nBia,,11988887777,\nCid,C1,11977776666,\n");
    const auto report = co_await import(
        "name,externalCode,phone\n"
        "Ana Maria,A1,\n"
        ",,(11) 98888-7777\n"
        "Bia Souza,B1,11988887777\n"
        "Cida,C2,11977776666\n"
        "Ana Paula,A1,\n",
        true);
    EXPECT_THAT(lines(report), IsEmpty());
    EXPECT_EQ(report.updated, 4u);
    EXPECT_EQ(report.imported, 1u);  // the phone's owner has another code
    const auto ana = co_await contact("1");
    EXPECT_EQ(ana.text("name"), "Ana Paula");
    EXPECT_EQ(ana.text("email"), "ana@x.org");
    const auto bia = co_await contact("2");
    EXPECT_EQ(bia.text("name"), "Bia Souza");
    EXPECT_EQ(bia.text("externalCode"), "B1");
    const auto again = co_await import("phone,name\n11977776666,X\n", true);
    EXPECT_THAT(lines(again), ElementsAre(HasSubstr("2 phone: several contacts")));
  });
}

TEST_F(ContactImports, InADryRunStoreNothingAndSayTheSame) {
  with_redis([&]() -> io::Task<> {
    const std::string file = "name,externalCode,phone\nAna,A1,\nBia,A1,\nCid,,1\nDora,,\n";
    const auto dry = co_await import(file, false, true);
    const auto none = co_await count();
    EXPECT_EQ(none, 0u);
    const auto real = co_await import(file);
    EXPECT_EQ(dry.imported, real.imported);
    EXPECT_EQ(dry.refused, real.refused);
    EXPECT_EQ(dry.errors.size(), real.errors.size());
    const auto after = co_await import(file, false, true);
    EXPECT_EQ(after.imported, 1u);
    const auto changes = co_await import(file, true, true);
    EXPECT_EQ(changes.updated, 2u);
  });
}

TEST_F(ContactImports, RefuseWhatIsNoFileOfContacts) {
  with_redis([&]() -> io::Task<> {
    for (const char* file : {"", "\n\n", "{\"name\":\"Ana\"}", "nome;idade\nAna;3", "name,name\n", "id\n1\n",
                             "\xFF\xFE"
                             "a"}) {
      co_await import(file);
      EXPECT_NE(error, "") << file;
    }
    const auto none = co_await count();
    EXPECT_EQ(none, 0u);
  });
}

TEST_F(ContactImports, ReadBackWhatAnExportWrote) {
  with_redis([&]() -> io::Task<> {
    records::Document fields;
    fields.set_text("name", "=SUM(1;2), \"x\"");
    fields.set_text("phone", "11999998888");
    fields.set_text("notes", "-1\r\n+2 'x'");
    fields.set_texts("tags", std::vector<std::string>({"a", "=b"}));
    fields.set("custom", R"({"n":1.50,"list":[true]})");
    fields.set_flag("optedOut", true);
    const auto made = co_await messaging.contacts().create("main", fields);
    const auto file = contact_header_line() + contact_line(made.written.record);
    EXPECT_THAT(file, HasSubstr("'=SUM"));
    EXPECT_THAT(file, HasSubstr(",+5511999998888,"));
    co_await messaging.contacts().remove("main", "1");
    const auto report = co_await import(file);
    EXPECT_EQ(report.imported, 1u);
    const auto back = co_await contact("2");
    for (const auto& [name, value] : made.written.record.fields.fields())
      EXPECT_EQ(back.find(name), value) << name;
  });
}

TEST_F(ContactImports, StopWhenRedisGoesAway) {
  with_redis([&]() -> io::Task<> {
    server.kill(SIGKILL);
    const auto report = co_await import("name\nAna\n");
    EXPECT_EQ(report.imported, 0u);
    EXPECT_NE(error, "");
  });
}

}  // namespace
}  // namespace recado::messaging

#include "net/dns_message.hpp"

#include <gmock/gmock.h>
#include <rapidcheck.h>

namespace recado::net::dns {
namespace {

using boost::asio::ip::make_address;
using ::testing::ElementsAre;

std::string be16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}
std::string be32(std::uint32_t value) {
  return be16(value >> 16) + be16(value & 0xffff);
}

/// An answer under construction: header, question, then records.
struct Message {
  Question question;
  unsigned flags = 0x8180;
  unsigned answers = 0;
  std::string records;

  explicit Message(Question q) : question(std::move(q)) {}
  Message& record(const std::string& name, unsigned type, std::uint32_t ttl, const std::string& rdata) {
    ++answers;
    records += name + be16(type) + be16(1) + be32(ttl) + be16(static_cast<unsigned>(rdata.size())) + rdata;
    return *this;
  }
  std::string text() const {
    const auto query = encode(question).value();
    return be16(question.id) + be16(flags) + be16(1) + be16(answers) + be16(0) + be16(0) + query.substr(12) +
           records;
  }
};

Question ask(std::string name, Type type = Type::a) {
  Question question;
  question.id = 0xbeef;
  question.name = std::move(name);
  question.type = type;
  return question;
}

const std::string kPointer("\xc0\x0c", 2);  // to the question's name
const std::string kLoopback("\x7f\0\0\1", 4);

TEST(DnsMessage, EncodesAQuestion) {
  EXPECT_EQ(encode(ask("Example.com.")).value(), std::string("\xbe\xef\x01\x00\x00\x01\0\0\0\0\0\0"
                                                             "\x07"
                                                             "example\x03"
                                                             "com\0\0\x01\0\x01",
                                                             29));
}

TEST(DnsMessage, RefusesNamesThatDnsCannotCarry) {
  for (const std::string& name :
       {std::string(), std::string("."), std::string("a..b"), std::string(".a"), std::string(64, 'a'),
        std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." +
            std::string(63, 'd')}) {
    EXPECT_FALSE(encode(ask(name)).ok()) << name;
  }
}

TEST(DnsMessage, ReadsAddressesOfTheTypeAskedFor) {
  Message v4(ask("a.test"));
  v4.record(kPointer, 1, 300, kLoopback).record(kPointer, 1, 60, std::string("\x0a\0\0\2", 4));
  const auto answer = parse_answer(v4.text(), v4.question);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, Status::found);
  EXPECT_THAT(answer->addresses, ElementsAre(make_address("127.0.0.1"), make_address("10.0.0.2")));
  EXPECT_EQ(answer->ttl_s, 60U);

  Message v6(ask("a.test", Type::aaaa));
  v6.record(kPointer, 28, 5, std::string(15, '\0') + "\x01");
  EXPECT_THAT(parse_answer(v6.text(), v6.question)->addresses, ElementsAre(make_address("::1")));
}

TEST(DnsMessage, FollowsAliasesInAnyOrderToTheShortestTtl) {
  const std::string b("\1b\4test\0", 8);
  const std::string c("\1c\4test\0", 8);
  Message message(ask("a.test"));
  message.record(c, 1, 900, kLoopback).record(b, 5, 30, c).record(kPointer, 5, 300, b);
  const auto answer = parse_answer(message.text(), message.question);
  EXPECT_EQ(answer->status, Status::found);
  EXPECT_EQ(answer->ttl_s, 30U);
}

TEST(DnsMessage, IgnoresAddressesOfOtherNames) {
  Message message(ask("a.test"));
  message.record(std::string("\4evil\4test\0", 11), 1, 300, kLoopback);
  EXPECT_EQ(parse_answer(message.text(), message.question)->status, Status::no_address);
}

TEST(DnsMessage, EndsAliasLoops) {
  const std::string b("\1b\4test\0", 8);
  const std::string a("\1a\4test\0", 8);
  Message message(ask("a.test"));
  message.record(kPointer, 5, 30, b).record(b, 5, 30, a);
  EXPECT_EQ(parse_answer(message.text(), message.question)->status, Status::failed);
}

TEST(DnsMessage, TellsAbsenceFromFailure) {
  Message message(ask("a.test"));
  EXPECT_EQ(parse_answer(message.text(), message.question)->status, Status::no_address);
  message.flags = 0x8183;
  EXPECT_EQ(parse_answer(message.text(), message.question)->status, Status::no_name);
  message.flags = 0x8182;
  EXPECT_EQ(parse_answer(message.text(), message.question)->status, Status::failed);
  message.flags = 0x8185;
  EXPECT_EQ(parse_answer(message.text(), message.question)->status, Status::failed);
  message.flags = 0x8380;
  EXPECT_EQ(parse_answer(message.text(), message.question)->status, Status::truncated);
}

TEST(DnsMessage, IsNoAnswerWithoutTheSameIdAndQuestion) {
  Message message(ask("a.test"));
  message.record(kPointer, 1, 300, kLoopback);
  const auto text = message.text();
  auto other = message.question;
  other.id = 1;
  EXPECT_FALSE(parse_answer(text, other).has_value());
  EXPECT_FALSE(parse_answer(text, ask("b.test")).has_value());
  EXPECT_FALSE(parse_answer(text, ask("a.test", Type::aaaa)).has_value());
  EXPECT_TRUE(parse_answer(text, ask("A.TEST.")).has_value());
  EXPECT_FALSE(parse_answer(encode(message.question).value(), message.question).has_value()) << "a query";
  EXPECT_FALSE(parse_answer("", message.question).has_value());
}

TEST(DnsMessage, GuardsAgainstPointersThatLoopOrLeadForward) {
  for (const auto& name : {std::string("\xc0\x18", 2), std::string("\xc0\xff", 2), std::string("\xff\xff", 2),
                           std::string("\x80", 1), std::string("\x3f", 1), std::string("\xc0", 1)}) {
    Message message(ask("a.test"));
    message.record(name, 1, 300, kLoopback);
    EXPECT_EQ(parse_answer(message.text(), message.question)->status, Status::failed);
  }
}

TEST(DnsMessage, DoesNotBelieveCountsAndLengths) {
  Message message(ask("a.test"));
  message.record(kPointer, 1, 300, kLoopback);
  message.answers = 65535;
  EXPECT_EQ(parse_answer(message.text(), message.question)->status, Status::failed);
  Message wrong(ask("a.test"));
  wrong.record(kPointer, 1, 300, kLoopback + "x");
  EXPECT_EQ(parse_answer(wrong.text(), wrong.question)->status, Status::failed);
}

TEST(DnsMessage, SurvivesEveryTruncationAndFlippedByte) {
  const std::string b("\1b\4test\0", 8);
  Message message(ask("a.test"));
  message.record(kPointer, 5, 30, b).record(b, 1, 30, kLoopback);
  const auto text = message.text();
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto answer = parse_answer(std::string_view(text).substr(0, size), message.question);
    EXPECT_TRUE(!answer || answer->status == Status::failed) << size;
  }
  EXPECT_TRUE(rc::check("a damaged message is read without harm", [&] {
    auto damaged = text;
    const auto changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes; ++i) {
      damaged[*rc::gen::inRange<std::size_t>(0, damaged.size())] = *rc::gen::arbitrary<char>();
    }
    const auto answer = parse_answer(damaged, message.question);
    RC_ASSERT((!answer || answer->status != Status::found || !answer->addresses.empty()));
  }));
}

}  // namespace
}  // namespace recado::net::dns

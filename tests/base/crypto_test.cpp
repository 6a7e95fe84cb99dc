#include "base/crypto.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace recado {
namespace {

constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

TEST(Sha256, MatchesTheVectorsOfFips180) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HmacSha256, MatchesTheVectorsOfRfc4231) {
  const HmacSha256 first(std::string(20, '\x0b'));
  EXPECT_EQ(hex(first.sign({"Hi There"})),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  const HmacSha256 second("Jefe");
  EXPECT_EQ(hex(second.sign({"what do ya want ", "", "for nothing?"})),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const HmacSha256 empty("");
  EXPECT_EQ(hex(empty.sign({})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HmacSha256, GivesTheSameAnswerEveryTimeAndAfterAMove) {
  HmacSha256 key("Jefe");
  const auto expected = key.sign({"a", "b"});
  EXPECT_NE(key.sign({"ba"}), expected);
  EXPECT_EQ(key.sign({"ab"}), expected);
  HmacSha256 moved(std::move(key));
  EXPECT_EQ(moved.sign({"ab"}), expected);
  HmacSha256 assigned("other");
  assigned = std::move(moved);
  EXPECT_EQ(assigned.sign({"ab"}), expected);
}

TEST(Scrypt, MatchesTheVectorsOfRfc7914) {
  // The vectors have 64 bytes, of which ours are the first 32.
  EXPECT_EQ(hex(scrypt("", "", {16, 1, 1})),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442");
  EXPECT_EQ(hex(scrypt("password", "NaCl", {1024, 8, 16})),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162");
  EXPECT_EQ(hex(scrypt("pleaseletmein", "SodiumChloride", {16384, 8, 1})),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
}

TEST(Scrypt, KnowsWhatItCanCompute) {
  EXPECT_TRUE(is_scrypt_cost(ScryptCost()));
  for (const ScryptCost& cost : {ScryptCost{1000, 8, 1}, ScryptCost{0, 8, 1}, ScryptCost{1, 8, 1},
                                 ScryptCost{16, 0, 1}, ScryptCost{16, 1, 0}, ScryptCost{1 << 20, 8, 1}}) {
    EXPECT_FALSE(is_scrypt_cost(cost)) << cost.n << ' ' << cost.r << ' ' << cost.p;
  }
}

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> cases = {{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"fooba", "Zm9vYmE="},
                                                                  {"foobar", "Zm9vYmFy"},
                                                                  {"\xfb\xff\xfe", "+//+"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(*base64_decode(text), bytes);
  }
}

TEST(Base64, RefusesEverythingButTheOneTextOfAValue) {
  for (const std::string text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=", "====", "A===", "Zm9v\n", " Zm9v",
                                 "Zm 9v", "Zm9-", "Zm9_", "Z===", "Zg==Zg==", "Zm\xc3\xa9"}) {
    const auto decoded = base64_decode(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().code(), ErrorCode::invalid_argument);
  }
}

TEST(Base64, DecodesWhatItEncoded) {
  EXPECT_TRUE(
      rc::check([](const std::string& bytes) { RC_ASSERT(*base64_decode(base64_encode(bytes)) == bytes); }));
}

TEST(Base64, AcceptsOnlyTextsThatItWouldWrite) {
  EXPECT_TRUE(rc::check([] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::element('A', 'Z', 'a', 'q', '0', '/', '+', '='));
    if (const auto decoded = base64_decode(text)) RC_ASSERT(base64_encode(*decoded) == text);
  }));
}

TEST(RandomBytes, DifferEachTime) {
  std::set<std::uint64_t> numbers;
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) {
    numbers.insert(random_u64());
    tokens.insert(random_token());
  }
  EXPECT_EQ(numbers.size(), 1000U);
  EXPECT_EQ(tokens.size(), 1000U);
  EXPECT_THAT(random_token(), testing::MatchesRegex("[-_A-Za-z0-9]{43}"));
}

TEST(RandomUnit, IsUniformFromZeroToBelowOne) {
  std::array<int, 10> tenths{};
  for (int i = 0; i < 100'000; ++i) {
    const auto u = random_unit();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    ++tenths[static_cast<std::size_t>(u * 10)];
  }
  // Nine standard deviations around 10,000.
  for (const auto n : tenths) EXPECT_NEAR(n, 10'000, 900);
}

TEST(ConstantTimeEquals, ComparesContentAndLength) {
  EXPECT_TRUE(constant_time_equals("", ""));
  EXPECT_TRUE(constant_time_equals("abc", "abc"));
  EXPECT_FALSE(constant_time_equals("abc", "abd"));
  EXPECT_FALSE(constant_time_equals("abc", "ab"));
}

TEST(WebhookSigner, MatchesTheVectorOfStandardWebhooks) {
  const auto signer = WebhookSigner::create(kSecret);
  ASSERT_TRUE(signer);
  EXPECT_EQ(signer->sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookSigner, SignsWithBothKeysWhileRotating) {
  const auto other = WebhookSigner::generate();
  const auto one = WebhookSigner::create(kSecret);
  const auto two = WebhookSigner::create(other);
  const auto both = WebhookSigner::create(std::string(kSecret) + " " + other);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->sign("msg_1", 5, "x"), one->sign("msg_1", 5, "x") + " " + two->sign("msg_1", 5, "x"));
  EXPECT_TRUE(both->verify("msg_1", "5", "x", two->sign("msg_1", 5, "x")));
  EXPECT_TRUE(two->verify("msg_1", "5", "x", "v1a,AAAA " + both->sign("msg_1", 5, "x")));
}

TEST(WebhookSigner, VerifiesOnlyWhatWasSigned) {
  const auto signer = WebhookSigner::create(kSecret);
  const auto header = signer->sign("msg_1", 1614265330, "body");
  EXPECT_TRUE(signer->verify("msg_1", "1614265330", "body", header));
  EXPECT_FALSE(signer->verify("msg_2", "1614265330", "body", header));
  EXPECT_FALSE(signer->verify("msg_1", "1614265331", "body", header));
  EXPECT_FALSE(signer->verify("msg_1", "1614265330", "Body", header));
  EXPECT_FALSE(signer->verify("msg_1", "1614265330", "body", ""));
  EXPECT_FALSE(signer->verify("msg_1", "1614265330", "body", "v1,"));
  EXPECT_FALSE(signer->verify("msg_1", "1614265330", "body", header.substr(0, header.size() - 1)));
  EXPECT_FALSE(signer->verify("msg_1", "1614265330", "body", "v2" + header.substr(2)));
  EXPECT_FALSE(
      WebhookSigner::create(WebhookSigner::generate())->verify("msg_1", "1614265330", "body", header));
}

TEST(WebhookSigner, RefusesOtherKeysWithoutRepeatingThem) {
  const auto key = [](std::size_t n) { return "whsec_" + base64_encode(std::string(n, 'k')); };
  EXPECT_TRUE(WebhookSigner::create(key(24)));
  EXPECT_TRUE(WebhookSigner::create(key(64)));
  for (const std::string& text :
       {std::string{}, std::string{" "}, std::string{"whsec_"}, key(23), key(65), key(32).substr(6),
        std::string{"whsec_not base64"}, key(32).substr(0, key(32).size() - 1), "WHSEC_" + key(32).substr(6),
        key(24) + " " + key(25) + " " + key(26), key(24) + "," + key(25), key(24) + "\n"}) {
    const auto signer = WebhookSigner::create(text);
    ASSERT_FALSE(signer) << text;
    EXPECT_THAT(signer.error().detail(), testing::HasSubstr("24 to 64 bytes"));
    EXPECT_THAT(signer.error().detail(), testing::Not(testing::HasSubstr("a2tr")));
  }
}

TEST(Secret, ShowsOnlyThatItIsSet) {
  const Secret secret("hunter2");
  EXPECT_EQ(secret.masked(), "********");
  EXPECT_EQ(Secret{}.masked(), "");
  EXPECT_TRUE(secret.equals("hunter2"));
  EXPECT_FALSE(secret.equals("hunter3"));
  EXPECT_EQ(secret.reveal(), "hunter2");
}

TEST(Secret, IsCopiedAndMovedAsAValue) {
  for (const std::string value :
       {"short", "a secret that is longer than what a string keeps inside itself"}) {
    Secret first(value);
    Secret copy(first);
    EXPECT_EQ(copy.reveal(), value);
    Secret moved(std::move(first));
    EXPECT_EQ(moved.reveal(), value);
    EXPECT_TRUE(first.empty());  // NOLINT: a moved-from secret is empty, that is the promise
    Secret assigned("something else that is long enough to live on the heap");
    assigned = copy;
    EXPECT_EQ(assigned.reveal(), value);
    assigned = std::move(moved);
    EXPECT_EQ(assigned.reveal(), value);
    const auto& itself = assigned;
    assigned = itself;
    EXPECT_EQ(assigned.reveal(), value);
  }
}

}  // namespace
}  // namespace recado

#include "engine/message.hpp"

#include <gtest/gtest.h>

namespace recado::engine {
namespace {

TEST(MessageWords, AreTheApis) {
  EXPECT_STREQ(to_string(Status::scheduled), "scheduled");
  EXPECT_STREQ(to_string(Status::retrying), "retrying");
  EXPECT_STREQ(to_string(Status::delivering), "delivering");
  EXPECT_STREQ(to_string(Status::delivered), "delivered");
  EXPECT_STREQ(to_string(Status::failed), "failed");
  EXPECT_STREQ(to_string(Status::unknown), "unknown");
  EXPECT_STREQ(to_string(Failure::dns), "dns");
  EXPECT_STREQ(to_string(Failure::connect), "connect");
  EXPECT_STREQ(to_string(Failure::tls), "tls");
  EXPECT_STREQ(to_string(Failure::timeout), "timeout");
  EXPECT_STREQ(to_string(Failure::closed), "closed");
  EXPECT_STREQ(to_string(Failure::address_refused), "address_refused");
  EXPECT_STREQ(to_string(Failure::redirect), "redirect");
  EXPECT_STREQ(to_string(Failure::opted_out), "opted_out");
  EXPECT_STREQ(to_string(Failure::content), "content");
  EXPECT_STREQ(to_string(Failure::status), "status");
  EXPECT_STREQ(to_string(Failure::expired), "expired");
  EXPECT_STREQ(to_string(Failure::cancelled), "cancelled");
}

TEST(MessageStatus, IsFinishedOnlyWhenDeliveredFailedOrUnknown) {
  EXPECT_FALSE(is_finished(Status::scheduled));
  EXPECT_FALSE(is_finished(Status::retrying));
  EXPECT_FALSE(is_finished(Status::delivering));
  EXPECT_TRUE(is_finished(Status::delivered));
  EXPECT_TRUE(is_finished(Status::failed));
  EXPECT_TRUE(is_finished(Status::unknown));
}

TEST(MessageId, IsTheClientsOwnOrTheUuidOfItsUid) {
  Message message;
  message.uid = Uid::from_bytes(std::string_view("\x01\x97\x8e\x3c\x00\x00\x01\x02\x03\x04\x05\x06", 12));
  EXPECT_EQ(message.id(), message.uid.uuid());
  message.spec.id = "order-17";
  EXPECT_EQ(message.id(), "order-17");
}

}  // namespace
}  // namespace recado::engine

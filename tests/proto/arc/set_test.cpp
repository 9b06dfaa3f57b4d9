// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/arc/set.hpp"

#include <gtest/gtest.h>

#include "tests/proto/arc/support.hpp"

namespace signpost::arc {
namespace {

TEST(ArcResults, InstanceComesFirst) {
  const auto read = parse_results(" (c) i (d) = 7 ; mx.example.org 1;\r\n spf=pass").value();
  EXPECT_EQ(read.instance, 7U);
  EXPECT_EQ(read.payload, "mx.example.org 1;\r\n spf=pass");
  for (const std::string_view text :
       {"", "i=1", "i=1;", "i=1; ", "i=0; x", "i=51; x", "i=001; x", "i=a; x", "x; i=1",
        "i=1 x; spf=pass", "I=1; x", "i=1; i=1; x", "ii=1; x"}) {
    EXPECT_FALSE(parse_results(text)) << text;
  }
}

constexpr std::string_view seal_text =
    "a=rsa-sha256; b=AAAA; cv=none; d=Example.org; i=1; s=S; t=5; w=unknown";

TEST(ArcSeal, ReadsWhatIsThere) {
  const auto read = parse_seal(seal_text).value();
  EXPECT_EQ(read.instance, 1U);
  EXPECT_EQ(read.status, chain_status::none);
  EXPECT_EQ(read.key_name(), "s._domainkey.example.org");
  EXPECT_EQ(read.octets.size(), 3U);
  EXPECT_EQ(read.signed_at, 5U);
}

TEST(ArcSeal, RefusesWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"i=1", "i=0"},         {"i=1", "i=51"},        {"i=1; ", ""},
      {"a=rsa-sha256", "a="}, {"a=rsa-sha256; ", ""}, {"a=rsa-sha256", "a=rsa-md5"},
      {"b=AAAA", "b=A"},      {"b=AAAA; ", ""},       {"cv=none", "cv="},
      {"cv=none", "cv=ok"},   {"cv=none; ", ""},      {"d=Example.org", "d=*"},
      {"s=S", "s="},          {"t=5", "t="},          {"t=5", "t=1 2"},
      {"t=5", "h=from"},      {"t=5", "i=1"},         {"t=5;", ";"}};
  for (const auto& [what, with] : cases) {
    EXPECT_FALSE(parse_seal(dkim::replaced(std::string(seal_text), what, with))) << with;
  }
}

chain chain_of(const std::string& message) {
  const imf::message_view view(message);
  const dkim::message_hasher hasher(view);
  return read_chain(hasher);
}

TEST(ArcChain, MessageWithoutSetsHasNone) {
  EXPECT_FALSE(chain_of(dkim::test_message()).exists());
}

TEST(ArcChain, SetsAreInOrder) {
  const auto message = sealed_times(3);
  const auto read = chain_of(message);
  EXPECT_EQ(read.objection, "");
  ASSERT_EQ(read.sets.size(), 3U);
  EXPECT_EQ(read.highest, 3U);
  EXPECT_EQ(read.sets[0].instance, 1U);
  EXPECT_EQ(read.sets[2].seal.status, chain_status::pass);
}

TEST(ArcChain, ObjectsToBrokenForms) {
  const auto message = sealed_times(2);
  const std::vector<std::array<std::string, 3>> cases{
      {"ARC-Seal:", "X-Seal:", "set 2 is not complete"},
      {"ARC-Message-Signature:", "X-Signature:", "set 2 is not complete"},
      {"ARC-Authentication-Results:", "X-Results:", "set 2 is not complete"},
      {"ARC-Authentication-Results: i=2", "ARC-Authentication-Results: i=1",
       "set 1 is not complete"},
      {"ARC-Authentication-Results: i=2", "ARC-Authentication-Results: j=2",
       "ARC-Authentication-Results: does not begin with i="},
      {"cv=pass", "cv=none", "seal 2 says cv=none"},
      {"cv=none", "cv=pass", "seal 1 says cv=pass"},
      {"cv=pass", "cv=fail", "seal 2 says cv=fail"},
  };
  for (const auto& [what, with, want] : cases) {
    const auto read = chain_of(dkim::replaced(message, what, with));
    EXPECT_EQ(read.objection, want) << with;
    EXPECT_TRUE(read.exists());
    EXPECT_EQ(read.highest, 2U);
    EXPECT_EQ(read.ended, with == "cv=fail");
  }
}

TEST(ArcChain, ObjectsToGaps) {
  const auto first = sealed_times(1);
  const auto second = sealed(first);
  const auto alone = second.substr(0, second.size() - first.size()) + dkim::test_message();
  EXPECT_EQ(chain_of(alone).objection, "instances have a gap");
}

TEST(ArcChain, TooManyFieldsAreNotRead) {
  std::string message;
  for (int i = 0; i < 8'000; ++i) message += "ARC-Seal: i=1\r\n";
  const auto read = chain_of(message);
  EXPECT_EQ(read.objection, "more fields than instances_max");
  EXPECT_EQ(read.highest, instances_max);
}

}  // namespace
}  // namespace signpost::arc

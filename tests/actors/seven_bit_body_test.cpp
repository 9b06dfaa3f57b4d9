// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/seven_bit_body.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace signpost::actors {
namespace {

constexpr std::string_view results = "Authentication-Results: mx.test; ";
constexpr std::string_view from = "From: J\xc3\xbcrgen <a@shop.example>\r\n";

result<body_ptr> copy(const std::string& our_results, const std::string& header,
                      reencoding allowed = reencoding::unsigned_mail,
                      memory_budget* budget = nullptr) {
  const auto ours =
      our_results.empty() ? std::string() : std::string(results) + our_results + "\r\n";
  const auto whole = header + "\r\nGr\xc3\xbc\xc3\x9f" "e\r\n";
  return seven_bit_body(std::make_shared<const message_body>(whole), ours, allowed, budget);
}

TEST(SevenBitBody, IsMadeOfWhatCameUnsigned) {
  const auto made = copy("dkim=none; dmarc=none; arc=none", std::string(from));
  ASSERT_TRUE(made);
  EXPECT_TRUE(is_ascii((*made)->octets()));
  EXPECT_EQ(copy("dkim=none; arc=none", std::string(from), reencoding::never).error().code,
            errc::malformed);
}

// The copy stands in memory beside the message.
TEST(SevenBitBody, IsChargedToTheBudget) {
  memory_budget small(5000);
  ASSERT_TRUE(small.take(4000));
  const std::string none = "dkim=none; arc=none";
  EXPECT_EQ(copy(none, std::string(from), reencoding::always, &small).error().code,
            errc::no_space)
      << "to be tried again";
  EXPECT_EQ(small.used(), 4000U);
  memory_budget never(2000);
  EXPECT_EQ(copy(none, std::string(from), reencoding::always, &never).error().code,
            errc::malformed);
  memory_budget enough(10'000);
  {
    const auto made = copy(none, std::string(from), reencoding::always, &enough);
    ASSERT_TRUE(made);
    EXPECT_GE(enough.used(), (*made)->size());
  }
  EXPECT_EQ(enough.used(), 0U);
}

// Encoding would break for good what may hold at the destination.
TEST(SevenBitBody, WhatCouldNotBeJudgedCountsAsSigned) {
  const auto header = std::string(from);
  for (const std::string spoiled : {"none", "fail", "permerror"}) {
    EXPECT_TRUE(copy("dkim=" + spoiled + "; arc=none", header)) << spoiled;
    EXPECT_TRUE(copy("dkim=none; arc=fail", header));
  }
  for (const std::string open : {"pass", "temperror", "neutral", "policy"}) {
    EXPECT_FALSE(copy("dkim=" + open + "; arc=none", header)) << open;
    EXPECT_FALSE(copy("dkim=fail; dkim=" + open + "; arc=none", header)) << open;
    EXPECT_TRUE(copy("dkim=" + open + "; arc=none", header, reencoding::always)) << open;
  }
  EXPECT_FALSE(copy("dkim=none; arc=pass", header));
  EXPECT_FALSE(copy("dkim=none; arc=temperror", header));
}

TEST(SevenBitBody, WhatNobodyLookedAtCountsAsSigned) {
  const auto header = "DKIM-Signature: x\r\n" + std::string(from);
  EXPECT_TRUE(copy("dkim=fail; arc=none", header));
  // Of many signatures the first are verified.
  EXPECT_FALSE(copy("dkim=fail; arc=none", "DKIM-Signature: y\r\n" + header));
  EXPECT_FALSE(copy("dmarc=none", header));
  EXPECT_FALSE(copy("dkim=none", "ARC-Seal: x\r\n" + std::string(from)));
  EXPECT_FALSE(copy("", header));
}

// The author was judged as the message came: a copy that shows another one to some reader would
// carry our names for somebody who was never asked about.
TEST(SevenBitBody, HasTheAuthorsOfTheMessage) {
  const std::string none = "dkim=none; arc=none";
  for (const std::string header :
       {"From: \"\xc3\xa9 <boss@zone.example>,\" <a@attacker.example>\r\n",
        "From: \"\xc3\xa9 boss@zone.example\" <a@attacker.example>\r\n",
        "From: (\xc3\xa9\\) <boss@zone.example>, ) <a@attacker.example>\r\n"}) {
    EXPECT_FALSE(copy(none, header)) << header;
    EXPECT_FALSE(copy(none, header, reencoding::always)) << header;
  }
  for (const std::string header :
       {"From: \"M\xc3\xbcller, Ann\" <a@shop.example>\r\n",
        "From: =?utf-8?Q?M=C3=BCller?= \xc3\xbc <a@shop.example>\r\n",
        "From: a@shop.example (\xc3\xbc)\r\nSubject: \xc3\xbc <b@zone.example>\r\n"}) {
    EXPECT_TRUE(copy(none, header)) << header;
  }
}

}  // namespace
}  // namespace signpost::actors

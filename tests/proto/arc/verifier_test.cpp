// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/arc/verifier.hpp"

#include <gtest/gtest.h>

#include "tests/proto/arc/support.hpp"

namespace signpost::arc {
namespace {

TEST(ArcVerifier, MessageWithoutChainIsNone) {
  const auto got = validate(dkim::test_message());
  EXPECT_EQ(outcome(got), "none");
  EXPECT_EQ(got.highest, 0U);
}

TEST(ArcVerifier, SealedMessagesPass) {
  auto message = dkim::test_message();
  for (unsigned instance = 1; instance <= 3; ++instance) {
    message = sealed(message);
    const auto got = validate(message);
    EXPECT_EQ(outcome(got), "pass");
    EXPECT_EQ(got.highest, instance);
    EXPECT_EQ(got.oldest_pass, 0U);
    ASSERT_EQ(got.sealers.size(), instance);
    EXPECT_EQ(got.sealers.back().domain, "example.org");
    EXPECT_EQ(got.sealers.front().results, "mx.example.org; arc=none; dkim=pass");
  }
}

TEST(ArcVerifier, ChangesAfterTheLastSealFail) {
  const auto message = sealed_times(2);
  const std::vector<std::array<std::string, 3>> cases{
      {"Subject: A", "Subject: B", "fail: ARC-Message-Signature: signature did not verify"},
      {"Dear", "dear", "fail: ARC-Message-Signature: body hash did not verify"},
      {"arc=pass; dkim=pass", "arc=pass; dkim=fail", "fail: ARC-Seal: seal 2 did not verify"},
      {"arc=none; dkim=pass", "arc=none; dkim=fail", "fail: ARC-Seal: seal 1 did not verify"},
      {"Received:", "X-New: 1\r\nReceived:", "pass"},
      {"arc=none; dkim", "arc=none;   dkim", "pass"},
  };
  for (const auto& [what, with, want] : cases) {
    EXPECT_EQ(outcome(validate(dkim::replaced(message, what, with))), want) << with;
  }
}

TEST(ArcVerifier, ChangeBetweenSealsMovesTheOldestPass) {
  const auto message = dkim::replaced(sealed_times(2), "Subject: A", "Subject: [list] A");
  // A host that changes a message seals what it validated before the change.
  const imf::message_view view(message);
  dkim::message_hasher hasher(view);
  const auto set = seal_message(hasher, chain_status::pass, results_with(chain_status::pass),
                                test_sealer(), dkim::test_time);
  const auto got = validate(set.value().text() + message);
  EXPECT_EQ(outcome(got), "pass");
  EXPECT_EQ(got.oldest_pass, 3U);
}

TEST(ArcVerifier, MissingAnswersAreTemporary) {
  const auto got = validate(sealed_times(1), {}, {});
  EXPECT_EQ(got.status, chain_status::fail);
  EXPECT_TRUE(got.temporary);
  EXPECT_EQ(got.reason, "ARC-Message-Signature: DNS was not asked");
}

TEST(ArcVerifier, MissingKeysAreNot) {
  const auto got =
      validate(sealed_times(1), {},
               {{"ed._domainkey.example.org", dkim::read_key({.status = dns::status::nxdomain})}});
  EXPECT_EQ(got.status, chain_status::fail);
  EXPECT_FALSE(got.temporary);
}

TEST(ArcVerifier, AsksNothingOfABrokenForm) {
  const auto message = dkim::replaced(sealed_times(2), "ARC-Seal:", "X-Seal:");
  const imf::message_view view(message);
  dkim::message_hasher hasher(view);
  EXPECT_TRUE(verifier(hasher).questions().empty());
}

TEST(ArcVerifier, ShortKeysFail) {
  auto options = test_sealer();
  options.selector = "rsa";
  options.key = dkim::rsa_key();
  const auto message = sealed(dkim::test_message(), options);
  EXPECT_EQ(outcome(validate(message)), "pass");
  EXPECT_EQ(outcome(validate(message, {.rsa_bits_min = 4096})),
            "fail: ARC-Message-Signature: key too short");
}

}  // namespace
}  // namespace signpost::arc

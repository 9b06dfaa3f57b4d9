// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages made to cost much. The bounds are generous: what is quadratic takes minutes.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/proto/dkim/support.hpp"

namespace signpost::dkim {
namespace {

class DkimHostile : public testing::Test {
 protected:
  void TearDown() override { EXPECT_LT(std::chrono::steady_clock::now() - start_, seconds{10}); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::string one_signature() {
  const auto message = signed_message(test_message(), ed25519_options());
  return message.substr(0, message.size() - test_message().size());
}

TEST_F(DkimHostile, TenThousandSignatures) {
  std::string message;
  for (int i = 0; i < 10'000; ++i) message += "DKIM-Signature: v=1; a=rsa-sha256; b=\r\n";
  message += one_signature() + test_message();
  const auto got = verify(message);
  EXPECT_EQ(got.signatures.size(), signatures_max);
  EXPECT_GT(got.skipped, 8'000U);
  EXPECT_FALSE(got.passed());
}

TEST_F(DkimHostile, TwentyValidSignaturesOfOneKey) {
  std::string message;
  for (int i = 0; i < 100; ++i) message += one_signature();
  const auto got = verify(message + test_message());
  EXPECT_EQ(got.signatures.size(), signatures_max);
  EXPECT_EQ(got.skipped, 100 - signatures_max);
}

TEST_F(DkimHostile, LineOfOneMegabyteInAHeader) {
  const auto message = "X: " + std::string(1 << 20, 'x') + "\r\n" + one_signature();
  EXPECT_TRUE(verify(message + test_message()).signatures.empty());
  const auto below = one_signature() + "X: " + std::string(1 << 20, 'x') + "\r\n" + test_message();
  EXPECT_FALSE(verify(below).passed());
}

TEST_F(DkimHostile, FieldFoldedQuadratically) {
  std::string value;
  for (int i = 0; i < 100'000; ++i) value += "\r\n ";
  const auto message = "Subject: a" + value + "b\r\nFrom: a@example.org\r\n\r\n";
  EXPECT_EQ(outcome(verify(signed_message(message, ed25519_options()))), "pass");
}

TEST_F(DkimHostile, SignatureOfBlanksAndTags) {
  const std::string blanks(200'000, ' ');
  EXPECT_EQ(verify("DKIM-Signature:" + blanks + "v" + blanks + "=1\r\n" + test_message())
                .signatures.at(0)
                .verdict,
            verdict::neutral);
  std::string tags;
  for (int i = 0; i < 50'000; ++i) tags += "t" + std::to_string(i) + "=;";
  EXPECT_EQ(verify("DKIM-Signature:" + tags + "\r\n" + test_message()).signatures.at(0).reason,
            "tags_max");
}

TEST_F(DkimHostile, HundredThousandNamesToHash) {
  std::string names = "from";
  for (int i = 0; i < 50'000; ++i) names += ":to:x";
  const auto message = replaced(one_signature(), "h=from:", "h=" + names + ":") + test_message();
  EXPECT_EQ(outcome(verify(message)), "fail: signature did not verify");
}

TEST_F(DkimHostile, EverySignatureAnotherLength) {
  std::string message;
  for (std::size_t i = 0; i < signatures_max; ++i) {
    message += replaced(one_signature(), "v=1;", "v=1; l=" + std::to_string(i * 1'000'000) + ";");
  }
  message += test_message();
  for (int i = 0; i < 500'000; ++i) message += "A  line of\ttext, now and then.\r\n";
  EXPECT_FALSE(verify(message).passed());
}

TEST_F(DkimHostile, BodyOfLineEndsAndBlanks) {
  for (const std::string_view unit :
       {"\r\n", " ", "\r", "\n", " \r\n", "a ", "\t \t\r", "a\r\n\r\n"}) {
    std::string body;
    while (body.size() < 4'000'000) body += unit;
    EXPECT_EQ(
        outcome(verify(signed_message("From: a@example.org\r\n\r\n" + body, ed25519_options()))),
        "pass")
        << unit;
  }
}

}  // namespace
}  // namespace signpost::dkim

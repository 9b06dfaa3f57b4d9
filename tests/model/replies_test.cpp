// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/replies.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "base/text.hpp"
#include "model/authentication/admission.hpp"

namespace signpost::model {
namespace {

TEST(Replies, HaveAClassThatAgreesWithTheCode) {
  for (const auto& row : reply_rows()) {
    EXPECT_EQ(row.code / 100, row.status.klass) << row.reason;
    EXPECT_TRUE(row.code >= 400 && row.code < 600) << row.reason;
    EXPECT_FALSE(row.text.empty());
  }
}

std::string page_for_operators() {
  std::ifstream file(SIGNPOST_TEST_DATA "/../../docs/operating/refusals.md");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(Replies, AreAllInThePageForOperators) {
  const auto page = page_for_operators();
  for (const auto& row : reply_rows()) {
    const auto code = "| `" + std::to_string(row.code) + " " + row.status.to_string() + "` | `"
                      + std::string(row.reason) + "`";
    const auto text = " | " + std::string(row.text) + " | ";
    bool found = false;
    for (const auto line : split(page, '\n')) {
      found = found || (line.starts_with(code) && line.find(text) != std::string_view::npos);
    }
    EXPECT_TRUE(found) << code << text;
  }
}

TEST(Replies, ThePageForOperatorsHasEveryReasonOfAdmission) {
  const auto page = page_for_operators();
  for (const auto reason : refusal_reasons()) {
    EXPECT_NE(page.find("`" + std::string(reason) + "`"), std::string::npos) << reason;
  }
}

TEST(Replies, TakeATextOfTheirOwn) {
  EXPECT_EQ(make_reply(reply_kind::rule_reject).lines.at(0), "This address does not accept mail");
  EXPECT_EQ(make_reply(reply_kind::rule_reject, "Gone").lines.at(0), "Gone");
  EXPECT_EQ(reason_word(reply_kind::null_mx), "null_mx");
}

}  // namespace
}  // namespace signpost::model

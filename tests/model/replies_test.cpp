// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/replies.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

namespace signpost::model {
namespace {

TEST(Replies, HaveAClassThatAgreesWithTheCode) {
  std::set<std::string_view> words;
  for (const auto& row : reply_rows()) {
    EXPECT_EQ(row.code / 100, row.status.klass) << row.reason;
    EXPECT_TRUE(row.code >= 400 && row.code < 600) << row.reason;
    EXPECT_FALSE(row.text.empty());
    EXPECT_TRUE(words.insert(row.reason).second) << row.reason << " stands there twice";
  }
}

TEST(Replies, AreAllInThePageForOperators) {
  std::ifstream file(SIGNPOST_TEST_DATA "/../../docs/operating/refusals.md");
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (const auto& row : reply_rows()) {
    const auto want = "| `" + std::to_string(row.code) + " " + row.status.to_string() + "` | `"
                      + std::string(row.reason) + "` | " + std::string(row.text) + " |";
    EXPECT_NE(page.find(want), std::string::npos) << want;
  }
}

TEST(Replies, TakeATextOfTheirOwn) {
  EXPECT_EQ(make_reply(reply_kind::rule_reject).lines.at(0), "This address takes no mail");
  EXPECT_EQ(make_reply(reply_kind::rule_reject, "Gone").lines.at(0), "Gone");
  EXPECT_EQ(reason_word(reply_kind::null_mx), "null_mx");
}

}  // namespace
}  // namespace signpost::model

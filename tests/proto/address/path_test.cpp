// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/path.hpp"

#include <gtest/gtest.h>

namespace signpost::smtp {
namespace {

struct path_case {
  std::string text;
  const char* want;  // nullptr: refused
};

const std::vector<path_case> common_cases{
    {"<ann@shop.example>", "ann@shop.example"},
    {"<\"a>b\"@shop.example>", "\"a>b\"@shop.example"},
    {"<ann@[192.0.2.1]>", "ann@[192.0.2.1]"},
    {"<@one.example:ann@shop.example>", "ann@shop.example"},
    {"<@one.example,@two.example:ann@shop.example>", "ann@shop.example"},
    {"", nullptr},
    {"<", nullptr},
    {">", nullptr},
    {"ann@shop.example", nullptr},
    {"<ann@shop.example", nullptr},
    {"ann@shop.example>", nullptr},
    {"<<ann@shop.example>>", nullptr},
    {"< ann@shop.example>", nullptr},
    {" <ann@shop.example>", nullptr},
    {"<ann>", nullptr},
    {"<@one.example>", nullptr},
    {"<@one.example:>", nullptr},
    {"<@one.example,two.example:ann@shop.example>", nullptr},
    {"<@one.example, @two.example:ann@shop.example>", nullptr},
    {"<@:ann@shop.example>", nullptr},
    {"<@-.example:ann@shop.example>", nullptr},
    {"<one.example:ann@shop.example>", nullptr},
    {"<ann@shop.example\r\nRCPT TO:<x@y.example>>", nullptr},
};

template <typename Path>
void expect_common_cases() {
  for (const auto& c : common_cases) {
    const auto got = Path::parse(c.text);
    ASSERT_EQ(got.has_value(), c.want != nullptr) << c.text;
    if (got) {
      EXPECT_EQ(got->to_string(), c.want) << c.text;
    } else {
      EXPECT_EQ(got.error().code, errc::malformed) << c.text;
    }
  }
}

TEST(SmtpReversePath, ReadsMailboxesAndIgnoresRoutes) {
  expect_common_cases<reverse_path>();
}
TEST(SmtpForwardPath, ReadsMailboxesAndIgnoresRoutes) {
  expect_common_cases<forward_path>();
}

TEST(SmtpReversePath, MayBeNull) {
  const auto got = reverse_path::parse("<>");
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->is_null());
  EXPECT_EQ(got->to_string(), "");
  EXPECT_FALSE(reverse_path::parse("<ann@shop.example>")->is_null());
  EXPECT_FALSE(reverse_path::parse("< >"));
}

TEST(SmtpForwardPath, MayBePostmasterInAnyCaseButNotNull) {
  for (const auto* text : {"<postmaster>", "<Postmaster>", "<POSTMASTER>"}) {
    const auto got = forward_path::parse(text);
    ASSERT_TRUE(got) << text;
    EXPECT_FALSE(got->mailbox());
    EXPECT_EQ(got->to_string(), "postmaster");
  }
  EXPECT_TRUE(forward_path::parse("<postmaster@shop.example>")->mailbox());
  EXPECT_FALSE(forward_path::parse("<>"));
  EXPECT_FALSE(forward_path::parse("postmaster"));
  EXPECT_FALSE(reverse_path::parse("<postmaster>"));
}

TEST(SmtpPath, Has256OctetsAtMost) {
  const std::string label = std::string(49, 'b') + ".";
  const std::string mailbox = "aa@" + label + label + label + label + label + "b";
  ASSERT_EQ(mailbox.size(), 254U);
  EXPECT_TRUE(reverse_path::parse("<" + mailbox + ">"));
  for (const auto& text : {"<a" + mailbox + ">", "<@one.example:" + mailbox + ">"}) {
    ASSERT_FALSE(forward_path::parse(text));
    EXPECT_EQ(forward_path::parse(text).error().code, errc::limit_exceeded);
  }
}

}  // namespace
}  // namespace signpost::smtp

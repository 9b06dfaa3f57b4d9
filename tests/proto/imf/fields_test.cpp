// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/fields.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace signpost::imf {
namespace {

struct text_case {
  std::string_view input;
  std::string_view want;
};

TEST(Unfold, RemovesLineEndsAndKeepsTheBlanksBehindThem) {
  const text_case cases[] = {{" one\r\n two ", "one two"},
                             {"a\n\tb", "a\tb"},
                             {"a\r\rb", "ab"},
                             {"", ""},
                             {" \r\n \r\n ", ""}};
  for (const auto& c : cases) EXPECT_EQ(unfold(c.input), c.want) << c.input;
}

TEST(WithoutComments, RemovesNestedOnesOutsideOfQuotes) {
  const text_case cases[] = {{"a (b) c", "a   c"},
                             {"(a (b) c) d", "d"},
                             {R"~("(not one)" x)~", R"~("(not one)" x)~"},
                             {R"((a \) b) c)", "c"},
                             {R"~("a \" (b)" c)~", R"~("a \" (b)" c)~"},
                             {"a (never closed", "a"},
                             {"a) b", "a) b"},
                             {"a\\", "a\\"}};
  for (const auto& c : cases) EXPECT_EQ(without_comments(c.input), c.want) << c.input;
}

TEST(OneLine, LeavesNothingThatCouldStartALine) {
  EXPECT_EQ(one_line("550 no\r\nEvil: yes\t\x01 x "), "550 no Evil: yes x");
  EXPECT_EQ(one_line("B\xc3\xbc"
                     "cher"),
            "B??cher");
  EXPECT_EQ(one_line("B\xc3\xbc"
                     "cher",
                     true),
            "B\xc3\xbc"
            "cher");
  EXPECT_EQ(one_line("B\xc3", true), "B?");
  EXPECT_EQ(one_line(""), "");
}

TEST(FoldedField, BreaksBeforeTheWordThatPassesTheColumns) {
  const std::string word(30, 'x');
  EXPECT_EQ(folded_field("Name", word + " " + word + " " + word),
            "Name: " + word + " " + word + "\r\n " + word + "\r\n");
}

TEST(FoldedField, KeepsALongFirstWordOnTheFirstLine) {
  const std::string word(200, 'x');
  EXPECT_EQ(folded_field("Name", word), "Name: " + word + "\r\n");
}

TEST(FoldedField, BreaksAWordThatNoLineMayHold) {
  const auto field = folded_field("Name", std::string(5000, 'x'));
  std::size_t longest = 0;
  std::size_t start = 0;
  for (auto end = field.find("\r\n"); end != std::string::npos; end = field.find("\r\n", start)) {
    longest = std::max(longest, end - start);
    start = end + 2;
  }
  EXPECT_EQ(longest, line_octets_max);
}

}  // namespace
}  // namespace signpost::imf

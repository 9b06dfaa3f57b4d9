// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/canonicalization.hpp"

#include <gtest/gtest.h>

namespace signpost::dkim {
namespace {

template <typename Canonicalizer>
std::string whole(std::string_view body) {
  Canonicalizer canonicalizer;
  std::string out;
  const auto sink = [&](std::string_view piece) { out += piece; };
  canonicalizer.update(body, sink);
  canonicalizer.finish(sink);
  return out;
}

template <typename Canonicalizer>
std::string in_two(std::string_view body, std::size_t cut) {
  Canonicalizer canonicalizer;
  std::string out;
  const auto sink = [&](std::string_view piece) { out += piece; };
  canonicalizer.update(body.substr(0, cut), sink);
  canonicalizer.update(body.substr(cut), sink);
  canonicalizer.finish(sink);
  return out;
}

struct body_case {
  std::string body;
  std::string simple;
  std::string relaxed;
};

const std::vector<body_case>& bodies() {
  static const std::vector<body_case> cases{
      // RFC 6376 §3.4.5
      {" C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"},
      {"", "\r\n", ""},
      {"\r\n", "\r\n", ""},
      {"\r\n\r\n\r\n", "\r\n", ""},
      {" \t\r\n \r\n", " \t\r\n \r\n", ""},
      {"  ", "  \r\n", ""},
      {"a", "a\r\n", "a\r\n"},
      {"a ", "a \r\n", "a\r\n"},
      {"a\r\n", "a\r\n", "a\r\n"},
      {"a\r\n \r\n", "a\r\n \r\n", "a\r\n"},
      {"a\r\n\r\nb", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n"},
      {"a \t \r\n\r\n\t b  c\r\n", "a \t \r\n\r\n\t b  c\r\n", "a\r\n\r\n b c\r\n"},
      {"\r\n\r\na", "\r\n\r\na\r\n", "\r\n\r\na\r\n"},
      {"a\r\nb c\r\n d\te\r\n", "a\r\nb c\r\n d\te\r\n", "a\r\nb c\r\n d e\r\n"},
      // Lone CRs and LFs are text.
      {"a\nb\r\n", "a\nb\r\n", "a\nb\r\n"},
      {"a \nb\r\n", "a \nb\r\n", "a \nb\r\n"},
      {"a\rb\r\n", "a\rb\r\n", "a\rb\r\n"},
      {"a \r b\r\n", "a \r b\r\n", "a \r b\r\n"},
      {"a\r\n\r", "a\r\n\r\r\n", "a\r\n\r\r\n"},
      {"a\r\r\n\r\n", "a\r\r\n", "a\r\r\n"},
      {"\n\n", "\n\n\r\n", "\n\n\r\n"},
      {std::string("a\0b  c", 6), std::string("a\0b  c\r\n", 8), std::string("a\0b c\r\n", 7)},
      {"12345678 12345678  \xc3\xbc\t\r\n", "12345678 12345678  \xc3\xbc\t\r\n",
       "12345678 12345678 \xc3\xbc\r\n"},
  };
  return cases;
}

TEST(DkimBody, SimpleChangesTheEndOnly) {
  for (const auto& one : bodies()) EXPECT_EQ(whole<simple_body>(one.body), one.simple) << one.body;
}

TEST(DkimBody, RelaxedReducesBlanks) {
  for (const auto& one : bodies())
    EXPECT_EQ(whole<relaxed_body>(one.body), one.relaxed) << one.body;
}

TEST(DkimBody, PiecesGiveTheSameAsTheWhole) {
  for (const auto& one : bodies()) {
    for (std::size_t cut = 0; cut <= one.body.size(); ++cut) {
      EXPECT_EQ(in_two<simple_body>(one.body, cut), one.simple) << one.body << cut;
      EXPECT_EQ(in_two<relaxed_body>(one.body, cut), one.relaxed) << one.body << cut;
    }
  }
}

// All bodies of up to seven octets of these four: against rules written down as plainly as can be.
std::string plain_relaxed(std::string_view body) {
  std::string out;
  std::size_t kept = 0;  // octets of `out` up to the last line that is not empty
  while (!body.empty()) {
    const auto end = body.find("\r\n");
    std::string line;
    for (const char c : body.substr(0, end)) {
      const char blank_free = c == '\t' ? ' ' : c;
      if (blank_free == ' ' && line.ends_with(' ')) continue;
      line += blank_free;
    }
    if (line.ends_with(' ')) line.pop_back();
    out += line + "\r\n";
    if (!line.empty()) kept = out.size();
    body = end == std::string_view::npos ? std::string_view() : body.substr(end + 2);
  }
  return out.substr(0, kept);
}

TEST(DkimBody, RelaxedIsWhatTheRulesSay) {
  constexpr std::string_view letters = "a \r\n";
  for (std::size_t size = 0; size <= 7; ++size) {
    for (std::size_t number = 0; number < (std::size_t{1} << (2 * size)); ++number) {
      std::string body;
      for (std::size_t i = 0; i < size; ++i) body += letters[number >> (2 * i) & 3];
      ASSERT_EQ(whole<relaxed_body>(body), plain_relaxed(body)) << testing::PrintToString(body);
    }
  }
}

TEST(DkimHeader, RelaxedFieldsHaveOneLineAndSingleBlanks) {
  // RFC 6376 §3.4.5
  EXPECT_EQ(relaxed_field("A", " X"), "a:X");
  EXPECT_EQ(relaxed_field("B", " Y\t\r\n\tZ  "), "b:Y Z");
  EXPECT_EQ(relaxed_field("Subject", "\r\n  a\r\n b \r\n "), "subject:a b");
  EXPECT_EQ(relaxed_field("X", ""), "x:");
  EXPECT_EQ(relaxed_field("X", "a\rb"), "x:a\rb");
}

TEST(DkimCanonicalization, PairsAreReadAndWritten) {
  EXPECT_EQ(to_string(*parse_canonicalization("relaxed")), "relaxed/simple");
  EXPECT_EQ(to_string(*parse_canonicalization("simple/relaxed")), "simple/relaxed");
  for (const auto* text : {"", "/", "relaxed/", "Relaxed", "nowsp", "relaxed/relaxed/relaxed"}) {
    EXPECT_EQ(parse_canonicalization(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace signpost::dkim

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/glob.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace signpost::model {
namespace {

struct glob_case {
  std::string pattern;
  std::string text;
  bool want;
};

class GlobMatching : public testing::TestWithParam<glob_case> {};

TEST_P(GlobMatching, MatchesTheWholeText) {
  const auto& c = GetParam();
  EXPECT_EQ(glob::compile(c.pattern).value().matches(c.text), c.want) << c.pattern << " " << c.text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, GlobMatching,
    testing::Values(
        glob_case{"abc", "abc", true}, glob_case{"abc", "abcd", false},
        glob_case{"abc", "xabc", false}, glob_case{"abc", "", false}, glob_case{"*", "", true},
        glob_case{"*", "anything", true}, glob_case{"**", "x", true}, glob_case{"?", "", false},
        glob_case{"?", "x", true}, glob_case{"?", "xy", false}, glob_case{"?*", "", false},
        glob_case{"?*?", "x", false}, glob_case{"?*?", "xy", true}, glob_case{"a*", "a", true},
        glob_case{"a*", "ba", false}, glob_case{"*a", "bba", true}, glob_case{"*a", "bab", false},
        glob_case{"a*b*c", "a-b-b-c", true}, glob_case{"a*b*c", "a-c-b", false},
        glob_case{"a?c", "abc", true}, glob_case{"a?c", "ac", false},
        glob_case{"*ab*ab", "ab", false}, glob_case{"*ab*ab", "abab", true},
        glob_case{"?", "é", true}, glob_case{"??", "é", false}, glob_case{"a?b", "a€b", true},
        glob_case{"?é", "èé", true}, glob_case{"é*", "éx", true}, glob_case{"*?", "😀", true}));

// What the words `*` and `?` mean, written so that it is plainly right.
bool plainly_matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    for (std::size_t n = 0; n <= text.size(); ++n) {
      if (plainly_matches(pattern.substr(1), text.substr(n))) return true;
    }
    return false;
  }
  if (text.empty() || (pattern.front() != '?' && pattern.front() != text.front())) return false;
  return plainly_matches(pattern.substr(1), text.substr(1));
}

TEST(Glob, DecidesAsThePlainMeaningDoes) {
  std::mt19937 random(7);
  const auto text_of = [&](std::string_view letters, std::size_t size_max) {
    std::string text;
    for (auto n = random() % (size_max + 1); n > 0; --n) text += letters[random() % letters.size()];
    return text;
  };
  std::size_t matched = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto pattern = text_of("ab*?", 9);
    const auto text = text_of("ab", 9);
    if (pattern.empty()) continue;
    const bool want = plainly_matches(pattern, text);
    matched += want ? 1 : 0;
    ASSERT_EQ(glob::compile(pattern).value().matches(text), want) << pattern << " " << text;
  }
  EXPECT_GT(matched, 500U);
}

// A matcher that tries again from every star would not end.
TEST(Glob, TakesNoLongerForAPatternMadeToBeSlow) {
  std::string pattern;
  while (pattern.size() + 2 <= glob::octets_max - 1) pattern += "*a";
  const auto g = glob::compile(pattern + "b").value();
  const std::string text(100'000, 'a');
  EXPECT_FALSE(g.matches(text));
  EXPECT_TRUE(g.matches(text + "b"));
}

TEST(Glob, CountsBeyondOneWord) {
  const std::string long_text(200, 'x');
  EXPECT_TRUE(glob::compile(long_text).value().matches(long_text));
  EXPECT_FALSE(glob::compile(long_text).value().matches(long_text + "x"));
  EXPECT_TRUE(glob::compile(std::string(256, '?')).value().matches(std::string(256, 'y')));
  EXPECT_FALSE(glob::compile(std::string(256, '?')).value().matches(std::string(255, 'y')));
}

TEST(Glob, RefusesWhatIsTooLongOrNoText) {
  EXPECT_EQ(glob::compile("").error().code, errc::malformed);
  EXPECT_EQ(glob::compile("\xFF*").error().code, errc::malformed);
  EXPECT_EQ(glob::compile(std::string(257, 'x')).error().code, errc::limit_exceeded);
}

}  // namespace
}  // namespace signpost::model

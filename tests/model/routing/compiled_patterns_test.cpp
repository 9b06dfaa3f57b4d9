// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/compiled_patterns.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "model/routing/zone_routes.hpp"

namespace signpost::model {
namespace {

std::vector<const address_pattern*> pointers(const std::vector<address_pattern>& patterns) {
  std::vector<const address_pattern*> out;
  for (const auto& p : patterns) out.push_back(&p);
  return out;
}

address_pattern regex(const std::string& text) {
  return address_pattern::regex(text).value();
}

std::string letters(std::mt19937& random, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "ab"[random() % 2];
  return text;
}

// All at once is the same as each by itself.
TEST(CompiledPatterns, DecideAsEachPatternDoesByItself) {
  std::vector<address_pattern> patterns;
  for (const auto* text :
       {"a.*@x\\.example", "A|b@x\\.example", "(a|b)+@x.*", "^a{2,3}b$", ".*a.{3}b*@.*", "b*@x",
        "[^a]*@x\\.example", "é+@x\\.example", "(?i)AB.*", ".*", "a?b?a?b?@x\\.example$"}) {
    patterns.push_back(regex(text));
  }
  patterns.insert(patterns.begin() + 2, address_pattern::glob("*a?b@x.example").value());
  patterns.push_back(address_pattern::glob("b*@*.example").value());
  const auto all = pointers(patterns);
  const auto compiled = compiled_patterns::compile(all).value();
  std::mt19937 random(3);
  std::size_t matched = 0;
  for (int i = 0; i < 3000; ++i) {
    auto to = letters(random, random() % 9) + "@x.example";
    if (random() % 8 == 0) to.insert(random() % 3 == 0 ? 0 : to.find('@'), "é");
    const auto found = compiled->matching_regexes(to).value();
    int regexes = 0;
    std::size_t globs = 0;
    for (const auto& p : patterns) {
      const bool got = p.is_regex() ? std::ranges::binary_search(found, regexes++)
                                    : compiled->glob_matches(globs++, to);
      matched += got ? 1 : 0;
      ASSERT_EQ(got, p.matches(to)) << p.text() << " " << to;
    }
  }
  EXPECT_GT(matched, 3000U);
}

// Each octet leads to a state that was never met: the memory is used up again and again.
TEST(CompiledPatterns, NeverFailForWantOfMemory) {
  std::vector<address_pattern> patterns;
  std::size_t steps = 0;
  for (int i = 0;; ++i) {
    auto p = regex(".*a.{" + std::to_string(20 + i % 30) + "}b.{" + std::to_string(i % 7)
                   + "}.*@x\\.example");
    if (steps + p.steps() > zone_routes::regex_steps_max) break;
    steps += p.steps();
    patterns.push_back(std::move(p));
  }
  const auto compiled = compiled_patterns::compile(pointers(patterns)).value();
  EXPECT_LT(compiled->octets(), 10U << 20);
  std::mt19937 random(5);
  std::size_t matched = 0;
  for (int i = 0; i < 20; ++i) {
    const auto found = compiled->matching_regexes(letters(random, 64) + "@x.example");
    ASSERT_TRUE(found) << found.error().context;
    matched += found->size();
  }
  EXPECT_GT(matched, 0U);
}

TEST(CompiledPatterns, OfNoneMatchNothing) {
  const auto compiled = compiled_patterns::compile({}).value();
  EXPECT_TRUE(compiled->matching_regexes("a@x.example").value().empty());
  EXPECT_EQ(compiled->octets(), 0U);
}

}  // namespace
}  // namespace signpost::model

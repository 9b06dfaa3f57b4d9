// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/support/options.hpp"

#include <gtest/gtest.h>

namespace signpost::bench {
namespace {

constexpr option_spec specs[] = {
    {"--count", "5", "how many"}, {"--name", "", "who"}, {"--fast", "", "hurry", true}};

result<options> parse(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  return options::parse(specs, arguments);
}

TEST(Options, HaveTheirFallbacks) {
  const auto given = parse({});
  ASSERT_TRUE(given);
  EXPECT_EQ(given->number("--count"), 5U);
  EXPECT_EQ(given->text("--name"), "");
  EXPECT_FALSE(given->flag("--fast"));
  EXPECT_TRUE(given->all("--name").empty());
}

TEST(Options, TakeTheLastValueOrAll) {
  const auto given = parse({"--name", "a", "--fast", "--name", "b", "--count", "0.25"});
  ASSERT_TRUE(given);
  EXPECT_EQ(given->text("--name"), "b");
  EXPECT_EQ(given->all("--name"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(given->flag("--fast"));
  EXPECT_EQ(given->real("--count"), 0.25);
  EXPECT_EQ(given->number("--count").error().code, errc::malformed);
}

TEST(Options, RefuseWhatTheyDoNotKnow) {
  EXPECT_EQ(parse({"--cuont", "5"}).error().code, errc::malformed);
  EXPECT_EQ(parse({"--count"}).error().code, errc::malformed);
}

}  // namespace
}  // namespace signpost::bench

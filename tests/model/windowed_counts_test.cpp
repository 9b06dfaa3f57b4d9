// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/windowed_counts.hpp"

#include <gtest/gtest.h>

namespace signpost::model {
namespace {

using namespace std::chrono_literals;

const steady_time begin{24h};

TEST(WindowedCounts, CountsEachKeyByItself) {
  windowed_counts counts({.secret = "s"});
  EXPECT_EQ(counts.count("a", begin), 0U);
  for (std::uint32_t i = 1; i <= 5; ++i) EXPECT_EQ(counts.add("a", begin), i);
  EXPECT_EQ(counts.add("b", begin), 1U);
  EXPECT_EQ(counts.count("a", begin), 5U);
  EXPECT_EQ(counts.count("c", begin), 0U);
}

TEST(WindowedCounts, ForgetsWithTime) {
  windowed_counts counts({.secret = "s", .window = 1h});
  for (int i = 0; i < 100; ++i) counts.add("a", begin);
  EXPECT_EQ(counts.count("a", begin + 59min), 100U);
  EXPECT_NEAR(counts.count("a", begin + 90min), 50, 1);
  EXPECT_EQ(counts.count("a", begin + 2h), 0U);
  EXPECT_EQ(counts.count("a", begin + 300h), 0U);
}

// Whoever fills it makes no key look less used than it is, and hardly one more used.
TEST(WindowedCounts, AFloodOfKeysHidesNothing) {
  windowed_counts counts({.secret = "s", .width = 16 * 1024});
  for (int i = 0; i < 50; ++i) counts.add("victim", begin);
  for (int i = 0; i < 20'000; ++i) counts.add("flood " + std::to_string(i), begin);
  EXPECT_GE(counts.count("victim", begin), 50U);
  EXPECT_LE(counts.count("victim", begin), 55U);
  EXPECT_LE(counts.count("nobody", begin), 5U);
}

TEST(WindowedCounts, StopsCountingBeforeItWraps) {
  windowed_counts counts({.secret = "s", .width = 1});
  for (int i = 0; i < 70'000; ++i) counts.add("a", begin);
  EXPECT_EQ(counts.count("a", begin), 65'535U);
}

}  // namespace
}  // namespace signpost::model

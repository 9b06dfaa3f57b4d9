// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/flood_gate.hpp"

#include <gtest/gtest.h>

#include <random>

namespace signpost {
namespace {

class FloodGate : public testing::Test {
 protected:
  void wait(milliseconds by) { now_ += by; }
  std::uint64_t admit(std::string_view source, bool carries = false) {
    return gate_.admit("recipient.refused", source, now_, carries);
  }

  flood_limits limits_{.burst = 5, .per_second = 2, .total_per_second = 0, .sources_max = 8};
  flood_gate gate_{limits_};
  steady_time now_{seconds(1000)};
};

TEST_F(FloodGate, LetsABurstThroughAndThenTheRate) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(admit("a"), 1U);
  EXPECT_EQ(admit("a"), 0U);
  wait(milliseconds(500));
  EXPECT_EQ(admit("a"), 1U);
  EXPECT_EQ(admit("a"), 0U);
  EXPECT_EQ(admit("b"), 1U);
  EXPECT_EQ(gate_.suppressed_total(), 2U);
}

TEST_F(FloodGate, TellsWhatAFloodHasCostWhenItIsOver) {
  for (int i = 0; i < 105; ++i) admit("a");
  EXPECT_TRUE(gate_.due(now_).empty());
  wait(seconds(3));
  const auto told = gate_.due(now_);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].event, "recipient.refused");
  EXPECT_EQ(told[0].source, "a");
  EXPECT_EQ(told[0].count, 100U);
  EXPECT_TRUE(gate_.due(now_).empty());
  EXPECT_EQ(gate_.sources(), 0U);
}

TEST_F(FloodGate, TellsOfALastingFloodFromTimeToTime) {
  std::size_t lines = 0;
  std::uint64_t told = 0;
  std::uint64_t written = 0;
  for (int tenth = 0; tenth < 600; ++tenth) {
    for (int i = 0; i < 100; ++i) written += admit("a");
    wait(milliseconds(100));
    for (const auto& s : gate_.due(now_)) {
      ++lines;
      told += s.count;
    }
  }
  EXPECT_LE(lines, 6U);
  EXPECT_GE(lines, 5U);
  wait(std::chrono::minutes(1));
  for (const auto& s : gate_.due(now_)) told += s.count;
  EXPECT_EQ(told + written, 60'000U);
}

TEST_F(FloodGate, ARecordCanStandForThoseBeforeIt) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(admit("a", true), 1U);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(admit("a", true), 0U);
  wait(milliseconds(500));
  EXPECT_EQ(admit("a", true), 11U);
  wait(seconds(10));
  EXPECT_TRUE(gate_.due(now_).empty());
}

TEST_F(FloodGate, AllTogetherMayCauseSoMany) {
  limits_.total_per_second = 10;
  limits_.sources_max = 1000;
  flood_gate gate(limits_);
  std::uint64_t written = 0;
  for (int i = 0; i < 500; ++i) written += gate.admit("x", std::to_string(i), now_);
  EXPECT_EQ(written, 10U);
  EXPECT_EQ(gate.suppressed_total(), 490U);
}

TEST_F(FloodGate, WhatItRemembersAndTellsIsBounded) {
  limits_.sources_max = 100;
  limits_.told_max = 3;
  flood_gate gate(limits_);
  for (int i = 0; i < 5000; ++i) {
    for (int k = 0; k < 7; ++k) gate.admit("x", std::to_string(i), now_);
  }
  EXPECT_LE(gate.sources(), 101U);
  wait(std::chrono::minutes(10));
  const auto told = gate.due(now_);
  EXPECT_LE(told.size(), 4U);
  std::uint64_t sum = 0;
  for (const auto& s : told) sum += s.count;
  EXPECT_EQ(sum, gate.suppressed_total());
  EXPECT_EQ(gate.sources(), 0U);
}

// Whatever comes when: nothing is lost and nothing is told twice.
TEST_F(FloodGate, EveryOccurrenceIsWrittenOrToldOnce) {
  std::mt19937 random(7);
  const auto some = [&](unsigned below) { return static_cast<int>(random() % below); };
  for (int round = 0; round < 50; ++round) {
    limits_ = {.burst = 1 + some(5),
               .per_second = 1 + some(5),
               .total_per_second = 20 * some(2),
               .sources_max = 1 + random() % 6,
               .told_max = 1 + random() % 4};
    flood_gate gate(limits_);
    std::uint64_t happened = 0;
    std::uint64_t told = 0;
    for (int i = 0; i < 2000; ++i) {
      ++happened;
      told += gate.admit("e" + std::to_string(some(2)), std::to_string(some(10)), now_,
                         some(2) == 0);
      if (some(4) == 0) wait(milliseconds(some(300)));
      if (some(10) == 0) {
        for (const auto& s : gate.due(now_)) told += s.count;
      }
    }
    for (const auto& s : gate.rest()) told += s.count;
    EXPECT_EQ(told, happened) << round;
  }
}

}  // namespace
}  // namespace signpost

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/connection_slots.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace signpost::actors {
namespace {

class ConnectionSlotsTest : public testing::Test {
 protected:
  // How many more places a site gets that has `held`, and keeps them.
  std::size_t take_all(bool proven = false, std::string_view tenant = {}) {
    std::size_t held = 0;
    const auto who = [&] {
      return connection_slots::asker{.held = held, .proven = proven, .tenant = tenant};
    };
    while (auto place = slots.take(who(), leash(), now)) {
      places.push_back(std::move(place));
      ++held;
    }
    return held;
  }
  std::shared_ptr<attempt_leash> leash() {
    leashes.push_back(std::make_shared<attempt_leash>());
    return leashes.back();
  }
  std::size_t cut() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(leashes, [](const auto& l) { return l->why_cut().has_value(); }));
  }

  connection_slots slots{100, std::chrono::seconds(15)};
  std::vector<connection_slots::place> places;
  std::vector<std::shared_ptr<attempt_leash>> leashes;
  steady_time now{std::chrono::hours(1)};
};

TEST_F(ConnectionSlotsTest, AGreedySiteLeavesAsMuchAsItTakes) {
  EXPECT_EQ(take_all(), 36U);  // of the 75 for those who have not answered yet
  EXPECT_LE(take_all(), 19U);
}

TEST_F(ConnectionSlotsTest, ATenantWithManySitesLeavesAsMuchAsItTakes) {
  for (int site = 0; site < 200; ++site) take_all(false, "one");
  EXPECT_EQ(slots.used(), 38U);
  EXPECT_GT(take_all(false, "another"), 10U);
  places.clear();
  EXPECT_EQ(take_all(false, "one"), 36U) << "what was given back is no longer its own";
}

TEST_F(ConnectionSlotsTest, AlwaysOneForASiteThatHasNoneAndAQuarterForTheProven) {
  for (int site = 0; site < 200; ++site) take_all();
  EXPECT_EQ(slots.used(), 75U);
  EXPECT_GT(take_all(true), 5U);
  EXPECT_EQ(cut(), 0U);
}

TEST_F(ConnectionSlotsTest, WhoHasWaitedLongestForAWordMakesRoom) {
  for (int site = 0; site < 200; ++site) take_all();
  leashes[0]->note_answer();
  now += std::chrono::seconds(14);
  EXPECT_EQ(take_all(), 0U);
  EXPECT_EQ(cut(), 0U);
  now += std::chrono::seconds(2);
  EXPECT_EQ(take_all(), 0U);
  EXPECT_EQ(cut(), 1U);
  EXPECT_FALSE(leashes[0]->why_cut());
  EXPECT_EQ(leashes[1]->why_cut(), cut_reason::others_wait);
  places[1].give_back();
  EXPECT_EQ(take_all(), 1U);
}

// A greeting costs a tarpit nothing.
TEST_F(ConnectionSlotsTest, ASiteThatHasNoPlaceGetsOneOfThoseThatAnsweredAndTakeForEver) {
  for (int site = 0; site < 200; ++site) take_all(true);
  for (const auto& l : leashes) l->note_answer();
  now += std::chrono::seconds(29);
  EXPECT_FALSE(slots.take({.held = 0, .proven = true}, leash(), now));
  EXPECT_EQ(cut(), 0U);
  now += std::chrono::seconds(2);
  // Who has some waits for his own to end.
  EXPECT_FALSE(slots.take({.held = 3, .proven = true}, leash(), now));
  EXPECT_EQ(cut(), 0U);
  EXPECT_FALSE(slots.take({.held = 0, .proven = true}, leash(), now));
  EXPECT_EQ(cut(), 1U);
  EXPECT_EQ(leashes[0]->why_cut(), cut_reason::others_wait);
  places[0].give_back();
  EXPECT_TRUE(slots.take({.held = 0, .proven = true}, leash(), now));
}

TEST(AttemptLeashTest, IsCutOnceWheneverTheAttemptBegins) {
  attempt_leash leash;
  EXPECT_TRUE(leash.cut(cut_reason::by_operator));
  EXPECT_FALSE(leash.cut(cut_reason::others_wait));
  int told = 0;
  leash.on_cut([&](cut_reason why) { told += why == cut_reason::by_operator ? 1 : 100; });
  EXPECT_EQ(told, 1);
  attempt_leash other;
  other.on_cut([&](cut_reason) { ++told; });
  other.on_cut({});
  other.cut(cut_reason::by_operator);
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace signpost::actors

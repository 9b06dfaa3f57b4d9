// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/routing/fair_line.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace signpost::actors {
namespace {

using line = fair_line<int>;

bool add(line& l, const std::string& owner, int task = 0) {
  return l.add({.group = "one", .name = owner}, task);
}

bool add_for(line& l, const std::string& group, const std::string& owner) {
  int task = 0;
  return l.add({.group = group, .name = owner}, task);
}

std::string next(line& l, std::uint64_t cost) {
  const auto got = l.take();
  if (!got) return "";
  l.done(got->owner, cost);
  return got->owner.name;
}

std::string next_group(line& l, std::uint64_t cost) {
  const auto got = l.take();
  if (!got) return "";
  l.done(got->owner, cost);
  return got->owner.group;
}

TEST(FairLine, GivesEachOwnerTheSameShareOfTheWork) {
  line l(100, 1000);
  std::uint64_t greedy = 0;
  std::uint64_t modest = 0;
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(add(l, "greedy"));
    ASSERT_TRUE(add(l, "modest"));
  }
  for (int i = 0; i < 60; ++i) {
    const auto owner = next(l, 0);
    (owner == "greedy" ? greedy : modest) += 1;
  }
  EXPECT_EQ(greedy + modest, 60U);
  line costly(100, 1000);
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(add(costly, "greedy"));
    ASSERT_TRUE(add(costly, "modest"));
  }
  greedy = modest = 0;
  while (modest < 60) {
    const auto got = costly.take();
    ASSERT_TRUE(got);
    const bool is_greedy = got->owner.name == "greedy";
    costly.done(got->owner, is_greedy ? 100 : 5);
    (is_greedy ? greedy : modest) += 1;
  }
  EXPECT_LE(greedy, 4U) << "three hundred of work, as the modest had";
}

// However many are there before, who comes anew waits for what is being done and no more.
TEST(FairLine, LetsWhoComesAnewGoBeforeThoseWhoHadTheirShare) {
  line l(10, 1000);
  for (int zone = 0; zone < 50; ++zone) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(add(l, "zone" + std::to_string(zone)));
  }
  for (int i = 0; i < 60; ++i) ASSERT_FALSE(next(l, 1000).empty());
  ASSERT_TRUE(add(l, "anew"));
  EXPECT_EQ(next(l, 1), "anew");
}

TEST(FairLine, SavesNoIdleTimeUp) {
  line l(1000, 1000);
  ASSERT_TRUE(add(l, "busy"));
  ASSERT_TRUE(add(l, "idle"));
  EXPECT_FALSE(next(l, 1).empty());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(add(l, "busy"));
  for (int i = 0; i < 50; ++i) (void)next(l, 10);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(add(l, "idle"));
  int idle = 0;
  for (int i = 0; i < 20; ++i) idle += next(l, 10) == "idle" ? 1 : 0;
  EXPECT_NEAR(idle, 10, 1);
}

TEST(FairLine, DoesOneTaskOfAnOwnerAtATime) {
  line l(10, 100);
  ASSERT_TRUE(add(l, "a", 1));
  ASSERT_TRUE(add(l, "a", 2));
  const auto first = l.take();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->task, 1);
  EXPECT_FALSE(l.take());
  ASSERT_TRUE(add(l, "a", 3));
  EXPECT_FALSE(l.take());
  l.done(first->owner, 1);
  EXPECT_EQ(l.take()->task, 2);
}

TEST(FairLine, IsBoundedForEachAndForAll) {
  line l(3, 5);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(add_for(l, "a", "a"));
  EXPECT_FALSE(add_for(l, "a", "a"));
  EXPECT_TRUE(add_for(l, "b", "b"));
  EXPECT_TRUE(add_for(l, "c", "c"));
  EXPECT_FALSE(add_for(l, "d", "d"));
  EXPECT_EQ(l.waiting(), 5U);
  while (!next(l, 1).empty()) {
  }
  EXPECT_EQ(l.waiting(), 0U);
  EXPECT_EQ(l.owners(), 0U) << "nobody is remembered where nobody waits";
}

// A thousand owners have no thousand shares if they are one group's.
TEST(FairLine, GivesEachGroupTheSameShareHoweverManyOwnersItHas) {
  line l(100, 10'000);
  for (int zone = 0; zone < 1000; ++zone) {
    ASSERT_TRUE(add_for(l, "many", "zone" + std::to_string(zone)));
  }
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(add_for(l, "few", "its"));
  int few = 0;
  for (int i = 0; i < 100; ++i) few += next_group(l, 10) == "few" ? 1 : 0;
  EXPECT_NEAR(few, 50, 1);
}

TEST(FairLine, SharesTheWorkersAmongGroupsBeforeItIsKnownWhatTasksCost) {
  line l(100, 10'000);
  for (int zone = 0; zone < 10; ++zone) {
    ASSERT_TRUE(add_for(l, "many", "zone" + std::to_string(zone)));
  }
  const auto first = l.take();
  ASSERT_TRUE(first);
  // Anew, and so behind nobody: but nothing of it is at work.
  for (int zone = 0; zone < 10; ++zone) {
    ASSERT_TRUE(add_for(l, "anew", "zone" + std::to_string(zone)));
  }
  EXPECT_EQ(l.take()->owner.group, "anew");
  l.done(first->owner, 1'000'000);
  EXPECT_EQ(l.take()->owner.group, "many") << "one each";
  EXPECT_EQ(l.take()->owner.group, "anew") << "the third goes to whoever had less";
}

TEST(FairLine, LeavesNoWorkerIdleWhileOneGroupWaits) {
  line l(100, 100);
  ASSERT_TRUE(add_for(l, "only", "a"));
  ASSERT_TRUE(add_for(l, "only", "b"));
  EXPECT_TRUE(l.take());
  EXPECT_TRUE(l.take()) << "another owner of the same group";
}

// With per-owner limits alone, the owners of one group could take up every place there is.
TEST(FairLine, AGroupLeavesPlacesForOthers) {
  line l(10, 1000);
  int taken = 0;
  for (int zone = 0; zone < 1000; ++zone) {
    for (int i = 0; i < 10; ++i) {
      taken += add_for(l, "many", "zone" + std::to_string(zone)) ? 1 : 0;
    }
  }
  EXPECT_EQ(taken, 500);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(add_for(l, "few", "its"));
  EXPECT_LE(l.owners(), 51U) << "whose task was not taken is not remembered";
}

}  // namespace
}  // namespace signpost::actors

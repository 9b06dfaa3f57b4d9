// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/body.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace signpost {
namespace {

TEST(BaseMemoryBudget, GivesAllOrNothing) {
  memory_budget budget(100);
  EXPECT_TRUE(budget.take(60));
  EXPECT_FALSE(budget.take(41));
  EXPECT_EQ(budget.used(), 60U);
  EXPECT_TRUE(budget.take(40));
  EXPECT_FALSE(budget.take(1));
  EXPECT_TRUE(budget.take(0));
  budget.give_back(100);
  EXPECT_EQ(budget.used(), 0U);
}

TEST(BaseMemoryBudget, RefusesMoreThanItEverHad) {
  memory_budget budget(10);
  EXPECT_FALSE(budget.take(static_cast<std::size_t>(-1)));
  EXPECT_EQ(budget.used(), 0U);
}

TEST(BaseMemoryBudget, IsNeverOverdrawnByManyThreads) {
  memory_budget budget(3);
  std::vector<std::jthread> threads;
  std::atomic<int> overdrawn{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) {
        if (!budget.take(2)) continue;
        if (budget.used() > 3) ++overdrawn;
        budget.give_back(2);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(overdrawn, 0);
  EXPECT_EQ(budget.used(), 0U);
}

TEST(BaseMemoryLease, GrowsAndGivesBackWhenItGoesAway) {
  memory_budget budget(100);
  {
    memory_lease lease(budget);
    EXPECT_TRUE(lease.grow_to(30));
    EXPECT_TRUE(lease.grow_to(20));
    EXPECT_EQ(lease.held(), 30U);
    EXPECT_TRUE(lease.grow_to(100));
    EXPECT_FALSE(lease.grow_to(101));
    EXPECT_EQ(lease.held(), 100U);
    EXPECT_EQ(budget.used(), 100U);
  }
  EXPECT_EQ(budget.used(), 0U);
}

TEST(BaseMemoryLease, MovesWithoutCountingTwice) {
  memory_budget budget(100);
  memory_lease first(budget);
  ASSERT_TRUE(first.grow_to(10));
  memory_lease second(std::move(first));
  EXPECT_EQ(second.held(), 10U);
  EXPECT_EQ(budget.used(), 10U);
  memory_lease third(budget);
  ASSERT_TRUE(third.grow_to(5));
  third = std::move(second);
  EXPECT_EQ(budget.used(), 10U);
  third.release();
  EXPECT_EQ(budget.used(), 0U);
  third.release();
  EXPECT_EQ(budget.used(), 0U);
}

TEST(BaseMemoryShare, OneHolderAloneHasItsPercentAtMost) {
  memory_budget budget(1000);
  memory_share half(budget, 50);
  EXPECT_TRUE(half.take(500));
  EXPECT_FALSE(half.take(1));
  EXPECT_EQ(half.held(), 500U);
  half.give_back(500);
  memory_share most(budget, 80);
  EXPECT_TRUE(most.take(800));
  EXPECT_FALSE(most.take(1));
  most.give_back(800);
  EXPECT_EQ(budget.used(), 0U);
}

TEST(BaseMemoryShare, WhoeverComesNextFindsSomething) {
  memory_budget budget(1 << 20);
  std::vector<std::unique_ptr<memory_share>> greedy;
  for (int i = 0; i < 6; ++i) {
    greedy.push_back(std::make_unique<memory_share>(budget));
    while (greedy.back()->take(1024)) {
    }
  }
  memory_share modest(budget);
  EXPECT_TRUE(modest.take(4 * 1024));
}

TEST(BaseMemoryShare, AsksTheBudgetForWhatIsBeyondIt) {
  memory_budget budget(10);
  memory_share share(budget);
  EXPECT_FALSE(share.take(static_cast<std::size_t>(-1)));
  EXPECT_FALSE(share.take(11));
  EXPECT_EQ(share.held(), 0U);
  EXPECT_EQ(budget.used(), 0U);
}

TEST(BaseMemoryLease, KeepsTheShareItIsHeldOn) {
  memory_budget budget(100);
  auto share = std::make_shared<memory_share>(budget);
  memory_lease lease{memory_account(share)};
  ASSERT_TRUE(lease.grow_to(40));
  const std::weak_ptr<memory_share> watched = share;
  share.reset();
  EXPECT_FALSE(watched.expired());
  lease = memory_lease();
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(budget.used(), 0U);
}

TEST(BaseMessageBody, GivesItsLeaseBackWithItsLastOwner) {
  memory_budget budget(100);
  memory_lease lease(budget);
  ASSERT_TRUE(lease.grow_to(7));
  body_ptr body = std::make_shared<message_body>("a: b\r\n\r\n", std::move(lease));
  const body_ptr other = body;
  body.reset();
  EXPECT_EQ(budget.used(), 7U);
  EXPECT_EQ(other->octets(), "a: b\r\n\r\n");
  EXPECT_EQ(other->size(), 8U);
}

}  // namespace
}  // namespace signpost

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/refusal_budget.hpp"

#include <gtest/gtest.h>

namespace signpost::api {
namespace {

using namespace std::chrono_literals;

constexpr steady_time start{1h};

TEST(RefusalBudget, StrangersDoNotUseUpWhatTokensHave) {
  refusal_budget budget(100);
  int written = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto name = "2001:db8:" + std::to_string(i % 500) + "::";
    if (budget.take(name, false, start).write) ++written;
  }
  EXPECT_EQ(written, 100);
  written = 0;
  for (int i = 0; i < 1000; ++i) {
    if (budget.take("one token", true, start).write) ++written;
  }
  EXPECT_EQ(written, 10) << "a tenth for each";
  EXPECT_TRUE(budget.take("another token", true, start).write);
}

TEST(RefusalBudget, TellsHowManyWereSuppressed) {
  refusal_budget budget(10);
  EXPECT_TRUE(budget.take("a", true, start).write);
  for (int i = 0; i < 7; ++i) EXPECT_FALSE(budget.take("a", true, start).write);
  const auto later = budget.take("a", true, start + 1h);
  EXPECT_TRUE(later.write);
  EXPECT_EQ(later.suppressed, 7U);
  EXPECT_EQ(budget.take("b", true, start + 1h).suppressed, 0U);
}

}  // namespace
}  // namespace signpost::api

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/expiring_cache.hpp"

#include <gtest/gtest.h>

namespace signpost {
namespace {

constexpr steady_time start{std::chrono::hours(1)};
constexpr steady_time later = start + seconds(10);

int kept(expiring_cache<int>& in, std::string_view name, steady_time now = start) {
  const auto* found = in.find(name, now);
  return found == nullptr ? 0 : found->value;
}

TEST(ExpiringCache, KeepsUntilTheMoment) {
  expiring_cache<int> cache(10);
  cache.keep("a", 1, later);
  EXPECT_EQ(kept(cache, "a"), 1);
  EXPECT_EQ(kept(cache, "a", later - milliseconds(1)), 1);
  EXPECT_EQ(kept(cache, "b"), 0);
  EXPECT_EQ(kept(cache, "a", later), 0);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(ExpiringCache, TheNewerOneTakesThePlace) {
  expiring_cache<int> cache(10);
  cache.keep("a", 1, later);
  cache.keep("a", 2, later + seconds(1));
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(kept(cache, "a", later), 2);
}

TEST(ExpiringCache, TheOneNotAskedForLongestGivesWay) {
  expiring_cache<int> cache(2);
  cache.keep("a", 1, later);
  cache.keep("b", 2, later);
  EXPECT_EQ(kept(cache, "a"), 1);
  cache.keep("c", 3, later);
  EXPECT_EQ(kept(cache, "b"), 0);
  EXPECT_EQ(kept(cache, "a"), 1);
  EXPECT_EQ(kept(cache, "c"), 3);
}

TEST(ExpiringCache, OfNoEntriesKeepsNothing) {
  expiring_cache<int> cache(0);
  cache.keep("a", 1, later);
  EXPECT_EQ(kept(cache, "a"), 0);
}

}  // namespace
}  // namespace signpost

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/token_bucket.hpp"

#include <gtest/gtest.h>

namespace signpost {
namespace {

using namespace std::chrono_literals;

constexpr bucket_rate rate{.per_minute = 60, .burst = 10};
constexpr steady_time start{1h};

TEST(BaseTokenBucket, GivesTheBurstAndThenTheRate) {
  token_bucket bucket;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(bucket.take(rate, start)) << i;
  EXPECT_FALSE(bucket.take(rate, start));
  EXPECT_EQ(bucket.wait(rate, start), 1000ms);
  EXPECT_FALSE(bucket.take(rate, start + 999ms));
  EXPECT_TRUE(bucket.take(rate, start + 1s));
  EXPECT_FALSE(bucket.take(rate, start + 1s));
}

TEST(BaseTokenBucket, NeverHoldsMoreThanTheBurst) {
  token_bucket bucket;
  EXPECT_TRUE(bucket.take(rate, start, 10));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(bucket.take(rate, start + 24h)) << i;
  EXPECT_FALSE(bucket.take(rate, start + 24h));
  EXPECT_TRUE(bucket.full(rate, start + 25h));
}

TEST(BaseTokenBucket, AskingInVainCostsNothing) {
  token_bucket bucket;
  EXPECT_TRUE(bucket.take(rate, start, 10));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(bucket.take(rate, start + 500ms));
  EXPECT_TRUE(bucket.take(rate, start + 1s));
}

TEST(BaseTokenBucket, ADebtDelaysAndIsBounded) {
  token_bucket bucket;
  bucket.charge(rate, start, 1000, 5);
  EXPECT_EQ(bucket.tokens(rate, start), -5);
  EXPECT_EQ(bucket.wait(rate, start), 6000ms);
  EXPECT_FALSE(bucket.take(rate, start + 5s));
  EXPECT_TRUE(bucket.take(rate, start + 6s));
}

TEST(BaseTokenBucket, ARateOfNothingIsNoLimit) {
  token_bucket bucket;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(bucket.take({}, start));
  EXPECT_EQ(bucket.wait({}, start), 0ms);
}

TEST(BaseTokenBucket, TimeThatGoesBackGivesNothing) {
  token_bucket bucket;
  EXPECT_TRUE(bucket.take(rate, start, 10));
  EXPECT_FALSE(bucket.take(rate, start - 30min));
}

}  // namespace
}  // namespace signpost

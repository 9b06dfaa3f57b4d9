// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/retry.hpp"

#include <gtest/gtest.h>

namespace signpost::model {
namespace {

using namespace std::chrono_literals;

const wall_time start{1'790'000'000s};

milliseconds wait_after(std::uint32_t attempts, const retry_policy& policy,
                        std::optional<seconds> hint = {}) {
  seeded_random random(7);
  const auto at = next_retry(
      {.attempts = attempts, .now = start, .expires = start + 120h, .hint = hint}, policy, random);
  return at ? *at - start : milliseconds(-1);
}

TEST(NextRetry, FollowsTheScheduleAndRepeatsItsEnd) {
  const retry_policy policy{.jitter_percent = 0};
  const std::vector<milliseconds> want{1min, 3min, 5min, 10min, 15min, 30min, 1h, 2h, 4h, 4h, 4h};
  for (std::uint32_t i = 0; i < want.size(); ++i) EXPECT_EQ(wait_after(i + 1, policy), want[i]);
  EXPECT_EQ(wait_after(4'000'000'000U, policy), 4h);
}

TEST(NextRetry, StaysWithinTheJitterAndUsesIt) {
  seeded_random random(1);
  bool less = false;
  bool more = false;
  for (int i = 0; i < 200; ++i) {
    const auto at = next_retry({.attempts = 4, .now = start, .expires = start + 120h}, {}, random);
    const auto wait = *at - start;
    EXPECT_GE(wait, 9min);
    EXPECT_LE(wait, 11min);
    less |= wait < 10min;
    more |= wait > 10min;
  }
  EXPECT_TRUE(less && more);
}

TEST(NextRetry, TriesALastTimeAtExpiryThenNoMore) {
  seeded_random random(1);
  const auto at = next_retry({.attempts = 20, .now = start, .expires = start + 1h}, {}, random);
  ASSERT_TRUE(at);
  EXPECT_EQ(*at, start + 1h);
  EXPECT_FALSE(next_retry({.attempts = 21, .now = *at, .expires = start + 1h}, {}, random));
}

TEST(NextRetry, HonoursAHintOnce) {
  const retry_policy policy{.jitter_percent = 0};
  EXPECT_EQ(wait_after(1, policy, 300s), 330s);
  EXPECT_EQ(wait_after(2, policy, 300s), 3min);
  EXPECT_EQ(wait_after(1, policy, 1s), 33s) << "clamped from below";
  EXPECT_EQ(wait_after(1, policy, 90'000s), 66min) << "clamped from above";
}

TEST(NextRetry, NothingExpiresByAClockThatIsAhead) {
  seeded_random random(3);
  const auto ahead = start + 240h;
  const auto at = next_retry(
      {.attempts = 1, .now = ahead, .expires = start + 120h, .sure_now = start + 1h}, {}, random);
  ASSERT_TRUE(at);
  EXPECT_GT(*at, ahead) << "not at once, again and again";
  const auto expires = start + 120h;
  const auto late = start + 121h;
  EXPECT_FALSE(next_retry({.attempts = 1, .now = ahead, .expires = expires, .sure_now = late}, {},
                          random));
  EXPECT_FALSE(next_retry({.attempts = 1, .now = late, .expires = expires, .sure_now = ahead}, {},
                          random));
}

TEST(LongestWait, IsThatOfTheScheduleOrOfAHint) {
  EXPECT_EQ(longest_wait({}), 4h + 24min);
  EXPECT_EQ(longest_wait({.schedule = {1min}}), 66min);
}

TEST(ExpiryTime, IsShorterForTheNullSender) {
  EXPECT_EQ(expiry_time(start, false, {}), start + 120h);
  EXPECT_EQ(expiry_time(start, true, {}), start + 24h);
}

TEST(RetryPolicy, IsSetByName) {
  retry_policy policy;
  settings_table table;
  declare_settings(table, policy);
  ASSERT_TRUE(table.set_list("queue.retry_schedule", {"2m", "1h"}));
  EXPECT_EQ(policy.schedule, (std::vector<milliseconds>{2min, 1h}));
  EXPECT_FALSE(table.set_list("queue.retry_schedule", {}));
  EXPECT_FALSE(table.set_list("queue.retry_schedule", {"soon"}));
  EXPECT_EQ(table.set_list("queue.retry_schedule", {"1ms"}).error().code, errc::limit_exceeded);
  EXPECT_EQ(policy.schedule.size(), 2U) << "a refused list changes nothing";
  ASSERT_TRUE(table.set("queue.lifetime", "2d"));
  EXPECT_EQ(policy.lifetime, 48h);
}

struct hint_case {
  std::string name;
  std::string text;
  std::int64_t seconds;  // 0 = none
};

class RetryHint : public testing::TestWithParam<hint_case> {};

TEST_P(RetryHint, IsReadFromTheText) {
  const auto hint = parse_retry_hint(GetParam().text);
  EXPECT_EQ(hint ? hint->count() : 0, GetParam().seconds);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RetryHint,
    testing::Values(hint_case{"Seconds", "4.7.1 Please try again in 300 seconds", 300},
                    hint_case{"Minutes", "4.2.0 You are greylisted for 5 minutes", 300},
                    hint_case{"OneWord", "Greylisting in effect, come back after 90s", 90},
                    hint_case{"Clock", "Greylisted, retry in 00:05:00", 300},
                    hint_case{"ShortClock", "retry in 04:30", 270},
                    hint_case{"Least", "grey-list: wait at least 2 min, then retry", 120},
                    hint_case{"Short", "try again in 1 second", 30},
                    hint_case{"Long", "try again in 3 hours", 3600},
                    hint_case{"NoUnit", "try again in 300", 0},
                    hint_case{"NoNumber", "try again in some minutes", 0},
                    hint_case{"NoOccasion", "blocked for 5 minutes", 0},
                    hint_case{"NoPreposition", "try again; 5 minutes quota", 0},
                    hint_case{"Zero", "try again in 0 seconds", 0},
                    hint_case{"HugeNumber", "try again in 99999999999999999999 seconds", 0},
                    hint_case{"AddressIsNoTime", "try again, in 192.0.2.1 we do not trust", 0},
                    hint_case{"BadClock", "retry in 00:75:00", 0}, hint_case{"Empty", "", 0},
                    hint_case{"CutOff", "try again" + std::string(600, ' ') + "in 5 minutes", 0}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace signpost::model

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/srs/timestamp.hpp"

#include <gtest/gtest.h>

namespace signpost::srs {
namespace {

using std::chrono::days;

wall_time day(int n) {
  return wall_time{days(n)};
}

TEST(SrsTimestamp, CountsDaysInBase32) {
  EXPECT_EQ(make_timestamp(day(0)), "AA");
  EXPECT_EQ(make_timestamp(day(1) - milliseconds(1)), "AA");
  EXPECT_EQ(make_timestamp(day(1)), "AB");
  EXPECT_EQ(make_timestamp(day(31)), "A7");
  EXPECT_EQ(make_timestamp(day(32)), "BA");
  EXPECT_EQ(make_timestamp(day(1023)), "77");
}

TEST(SrsTimestamp, GoesRoundAfter1024Days) {
  EXPECT_EQ(make_timestamp(day(1024)), "AA");
  EXPECT_EQ(timestamp_age("77", day(1024)), days(1));
  EXPECT_EQ(timestamp_age("77", day(1030)), days(7));
}

TEST(SrsTimestamp, IsUnderstoodInAnyCase) {
  EXPECT_EQ(timestamp_age("BA", day(40)), days(8));
  EXPECT_EQ(timestamp_age("ba", day(40)), days(8));
}

TEST(SrsTimestamp, OfTomorrowIsOneDayYoung) {
  EXPECT_EQ(timestamp_age("AB", day(0)), days(-1));
  EXPECT_EQ(timestamp_age("AC", day(0)), days(1022));
}

TEST(SrsTimestamp, OfOtherCharactersIsNone) {
  for (const auto* text : {"", "A", "AAA", "A1", "0A", "A=", "\xc3\xa4"}) {
    EXPECT_FALSE(timestamp_age(text, day(0))) << text;
  }
}

}  // namespace
}  // namespace signpost::srs

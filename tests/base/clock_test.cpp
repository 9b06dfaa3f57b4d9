// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"

#include <gtest/gtest.h>

#include "tests/support/manual_clock.hpp"

namespace signpost {
namespace {

wall_time at(std::int64_t s, int ms = 0) {
  return wall_time{seconds{s} + milliseconds{ms}};
}

struct date_case {
  wall_time time;
  const char* rfc5322;
  const char* rfc3339;
};

const date_case date_cases[] = {
    {at(0), "Thu, 1 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00.000Z"},
    {at(951'782'400), "Tue, 29 Feb 2000 00:00:00 +0000", "2000-02-29T00:00:00.000Z"},
    {at(1'795'466'760, 123), "Mon, 23 Nov 2026 20:46:00 +0000", "2026-11-23T20:46:00.123Z"},
    {at(1'798'761'599, 999), "Thu, 31 Dec 2026 23:59:59 +0000", "2026-12-31T23:59:59.999Z"},
    {at(4'102'444'800), "Fri, 1 Jan 2100 00:00:00 +0000", "2100-01-01T00:00:00.000Z"},
    {at(-1), "Wed, 31 Dec 1969 23:59:59 +0000", "1969-12-31T23:59:59.000Z"},
};

TEST(BaseClock, WritesDatesInBothForms) {
  for (const auto& c : date_cases) {
    EXPECT_EQ(to_rfc5322_date(c.time), c.rfc5322);
    EXPECT_EQ(to_rfc3339(c.time), c.rfc3339);
  }
}

TEST(BaseClock, WritesTheDateOfHttp) {
  EXPECT_EQ(to_http_date(at(784'111'777)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(to_http_date(at(1'798'761'599, 999)), "Thu, 31 Dec 2026 23:59:59 GMT");
}

TEST(BaseClock, ManualClockStandsStillUntilMoved) {
  test::manual_clock clock(at(1000));
  const auto steady = clock.steady_now();
  EXPECT_EQ(clock.now(), at(1000));
  clock.advance(milliseconds(1500));
  EXPECT_EQ(clock.now(), at(1001, 500));
  EXPECT_EQ(clock.steady_now() - steady, milliseconds(1500));
}

TEST(BaseClock, SystemClockGoesForward) {
  const system_clock clock;
  const auto before = clock.steady_now();
  EXPECT_GT(clock.now(), at(1'700'000'000));
  EXPECT_GE(clock.steady_now(), before);
}

}  // namespace
}  // namespace signpost

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/rfc3339.hpp"

#include <gtest/gtest.h>

namespace signpost {
namespace {

constexpr wall_time now{seconds{1'790'000'000}};

TEST(ParseRfc3339, ReadsWhatWeWrite) {
  EXPECT_EQ(parse_rfc3339(to_rfc3339(now + milliseconds(123))), now + milliseconds(123));
  for (const auto* text : {"", "2026-11-23", "2026-13-23T20:46:00.123Z", "2026-02-30T20:46:00.123Z",
                           "2026-11-23 20:46:00.123Z", "2026-11-23T20:46:00.12xZ",
                           "2026-11-23T24:46:00Z", "2026-11-23T20:46:00", "1969-11-23T20:46:00Z",
                           "2026-11-23T20:46:00Z "}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(ParseRfc3339, ReadsTheOtherForms) {
  const auto want = parse_rfc3339("2026-11-24T00:00:00.000Z");
  ASSERT_TRUE(want);
  for (const auto* text : {"2026-11-24T00:00:00Z", "2026-11-24t00:00:00z", "2026-11-24T00:00:00.0Z",
                           "2026-11-24T01:30:00+01:30", "2026-11-23T22:00:00-02:00",
                           "2026-11-23T23:59:60Z", "2026-11-24T00:00:00.0009Z"}) {
    EXPECT_EQ(parse_rfc3339(text), want) << text;
  }
}

}  // namespace
}  // namespace signpost

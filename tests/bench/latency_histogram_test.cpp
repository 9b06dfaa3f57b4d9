// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/support/latency_histogram.hpp"

#include <gtest/gtest.h>

namespace signpost::bench {
namespace {

TEST(LatencyHistogram, SaysNothingOfNothing) {
  const latency_histogram h;
  EXPECT_EQ(h.count(), 0U);
  EXPECT_EQ(h.percentile_ms(0.5), 0);
  EXPECT_EQ(h.max_ms(), 0);
}

TEST(LatencyHistogram, IsExactForSmallValuesAndCloseForLargeOnes) {
  for (const std::int64_t us : {0L, 1L, 63L, 64L, 127L, 128L, 1'000L, 65'537L, 5'000'000L}) {
    latency_histogram h;
    h.record(us);
    h.record(us * 4 + 1);
    const double want = static_cast<double>(us) / 1e3;
    EXPECT_GE(h.percentile_ms(0), want) << us;
    EXPECT_LE(h.percentile_ms(0), want * 1.016) << us;
  }
}

TEST(LatencyHistogram, FindsPercentilesOfAnEvenSpread) {
  latency_histogram h;
  for (int ms = 1; ms <= 1000; ++ms) h.record(ms * 1000);
  EXPECT_NEAR(h.percentile_ms(0.5), 500, 10);
  EXPECT_NEAR(h.percentile_ms(0.99), 990, 17);
  EXPECT_EQ(h.percentile_ms(1), 1000);
  EXPECT_EQ(h.max_ms(), 1000);
}

TEST(LatencyHistogram, TakesWhatIsOutOfItsRange) {
  latency_histogram h;
  h.record(-5);
  h.record(std::int64_t{1} << 50);
  EXPECT_EQ(h.count(), 2U);
  EXPECT_EQ(h.percentile_ms(0), 0);
  EXPECT_GT(h.max_ms(), 1e7);
}

}  // namespace
}  // namespace signpost::bench

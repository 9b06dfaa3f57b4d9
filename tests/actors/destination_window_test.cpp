// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/destination_window.hpp"

#include <gtest/gtest.h>

namespace signpost::actors {
namespace {

constexpr steady_time start{seconds{1000}};
constexpr window_options options{.initial = 5, .max = 8};

// A dead destination: a whole cohort has failed.
destination_window dead_window() {
  destination_window w(options);
  while (!w.host_failed(start)) {
  }
  return w;
}

TEST(DestinationWindow, OpensByOneForEachCohortThatSucceeds) {
  destination_window w(options);
  EXPECT_EQ(w.size(start), 5U);
  for (int i = 0; i < 6; ++i) w.succeeded();
  EXPECT_EQ(w.size(start), 6U);
  for (int i = 0; i < 100; ++i) w.succeeded();
  EXPECT_EQ(w.size(start), 8U);
}

TEST(DestinationWindow, ClosesWithFailuresAndStaysAtOneAtLeast) {
  destination_window w({.initial = 3, .max = 8, .dead_after_cohorts = 100});
  EXPECT_FALSE(w.host_failed(start));
  EXPECT_EQ(w.size(start), 2U);
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(w.host_failed(start));
  EXPECT_EQ(w.size(start), 1U);
}

TEST(DestinationWindow, IsSuspendedAfterACohortOfFailures) {
  const auto w = dead_window();
  EXPECT_EQ(w.size(start), 0U);
  EXPECT_EQ(w.suspended_until(), start + options.suspend_first);
}

TEST(DestinationWindow, ASuccessBetweenFailuresKeepsItAlive) {
  destination_window w(options);
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(w.host_failed(start));
    w.succeeded();
  }
}

TEST(DestinationWindow, ProbesWithASingleTransaction) {
  const auto w = dead_window();
  EXPECT_TRUE(w.probing());
  EXPECT_EQ(w.size(w.suspended_until()), 1U);
}

TEST(DestinationWindow, SuspendsForLongerAfterEachProbeThatFails) {
  auto w = dead_window();
  auto now = start;
  milliseconds last = options.suspend_first;
  for (int i = 0; i < 10; ++i) {
    now = w.suspended_until();
    EXPECT_TRUE(w.host_failed(now));
    const auto pause = std::chrono::duration_cast<milliseconds>(w.suspended_until() - now);
    EXPECT_EQ(pause, std::min<milliseconds>(2 * last, options.suspend_max));
    last = pause;
  }
}

TEST(DestinationWindow, StragglersOfTheDeadCohortDoNotLengthenTheSuspension) {
  auto w = dead_window();
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(w.host_failed(start + seconds(1)));
  EXPECT_EQ(w.suspended_until(), start + options.suspend_first);
}

TEST(DestinationWindow, AStragglerThatSucceedsEndsTheSuspension) {
  auto w = dead_window();
  w.succeeded();
  EXPECT_FALSE(w.probing());
  EXPECT_GE(w.size(start), 1U);
}

}  // namespace
}  // namespace signpost::actors

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node_watch.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_transport.hpp"

namespace signpost {
namespace {

using std::chrono::seconds;

class NodeWatch : public testing::Test {
 protected:
  NodeWatch() { watch.add("io-0", loop); }
  void pass(seconds time, bool turns) {
    for (auto left = time; left > seconds(0); left -= seconds(1)) {
      watch.beat();
      if (turns) loop.run_until_idle();
      clock.advance(seconds(1));
    }
    watch.beat();
  }

  manual_clock clock;
  monitoring::health_state health{std::vector<std::string>{}};
  test::fake_executor loop;
  node_watch watch{clock, health, seconds(60)};
};

TEST_F(NodeWatch, IsQuietWhileTheLoopTurns) {
  pass(seconds(100), true);
  EXPECT_TRUE(health.ready());
  EXPECT_TRUE(health.live());
  EXPECT_FALSE(watch.beyond_repair());
}

TEST_F(NodeWatch, TakesReadinessAwayWhileALoopHangs) {
  pass(seconds(5), true);
  pass(seconds(12), false);
  EXPECT_FALSE(health.ready());
  EXPECT_TRUE(health.live());
  EXPECT_EQ(health.reasons().at(0).substr(0, 9), "loop io-0");
  loop.run_until_idle();
  watch.beat();
  EXPECT_TRUE(health.ready());
}

TEST_F(NodeWatch, ALoopThatHangsForLongEndsTheProgram) {
  pass(seconds(59), false);
  EXPECT_FALSE(watch.beyond_repair());
  pass(seconds(3), false);
  EXPECT_TRUE(watch.beyond_repair());
  EXPECT_FALSE(health.live());
}

TEST_F(NodeWatch, TheMainThreadIsLookedAtByWhoeverIsAsked) {
  watch.look();
  EXPECT_TRUE(health.ready());
  watch.beat();
  loop.run_until_idle();
  clock.advance(seconds(11));
  watch.look();
  EXPECT_FALSE(health.ready());
  EXPECT_EQ(health.reasons().at(0).substr(0, 5), "main:");
  watch.beat();
  EXPECT_TRUE(health.ready());
}

TEST(Lasting, IsTrueOnceItHasBeenSoForLongEnough) {
  lasting trouble(seconds(10));
  steady_time now{};
  EXPECT_FALSE(trouble.is(true, now));
  now += seconds(9);
  EXPECT_FALSE(trouble.is(true, now));
  now += seconds(1);
  EXPECT_TRUE(trouble.is(true, now));
  EXPECT_FALSE(trouble.is(false, now));
  now += seconds(20);
  EXPECT_FALSE(trouble.is(true, now));
}

}  // namespace
}  // namespace signpost

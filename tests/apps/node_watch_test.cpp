// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/node_watch.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_spool.hpp"
#include "tests/support/fake_transport.hpp"
#include "tests/support/manual_clock.hpp"

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

  test::manual_clock clock;
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

TEST_F(NodeWatch, WatchesWhatTakesQuestionsAsItDoesLoops) {
  std::function<void()> turned;
  watch.add("SPOOLER", [&](std::function<void()> t) { turned = std::move(t); });
  pass(seconds(12), true);
  EXPECT_FALSE(health.ready());
  EXPECT_EQ(health.reasons().at(0), "SPOOLER: has made no progress for 12 s");
  turned();
  watch.beat();
  EXPECT_TRUE(health.ready());
  pass(seconds(61), true);
  EXPECT_FALSE(health.live());
  EXPECT_EQ(health.reasons().at(0), "SPOOLER: makes no progress; only a restart helps");
  EXPECT_TRUE(watch.beyond_repair());
  turned();
  watch.beat();
  EXPECT_FALSE(health.live()) << "whoever has been told of a death must not see it come back";
}

TEST_F(NodeWatch, AShorterTimeToDeathThanToDoubtIsMeant) {
  node_watch strict(clock, health, seconds(2));
  strict.add("SPOOLER", [](const std::function<void()>&) {});
  strict.beat();
  clock.advance(seconds(2));
  strict.beat();
  EXPECT_FALSE(health.live());
}

TEST_F(NodeWatch, AMainThreadThatHangsForLongIsDeadThoughItCannotEnd) {
  watch.beat();
  clock.advance(seconds(61));
  watch.look();
  EXPECT_FALSE(health.live());
  EXPECT_EQ(health.reasons().at(0).substr(0, 5), "main:");
}

TEST(NodeWatchOff, NothingIsDeadIfZeroWasSaid) {
  test::manual_clock clock;
  monitoring::health_state health{std::vector<std::string>{}};
  node_watch watch(clock, health, seconds(0));
  watch.add("SCHEDULER", [](const std::function<void()>&) {});
  watch.beat();
  clock.advance(std::chrono::hours(1));
  watch.beat();
  watch.look();
  EXPECT_TRUE(health.live());
  EXPECT_FALSE(health.ready());
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

TEST(WhyUnready, ADiskThatDoesNotAnswerTakesReadinessAwayBeforeTheDeadline) {
  test::fake_spool spool;
  EXPECT_EQ(why_unready(spool), "");
  spool.state = storage::spool_health::slow;
  spool.waiting.write = disk_silent_max - milliseconds(1);
  EXPECT_EQ(why_unready(spool), "") << "a slow disk still takes mail";
  spool.waiting.write = disk_silent_max;
  EXPECT_EQ(why_unready(spool), "trouble of the disk");
  spool.waiting = {.read = seconds(12)};
  EXPECT_EQ(why_unready(spool).substr(0, 34), "a read has not returned for 12 s; ");
  spool.waiting = {};
  EXPECT_EQ(why_unready(spool), "");
  for (const auto state : {storage::spool_health::full, storage::spool_health::failed}) {
    spool.state = state;
    EXPECT_EQ(why_unready(spool), "trouble of the disk");
  }
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

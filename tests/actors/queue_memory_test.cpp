// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What messages that wait or travel may take of the memory, and who pays for destinations that do
// not take theirs: they alone.
#include "actors/queue/large_message.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/site_share.hpp"
#include "tests/actors/queue_fixture.hpp"

namespace signpost::actors {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::size_t MiB = 1U << 20;

TEST(SiteShare, HasALimitAndLeavesTheOthersAsMuchAsItHolds) {
  memory_budget memory(100);
  site_share one(memory, 60);
  EXPECT_TRUE(one.take(50));
  ASSERT_TRUE(memory.take(50));
  EXPECT_FALSE(one.take(11)) << "more than the limit";
  EXPECT_FALSE(one.take(1)) << "more than what is left for all others";
  memory.give_back(50);
  EXPECT_TRUE(one.take(10));
  EXPECT_FALSE(one.take(1));
  one.give_back(60);
  EXPECT_EQ(one.used(), 0U);
}

TEST(SiteShare, GrantsOneMessageOfAnySizeForWhichThereIsRoom) {
  memory_budget memory(100);
  site_share one(memory, 10);
  EXPECT_FALSE(one.take(51)) << "leaves less than it takes";
  EXPECT_TRUE(one.take(50));
  EXPECT_FALSE(one.take(1));
  one.give_back(50);
  ASSERT_TRUE(memory.take(20));
  EXPECT_FALSE(one.take(41));
  EXPECT_TRUE(one.take(40));
}

TEST(SiteShare, AClaimIsGivenBackWithItsLastOwner) {
  memory_budget memory(200);
  const auto share = std::make_shared<site_share>(memory, 60);
  auto claim = site_claim::of(share, 60);
  ASSERT_TRUE(claim);
  EXPECT_FALSE(site_claim::of(share, 1));
  const auto other = claim;
  claim.reset();
  EXPECT_EQ(share->used(), 60U);
}

class QueueMemoryTest : public QueueTest {
 protected:
  std::size_t waiting() { return delivery.waiting.size(); }
  /// Accepts a message whose octets were held against `incoming`.
  model::queue_id accept_octets(const std::string& next_hop, std::size_t octets) {
    memory_lease lease(incoming);
    EXPECT_TRUE(lease.grow_to(octets));
    std::string text;
    text.reserve(octets + 14);  // what a body holds is its capacity
    text.append("Subject: x\r\n\r\n").append(octets, 'x');
    const auto id = accept_body(
        next_hop, std::make_shared<const message_body>(std::move(text), std::move(lease)));
    world.settle();
    return id;
  }
  /// Healthy destinations answer at once, the others never; `stalled` keeps their attempts open.
  void answer_healthy() {
    for (std::size_t at = 0; at < waiting();) {
      auto& attempt = delivery.waiting[at];
      if (attempt.request.site.starts_with("stalled")) {
        ++at;
        continue;
      }
      std::swap(delivery.waiting.front(), attempt);
      delivery.finish_first(delivered(delivery.waiting.front().request));
      world.settle();
      at = 0;
    }
  }
  void end_all() {
    while (waiting() > 0) {
      delivery.finish_first(delivered(delivery.waiting.front().request));
      world.settle();
    }
    delivered_requests = delivery.requests.size();
    delivery.requests.clear();  // the script remembers them, with their messages
  }

  std::size_t delivered_requests = 0;
  memory_budget incoming{256 * MiB};
};

TEST_F(QueueMemoryTest, WhatIsDurableTakesNoRoomFromWhatComesIn) {
  start();
  accept_octets("stalled.example", 100'000);
  accept_octets("stalled.example", 24 * MiB);
  EXPECT_EQ(waiting(), 2U);
  EXPECT_EQ(incoming.used(), 0U);
  end_all();
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(memory().used(), 0U);
}

TEST_F(QueueMemoryTest, LargeMessagesOfAStalledDestinationTakeLittle) {
  start();
  for (int i = 0; i < 8; ++i) accept_octets("stalled.example", 24 * MiB);
  EXPECT_EQ(waiting(), window());
  EXPECT_EQ(incoming.used(), 0U);
  EXPECT_LE(memory().used(), window() * MiB);
  for (const auto& attempt : delivery.waiting) {
    EXPECT_TRUE(attempt.request.message.body->rest());
    EXPECT_EQ(attempt.request.message.body->size(), 24 * MiB + 14);
  }
  accept_octets("healthy.example", 24 * MiB);
  accept_octets("healthy.example", 1000);
  EXPECT_EQ(waiting(), window() + 2);
  end_all();
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(memory().used(), 0U);
}

TEST_F(QueueMemoryTest, WhatWaitsBehindAWindowIsInTheSpoolBeyondTheShare) {
  settings.queue.memory_per_destination.value = 2 * MiB;
  set_window(1);
  start();
  for (int i = 0; i < 30; ++i) accept_octets("stalled.example", 200'000);
  EXPECT_LE(memory().used(), 3 * MiB);
  EXPECT_GT(world.metrics.queue.bodies_put_back.value(), 10U);
  end_all();
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(delivered_requests, 30U);
  EXPECT_GT(world.metrics.queue.loads.value("done"), 10U);
  EXPECT_EQ(memory().used(), 0U);
}

TEST_F(QueueMemoryTest, WhatFindsNoRoomWaitsAndIsNoAttempt) {
  options.scan_interval = seconds(1);
  start();
  const auto id = put("dest.example");
  ASSERT_TRUE(memory().take(memory().limit()));
  world.advance(minutes(10), seconds(5));
  EXPECT_EQ(waiting(), 0U);
  EXPECT_EQ(world.spool.last(id)->attempts, 0U);
  EXPECT_EQ(active(), 1);
  memory().give_back(memory().limit());
  world.advance(seconds(1));
  EXPECT_EQ(waiting(), 1U);
}

// The timer for something else, which comes before, must not be the last one.
TEST_F(QueueMemoryTest, WhatFindsNoRoomShortlyBeforeAnotherTimerIsLookedAtAgain) {
  options.scan_interval = hours(1);
  start();
  accept_octets("dest.example", 1000);
  end_all();
  world.advance(minutes(5) - milliseconds(200), milliseconds(100));
  ASSERT_TRUE(memory().take(memory().limit()));
  accept_octets("dest.example", 3 * MiB);
  EXPECT_EQ(waiting(), 0U);
  world.advance(milliseconds(250), milliseconds(50));
  memory().give_back(memory().limit());
  world.advance(seconds(1), milliseconds(50));
  EXPECT_EQ(waiting(), 1U);
}

// Nothing travels and nothing ends: only those behind it can make room for the first.
TEST_F(QueueMemoryTest, WhatWaitsBehindGivesItsRoomToTheFirst) {
  settings.queue.memory_per_destination.value = MiB;
  set_window(1);
  options.scan_interval = hours(1);
  start();
  accept_octets("dest.example", 100'000);
  accept_octets("dest.example", 1'000'000);  // no room beside that: left in the spool
  accept_octets("dest.example", 300'000);
  accept_octets("dest.example", 400'000);
  delivery.finish_first(delivered(delivery.waiting.front().request));
  delivery.requests.clear();
  world.settle();
  ASSERT_EQ(waiting(), 1U) << "without waiting for a timer";
  EXPECT_EQ(delivery.waiting.front().request.message.body->size(), 1'000'014U);
  EXPECT_EQ(world.metrics.queue.bodies_put_back.value(), 3U);
  end_all();
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(memory().used(), 0U);
}

TEST_F(QueueMemoryTest, TheLastOnesGiveTheirRoomBackAndNoMoreThanIsNeeded) {
  settings.queue.memory_per_destination.value = MiB;
  set_window(1);
  options.scan_interval = hours(1);
  start();
  accept_octets("dest.example", 400'000);
  accept_octets("dest.example", 700'000);
  accept_octets("dest.example", 300'000);
  accept_octets("dest.example", 300'000);
  delivery.finish_first(delivered(delivery.waiting.front().request));
  world.settle();
  ASSERT_EQ(waiting(), 1U);
  EXPECT_EQ(delivery.waiting.front().request.message.body->size(), 700'014U);
  EXPECT_EQ(world.metrics.queue.bodies_put_back.value(), 2U);
  end_all();
  EXPECT_EQ(world.metrics.queue.loads.value("done"), 2U);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(QueueMemoryTest, WhatComesInTakesNoRoomThatIsAwaited) {
  set_window(1);
  options.scan_interval = hours(1);
  start();
  ASSERT_TRUE(memory().take(memory().limit()));
  accept_octets("dest.example", 100'000);
  EXPECT_EQ(waiting(), 0U);
  memory().give_back(memory().limit());
  accept_octets("dest.example", 200'000);
  EXPECT_EQ(memory().used(), 0U);
  world.advance(seconds(1));
  ASSERT_EQ(waiting(), 1U);
  EXPECT_EQ(delivery.waiting.front().request.message.body->size(), 100'014U);
}

// Many destinations look for room twice a second for as long as there is none.
TEST_F(QueueMemoryTest, ThatThereIsNoRoomIsToldOnceInAWhileForAll) {
  options.scan_interval = hours(1);
  start();
  ASSERT_TRUE(memory().take(memory().limit()));
  testing::internal::CaptureStderr();
  for (int site = 0; site < 20; ++site) {
    accept_octets("d" + std::to_string(site) + ".example", 3 * MiB);
  }
  world.advance(seconds(25), milliseconds(250));
  const auto written = testing::internal::GetCapturedStderr();
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = written.find("queue.waits_for_memory", at)) != std::string::npos;
       ++at) {
    ++lines;
  }
  EXPECT_EQ(lines, 3U) << written;
  EXPECT_NE(written.find("site=d0.example"), std::string::npos) << written;
  EXPECT_EQ(written.find(" times=1\n"), written.rfind(" times=1\n")) << "later ones are many";
  memory().give_back(memory().limit());
  world.advance(seconds(1));
  EXPECT_GT(waiting(), 0U);
}

TEST_F(QueueMemoryTest, WhatWaitsForRoomCanBeRemoved) {
  start();
  const auto id = put("dest.example");
  ASSERT_TRUE(memory().take(memory().limit()));
  world.advance(seconds(2));
  EXPECT_EQ(active(), 1);
  EXPECT_EQ(command(queue_command::kind::remove, id).value_or(0), 1U);
  memory().give_back(memory().limit());
  world.advance(minutes(1));
  EXPECT_EQ(waiting(), 0U);
  EXPECT_EQ(active(), 0);
}

// Receivers that are slow hold up their own mail, not others': each large copy costs a beginning.
TEST_F(QueueMemoryTest, AWebhookGetsALargeMessageFromTheSpool) {
  start();
  for (int n = 0; n < 6; ++n) {
    accept_octets("https://hooks" + std::to_string(n) + ".example", 3 * MiB);
  }
  ASSERT_EQ(waiting(), 6U);
  EXPECT_TRUE(delivery.waiting.front().request.message.body->rest());
  EXPECT_LE(memory().used(), 6 * travelling_octets);
  end_all();
}

// However many destinations take nothing: new mail is taken, what is for others is delivered at
// once, and memory has its bound. Sizes and order are drawn anew for each number of them.
TEST_F(QueueMemoryTest, StalledDestinationsHoldUpNobodyElse) {
  set_window(5);
  start();
  for (const std::size_t stalled : {1U, 4U, 12U, 40U}) {
    for (int round = 0; round < 4; ++round) {
      for (std::size_t s = 0; s < stalled; ++s) {
        const auto octets = world.random.below(10) == 0 ? 2 * MiB : world.random.below(MiB);
        accept_octets("stalled" + std::to_string(s) + ".example", octets);
      }
      delivery.requests.clear();
      const auto before = world.metrics.queue.outcomes.value("delivered");
      accept_octets("healthy.example", world.random.below(100'000));
      accept_octets("other.example", 3 * MiB);
      for (int i = 0; i < 4; ++i) {
        answer_healthy();
        world.advance(seconds(1));
      }
      EXPECT_EQ(world.metrics.queue.outcomes.value("delivered"), before + 2)
          << stalled << " stalled, round " << round;
      EXPECT_EQ(incoming.used(), 0U);
      EXPECT_LE(memory().used(), memory().limit());
    }
  }
}

}  // namespace
}  // namespace signpost::actors

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/scheduler.hpp"

#include <set>

#include "actors/delivery/messages.hpp"
#include "actors/messages.hpp"
#include "actors/queue/messages.hpp"
#include "actors/status_messages.hpp"
#include "tests/actors/queue_fixture.hpp"

namespace signpost::actors {
namespace {

using std::chrono::minutes;

class SchedulerTest : public QueueTest {
 protected:
  std::size_t waiting() { return delivery.waiting.size(); }
  const deliver_request& first() { return delivery.waiting.front().request; }
  // As an attempt ends that was broken off before the final dot.
  static deliver_response cut(const deliver_request& request) {
    auto r = all(request, {0, {}, {"aborted by an operator"}}, "session");
    r.cut = request.leash->why_cut();
    return r;
  }
  std::shared_ptr<std::optional<result<std::size_t>>> order(queue_command::kind what,
                                                            const model::queue_id& id) {
    auto answer = std::make_shared<std::optional<result<std::size_t>>>();
    caf::anon_send(scheduler_, queue_command{.what = what,
                                             .id = id,
                                             .next_hop = {},
                                             .done = [answer](auto r) { *answer = r; }});
    world.settle();
    return answer;
  }
  void deliver_all() {
    while (!delivery.waiting.empty()) {
      delivery.finish_first(delivered(delivery.waiting.front().request));
      world.settle();
    }
  }
};

TEST_F(SchedulerTest, ShowsThatItTurnsWhenItsTurnComes) {
  start();
  int turns = 0;
  caf::anon_send(scheduler_, sign_of_life{[&] { ++turns; }});
  EXPECT_EQ(turns, 0) << "not by whoever asks";
  world.settle();
  EXPECT_EQ(turns, 1);
}

TEST_F(SchedulerTest, NewWorkIsDeliveredWithoutAScan) {
  options.scan_interval = std::chrono::hours(1);
  start();
  accept("dest.example");
  ASSERT_EQ(waiting(), 1U);
  deliver_all();
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(active(), 0);
}

TEST_F(SchedulerTest, WhatAnEarlierRunLeftIsFoundAtStart) {
  for (int i = 0; i < 25; ++i) put("d" + std::to_string(i) + ".example");
  options.scan_page = 4;
  delivery.answer = &delivered;
  start();
  EXPECT_EQ(delivery.requests.size(), 25U);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(SchedulerTest, RecipientsOfOneNextHopTravelTogether) {
  start();
  accept("dest.example", 5);
  ASSERT_EQ(waiting(), 1U);
  EXPECT_EQ(delivery.waiting.front().request.message.recipients.size(), 5U);
}

TEST_F(SchedulerTest, WhatIsActiveIsNotTakenTwice) {
  start();
  accept("dest.example");
  world.advance(minutes(45));
  EXPECT_EQ(delivery.requests.size(), 1U);
  deliver_all();
  world.advance(minutes(1));
  EXPECT_EQ(delivery.requests.size(), 1U);
}

// Accepted, or deferred, by a run whose clock was two days ahead.
TEST_F(SchedulerTest, WhatAClockAheadLeftIsTriedNow) {
  put("dest.example", 1, std::chrono::hours(48));
  put("https://hook.example/mail", 1, std::chrono::hours(23));
  put("hook.example", 1, std::chrono::hours(23));
  put("soon.example", 1, std::chrono::hours(3));
  delivery.answer = &delivered;
  start();
  world.advance(seconds(5));
  const auto left = world.spool.open_envelopes();
  ASSERT_EQ(left.size(), 2U);
  std::set<std::string> hops;
  for (const auto& e : left) hops.insert(e.next_hop.text());
  EXPECT_TRUE(hops.contains("soon.example"));
  EXPECT_TRUE(hops.contains("https://hook.example/mail")) << "it may have asked for that";
}

TEST_F(SchedulerTest, WhatAClockAheadLeftIsFoundWhateverItsNumber) {
  for (int i = 0; i < 25; ++i) put("d" + std::to_string(i) + ".example", 1, std::chrono::hours(48));
  options.scan_page = 4;
  delivery.answer = &delivered;
  start();
  world.advance(seconds(15));
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(SchedulerTest, AClockThatIsSetBackLeavesNothingBehind) {
  start();
  world.advance(minutes(1));
  put("dest.example", 1, std::chrono::hours(1));
  world.advance(seconds(5));
  EXPECT_EQ(waiting(), 0U);
  world.time.advance(-std::chrono::hours(48));
  world.advance(seconds(5));
  EXPECT_EQ(waiting(), 1U);
  deliver_all();
}

TEST_F(SchedulerTest, MailIsTakenWhenItComesDueAndNotBefore) {
  put("dest.example", 1, minutes(10));
  start();
  world.advance(minutes(9));
  EXPECT_EQ(waiting(), 0U);
  world.advance(minutes(2));
  EXPECT_EQ(waiting(), 1U);
}

TEST_F(SchedulerTest, APageOlderThanASettlementIsNotBelieved) {
  start();
  accept("dest.example");
  ASSERT_EQ(waiting(), 1U);
  reader.hold_scans = true;
  world.advance(seconds(2));
  ASSERT_FALSE(reader.held.empty());
  deliver_all();
  reader.hold_scans = false;
  reader.release();
  world.advance(seconds(5));
  EXPECT_EQ(delivery.requests.size(), 1U);
  EXPECT_EQ(active(), 0);
}

// A read that never comes back must not hide what becomes due again while it is under way.
TEST_F(SchedulerTest, ADeferredRecipientIsTakenAgainThoughReadsAlwaysOverlap) {
  retry.schedule = {seconds(2)};
  start();
  const auto id = put("slow.example");
  world.advance(seconds(2));
  ASSERT_EQ(waiting(), 1U);
  reader.hold_scans = true;
  world.advance(seconds(2));
  ASSERT_FALSE(reader.held.empty());  // this read is answered after everything else
  reader.hold_scans = false;
  delivery.finish_first(all(delivery.waiting.front().request, {451, {4, 2, 0}, {"later"}}, "RCPT"));
  world.settle();
  EXPECT_EQ(command(queue_command::kind::retry, id).value_or(0), 1U);
  EXPECT_EQ(waiting(), 1U);
}

TEST_F(SchedulerTest, ADueTimeThatScansHavePassedIsNotForgotten) {
  retry.schedule = {seconds(5)};
  start();
  accept("sick.example");
  ASSERT_EQ(waiting(), 1U);
  // The settlement says "again in 5 s" and becomes durable after a minute of scans over other mail.
  world.spool.fail_all = errc::unavailable;
  delivery.finish_first(all(delivery.waiting.front().request, {451, {4, 2, 0}, {"later"}}, "RCPT"));
  world.advance(seconds(50));
  put("other.example");
  world.advance(seconds(10));
  world.spool.fail_all.reset();
  world.advance(seconds(10));
  EXPECT_EQ(delivery.requests.size(), 3U);
}

TEST_F(SchedulerTest, AClockThatIsSetBackHidesNothing) {
  retry.schedule = {seconds(30)};
  start();
  accept("dest.example");
  put("other.example");
  world.advance(seconds(2));
  ASSERT_EQ(waiting(), 2U);
  world.time.advance(-std::chrono::hours(1));
  for (int i = 0; i < 2; ++i) {
    delivery.finish_first(
        all(delivery.waiting.front().request, {451, {4, 2, 0}, {"later"}}, "RCPT"));
    world.settle();
  }
  // Timers still run by the steady clock of the actor system.
  world.advance(minutes(2));
  EXPECT_EQ(delivery.requests.size(), 4U);
}

TEST_F(SchedulerTest, OneNextHopTakesItsShareOfMemoryAndTheRestFollows) {
  settings.queue.active_per_next_hop_max = 10;
  for (int i = 0; i < 50; ++i) put("big.example");
  put("small.example");
  start();
  EXPECT_EQ(active(), 11);
  deliver_all();
  world.advance(seconds(5));
  deliver_all();
  EXPECT_EQ(delivery.requests.size(), 51U);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(SchedulerTest, NewWorkBeyondTheShareIsReadFromTheSpoolLater) {
  settings.queue.active_per_next_hop_max = 4;
  start();
  for (int i = 0; i < 20; ++i) accept("big.example");
  EXPECT_EQ(active(), 4);
  for (int i = 0; i < 20; ++i) {
    deliver_all();
    world.advance(seconds(1));
  }
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(delivery.requests.size(), 20U);
}

TEST_F(SchedulerTest, MemoryIsBoundedAndEverythingIsDeliveredInTheEnd) {
  settings.queue.active_max = 7;
  options.scan_page = 3;
  for (int i = 0; i < 40; ++i) put("d" + std::to_string(i) + ".example");
  start();
  EXPECT_EQ(active(), 7);
  accept("new.example");
  EXPECT_EQ(active(), 7);
  for (int i = 0; i < 60 && !world.spool.open_envelopes().empty(); ++i) {
    deliver_all();
    world.advance(seconds(1));
    EXPECT_LE(active(), 7);
  }
  EXPECT_EQ(delivery.requests.size(), 41U);
}

TEST_F(SchedulerTest, ManyBacklogsAreAllRead) {
  settings.queue.active_max = 4;
  start();
  for (int i = 0; i < 60; ++i) accept("d" + std::to_string(i) + ".example");
  delivery.answer = &delivered;
  deliver_all();
  world.advance(seconds(20));
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(world.number(scheduler_, "backlogs"), 0);
}

TEST_F(SchedulerTest, AStoreThatFailedStartsNothingUntilItIsWell) {
  start();
  world.spool.state = storage::spool_health::failed;
  accept("dest.example");
  put("other.example");
  world.advance(minutes(1));
  EXPECT_EQ(waiting(), 0U);
  world.spool.state = storage::spool_health::well;
  world.advance(seconds(2));
  EXPECT_EQ(waiting(), 2U);
}

TEST_F(SchedulerTest, AFailedReadIsTriedAgain) {
  world.spool.fail_reads = errc::unavailable;
  put("dest.example");
  start();
  world.advance(seconds(5));
  EXPECT_EQ(waiting(), 0U);
  world.spool.fail_reads.reset();
  world.advance(seconds(2));
  EXPECT_EQ(waiting(), 1U);
}

TEST_F(SchedulerTest, OperatorRetriesADeferredMessage) {
  const auto id = put("dest.example", 2, std::chrono::hours(4));
  start();
  const auto done = command(queue_command::kind::retry, id);
  ASSERT_TRUE(done);
  EXPECT_EQ(*done, 2U);
  EXPECT_EQ(waiting(), 1U);
  EXPECT_EQ(world.spool.count(model::event_kind::retried), 2U);
}

TEST_F(SchedulerTest, OperatorRetriesANextHop) {
  for (int i = 0; i < 3; ++i) put("dest.example", 1, std::chrono::hours(4));
  put("other.example", 1, std::chrono::hours(4));
  start();
  EXPECT_EQ(command(queue_command::kind::retry, std::nullopt, "dest.example").value_or(0), 3U);
  EXPECT_EQ(waiting(), 3U);
}

TEST_F(SchedulerTest, OperatorMeansAWebhooksHostForAllZonesOrOne) {
  put("https://h.example#a.example", 2, std::chrono::hours(1));
  put("https://h.example#b.example", 1, std::chrono::hours(1));
  put("https://h.example:8443#b.example", 1, std::chrono::hours(1));
  start();
  const auto remove = queue_command::kind::remove;
  EXPECT_EQ(command(remove, {}, "https://h.example#b.example"), 1U);
  EXPECT_EQ(command(remove, {}, "https://h.example"), 2U);
  EXPECT_EQ(world.spool.open_envelopes().size(), 1U);
}

TEST_F(SchedulerTest, OperatorRemovesAMessageThatWaits) {
  const auto id = put("dest.example", 2, std::chrono::hours(4));
  start();
  EXPECT_EQ(command(queue_command::kind::remove, id).value_or(0), 2U);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(world.metrics.queue.outcomes.value("removed"), 2U);
  EXPECT_EQ(active(), 0);
}

TEST_F(SchedulerTest, AnAttemptUnderWayIsCutAndItsMessageRemoved) {
  start();
  const auto id = accept("dest.example", 2);
  ASSERT_EQ(waiting(), 1U);
  auto answer = order(queue_command::kind::remove, id);
  ASSERT_EQ(first().leash->why_cut(), cut_reason::by_operator);
  EXPECT_FALSE(*answer);
  delivery.finish_first(cut(first()));
  world.settle();
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->value_or(0), 2U);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(world.spool.last(id)->state, model::outcome::removed);
  EXPECT_EQ(active(), 0);
}

// What was delivered meanwhile stays delivered, and the operator is told.
TEST_F(SchedulerTest, WhatADestinationHasTakenCannotBeRemoved) {
  start();
  const auto id = accept("dest.example");
  auto answer = order(queue_command::kind::remove, id);
  world.advance(seconds(7));
  ASSERT_TRUE(*answer);  // nobody waits ten minutes for the answer to a final dot
  EXPECT_EQ((*answer)->error().code, errc::conflict);
  deliver_all();
  EXPECT_EQ(world.spool.last(id)->state, model::outcome::delivered);
  EXPECT_EQ(active(), 0);
}

TEST_F(SchedulerTest, ARemovalThatWasPromisedIsDoneWhenTheAnswerIsNo) {
  start();
  const auto id = accept("dest.example");
  auto answer = order(queue_command::kind::remove, id);
  world.advance(seconds(7));
  ASSERT_TRUE(*answer);
  delivery.finish_first(all(first(), {451, {4, 2, 0}, {"later"}}));
  world.settle();
  EXPECT_EQ(world.spool.last(id)->state, model::outcome::removed);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(SchedulerTest, ARetryCutsAnAttemptThatHangsAndMakesAnother) {
  start();
  const auto id = accept("dest.example");
  auto answer = order(queue_command::kind::retry, id);
  ASSERT_TRUE(first().leash->why_cut());
  delivery.finish_first(cut(first()));
  world.settle();
  EXPECT_EQ((*answer)->value_or(0), 1U);
  EXPECT_EQ(delivery.requests.size(), 2U);
  EXPECT_FALSE(first().leash->why_cut());
  deliver_all();
  EXPECT_EQ(world.spool.last(id)->state, model::outcome::delivered);
}

TEST_F(SchedulerTest, ARetryEndsASuspension) {
  set_window(1);
  settings.delivery.suspend_first = std::chrono::hours(1);
  start();
  const auto id = accept("dest.example");
  accept("dest.example");
  delivery.finish_first(host_dead(first()));
  world.advance(minutes(1));
  EXPECT_EQ(waiting(), 0U);
  EXPECT_EQ(command(queue_command::kind::retry, id).value_or(0), 1U);
  EXPECT_EQ(waiting(), 1U);
}

TEST_F(SchedulerTest, ACommandReachesMoreThanOnePage) {
  for (int i = 0; i < 4'500; ++i) put("big.example", 1, std::chrono::hours(4));
  start();
  EXPECT_EQ(command(queue_command::kind::remove, std::nullopt, "big.example").value_or(0), 4'500U);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(SchedulerTest, OperatorIsToldThatAMessageIsUnknown) {
  start();
  const auto id = world.spool.next_id(world.time.now());
  const auto refused = command(queue_command::kind::remove, id);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::not_found);
}

// Its envelopes are due at different times, so the page does not begin with the job's first one.
TEST_F(SchedulerTest, OperatorRemovesAWholeJobThatHasNotBegun) {
  set_window(1);
  auto late = envelope_to("dest.example", seconds(2));
  auto early = envelope_to("dest.example", seconds(1));
  start();
  accept("dest.example");
  ASSERT_EQ(waiting(), 1U);
  // Taken in the order of due times, whatever the order of recipients.
  const auto id = world.spool.put({late, early});
  world.advance(seconds(4));
  EXPECT_EQ(active(), 3);
  EXPECT_EQ(command(queue_command::kind::remove, id).value_or(0), 2U);
  EXPECT_EQ(active(), 1);
  deliver_all();
  EXPECT_EQ(delivery.requests.size(), 1U);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(SchedulerTest, OperatorsPageThatIsCutLeavesNoHalfOfAJobBehind) {
  set_window(1);
  settings.queue.active_max = 10;
  settings.queue.active_per_next_hop_max = 5;
  start();
  accept("dest.example");
  const auto id = accept("dest.example", 4);
  EXPECT_EQ(active(), 5);
  put("dest.example");
  // The one under way is cut for it, and this delivery agent does not care.
  EXPECT_FALSE(command(queue_command::kind::remove, std::nullopt, "dest.example"));
  EXPECT_EQ(world.spool.last(id, 3)->state, model::outcome::removed);
  deliver_all();
  world.advance(seconds(5));
  deliver_all();
  EXPECT_EQ(active(), 0);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(SchedulerTest, DrainWaitsForAttemptsAndStartsNoOther) {
  set_window(1);
  start();
  accept("dest.example");
  accept("dest.example");
  ASSERT_EQ(waiting(), 1U);
  const auto drained = world.ask<settle_response>(scheduler_, drain_request{});
  EXPECT_FALSE(*drained);
  accept("other.example");
  deliver_all();
  world.advance(seconds(5));
  EXPECT_TRUE(*drained);
  EXPECT_EQ(delivery.requests.size(), 1U);
  EXPECT_EQ(world.spool.open_envelopes().size(), 2U);
}

TEST_F(SchedulerTest, ARestartGoesOnWhereItStopped) {
  start();
  accept("dest.example");
  ASSERT_EQ(waiting(), 1U);
  stop();  // within an attempt: its outcome was never written
  start();
  ASSERT_EQ(waiting(), 1U);
  deliver_all();
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(SchedulerTest, AQueueWithoutWorkEndsAndANewOneIsMade) {
  start();
  delivery.answer = &delivered;
  accept("dest.example");
  EXPECT_EQ(world.number(scheduler_, "sites"), 1);
  world.advance(minutes(12), seconds(5));
  EXPECT_EQ(world.number(scheduler_, "sites"), 0);
  accept("dest.example");
  EXPECT_EQ(delivery.requests.size(), 2U);
}

TEST_F(SchedulerTest, AQueueWithALongAttemptIsNotEnded) {
  start();
  accept("dest.example");
  world.advance(minutes(30), seconds(5));
  EXPECT_EQ(world.number(scheduler_, "sites"), 1);
  deliver_all();
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(SchedulerTest, NextHopsOfOneSiteShareAQueue) {
  sites = {{"a.example", "mx.shared"}, {"b.example", "mx.shared"}};
  set_window(1);
  start();
  accept("a.example");
  accept("b.example");
  EXPECT_EQ(world.number(scheduler_, "sites"), 1);
  EXPECT_EQ(waiting(), 1U);
  deliver_all();
  EXPECT_EQ(delivery.requests.size(), 2U);
}

TEST_F(SchedulerTest, AFreshPlanIsNotAskedForAgain) {
  start();
  delivery.answer = &delivered;
  for (int i = 0; i < 10; ++i) accept("dest.example");
  EXPECT_EQ(plans, 1U);
  world.advance(minutes(6));
  accept("dest.example");
  EXPECT_EQ(plans, 2U);
}

// ---- shares, trouble, backlogs ----

TEST_F(SchedulerTest, ManyGreedySitesLeaveRoomForOthers) {
  settings.queue.active_max = 100;
  settings.queue.active_per_next_hop_max = 50;
  set_window(1);
  for (int i = 0; i < 10; ++i) {
    for (int n = 0; n < 50; ++n) put("hung" + std::to_string(i) + ".example");
  }
  start();
  EXPECT_LT(active(), 88);
  const auto before = waiting();
  accept("healthy.example");
  EXPECT_EQ(waiting(), before + 1);
}

TEST_F(SchedulerTest, ASiteThatSaysNothingKeepsNoMailInMemory) {
  for (int n = 0; n < 500; ++n) put("hung.example");
  start();
  EXPECT_EQ(waiting(), 5U);
  EXPECT_EQ(active(), 500);
  world.advance(seconds(20));
  EXPECT_LE(active(), 25);
  // One connection after the other, not five, until it answers.
  deliver_response dead = host_dead(first());
  for (int i = 0; i < 5; ++i) delivery.finish_first(dead);
  world.advance(seconds(31));
  EXPECT_EQ(waiting(), 1U);
  delivery.answer = &delivered;
  deliver_all();
  world.advance(seconds(5));
  // Those that failed, and what waited for their places, have their turn later.
  EXPECT_EQ(world.spool.open_envelopes().size(), 25U);
}

TEST_F(SchedulerTest, WhatComesDueDoesNotWaitBehindTheBacklogOfADeadSite) {
  options.scan_page = 10;
  set_window(1);
  settings.delivery.suspend_first = minutes(10);
  for (int n = 0; n < 3'000; ++n) put("dead.example");
  put("greylisting.example", 1, seconds(5));
  delivery.answer = [](const deliver_request& r) {
    return r.site == "dead.example" ? host_dead(r) : delivered(r);
  };
  start();
  world.advance(seconds(7));
  const auto to = [](const deliver_request& r) { return r.site; };
  EXPECT_EQ(std::ranges::count(delivery.requests, "greylisting.example", to), 1);
  EXPECT_LE(active(), 40);
  // It is stepped over, not read again and again.
  const auto rows = world.spool.rows_read;
  world.advance(seconds(5));
  EXPECT_LE(world.spool.rows_read - rows, 60U);
}

TEST_F(SchedulerTest, ARevivedSiteGetsItsWholeBacklog) {
  options.scan_page = 50;
  set_window(2);
  retry.schedule = {seconds(10)};
  for (int n = 0; n < 1'000; ++n) put("dead.example", 1, -seconds(n % 7));
  bool dead = true;
  delivery.answer = [&](const deliver_request& r) { return dead ? host_dead(r) : delivered(r); };
  start();
  world.advance(minutes(2));
  EXPECT_EQ(world.spool.open_envelopes().size(), 1'000U);
  dead = false;
  world.advance(minutes(6));
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(active(), 0);
  EXPECT_EQ(world.number(scheduler_, "backlogs"), 0);
}

TEST_F(SchedulerTest, MailExpiresBehindASiteThatIsLeftAlone) {
  options.scan_page = 50;
  set_window(1);
  settings.delivery.suspend_first = settings.delivery.suspend_max = minutes(5);
  retry.delay_notice_after = milliseconds(0);
  retry.lifetime = minutes(30);
  delivery.answer = [](const deliver_request& r) {
    return r.site == "dead.example" ? host_dead(r) : delivered(r);
  };
  for (int n = 0; n < 300; ++n) put("dead.example");
  start();
  world.advance(minutes(29));
  EXPECT_EQ(world.spool.open_envelopes().size(), 300U);
  world.advance(minutes(11));
  EXPECT_EQ(world.spool.count(model::event_kind::expired), 300U);
}

TEST_F(SchedulerTest, ACatchUpThatIsUnderWayLosesNothing) {
  options.scan_page = 7;
  options.rescan_interval = seconds(20);
  delivery.answer = &delivered;
  for (int n = 0; n < 200; ++n) {
    put("d" + std::to_string(n % 9) + ".example", 1, seconds(n % 50 - 25));
  }
  start();
  world.advance(seconds(60));
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(delivery.requests.size(), 200U);
}

}  // namespace
}  // namespace signpost::actors

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/destination_queue.hpp"

#include "actors/delivery/messages.hpp"
#include "actors/messages.hpp"
#include "actors/queue/messages.hpp"
#include "actors/queue/spooler_messages.hpp"
#include "base/text.hpp"
#include "tests/actors/queue_fixture.hpp"

namespace signpost::actors {
namespace {

using model::outcome;
using std::chrono::hours;
using std::chrono::minutes;

class DestinationQueueTest : public QueueTest {
 protected:
  std::size_t waiting() { return delivery.waiting.size(); }
  void finish(const deliver_response& response) {
    delivery.finish_first(response);
    world.settle();
  }
  const deliver_request& first() { return delivery.waiting.front().request; }
  /// Has the node stop; true when all has ended.
  std::shared_ptr<bool> drain() {
    auto ended = std::make_shared<bool>(false);
    const auto ask = [ended, to = scheduler_](caf::event_based_actor* self, no_arguments) {
      self->request(to, caf::infinite, drain_request{})
          .then([ended](settle_response) { *ended = true; }, [](const caf::error&) {});
    };
    world.system.spawn(ask, no_arguments{});
    world.settle();
    return ended;
  }
};

TEST_F(DestinationQueueTest, NoMoreTravelsAtOnceThanTheWindowAllows) {
  settings.delivery.concurrency_initial = 3;
  settings.delivery.concurrency_max = 4;
  start();
  for (int i = 0; i < 30; ++i) accept("dest.example");
  EXPECT_EQ(waiting(), 3U);
  while (waiting() > 0) finish(delivered(first()));
  EXPECT_EQ(delivery.at_once_max, 4U);
  EXPECT_EQ(delivery.requests.size(), 30U);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(DestinationQueueTest, ASuspensionEndsByItselfAndBeginsWithAProbe) {
  set_window(2);
  start();
  for (int i = 0; i < 6; ++i) accept("dest.example");
  finish(host_dead(first()));
  finish(host_dead(first()));
  while (waiting() > 0) finish(host_dead(first()));
  const auto tried = delivery.requests.size();
  world.advance(seconds(29));
  EXPECT_EQ(delivery.requests.size(), tried);
  world.advance(seconds(2));
  EXPECT_EQ(waiting(), 1U);
  delivery.answer = &delivered;
  finish(delivered(first()));
  world.advance(minutes(10));
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(DestinationQueueTest, WhatWaitsForADestinationThatStaysDeadGoesBackToTheSchedule) {
  set_window(1);
  delivery.answer = &host_dead;
  start();
  for (int i = 0; i < 50; ++i) accept("dest.example");
  EXPECT_GT(active(), 0);
  world.advance(seconds(40));
  EXPECT_EQ(active(), 0);
  // What was tried, or waited in memory when that failed, has its turn later; the others were not
  // touched.
  int tried = 0;
  for (const auto& e : world.spool.open_envelopes()) {
    if (e.state != outcome::deferred) continue;
    ++tried;
    EXPECT_GT(e.next_attempt, world.time.now());
  }
  EXPECT_GE(tried, 20);
  EXPECT_LE(tried, 22);
}

TEST_F(DestinationQueueTest, EverybodyBehindADeadDestinationExpiresInTimeWithANotice) {
  set_window(1);
  retry.lifetime = hours(6);
  retry.delay_notice_after = milliseconds(0);
  options.scan_interval = seconds(10);
  delivery.answer = [](const deliver_request& r) {
    return r.site == "dest.example" ? host_dead(r) : delivered(r);
  };
  start();
  for (int i = 0; i < 90; ++i) accept("dest.example");
  world.advance(hours(9), seconds(20));
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(world.spool.count(model::event_kind::expired), 90U);
  EXPECT_EQ(world.metrics.queue.bounces.value("failure"), 90U);
}

TEST_F(DestinationQueueTest, APlanThatRefusesForGoodBouncesWithTheHeader) {
  refusals["null.example"] = {556, {5, 1, 10}, {"takes no mail"}};
  start();
  const auto id = accept("null.example");
  EXPECT_EQ(world.spool.last(id)->state, outcome::bounced);
  EXPECT_EQ(world.metrics.queue.bounces.value("failure"), 1U);
  ASSERT_EQ(waiting(), 1U);  // the notice
  EXPECT_EQ(first().message.sender, "");
  EXPECT_EQ(first().message.recipients.front(), "alice@sender.example");
  EXPECT_NE(first().message.body->octets().find("Subject: x"), std::string::npos);
}

// What no host takes as it is goes to the one that answered, encoded, within the same attempt.
TEST_F(DestinationQueueTest, AHostThatLacksAnExtensionGetsACopyInSevenBits) {
  delivery.answer = [](const deliver_request& r) {
    if (is_ascii(r.message.body->octets())) return delivered(r);
    auto lacks = all(r, {554, {5, 6, 3}, {"no 8BITMIME here"}}, "local");
    lacks.lacking = delivery_target{.host = "mx1.test", .where = {}};
    return lacks;
  };
  start();
  const std::string letter = "From: a@sender.example\r\n\r\nGr\xc3\xbc\xc3\x9f" "e\r\n";
  auto id = accept_body("dest.example", std::make_shared<const message_body>(letter));
  EXPECT_EQ(world.spool.last(id)->state, outcome::delivered);
  EXPECT_EQ(world.spool.last(id)->attempts, 1U);
  ASSERT_EQ(delivery.requests.size(), 2U);
  ASSERT_EQ(delivery.requests[1].targets.size(), 1U);
  EXPECT_EQ(delivery.requests[1].targets[0].host, "mx1.test");
  EXPECT_EQ(delivery.requests[1].slot, delivery.requests[0].slot);

  // One that must not be encoded comes back with what the host lacks.
  delivery.requests.clear();
  id = accept_body("dest.example",
                   std::make_shared<const message_body>("DKIM-Signature: x\r\n" + letter));
  EXPECT_EQ(world.spool.last(id)->state, outcome::bounced);
  ASSERT_EQ(delivery.requests.size(), 2U) << "the second is the notice";
  EXPECT_EQ(delivery.requests[1].message.sender, "");
}

TEST_F(DestinationQueueTest, APlanThatRefusesForNowDefers) {
  refusals["dns.example"] = {451, {4, 4, 3}, {"the DNS did not answer"}};
  start();
  const auto id = accept("dns.example");
  EXPECT_EQ(world.spool.last(id)->state, outcome::deferred);
  EXPECT_EQ(world.spool.last(id)->attempts, 1U);
  EXPECT_EQ(active(), 0);
  refusals.clear();
  world.advance(minutes(3));
  EXPECT_EQ(waiting(), 1U);
}

TEST_F(DestinationQueueTest, AMessageRemovedMeanwhileIsNotTried) {
  set_window(1);
  start();
  accept("dest.example");
  const auto second = accept("dest.example");
  ASSERT_EQ(waiting(), 1U);
  EXPECT_EQ(command(queue_command::kind::remove, second).value_or(0), 1U);
  finish(delivered(first()));
  EXPECT_EQ(delivery.requests.size(), 1U);
  EXPECT_EQ(active(), 0);
}

TEST_F(DestinationQueueTest, WhatFailsTellsItsSenderInTheSameCommit) {
  start();
  const auto id = accept("dest.example");
  const auto commits = world.spool.commits;
  finish(all(first(), {550, {5, 1, 1}, {"no such user"}}, "RCPT"));
  EXPECT_EQ(world.spool.commits, commits + 1);
  EXPECT_EQ(world.spool.last(id)->state, outcome::bounced);
  EXPECT_EQ(world.spool.records().size(), 1U);
  EXPECT_EQ(waiting(), 1U);
}

TEST_F(DestinationQueueTest, ANoticeThatFailsIsNotAnswered) {
  delivery.answer = [](const deliver_request& r) {
    return all(r, {550, {5, 1, 1}, {"no such user"}}, "RCPT");
  };
  start();
  accept("dest.example");
  world.advance(minutes(1));
  EXPECT_EQ(delivery.requests.size(), 2U);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(world.metrics.queue.bounces.value("failure"), 1U);
  EXPECT_EQ(world.metrics.queue.bounces.value("suppressed"), 1U);
}

TEST_F(DestinationQueueTest, TheDelayNoticeIsSentOnce) {
  retry.delay_notice_after = hours(1);
  retry.schedule = {minutes(20)};
  delivery.answer = [](const deliver_request& r) {
    return r.site == "dest.example" ? all(r, {451, {4, 2, 0}, {"later"}}, "RCPT") : delivered(r);
  };
  start();
  accept("dest.example");
  world.advance(hours(6), seconds(5));
  EXPECT_EQ(world.metrics.queue.bounces.value("delay"), 1U);
  EXPECT_EQ(world.spool.open_envelopes().size(), 1U);
}

TEST_F(DestinationQueueTest, RecipientsThatWereTooManyGoInTheNextTransaction) {
  delivery.answer = [](const deliver_request& r) {
    auto response = delivered(r);
    for (std::size_t i = 2; i < response.results.size(); ++i) {
      response.results[i].command = "RCPT";
      response.results[i].reply = {452, {4, 5, 3}, {"too many recipients"}};
    }
    return response;
  };
  start();
  const auto id = accept("dest.example", 7);
  EXPECT_EQ(delivery.requests.size(), 4U);
  EXPECT_EQ(world.spool.count(model::event_kind::delivered), 7U);
  EXPECT_EQ(world.spool.last(id, 6)->attempts, 1U);
  EXPECT_EQ(active(), 0);
  EXPECT_EQ(world.number(scheduler_, "sites"), 1);
  world.advance(minutes(12), seconds(5));
  EXPECT_EQ(world.number(scheduler_, "sites"), 0);
}

TEST_F(DestinationQueueTest, ASessionThatEndsAfterSomeMessagesCostsNoAttempt) {
  start();
  const auto id = accept("dest.example", 2);
  auto closing = all(first(), {421, {4, 3, 2}, {"enough"}}, "MAIL");
  closing.transactions_before = 5;
  finish(closing);
  ASSERT_EQ(waiting(), 1U);
  EXPECT_EQ(active(), 2);
  // While it goes again it belongs to the attempt, not to the operator.
  EXPECT_FALSE(command(queue_command::kind::remove, id));
  finish(delivered(first()));
  EXPECT_EQ(world.spool.last(id)->attempts, 1U);
  EXPECT_EQ(active(), 0);
}

TEST_F(DestinationQueueTest, AnOutcomeIsNotForgottenWhileTheDiskIsSick) {
  start();
  accept("dest.example");
  world.spool.fail_all = errc::unavailable;
  finish(delivered(first()));
  world.advance(minutes(5));
  EXPECT_EQ(active(), 1);
  world.spool.fail_all.reset();
  world.advance(seconds(2));
  EXPECT_EQ(active(), 0);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(delivery.requests.size(), 1U);
}

TEST_F(DestinationQueueTest, NoMemoryForTheMessageIsNoAttempt) {
  start();
  const auto id = put("dest.example");
  ASSERT_TRUE(memory().take(memory().limit()));
  world.advance(seconds(2));
  EXPECT_EQ(waiting(), 0U);
  EXPECT_EQ(world.spool.last(id)->attempts, 0U);
  // It waits for room and comes as soon as there is some.
  EXPECT_EQ(active(), 1);
  memory().give_back(memory().limit());
  world.advance(seconds(1));
  EXPECT_EQ(waiting(), 1U);
}

TEST_F(DestinationQueueTest, WithoutWorkOrWithALongAttemptItDoesNotSpin) {
  start();
  accept("dest.example");
  world.advance(minutes(6), seconds(5));
  // One tick for the idle time, not one for each millisecond: the queue can be asked in between.
  const auto ticks = world.advance_counting(seconds(5));
  EXPECT_LT(ticks, 200U);
}

TEST_F(DestinationQueueTest, WhatOneDestinationRefusesGoesToTheNextAtOnceAndNobodyIsTold) {
  options.scan_interval = hours(1);
  start();
  fallbacks = {"second@b.example", "third@c.example"};
  const auto id = accept("a.example");
  finish(all(first(), {550, {5, 1, 1}, {"no such user"}}, "RCPT"));
  ASSERT_EQ(waiting(), 1U);
  EXPECT_EQ(first().site, "b.example");
  EXPECT_EQ(first().message.recipients, std::vector<std::string>{"second@b.example"});
  EXPECT_NE(first().message.prefix.find("X-Forwarded-To: second@b.example"), std::string::npos);
  EXPECT_EQ(active(), 1);
  finish(delivered(first()));
  EXPECT_EQ(world.spool.last(id)->state, outcome::delivered);
  EXPECT_EQ(world.spool.last(id)->attempts, 1U);
  EXPECT_EQ(active(), 0);
  EXPECT_EQ(delivery.requests.size(), 2U);
  EXPECT_EQ(world.metrics.queue.bounces.value("failure"), 0U);
  EXPECT_EQ(world.metrics.queue.failovers.value(), 1U);
  EXPECT_EQ(world.spool.count(model::event_kind::failover), 1U);
  EXPECT_EQ(world.spool.count(model::event_kind::bounced), 0U);
}

TEST_F(DestinationQueueTest, OnlyTheLastFailureIsReported) {
  delivery.answer = [](const deliver_request& r) {
    return r.message.sender.empty() ? delivered(r) : all(r, {550, {5, 1, 1}, {"not here"}}, "RCPT");
  };
  start();
  fallbacks = {"second@b.example", "third@null.example"};
  refusals["null.example"] = {556, {5, 1, 10}, {"takes no mail"}};
  const auto id = accept("a.example");
  EXPECT_EQ(world.spool.last(id)->state, outcome::bounced);
  EXPECT_EQ(world.spool.last(id)->destination, "third@null.example");
  EXPECT_EQ(world.metrics.queue.failovers.value(), 2U);
  EXPECT_EQ(world.metrics.queue.bounces.value("failure"), 1U);
  ASSERT_EQ(delivery.requests.size(), 3U);
  const auto notice = delivery.requests.back().message.body->octets();
  EXPECT_NE(notice.find("Final-Recipient: rfc822; u@zone.example"), std::string::npos);
  EXPECT_NE(notice.find("takes no mail"), std::string::npos);
  EXPECT_EQ(notice.find("b.example"), std::string::npos);
}

TEST_F(DestinationQueueTest, AnExpiredRecipientGoesOnWithAFreshLifeTime) {
  retry.lifetime = hours(6);
  retry.delay_notice_after = hours(1);
  options.scan_interval = seconds(10);
  delivery.answer = [](const deliver_request& r) {
    return r.message.sender.empty() ? delivered(r) : all(r, {451, {4, 2, 0}, {"later"}}, "RCPT");
  };
  start();
  fallbacks = {"second@b.example"};
  const auto id = accept("a.example");
  world.advance(hours(7), seconds(20));
  ASSERT_EQ(world.spool.last(id)->destination, "second@b.example");
  EXPECT_EQ(world.spool.count(model::event_kind::expired), 0U);
  world.advance(hours(6), seconds(20));
  EXPECT_EQ(world.spool.last(id)->state, outcome::expired);
  EXPECT_EQ(world.metrics.queue.bounces.value("delay"), 1U);
  EXPECT_EQ(world.metrics.queue.bounces.value("failure"), 1U);
  EXPECT_EQ(active(), 0);
}

TEST_F(DestinationQueueTest, TheNextDestinationIsTriedOnlyWhenTheChangeIsDurable) {
  start();
  fallbacks = {"second@b.example"};
  const auto id = accept("a.example");
  world.spool.fail_all = errc::unavailable;
  finish(all(first(), {550, {5, 1, 1}, {"no such user"}}, "RCPT"));
  world.advance(minutes(1));
  EXPECT_EQ(waiting(), 0U);
  EXPECT_EQ(active(), 1);
  // Nobody but the attempt may have it meanwhile.
  EXPECT_FALSE(command(queue_command::kind::remove, id));
  world.spool.fail_all.reset();
  world.advance(seconds(2));
  ASSERT_EQ(waiting(), 1U);
  EXPECT_EQ(first().site, "b.example");
}

// A crash after the refusal and before its commit repeats the first attempt; one after it does not.
TEST_F(DestinationQueueTest, ARestartGoesOnWithTheDestinationThatIsWritten) {
  start();
  fallbacks = {"second@b.example"};
  accept("a.example");
  ASSERT_EQ(waiting(), 1U);
  stop();
  start();
  ASSERT_EQ(waiting(), 1U);
  EXPECT_EQ(first().site, "a.example");
  finish(all(first(), {550, {5, 1, 1}, {"no such user"}}, "RCPT"));
  ASSERT_EQ(waiting(), 1U);
  stop();
  start();
  ASSERT_EQ(waiting(), 1U);
  EXPECT_EQ(first().site, "b.example");
  finish(delivered(first()));
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(delivery.requests.size(), 4U);
}

TEST_F(DestinationQueueTest, WhatGoesOnElsewhereWaitsInTheSpoolIfMemoryIsFull) {
  settings.queue.active_per_next_hop_max = 1;
  start();
  accept("b.example");
  fallbacks = {"second@b.example"};
  accept("a.example");
  ASSERT_EQ(waiting(), 2U);
  std::swap(delivery.waiting[0], delivery.waiting[1]);
  finish(all(first(), {550, {5, 1, 1}, {"no such user"}}, "RCPT"));
  EXPECT_EQ(active(), 1);
  finish(delivered(first()));
  world.advance(seconds(2));
  ASSERT_EQ(waiting(), 1U);
  EXPECT_EQ(first().message.recipients, std::vector<std::string>{"second@b.example"});
  finish(delivered(first()));
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

// The other host of the same name: the same queue, one attempt after the other.
TEST_F(DestinationQueueTest, AFallbackMayLieAtTheSameNextHop) {
  start();
  fallbacks = {"second@a.example"};
  accept("a.example");
  finish(all(first(), {550, {5, 1, 1}, {"no such user"}}, "RCPT"));
  ASSERT_EQ(waiting(), 1U);
  EXPECT_EQ(first().message.recipients, std::vector<std::string>{"second@a.example"});
  finish(delivered(first()));
  EXPECT_EQ(active(), 0);
  EXPECT_EQ(delivery.requests.size(), 2U);
}

TEST_F(DestinationQueueTest, WhatWaitsBehindADeadDestinationGoesOnWhenItExpires) {
  set_window(1);
  retry.lifetime = hours(6);
  retry.delay_notice_after = milliseconds(0);
  options.scan_interval = seconds(10);
  delivery.answer = [](const deliver_request& r) {
    return r.site == "a.example" ? host_dead(r) : delivered(r);
  };
  start();
  fallbacks = {"second@b.example"};
  for (int i = 0; i < 10; ++i) accept("a.example");
  world.advance(hours(9), seconds(20));
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(world.spool.count(model::event_kind::failover), 10U);
  EXPECT_EQ(world.spool.count(model::event_kind::delivered), 10U);
  EXPECT_EQ(world.metrics.queue.bounces.value("failure"), 0U);
}

// One POST for each, with its own signature, though they share message and host.
TEST_F(DestinationQueueTest, EachRecipientOfAWebhookIsARequestOfItsOwn) {
  settings.webhook.concurrency = 3;
  ASSERT_GT(window(), 3U) << "that of other destinations";
  start();
  const auto id = accept("https://hooks.example", 5);
  EXPECT_EQ(waiting(), 3U);
  while (waiting() > 0) {
    const auto& request = first();
    ASSERT_TRUE(request.webhook);
    EXPECT_TRUE(request.targets.empty());
    ASSERT_EQ(request.message.recipients.size(), 1U);
    auto response = all(request, {200, {2, 0, 0}, {"webhook: OK"}}, "POST");
    response.webhook = {.what = model::disposition::delivered, .reason = "delivered"};
    finish(response);
  }
  EXPECT_EQ(delivery.requests.size(), 5U);
  EXPECT_EQ(world.spool.last(id, 4)->state, outcome::delivered);
  EXPECT_EQ(active(), 0);
}

TEST_F(DestinationQueueTest, AWebhookThatIsGoneIsReportedWithoutItsName) {
  start();
  accept("https://hooks.example");
  auto response = all(first(), {410, {5, 3, 0}, {"webhook: Gone"}}, "POST");
  response.webhook = {.what = model::disposition::bounce, .status = {5, 3, 0}};
  response.host = "hooks.example (192.0.2.1)";
  finish(response);
  ASSERT_EQ(waiting(), 1U);
  EXPECT_FALSE(first().webhook);
  const auto notice = first().message.body->octets();
  EXPECT_NE(notice.find("webhook: Gone"), std::string::npos);
  EXPECT_NE(notice.find("Status: 5.3.0"), std::string::npos);
  EXPECT_EQ(notice.find("hooks.example"), std::string::npos) << notice;
}

TEST_F(DestinationQueueTest, AWebhookThatDoesNotAnswerIsSuspendedAndTriedAgain) {
  settings.webhook.concurrency = 1;
  start();
  const auto id = accept("https://hooks.example");
  auto response = host_dead(first());
  response.webhook = {.what = model::disposition::retry, .reason = "connect"};
  finish(response);
  EXPECT_EQ(world.spool.last(id)->state, outcome::deferred);
  world.advance(minutes(2));
  ASSERT_EQ(waiting(), 1U);
  response = all(first(), {200, {2, 0, 0}, {"webhook: OK"}}, "POST");
  response.webhook = {.what = model::disposition::delivered};
  finish(response);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

// ---- the end ----

TEST_F(DestinationQueueTest, AStopCutsWhatHangsAndLeavesItDue) {
  start();
  const auto id = accept("dest.example");
  const auto before = world.spool.last(id).value();
  const auto ended = drain();
  world.advance(seconds(2));
  EXPECT_FALSE(first().leash->why_cut());
  world.advance(seconds(2));
  ASSERT_EQ(first().leash->why_cut(), cut_reason::node_stops);
  EXPECT_FALSE(*ended);
  auto cut = host_dead(first());
  cut.host_failed = false;
  cut.cut = cut_reason::node_stops;
  finish(cut);
  EXPECT_TRUE(*ended);
  EXPECT_EQ(world.spool.last(id).value(), before) << "no attempt is counted";
}

TEST_F(DestinationQueueTest, AStopWaitsForTheAnswerToWhatWasSent) {
  start();
  const auto id = accept("dest.example");
  const auto ended = drain();
  world.advance(seconds(20));
  EXPECT_FALSE(*ended);
  finish(delivered(first()));
  EXPECT_TRUE(*ended);
  EXPECT_EQ(world.spool.last(id)->state, outcome::delivered);
}

}  // namespace
}  // namespace signpost::actors

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/settlement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/delivery/messages.hpp"
#include "actors/queue/delivery_job.hpp"
#include "base/text.hpp"

namespace signpost::actors {
namespace {

using model::outcome;
constexpr wall_time start{seconds{1'790'000'000}};
constexpr auto five_days = std::chrono::hours(24 * 5);

class SettlementTest : public testing::Test {
 protected:
  delivery_job job_of(std::size_t recipients, bool may_bounce = true) {
    auto record = std::make_shared<model::message_record>();
    record->id = model::queue_id::make(start, 1, 1);
    record->accepted = start;
    record->sender = "alice@sender.example";
    record->may_bounce = may_bounce;
    record->sender_proven = true;
    delivery_job job;
    for (std::uint32_t i = 0; i < recipients; ++i) {
      model::envelope e;
      e.id = record->id;
      e.index = i;
      e.original = e.destination = "u" + std::to_string(i) + "@dest.example";
      e.next_hop = model::next_hop("dest.example");
      e.next_attempt = start;
      e.expires = start + five_days;
      job.envelopes.push_back(e);
    }
    job.record = record;
    return job;
  }
  deliver_response response_of(std::vector<std::pair<std::string, smtp::reply>> results) {
    deliver_response r;
    for (auto& [command, reply] : results) {
      smtp::recipient_result one;
      one.command = command;
      one.reply = std::move(reply);
      r.results.push_back(std::move(one));
    }
    r.host = "mx.dest.example (192.0.2.1)";
    return r;
  }
  settlement_context context(milliseconds after = milliseconds(0)) {
    return {.now = start + after, .policy = policy, .random = random};
  }

  model::retry_policy policy;
  seeded_random random{1};
};

const smtp::reply taken{250, {2, 0, 0}, {"ok"}};
const smtp::reply unknown{550, {5, 1, 1}, {"no such user"}};
const smtp::reply full{452, {4, 2, 2}, {"mailbox full"}};
const smtp::reply too_many{452, {4, 5, 3}, {"too many recipients"}};
const smtp::reply closing{421, {4, 3, 2}, {"bye"}};

struct outcome_case {
  const char* name;
  std::string command;
  smtp::reply reply;
  milliseconds after;
  outcome want;
};

TEST_F(SettlementTest, OneRecipientByOneReply) {
  const std::vector<outcome_case> cases = {
      {"delivered", ".", taken, seconds(1), outcome::delivered},
      {"refused", "RCPT", unknown, seconds(1), outcome::bounced},
      {"refused content", ".", {554, {5, 7, 1}, {"spam"}}, seconds(1), outcome::bounced},
      {"deferred", "RCPT", full, seconds(1), outcome::deferred},
      {"lost", "session", {0, {}, {"reset"}}, seconds(1), outcome::deferred},
      {"banner 554", "session", {554, {5, 7, 1}, {"go away"}}, seconds(1), outcome::deferred},
      {"positive to DATA is no delivery", "DATA", {250, {}, {"?"}}, seconds(1), outcome::deferred},
      {"deferred at the end of its time", "RCPT", full, five_days, outcome::expired},
      {"delivered at the end of its time", ".", taken, five_days, outcome::delivered},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto s = settle(job_of(1), response_of({{c.command, c.reply}}), context(c.after));
    ASSERT_EQ(s.updates.size(), 1U);
    const auto& after = s.updates[0].after;
    EXPECT_EQ(after.state, c.want);
    EXPECT_EQ(after.attempts, 1U);
    EXPECT_EQ(after.last_reply, c.reply.to_string());
    EXPECT_EQ(after.last_host, "mx.dest.example (192.0.2.1)");
    EXPECT_EQ(s.failed.size(), c.want == outcome::bounced || c.want == outcome::expired ? 1U : 0U);
    if (c.want == outcome::deferred) {
      EXPECT_GT(after.next_attempt, start + c.after);
    }
    EXPECT_EQ(s.updates[0].before.attempts, 0U);
  }
}

TEST_F(SettlementTest, OfALongReplyTheBeginningIsKept) {
  const smtp::reply long_one{550, {5, 1, 1}, std::vector<std::string>(100, std::string(400, 'x'))};
  const auto s = settle(job_of(1), response_of({{"RCPT", long_one}}), context());
  const auto& update = s.updates.front();
  EXPECT_EQ(update.after.state, outcome::bounced);
  EXPECT_THAT(update.after.last_reply, testing::StartsWith("550 5.1.1 xxx"));
  EXPECT_THAT(update.after.last_reply, testing::EndsWith("x [...]"));
  EXPECT_LT(update.after.last_reply.size(), 1100U);
  EXPECT_EQ(update.events.front().reply, update.after.last_reply);
  for (const std::string shift : {"", "x"}) {
    smtp::reply in_utf8{550, {5, 1, 1}, {shift}};
    for (int i = 0; i < 1000; ++i) in_utf8.lines.front() += "\u00e9";
    const auto cut = settle(job_of(1), response_of({{"RCPT", in_utf8}}), context());
    EXPECT_TRUE(is_utf8(cut.updates.front().after.last_reply)) << shift;
  }
}

TEST_F(SettlementTest, RecipientsOfOneTransactionEndEachInItsOwnWay) {
  const auto s = settle(job_of(3), response_of({{".", taken}, {"RCPT", unknown}, {"RCPT", full}}),
                        context(seconds(1)));
  ASSERT_EQ(s.updates.size(), 3U);
  EXPECT_EQ(s.updates[0].after.state, outcome::delivered);
  EXPECT_EQ(s.updates[1].after.state, outcome::bounced);
  EXPECT_EQ(s.updates[2].after.state, outcome::deferred);
  ASSERT_EQ(s.failed.size(), 1U);
  EXPECT_EQ(s.failed[0].index, 1U);
}

TEST_F(SettlementTest, TooManyRecipientsGoAgainAtOnceIfOthersGotThrough) {
  const auto s =
      settle(job_of(2), response_of({{".", taken}, {"RCPT", too_many}}), context(seconds(1)));
  ASSERT_EQ(s.updates.size(), 1U);
  ASSERT_EQ(s.again.size(), 1U);
  EXPECT_EQ(s.again[0].index, 1U);
  EXPECT_EQ(s.again[0].attempts, 0U);
}

TEST_F(SettlementTest, RecipientsBeyondTheAnnouncedLimitGoAgainAtOnce) {
  const auto s =
      settle(job_of(2), response_of({{".", taken}, {"local", too_many}}), context(seconds(1)));
  ASSERT_EQ(s.again.size(), 1U);
  EXPECT_EQ(s.again[0].index, 1U);
}

TEST_F(SettlementTest, TooManyRecipientsIsADeferralIfNobodyGotThrough) {
  const auto s =
      settle(job_of(2), response_of({{"RCPT", too_many}, {"RCPT", too_many}}), context(seconds(1)));
  EXPECT_TRUE(s.again.empty());
  ASSERT_EQ(s.updates.size(), 2U);
  EXPECT_EQ(s.updates[0].after.state, outcome::deferred);
}

TEST_F(SettlementTest, A421AfterEarlierMessagesGoesAgainAndCountsForNothing) {
  auto response = response_of({{"MAIL", closing}});
  response.transactions_before = 3;
  const auto s = settle(job_of(1), response, context(seconds(1)));
  EXPECT_TRUE(s.updates.empty());
  ASSERT_EQ(s.again.size(), 1U);
}

TEST_F(SettlementTest, A421ToTheFirstMessageIsADeferral) {
  const auto s = settle(job_of(1), response_of({{"MAIL", closing}}), context(seconds(1)));
  EXPECT_TRUE(s.again.empty());
  ASSERT_EQ(s.updates.size(), 1U);
  EXPECT_EQ(s.updates[0].after.state, outcome::deferred);
}

TEST_F(SettlementTest, TheSenderIsToldOfADelayOnce) {
  auto job = job_of(1);
  const auto early = settle(job, response_of({{"RCPT", full}}), context(std::chrono::hours(1)));
  EXPECT_TRUE(early.delayed.empty());
  const auto late = settle(job, response_of({{"RCPT", full}}), context(std::chrono::hours(5)));
  ASSERT_EQ(late.delayed.size(), 1U);
  ASSERT_EQ(late.updates.size(), 1U);
  EXPECT_TRUE(late.updates[0].after.delay_notified);
  ASSERT_EQ(late.updates[0].events.size(), 2U);
  EXPECT_EQ(late.updates[0].events[1].kind, model::event_kind::delayed);
  job.envelopes[0] = late.updates[0].after;
  const auto later = settle(job, response_of({{"RCPT", full}}), context(std::chrono::hours(9)));
  EXPECT_TRUE(later.delayed.empty());
}

TEST_F(SettlementTest, NoDelayNoticeForMailThatMustNotBounce) {
  const auto s =
      settle(job_of(1, false), response_of({{"RCPT", full}}), context(std::chrono::hours(5)));
  EXPECT_TRUE(s.delayed.empty());
}

TEST_F(SettlementTest, APlanThatFailsDefersOrBounces) {
  const auto later = settle_without_attempt(job_of(2), {451, {4, 4, 3}, {"the DNS did not answer"}},
                                            context(seconds(1)));
  ASSERT_EQ(later.updates.size(), 2U);
  EXPECT_EQ(later.updates[0].after.state, outcome::deferred);
  const auto never =
      settle_without_attempt(job_of(2), {556, {5, 1, 10}, {"null MX"}}, context(seconds(1)));
  EXPECT_EQ(never.failed.size(), 2U);
}

TEST_F(SettlementTest, TroubleOfOurOwnCountsForNothingAndExpiresNothing) {
  const auto until = start + five_days + std::chrono::minutes(5);
  const auto s = postponed(job_of(1), "no memory", until, context(five_days));
  ASSERT_EQ(s.updates.size(), 1U);
  EXPECT_EQ(s.updates[0].after.state, outcome::deferred);
  EXPECT_EQ(s.updates[0].after.attempts, 0U);
  EXPECT_EQ(s.updates[0].after.next_attempt, until);
  EXPECT_TRUE(s.failed.empty());
}

TEST_F(SettlementTest, WhatTheSenderCannotBeToldOfDoesNotBecomeFinal) {
  auto s = settle(job_of(2), response_of({{".", taken}, {"RCPT", unknown}}), context(seconds(1)));
  const auto until = start + std::chrono::minutes(5);
  postpone_failed(s, until);
  EXPECT_TRUE(s.failed.empty());
  EXPECT_EQ(s.updates[0].after.state, outcome::delivered);
  EXPECT_EQ(s.updates[1].after.state, outcome::deferred);
  EXPECT_EQ(s.updates[1].after.next_attempt, until);
}

TEST_F(SettlementTest, TheEventSaysThatNobodyHearsOfIt) {
  const std::pair<std::string, std::string> silence{"notification", "none"};
  for (const bool may_bounce : {true, false}) {
    const auto job = job_of(1, may_bounce);
    const auto s = settle(job, response_of({{"RCPT", unknown}}), context());
    const auto unsent = settle_without_attempt(job, unknown, context());
    for (const auto& details :
         {s.updates[0].events.at(0).details, unsent.updates[0].events.at(0).details}) {
      EXPECT_EQ(testing::Value(details, testing::Contains(silence)), !may_bounce);
    }
    EXPECT_EQ(s.updates[0].events[0].details.front().first, "command");
  }
}

TEST_F(SettlementTest, ADelayNoticeThatCannotBeWrittenComesDueAgain) {
  auto s = settle(job_of(1), response_of({{"RCPT", full}}), context(std::chrono::hours(5)));
  forget_delays(s);
  EXPECT_TRUE(s.delayed.empty());
  EXPECT_FALSE(s.updates[0].after.delay_notified);
  EXPECT_EQ(s.updates[0].events.size(), 1U);
}

TEST_F(SettlementTest, ARecipientThatFailedGoesOnToItsFallback) {
  const std::vector<outcome_case> cases = {
      {"refused", "RCPT", unknown, seconds(1), outcome::bounced},
      {"at the end of its time", "RCPT", full, five_days, outcome::expired},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto job = job_of(1);
    job.envelopes[0].delay_notified = true;
    job.envelopes[0].fallbacks = {"second@B\u00fccher.example", "third@[192.0.2.9]"};
    const auto s = settle(job, response_of({{c.command, c.reply}}), context(c.after));
    ASSERT_EQ(s.updates.size(), 1U);
    EXPECT_TRUE(s.failed.empty());
    EXPECT_TRUE(s.delayed.empty());
    auto want = job.envelopes[0];
    want.destination = "second@xn--bcher-kva.example";
    want.next_hop = model::next_hop("xn--bcher-kva.example");
    want.fallbacks = {"third@[192.0.2.9]"};
    want.next_attempt = start + c.after;
    want.expires = start + c.after + policy.lifetime;
    EXPECT_EQ(s.updates[0].after, want);
    ASSERT_EQ(s.updates[0].events.size(), 1U);
    const auto& event = s.updates[0].events[0];
    EXPECT_EQ(event.kind, model::event_kind::failover);
    EXPECT_EQ(event.destination, "u0@dest.example");
    EXPECT_EQ(event.reply, c.reply.to_string());
    EXPECT_EQ(event.host, "mx.dest.example (192.0.2.1)");
    using detail = std::pair<std::string, std::string>;
    EXPECT_THAT(event.details,
                testing::IsSupersetOf({detail("next", want.destination),
                                       detail("gave_up", std::string(to_string(c.want)))}));
  }
}

TEST_F(SettlementTest, OnlyWhatFailsGoesOn) {
  auto job = job_of(3);
  for (auto& e : job.envelopes) e.fallbacks = {"second@else.example"};
  const auto s = settle(job, response_of({{".", taken}, {"RCPT", full}, {"RCPT", unknown}}),
                        context(seconds(1)));
  EXPECT_EQ(s.updates[0].after.state, outcome::delivered);
  EXPECT_EQ(s.updates[1].after.state, outcome::deferred);
  EXPECT_EQ(s.updates[1].after.destination, "u1@dest.example");
  EXPECT_EQ(s.updates[2].after.destination, "second@else.example");
}

TEST_F(SettlementTest, APlanThatRefusesForGoodLeadsOn) {
  auto job = job_of(1);
  job.envelopes[0].fallbacks = {"second@[192.0.2.9]"};
  const auto s = settle_without_attempt(job, {556, {5, 1, 10}, {"null MX"}}, context(seconds(1)));
  EXPECT_TRUE(s.failed.empty());
  EXPECT_EQ(s.updates[0].after.next_hop.text(), "[192.0.2.9]");
  EXPECT_EQ(s.updates[0].after.attempts, 0U);
}

TEST_F(SettlementTest, AFallbackThatIsNoMailboxIsPassedOver) {
  auto job = job_of(1);
  job.envelopes[0].fallbacks = {"nonsense", "third@else.example"};
  const auto s = settle(job, response_of({{"RCPT", unknown}}), context());
  EXPECT_EQ(s.updates[0].after.destination, "third@else.example");
  job.envelopes[0].fallbacks = {"nonsense"};
  const auto last = settle(job, response_of({{"RCPT", unknown}}), context());
  EXPECT_EQ(last.updates[0].after.state, outcome::bounced);
  EXPECT_EQ(last.failed.size(), 1U);
}

TEST_F(SettlementTest, WhatWentOnStaysSoWhenTheSenderCannotBeTold) {
  auto job = job_of(2);
  job.envelopes[0].fallbacks = {"second@else.example"};
  auto s = settle(job, response_of({{"RCPT", unknown}, {"RCPT", unknown}}), context());
  postpone_failed(s, start + std::chrono::minutes(5));
  EXPECT_EQ(s.updates[0].after.destination, "second@else.example");
  EXPECT_EQ(s.updates[0].events.size(), 1U);
  EXPECT_EQ(s.updates[1].after.state, outcome::deferred);
}

// A bounce on its way back to a sender: it is kept for a shorter time.
TEST_F(SettlementTest, TheFreshLifeTimeIsThatOfTheMessage) {
  auto job = job_of(1);
  auto record = *job.record;
  record.sender.clear();
  job.record = std::make_shared<model::message_record>(record);
  job.envelopes[0].fallbacks = {"second@else.example"};
  const auto s = settle(job, response_of({{"RCPT", unknown}}), context(seconds(9)));
  EXPECT_EQ(s.updates[0].after.expires, start + seconds(9) + policy.lifetime_null_sender);
}

TEST_F(SettlementTest, AWebhooksAnswerIsTakenAsJudged) {
  auto job = job_of(1);
  job.envelopes[0].next_hop = model::next_hop("https://hooks.example");
  auto response = response_of({{"POST", {410, {5, 3, 0}, {"webhook: Gone"}}}});
  response.webhook = {.what = model::disposition::bounce, .status = {5, 3, 0}, .reason = "gone"};
  const auto gone = settle(job, response, context());
  EXPECT_EQ(gone.updates[0].after.state, outcome::bounced);
  EXPECT_EQ(gone.updates[0].after.last_reply, "410 5.3.0 webhook: Gone");
  EXPECT_EQ(gone.failed.size(), 1U);
  response = response_of({{"POST", {202, {2, 0, 0}, {"webhook: Accepted"}}}});
  response.webhook = {.what = model::disposition::delivered};
  EXPECT_EQ(settle(job, response, context()).updates[0].after.state, outcome::delivered);
}

struct wait_case {
  const char* name;
  seconds asked;
  std::uint32_t attempts;  ///< before this one
  milliseconds want;
};

TEST_F(SettlementTest, RetryAfterMakesTheWaitLongerButNotTheLifeTime) {
  policy.jitter_percent = 0;
  policy.schedule = {std::chrono::minutes(1), std::chrono::minutes(30)};
  const std::vector<wait_case> cases = {
      {"longer than the schedule", seconds(600), 0, seconds(600)},
      {"shorter than the schedule", seconds(30), 0, seconds(60)},
      {"at later attempts, too", seconds(3600), 3, seconds(3600)},
      {"not beyond the last attempt", std::chrono::hours(24 * 9), 3, five_days},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto job = job_of(1);
    job.envelopes[0].attempts = c.attempts;
    auto response = response_of({{"POST", {503, {4, 3, 2}, {"webhook: Service Unavailable"}}}});
    response.webhook = {.what = model::disposition::retry, .retry_after = c.asked};
    const auto s = settle(job, response, context());
    EXPECT_EQ(s.updates[0].after.state, outcome::deferred);
    EXPECT_EQ(s.updates[0].after.next_attempt, start + c.want);
  }
}

}  // namespace
}  // namespace signpost::actors

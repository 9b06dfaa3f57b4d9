// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/bouncer.hpp"

#include <gtest/gtest.h>

#include "actors/queue/bounce_messages.hpp"
#include "actors/queue/delivery_job.hpp"
#include "model/routing/zone.hpp"
#include "tests/support/actor_fixture.hpp"

namespace signpost::actors {
namespace {

class BouncerTest : public testing::Test {
 protected:
  BouncerTest() {
    bouncer_ = world.spawn(
        bouncer, bouncer_dependencies{
                     .time = world.time,
                     .random = world.random,
                     .metrics = world.metrics,
                     .next_id = [this](wall_time t) { return world.spool.next_id(t); },
                     .host_name = "node.example",
                     .retry = {},
                     .destinations =
                         [this](const address::mailbox&) {
                           return model::to_destinations(destinations);
                         }});
    record.id = world.spool.next_id(world.time.now());
    record.accepted = world.time.now();
    record.sender = "alice@sender.example";
    record.smtputf8 = false;
    record.sender_proven = true;
    envelope.id = record.id;
    envelope.original = "user@zone.example";
    envelope.destination = "user@dest.example";
    envelope.state = model::outcome::bounced;
    envelope.last_reply = "550 5.1.1 no such user";
    envelope.last_host = "mx.dest.example (203.0.113.1)";
    envelope.expires = world.time.now() + std::chrono::hours(120);
  }
  ~BouncerTest() override { bouncer_ = nullptr; }

  std::optional<storage::new_message> ask(
      bounce_request::kind what = bounce_request::kind::failed) {
    return respond(what).message;
  }
  bounce_response respond(bounce_request::kind what = bounce_request::kind::failed) {
    auto job = std::make_shared<delivery_job>();
    job->record = std::make_shared<const model::message_record>(record);
    job->body = std::make_shared<const message_body>("Subject: mine\r\n\r\ncontent\r\n");
    job->envelopes = {envelope};
    const auto answer = world.ask<bounce_response>(
        bouncer_, bounce_request{.what = what, .job = job, .envelopes = {envelope}});
    EXPECT_TRUE(*answer);
    return *answer ? **answer : bounce_response{};
  }

  test::actor_fixture world;
  model::message_record record;
  model::envelope envelope;
  std::vector<address::mailbox> destinations{
      address::mailbox::parse("alice@sender.example").value()};
  bouncer_actor bouncer_;
};

TEST_F(BouncerTest, ASenderInAZoneOfOursIsToldWhereItsRulesForwardTo) {
  destinations = {address::mailbox::parse("alice@inbox.example").value(),
                  address::mailbox::parse("assistant@other.example").value()};
  const auto m = ask();
  ASSERT_TRUE(m);
  ASSERT_EQ(m->envelopes.size(), 2U);
  EXPECT_EQ(m->envelopes[0].original, "alice@sender.example");
  EXPECT_EQ(m->envelopes[0].next_hop.text(), "inbox.example");
  EXPECT_EQ(m->envelopes[1].destination, "assistant@other.example");
  EXPECT_EQ(m->envelopes[1].index, 1U);
  EXPECT_EQ(m->message.recipients, 2U);
}

TEST_F(BouncerTest, ASenderWhoseRulesTakeNoMailIsNotTold) {
  destinations.clear();
  const auto answer = respond();
  EXPECT_FALSE(answer.message);
  EXPECT_EQ(answer.withheld, "no_address");
}

// A stranger's words are not spread by our reports to somebody who may never have written.
TEST_F(BouncerTest, ASenderThatIsNotProvenGetsTheHeaderOnly) {
  EXPECT_NE(ask()->body->octets().find("\r\ncontent\r\n"), std::string_view::npos);
  record.sender_proven = false;
  const auto m = ask();
  ASSERT_TRUE(m);
  EXPECT_EQ(m->body->octets().find("\r\ncontent\r\n"), std::string_view::npos);
  EXPECT_NE(m->body->octets().find("Subject: mine"), std::string_view::npos);
}

TEST_F(BouncerTest, NobodyIsBombedWithReports) {
  record.sender_proven = false;
  for (int i = 0; i < 10; ++i) {
    record.sender = "Alice+" + std::to_string(i) + "@sender.example";
    EXPECT_TRUE(ask()) << i;
  }
  const auto answer = respond();
  EXPECT_FALSE(answer.message);
  EXPECT_EQ(answer.withheld, "limit");
  EXPECT_EQ(world.metrics.queue.bounces.value("limited"), 1U);
  // Of a domain: ten persons have had their ten.
  int sent = 10;
  for (int i = 0; i < 200; ++i) {
    record.sender = "user" + std::to_string(i) + "@sender.example";
    if (ask()) ++sent;
  }
  EXPECT_EQ(sent, 100);
  record.sender = "bob@other.example";
  EXPECT_TRUE(ask());
}

// What strangers did in somebody's name costs those who prove theirs nothing (RFC 5321 §6.1 wants
// them told).
TEST_F(BouncerTest, ASenderThatIsProvenIsToldStill) {
  record.sender_proven = false;
  for (int i = 0; i < 200; ++i) (void)ask();
  record.sender_proven = true;
  for (int i = 0; i < 90; ++i) EXPECT_TRUE(ask()) << i;
  EXPECT_FALSE(ask());
  world.advance(std::chrono::hours(2), std::chrono::minutes(10));
  EXPECT_TRUE(ask());
}

TEST_F(BouncerTest, TellsTheSenderWhatWasSaid) {
  const auto m = ask();
  ASSERT_TRUE(m);
  EXPECT_EQ(m->message.sender, "");
  EXPECT_FALSE(m->message.may_bounce);
  EXPECT_EQ(m->message.client_address, "");
  EXPECT_TRUE(m->message.own);
  ASSERT_EQ(m->envelopes.size(), 1U);
  EXPECT_EQ(m->envelopes[0].destination, "alice@sender.example");
  EXPECT_EQ(m->envelopes[0].next_hop.text(), "sender.example");
  EXPECT_EQ(m->envelopes[0].id, m->message.id);
  for (const auto* part : {"Action: failed", "Status: 5.1.1", "550 5.1.1 no such user",
                           "user@zone.example", "Subject: mine"}) {
    EXPECT_NE(m->body->octets().find(part), std::string_view::npos) << part;
  }
  EXPECT_EQ(m->body->octets().find("user@dest.example"), std::string_view::npos);
}

TEST_F(BouncerTest, ADelayNoticeSaysThatItGoesOn) {
  envelope.state = model::outcome::deferred;
  envelope.last_reply = "451 4.7.1 later";
  const auto m = ask(bounce_request::kind::delayed);
  ASSERT_TRUE(m);
  EXPECT_NE(m->body->octets().find("Action: delayed"), std::string_view::npos);
  EXPECT_NE(m->body->octets().find("Will-Retry-Until:"), std::string_view::npos);
}

TEST_F(BouncerTest, TellsNobodyWhoMustNotBeTold) {
  record.may_bounce = false;
  EXPECT_FALSE(ask());
  record.may_bounce = true;
  record.sender.clear();
  EXPECT_FALSE(ask());
  EXPECT_EQ(world.metrics.queue.bounces.value("suppressed"), 2U);
}

TEST_F(BouncerTest, AConnectionThatFailedIsNotQuotedAsAWordOfTheServer) {
  envelope.last_reply = "5.4.1 connection refused";
  const auto m = ask();
  ASSERT_TRUE(m);
  EXPECT_NE(m->body->octets().find("Status: 5.4.1\r\n"), std::string_view::npos);
  EXPECT_NE(m->body->octets().find("X-Signpost; 5.4.1 connection"), std::string_view::npos);
}

TEST_F(BouncerTest, MailThatExpiredSaysSoAndWhatTheLastAttemptMet) {
  envelope.state = model::outcome::expired;
  envelope.last_reply = "451 4.2.0 mailbox locked";
  const auto m = ask();
  ASSERT_TRUE(m);
  for (const auto* part : {"Status: 5.4.7\r\n", "smtp; 451 4.2.0 mailbox locked"}) {
    EXPECT_NE(m->body->octets().find(part), std::string_view::npos) << part;
  }
}

TEST_F(BouncerTest, AReplyWithoutStatusOrWordsIsNoTrouble) {
  for (const auto* reply : {"", "0 connection refused", "554", "554 no status here"}) {
    envelope.last_reply = reply;
    EXPECT_TRUE(ask()) << reply;
  }
}

}  // namespace
}  // namespace signpost::actors

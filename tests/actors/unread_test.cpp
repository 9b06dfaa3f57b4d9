// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages that the spool cannot give back: they end, and somebody is told, whatever it is that
// cannot be read.
#include "actors/delivery/messages.hpp"
#include "actors/queue/messages.hpp"
#include "tests/actors/queue_fixture.hpp"

namespace signpost::actors {
namespace {

using model::outcome;
using std::chrono::hours;
using std::chrono::minutes;

class UnreadTest : public QueueTest {
 protected:
  UnreadTest() { delivery.answer = &delivered; }
  model::queue_id put_from(const std::string& sender, const std::string& body) {
    return world.spool.put({envelope_to("dest.example")}, body, sender);
  }
  std::uint64_t told(const char* who) { return world.metrics.queue.unreadable.value(who); }
  /// What was sent to alice@sender.example.
  std::string report() {
    for (const auto& r : delivery.requests) {
      if (r.message.recipients.front() == "alice@sender.example") {
        return std::string(r.message.body->octets());
      }
    }
    return {};
  }
  void wait() { world.advance(seconds(2)); }
};

TEST_F(UnreadTest, ADamagedBodyIsReportedToItsSenderAtOnce) {
  const auto id = put("dest.example");
  const auto sound = put("dest.example");
  world.spool.fail_bodies[id] = errc::corrupt;
  start();
  wait();
  EXPECT_EQ(world.spool.last(id)->state, outcome::bounced);
  EXPECT_EQ(world.spool.last(id)->attempts, 0U);
  EXPECT_EQ(world.spool.last(sound)->state, outcome::delivered);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(told("sender"), 1U);
  EXPECT_TRUE(world.spool.noted.empty());
  const auto text = report();
  EXPECT_NE(text.find("Status: 5.3.0"), std::string::npos);
  EXPECT_NE(text.find("u@zone.example"), std::string::npos);
  EXPECT_NE(text.find(id.to_string()), std::string::npos);
  EXPECT_NE(text.find("Arrival-Date:"), std::string::npos);
  EXPECT_NE(text.find("Please send your message again."), std::string::npos);
  EXPECT_EQ(text.find("Subject: x"), std::string::npos);
}

TEST_F(UnreadTest, NobodyBelievesThatAHostSaidSo) {
  auto e = envelope_to("dest.example");
  e.last_host = "mx.dest.example (192.0.2.1)";
  const auto id = world.spool.put({e});
  world.spool.fail_bodies[id] = errc::corrupt;
  start();
  wait();
  EXPECT_EQ(report().find("mx.dest.example"), std::string::npos);
}

TEST_F(UnreadTest, OfALargeMessageTheHeaderIsReturned) {
  const auto id = put_from("alice@sender.example",
                           "Subject: large\r\n\r\n"
                               + std::string(storage::body_whole_octets_max + 5000, 'x'));
  world.spool.fail_bodies[id] = errc::corrupt;
  start();
  wait();
  EXPECT_NE(report().find("Subject: large"), std::string::npos);
  EXPECT_NE(report().find("text/rfc822-headers"), std::string::npos);
  EXPECT_EQ(report().find("message/rfc822\r\n"), std::string::npos);
}

TEST_F(UnreadTest, WithoutASenderTheOperatorIsToldBeforeAnythingIsFinal) {
  const auto id = put_from("", "Subject: x\r\n\r\nx\r\n");
  world.spool.fail_bodies[id] = errc::corrupt;
  world.spool.fail_notes = errc::no_space;
  start();
  wait();
  ASSERT_EQ(world.spool.open_envelopes().size(), 1U);
  EXPECT_EQ(told("operator"), 0U);
  world.spool.fail_notes.reset();
  world.advance(minutes(6));
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(world.spool.last(id)->state, outcome::bounced);
  ASSERT_EQ(world.spool.noted.size(), 1U);
  EXPECT_EQ(world.spool.noted[0].recipient, "u@zone.example");
  EXPECT_EQ(world.spool.noted[0].sender, "");
  EXPECT_EQ(told("operator"), 1U);
  EXPECT_TRUE(delivery.requests.empty());
}

TEST_F(UnreadTest, WithoutARecordNobodyKnowsTheSender) {
  for (const auto how : {errc::corrupt, errc::not_found}) {
    const auto id = put("dest.example");
    world.spool.fail_records[id] = how;
    start();
    wait();
    EXPECT_EQ(world.spool.last(id)->state, outcome::bounced);
    ASSERT_EQ(world.spool.noted.size(), 1U);
    EXPECT_FALSE(world.spool.noted[0].sender);
    world.spool.noted.clear();
    stop();
  }
  EXPECT_EQ(told("operator"), 2U);
}

TEST_F(UnreadTest, ABodyThatIsMissingThoughItIsQueuedIsDamage) {
  const auto id = put("dest.example");
  world.spool.fail_bodies[id] = errc::not_found;
  start();
  wait();
  EXPECT_EQ(world.spool.last(id)->state, outcome::bounced);
  EXPECT_FALSE(report().empty());
}

TEST_F(UnreadTest, NoOtherDestinationIsTriedForIt) {
  fallbacks = {"v@other.example"};
  const auto id = put("dest.example");
  world.spool.fail_bodies[id] = errc::corrupt;
  start();
  wait();
  EXPECT_EQ(world.spool.last(id)->state, outcome::bounced);
  EXPECT_EQ(world.spool.count(model::event_kind::failover), 0U);
}

TEST_F(UnreadTest, BehindADeadSiteItEndsWhenItIsLookedAt) {
  delivery.answer = [](const deliver_request& r) {
    return r.site == "dest.example" ? host_dead(r) : delivered(r);
  };
  set_window(1);
  retry.lifetime = hours(6);
  retry.delay_notice_after = milliseconds(0);
  start();
  std::vector<model::queue_id> damaged;
  for (int i = 0; i < 30; ++i) {
    damaged.push_back(put("dest.example"));
    world.spool.fail_bodies[damaged.back()] = errc::corrupt;
  }
  world.advance(hours(9), seconds(20));
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  for (const auto& id : damaged) EXPECT_EQ(world.spool.last(id)->state, outcome::bounced);
}

TEST_F(UnreadTest, AnErrorThatMayPassIsTriedAgainSoonAndLessAndLessOften) {
  const auto id = put("dest.example");
  world.spool.fail_bodies[id] = errc::unavailable;
  start();
  const auto began = world.time.now();
  std::vector<seconds> waits;
  auto due = began;
  for (int i = 0; i < 400 && waits.size() < 7; ++i) {
    world.advance(seconds(2));
    const auto now = world.spool.last(id)->next_attempt;
    if (now == due) continue;
    waits.push_back(std::chrono::duration_cast<seconds>(now - world.time.now()));
    due = now;
  }
  ASSERT_EQ(waits.size(), 7U);
  EXPECT_LE(waits[0], seconds(10));
  EXPECT_GE(waits[0], seconds(7));
  for (std::size_t i = 1; i < 5; ++i) EXPECT_GT(waits[i], waits[i - 1] + seconds(5));
  EXPECT_LE(waits[6], seconds(240));
  EXPECT_EQ(world.spool.last(id)->attempts, 0U);
  world.spool.fail_bodies.clear();
  world.advance(minutes(5));
  EXPECT_EQ(world.spool.last(id)->state, outcome::delivered);
}

TEST_F(UnreadTest, AnErrorThatStaysEndsWithTheLifetime) {
  retry.lifetime = hours(2);
  const auto id = put("dest.example");
  world.spool.fail_bodies[id] = errc::unavailable;
  start();
  world.advance(minutes(115), seconds(10));
  EXPECT_EQ(world.spool.last(id)->state, outcome::deferred);
  world.advance(minutes(10), seconds(2));
  EXPECT_EQ(world.spool.last(id)->state, outcome::bounced);
  EXPECT_NE(report().find("Status: 5.3.0"), std::string::npos);
}

TEST_F(UnreadTest, AnOperatorsWordReachesIt) {
  const auto stays = put("dest.example");
  const auto goes = put("dest.example");
  world.spool.fail_bodies[stays] = world.spool.fail_bodies[goes] = errc::unavailable;
  start();
  world.advance(minutes(5));
  EXPECT_EQ(command(queue_command::kind::remove, goes).value_or(0), 1U);
  EXPECT_EQ(world.spool.last(goes)->state, outcome::removed);
  world.spool.fail_bodies.clear();
  EXPECT_EQ(command(queue_command::kind::retry, stays).value_or(0), 1U);
  world.advance(seconds(1));
  EXPECT_EQ(world.spool.last(stays)->state, outcome::delivered);
}

TEST_F(UnreadTest, DamageThatShowsDuringTheTransferEndsItAsWell) {
  const auto id = put("dest.example");
  delivery.answer = [](const deliver_request& r) {
    if (r.site != "dest.example") return delivered(r);
    auto response = all(r, {451, {4, 3, 0}, {"not sent completely"}}, "local");
    response.content_failure = error{errc::corrupt, "part 3"};
    return response;
  };
  start();
  wait();
  EXPECT_EQ(world.spool.last(id)->state, outcome::bounced);
  EXPECT_NE(report().find("Status: 5.3.0"), std::string::npos);
  EXPECT_NE(report().find("Subject: x"), std::string::npos);
}

TEST_F(UnreadTest, AfterATransferThatLackedOctetsAllAreReadBeforeTheNext) {
  const auto id = put_from("alice@sender.example",
                           "Subject: large\r\n\r\n"
                               + std::string(storage::body_whole_octets_max + 5000, 'x'));
  delivery.answer = [](const deliver_request& r) {
    auto response = all(r, {451, {4, 3, 0}, {"not sent completely"}}, "local");
    response.content_failure = error{errc::unavailable, "part 3"};
    return response;
  };
  start();
  wait();
  ASSERT_EQ(delivery.requests.size(), 1U);
  EXPECT_EQ(world.spool.last(id)->attempts, 0U);
  world.spool.fail_bodies[id] = errc::unavailable;
  world.advance(minutes(3));
  EXPECT_EQ(delivery.requests.size(), 1U);
}

}  // namespace
}  // namespace signpost::actors

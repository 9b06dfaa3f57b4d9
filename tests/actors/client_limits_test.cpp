// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What one client may do, seen from its sessions.
#include <set>

#include "tests/actors/node_fixture.hpp"

namespace signpost::actors {
namespace {

using model::client_charge;
using std::chrono::minutes;

bool begins(const std::string& text, std::string_view with) {
  return text.starts_with(with);
}

class ClientLimits : public NodeTest {
 protected:
  ClientLimits() {
    dest.answer = [](std::string_view line) {
      return std::string(line == "banner" ? "silence" : "");
    };
    limit(client_charge::error, 20);
    settings.smtp.client.check_hello = true;
    settings.smtp.client.refuse_early_talkers = true;
    own_addresses = {*ip_address::parse("192.0.2.25")};
  }
  void limit(client_charge what, std::int64_t amount) {
    auto& c = settings.smtp.client;
    // In the order of client_charge.
    const std::array<std::int64_t*, model::client_charges> rates{
        &c.connections, &c.messages, &c.recipients, &c.handshakes, &c.errors, &c.idle_commands};
    *rates.at(static_cast<std::size_t>(what)) = amount;
  }
  client with_transaction(const std::string& from = "198.51.100.7") {
    auto c = connect(nullptr, from);
    c.say("EHLO client.example");
    c.say("MAIL FROM:<alice@sender.example>");
    return c;
  }
  std::string greeting_of(const std::string& from) {
    std::string greeting;
    auto c = connect(&greeting, from);
    return greeting;
  }
  std::uint64_t rejections(std::string_view reason) {
    return world.metrics.smtp.rejections.value(reason);
  }
};

TEST_F(ClientLimits, RefusedRecipientsOfAllSessionsCountTogether) {
  settings.smtp.client.reply_delay_max = milliseconds(0);
  start();
  auto a = with_transaction();
  auto b = with_transaction();
  a.say("RCPT TO:<user@zone.example>");
  b.say("RCPT TO:<user@zone.example>");
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(begins(a.say("RCPT TO:<nobody@zone.example>"), "550")) << i;
    EXPECT_TRUE(begins(b.say("RCPT TO:<nobody@zone.example>"), "550")) << i;
  }
  const auto last = a.say("RCPT TO:<nobody@zone.example>");
  EXPECT_NE(last.find("421 4.7.0 too many errors from your address"), std::string::npos) << last;
  EXPECT_TRUE(a.peer().gone());
  EXPECT_TRUE(begins(b.say("RCPT TO:<user@zone.example>"), "421 4.7.0"));
  EXPECT_TRUE(b.peer().gone());
  EXPECT_TRUE(begins(greeting_of("198.51.100.7"), "421 4.7.0"));
  EXPECT_TRUE(begins(greeting_of("198.51.100.8"), "220"));
  world.advance(minutes(1), seconds(1));
  EXPECT_TRUE(begins(greeting_of("198.51.100.7"), "220"));
}

TEST_F(ClientLimits, RepliesToErrorsComeLaterAndNothingIsHandledMeanwhile) {
  start();
  auto c = with_transaction();
  c.say("RCPT TO:<user@zone.example>");
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(begins(c.say("RCPT TO:<nobody@zone.example>"), "550")) << i;
  }
  EXPECT_EQ(c.say("RCPT TO:<nobody@zone.example>"), "");
  EXPECT_FALSE(c.peer().reading());
  EXPECT_EQ(c.say("RCPT TO:<nobody@zone.example>"), "");
  world.advance(milliseconds(990), milliseconds(10));
  EXPECT_EQ(c.peer().take(), "");
  world.advance(milliseconds(50), milliseconds(10));
  EXPECT_TRUE(begins(c.peer().take(), "550"));
  // One by one, and each later than the one before.
  world.advance(seconds(1), milliseconds(10));
  EXPECT_EQ(c.peer().take(), "");
  world.advance(seconds(2), milliseconds(10));
  EXPECT_TRUE(begins(c.peer().take(), "550"));
  EXPECT_EQ(world.metrics.smtp.delayed_replies.value(), 2U);
  EXPECT_TRUE(begins(c.say("RCPT TO:<two@zone.example>"), "250"));
}

// Mail that finds no room for its own tenant's sake is put off, and nobody is blamed.
TEST_F(ClientLimits, MailForWhoFillsTheDiskIsPutOff) {
  bool full = true;
  start();
  context->is_over_share = [&](std::string_view zone) { return full && zone == "zone.example"; };
  auto c = with_transaction();
  EXPECT_TRUE(begins(c.say("RCPT TO:<user@zone.example>"), "452 4.3.1 Too much mail"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<nobody@zone.example>"), "550 5.1.1"));
  EXPECT_EQ(rejections("share_used_up"), 1U);
  full = false;
  EXPECT_TRUE(begins(c.say("RCPT TO:<user@zone.example>"), "250"));
}

TEST_F(ClientLimits, WhoMisusesTlsIsPaused) {
  limit(client_charge::error, 80);
  start();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(begins(greeting_of("198.51.100.7"), "220")) << i;
    auto c = connect(nullptr, "198.51.100.7");
    c.peer().close(net::tls_misused);
    world.settle();
  }
  EXPECT_TRUE(begins(greeting_of("198.51.100.7"), "421 4.7.0"));
  EXPECT_TRUE(begins(greeting_of("198.51.100.8"), "220"));
}

TEST_F(ClientLimits, AClientThatLeavesDuringADelayLeavesNothingBehind) {
  start();
  auto c = with_transaction();
  for (int i = 0; i < 12; ++i) c.say("RCPT TO:<nobody@zone.example>");
  c.peer().close();
  world.advance(seconds(20), seconds(1));
  EXPECT_EQ(server->session_count(), 0U);
}

TEST_F(ClientLimits, WhenItIsCrowdedThereIsRoomForThoseWhoDelivered) {
  settings.smtp.sessions_max = 20;
  start();
  const auto message = "From: alice@sender.example\r\nSubject: hi\r\n\r\nx\r\n";
  auto honest = connect(nullptr, "203.0.113.7");
  EXPECT_TRUE(
      begins(honest.hand_over("alice@sender.example", {"user@zone.example"}, message), "250"));
  honest.peer().close();
  world.settle();
  std::vector<client> idle;
  for (int n = 0; n < 18; ++n) {
    idle.push_back(connect(nullptr, "198.51." + std::to_string(n) + ".7"));
  }
  EXPECT_TRUE(begins(greeting_of("192.0.2.77"), "421"));
  EXPECT_TRUE(begins(greeting_of("203.0.113.7"), "220"));
  // Who has said nothing for a while makes room; who is in the middle of a message does not.
  idle.front().say("EHLO client.example");
  idle.front().say("MAIL FROM:<alice@sender.example>");
  world.advance(seconds(12), seconds(1));
  EXPECT_FALSE(idle.front().peer().gone());
  EXPECT_TRUE(idle.back().peer().gone());
  EXPECT_TRUE(begins(greeting_of("192.0.2.77"), "220"));
}

TEST_F(ClientLimits, AShutdownDoesNotWaitForADelay) {
  start();
  auto c = with_transaction();
  c.say("RCPT TO:<user@zone.example>");
  for (int i = 0; i < 12; ++i) c.say("RCPT TO:<nobody@zone.example>");
  c.say("RSET");
  server->shut_down();
  world.settle();
  EXPECT_NE(c.peer().take().find("421"), std::string::npos);
  EXPECT_EQ(server->session_count(), 0U);
}

TEST_F(ClientLimits, JunkCommandsCountLikeRefusedRecipients) {
  settings.smtp.client.reply_delay_max = milliseconds(0);
  start();
  for (int session = 0; session < 4; ++session) {
    auto c = connect();
    for (int i = 0; i < 5; ++i) c.say("WHATEVER");
  }
  auto c = connect();
  EXPECT_NE(c.say("WHATEVER").find("421 4.7.0"), std::string::npos);
  EXPECT_EQ(rejections("client_paused"), 1U);
}

TEST_F(ClientLimits, MessagesAndRecipientsAMinuteAreCounted) {
  limit(client_charge::message, 3);
  limit(client_charge::recipient, 5);
  start();
  auto c = connect();
  c.say("EHLO client.example");
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(begins(c.say("MAIL FROM:<alice@sender.example>"), "250"));
    c.say("RSET");
  }
  EXPECT_TRUE(begins(c.say("MAIL FROM:<alice@sender.example>"), "450 4.7.1 too many messages"));
  world.advance(seconds(20), seconds(1));
  EXPECT_TRUE(begins(c.say("MAIL FROM:<alice@sender.example>"), "250"));
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(begins(c.say("RCPT TO:<user@zone.example>"), "250"));
  }
  EXPECT_TRUE(begins(c.say("RCPT TO:<user@zone.example>"), "450 4.7.1 too many recipients"));
  EXPECT_EQ(rejections("client_rate"), 2U);
}

TEST_F(ClientLimits, HandshakesAMinuteAreCounted) {
  limit(client_charge::tls_handshake, 2);
  start();
  for (int i = 0; i < 2; ++i) {
    auto c = connect();
    c.say("EHLO client.example");
    EXPECT_TRUE(begins(c.say("STARTTLS"), "220"));
  }
  auto c = connect();
  EXPECT_NE(c.say("EHLO client.example").find("STARTTLS"), std::string::npos);
  EXPECT_TRUE(begins(c.say("STARTTLS"), "454 4.7.0"));
  EXPECT_TRUE(begins(c.say("MAIL FROM:<alice@sender.example>"), "250"));
}

TEST_F(ClientLimits, CommandsWithoutAMessageAreCounted) {
  limit(client_charge::idle_command, 30);
  start();
  auto a = connect();
  a.say("EHLO client.example");
  auto b = connect();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(begins(a.say("NOOP"), "250")) << i;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(begins(b.say("RSET"), "250")) << i;
  EXPECT_NE(a.say("VRFY x").find("421 4.7.0"), std::string::npos);
  EXPECT_TRUE(begins(greeting_of("198.51.100.7"), "421 4.7.0"));
}

TEST_F(ClientLimits, AnHonestClientMeetsNoLimit) {
  start();
  for (int session = 0; session < 30; ++session) {
    auto c = connect();
    for (int i = 0; i < 30; ++i) {
      const auto answer = c.hand_over("alice@sender.example", {"user@zone.example"}, plain_message);
      ASSERT_TRUE(begins(answer, "250")) << answer;
      EXPECT_TRUE(begins(c.say("RSET"), "250"));
    }
    EXPECT_TRUE(begins(c.say("QUIT"), "221"));
  }
  EXPECT_EQ(world.metrics.smtp.delayed_replies.value(), 0U);
}

TEST_F(ClientLimits, WhoSpeaksBeforeTheBannerIsRefused) {
  settings.smtp.client.banner_delay = milliseconds(100);
  start();
  std::string greeting;
  auto c = connect(&greeting);
  EXPECT_EQ(greeting, "");
  EXPECT_TRUE(begins(c.say("EHLO client.example"), "554 5.5.0"));
  EXPECT_TRUE(c.peer().gone());
  EXPECT_EQ(rejections("early_talker"), 1U);
}

TEST_F(ClientLimits, WhoWaitsForTheBannerWaitsOnceOnly) {
  settings.smtp.client.banner_delay = milliseconds(100);
  start();
  std::string greeting;
  auto c = connect(&greeting);
  EXPECT_EQ(greeting, "");
  world.advance(milliseconds(100), milliseconds(10));
  EXPECT_TRUE(begins(c.peer().take(), "220"));
  EXPECT_TRUE(
      begins(c.hand_over("alice@sender.example", {"user@zone.example"}, plain_message), "250"));
  EXPECT_TRUE(begins(greeting_of("198.51.100.7"), "220"));
  EXPECT_EQ(greeting_of("198.51.100.8"), "");
  EXPECT_EQ(world.metrics.smtp.delayed_replies.value(), 0U);
}

TEST_F(ClientLimits, CommandsBehindTheFirstHelloEndTheSession) {
  start();
  auto c = connect();
  const auto answer = c.send("EHLO client.example\r\nMAIL FROM:<alice@sender.example>\r\n");
  EXPECT_TRUE(begins(answer, "554 5.5.0")) << answer;
  EXPECT_TRUE(c.peer().gone());
}

TEST_F(ClientLimits, OurNameIsNobodyElses) {
  start();
  auto c = connect();
  EXPECT_TRUE(begins(c.say("EHLO NODE.example"), "550 5.7.1"));
  EXPECT_TRUE(begins(c.say("HELO [192.0.2.25]"), "550 5.7.1"));
  EXPECT_TRUE(begins(c.say("EHLO 198.51.100.7"), "501 5.5.4"));
  EXPECT_TRUE(begins(c.say("MAIL FROM:<alice@sender.example>"), "503"));
  EXPECT_TRUE(begins(c.say("EHLO [198.51.100.7]"), "250"));
}

TEST_F(ClientLimits, ConnectionsThatAreRefusedCostNoSession) {
  settings.smtp.sessions_per_client_max = 5;
  start();
  std::vector<client> open;
  for (int i = 0; i < 5; ++i) open.push_back(connect());
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(begins(greeting_of("198.51.100.7"), "421 4.7.0"));
  EXPECT_EQ(server->session_count(), 5U);
  EXPECT_EQ(rejections("client_sessions"), 100U);
  EXPECT_EQ(world.metrics.net.connections.value("in", "refused"), 100U);
}

TEST_F(ClientLimits, EventsOfAFloodAreSampledAndNoneIsMissing) {
  limit(client_charge::error, 0);
  limit(client_charge::recipient, 0);
  settings.smtp.client.events = 2;
  settings.smtp.recipients_max = 100'000;
  start();
  auto c = with_transaction();
  c.say("RCPT TO:<user@zone.example>");
  for (int i = 0; i < 500; ++i) c.say("RCPT TO:<nobody@zone.example>");
  world.advance(seconds(2));
  EXPECT_EQ(world.spool.count(model::event_kind::rejected), 20U);
  EXPECT_EQ(world.metrics.smtp.suppressed.value("event"), 480U);
  EXPECT_EQ(world.metrics.smtp.recipients.value("unknown"), 500U);
  world.advance(seconds(20), seconds(1));
  node_->tell_of_clients();
  world.advance(seconds(2));
  std::uint64_t counted = 0;
  std::set<std::string> zones;
  for (const auto& event : world.spool.events) {
    if (event.kind != model::event_kind::rejected) continue;
    EXPECT_EQ(event.zone, "zone.example");
    zones.insert(event.zone_id);
    std::uint64_t stands_for = 1;
    for (const auto& [key, value] : event.details) {
      if (key == "count") stands_for = std::stoull(value);
    }
    counted += stands_for;
  }
  EXPECT_EQ(counted, 500U);
  EXPECT_EQ(zones.size(), 1U);
  EXPECT_FALSE(zones.contains(""));
}

TEST_F(ClientLimits, LinesOfAFloodAreBounded) {
  limit(client_charge::error, 0);
  settings.smtp.client.log_lines = 2;
  settings.smtp.recipients_max = 100'000;
  start();
  auto c = with_transaction();
  c.say("RCPT TO:<user@zone.example>");
  for (int i = 0; i < 500; ++i) c.say("RCPT TO:<nobody@zone.example>");
  EXPECT_EQ(world.metrics.smtp.suppressed.value("line"), 480U);
}

}  // namespace
}  // namespace signpost::actors

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Return addresses (SRS) as a stranger meets them: who gets mail through them, and what the answers
// tell about them.
#include <array>

#include "actors/routing/recipient_policy.hpp"
#include "tests/actors/node_fixture.hpp"

namespace signpost::actors {
namespace {

bool begins(const std::string& text, std::string_view with) {
  return text.starts_with(with);
}

constexpr const char* notification =
    "From: mailer-daemon@far.example\r\nSubject: Undelivered mail\r\n\r\nno such user\r\n";

class WayBackTest : public NodeTest {
 protected:
  WayBackTest() {
    settings.auth.verify = true;
    world.dns.add_txt("_dmarc.reject.example", "v=DMARC1; p=reject");
    origin.answer = [](std::string_view line) {
      return std::string(line == "banner" ? "silence" : "");
    };
    dest.answer = origin.answer;
  }

  std::string good(const std::string& sender = "alice@sender.example") const {
    return *keys.current()->forward(sender, "zone.example", world.time.now());
  }
  // The same with a hash that is well formed and wrong.
  std::string bad(const std::string& sender = "alice@sender.example") const {
    auto address = good(sender);
    address.replace(5, 8, "AAAAAAAA");
    return address;
  }
  // A different one for each `i` below 20.
  std::string wrong(int i) const {
    auto address = bad();
    address[12] = static_cast<char>('B' + i);
    return address;
  }
  std::string answer(const std::string& to, const std::string& octets = notification,
                     const std::string& from_host = "198.51.100.7") {
    auto c = connect(nullptr, from_host);
    const auto said = c.hand_over("", {to}, octets);
    c.say("QUIT");
    world.advance(seconds(2));
    return said;
  }
};

TEST_F(WayBackTest, NotificationsGoBackToTheOriginalSender) {
  start();
  EXPECT_TRUE(begins(answer(good()), "250"));
  ASSERT_EQ(world.spool.records().size(), 1U);
  EXPECT_EQ(world.metrics.smtp.recipients.value("bounce"), 1U);
  EXPECT_TRUE(begins(answer(bad()), "550 5.1.1"));
  EXPECT_EQ(world.spool.records().size(), 1U);
  EXPECT_EQ(world.metrics.smtp.rejections.value("way_back_guess"), 1U);
}

// Old systems return mail in no form that anybody knows; who sent it must be known then.
TEST_F(WayBackTest, WhatPassesSpfNeedsNoForm) {
  const std::string plain = "From: someone@client.example\r\nSubject: hello\r\n\r\nx\r\n";
  start();
  EXPECT_TRUE(begins(answer(good(), plain), "550 5.1.1"));
  EXPECT_EQ(answer(bad(), plain), answer(good(), plain));
  world.dns.add_txt("client.example", "v=spf1 ip4:198.51.100.7 -all");
  EXPECT_TRUE(begins(answer(bad(), plain), "550 5.1.1"));
  EXPECT_TRUE(begins(answer(good(), plain), "250"));
}

// Of senders that are too long to be rewritten: a person hears of it.
TEST_F(WayBackTest, TheSignedFallbackReachesThePostmaster) {
  start();
  const auto fallback = *keys.current()->forward_or_fallback(
      std::string(60, 'x') + "@sender.example", "zone.example", world.time.now());
  auto wrong = fallback;
  wrong.replace(5, 8, "AAAAAAAA");
  EXPECT_TRUE(begins(answer(wrong), "550 5.1.1"));
  EXPECT_TRUE(begins(answer(fallback), "250"));
  ASSERT_EQ(world.spool.open_envelopes().size(), 1U);
  EXPECT_EQ(world.spool.open_envelopes().front().destination, "admin@dest.example");
  const recipient_policy recipients(config, keys, {.fallback_local = "bounces"}, world.time);
  EXPECT_FALSE(recipients.report_destinations(*address::mailbox::parse(fallback)).empty());
}

TEST_F(WayBackTest, AHostMayCallItselfNothingButNobodyHidesAnAuthor) {
  start();
  const std::string fields = "Subject: Undelivered mail\r\n\r\nno such user\r\n";
  EXPECT_TRUE(begins(answer(good(), "From: MAILER-DAEMON <>\r\n" + fields), "250"));
  EXPECT_TRUE(begins(answer(good(), "From: Mail Delivery System <mailer-daemon>\r\n" + fields),
                     "250"));
  EXPECT_TRUE(begins(answer(good(), fields), "250"));
  std::string many = "From: a@far.example";
  for (int i = 0; i < 20; ++i) many += ",\r\n a@x" + std::to_string(i) + ".example";
  for (const std::string& hidden :
       {many, std::string("From: a@far.example\r\nFrom: b@reject.example"),
        std::string("From: ceo@reject.example <a@..>"),
        std::string("From: =?utf-8?Q?ceo=40reject.example?=")}) {
    EXPECT_TRUE(begins(answer(good(), hidden + "\r\n" + fields), "550")) << hidden;
  }
}

// It is a stranger's mail: no zone signs it, and it has no place in a zone's name.
TEST_F(WayBackTest, TheZoneDoesNotVouchForThem) {
  start();
  ASSERT_TRUE(begins(answer(good()), "250"));
  const auto envelopes = world.spool.open_envelopes();
  ASSERT_EQ(envelopes.size(), 1U);
  EXPECT_EQ(envelopes.front().destination, "alice@sender.example");
  EXPECT_EQ(envelopes.front().zone, "");
  EXPECT_EQ(envelopes.front().rule, "srs");
}

TEST_F(WayBackTest, NothingButADeliveredNotificationTellsThatAHashIsRight) {
  start();
  const std::string not_one = "From: x@far.example\r\nSubject: buy this\r\n\r\nnow\r\n";
  const std::string refused =
      "From: postmaster@reject.example\r\nSubject: Undelivered mail\r\n\r\nx\r\n";
  std::string large = notification;
  while (large.size() < 6U << 20U) large += std::string(900, 'x') + "\r\n";
  for (const auto& octets : {not_one, refused, large}) {
    const auto to_good = answer(good(), octets);
    EXPECT_TRUE(begins(to_good, "550")) << to_good;
    EXPECT_EQ(to_good, answer(bad(), octets));
  }
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<>");
  const auto rcpt = c.say("RCPT TO:<" + good() + ">");
  c.say("RSET");
  c.say("MAIL FROM:<>");
  EXPECT_EQ(c.say("RCPT TO:<" + bad() + ">"), rcpt);
  c.say("RSET");
  c.say("MAIL FROM:<mallory@sender.example>");
  const auto as_person = c.say("RCPT TO:<" + good() + ">");
  EXPECT_TRUE(begins(as_person, "550")) << as_person;
  EXPECT_EQ(c.say("RCPT TO:<" + bad() + ">"), as_person);
  EXPECT_TRUE(world.spool.records().empty());
}

TEST_F(WayBackTest, WhatCannotBeAnAddressOfOursIsRefusedAtOnce) {
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<>");
  const auto old = *keys.current()->forward("alice@sender.example", "zone.example",
                                            world.time.now() - std::chrono::hours(24 * 30));
  const std::array refused{old, std::string("SRS0=abcd=AA=victim.example=bob@zone.example"),
                           good("nobody@lax.example")};
  for (const auto& address : refused) {
    EXPECT_TRUE(begins(c.say("RCPT TO:<" + address + ">"), "550 5.1.1")) << address;
  }
}

// What only begins like a return address is a mailbox as any other.
TEST_F(WayBackTest, OnlyRealReturnAddressesAreTreatedAsSuch) {
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  c.say("RCPT TO:<SRS0-team@zone.example>");
  EXPECT_EQ(world.metrics.smtp.rejections.value("unknown_recipient"), 1U);
  EXPECT_EQ(world.metrics.smtp.rejections.value("way_back"), 0U);
}

TEST_F(WayBackTest, ProbesCountAsErrorsBesideRecipientsThatWereAccepted) {
  settings.smtp.errors_max = 5;
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<mallory@sender.example>");
  EXPECT_TRUE(begins(c.say("RCPT TO:<user@zone.example>"), "250"));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(begins(c.say("RCPT TO:<" + bad() + ">"), "550"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<" + bad() + ">"), "421"));
}

// Large providers return one stale address again and again, from many hosts of one network.
TEST_F(WayBackTest, TheSameWrongAddressIsOneGuess) {
  start();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(begins(answer(bad()), "550 5.1.1")) << i;
  }
  EXPECT_TRUE(begins(answer(good()), "250"));
}

TEST_F(WayBackTest, DifferentWrongAddressesAreGuesses) {
  start();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(begins(answer(wrong(i)), "550 5.1.1")) << i;
  EXPECT_FALSE(begins(answer(good()), "250"));
  EXPECT_TRUE(begins(answer(good(), notification, "203.0.113.7"), "250"));
}

// Those that would only be put off until another transaction, too.
TEST_F(WayBackTest, GuessesBesideAnAcceptedRecipientAreErrors) {
  settings.smtp.errors_max = 5;
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<>");
  EXPECT_TRUE(begins(c.say("RCPT TO:<user@zone.example>"), "250"));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(begins(c.say("RCPT TO:<" + good() + ">"), "452"));
  EXPECT_TRUE(begins(c.say("RCPT TO:<" + bad() + ">"), "421"));
}

TEST_F(WayBackTest, AGuessIsAnErrorOfTheSession) {
  settings.smtp.errors_max = 3;
  start();
  auto c = connect();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(begins(c.hand_over("", {bad()}, notification), "550")) << i;
  }
  EXPECT_TRUE(begins(c.hand_over("", {bad()}, notification), "421"));
}

TEST_F(WayBackTest, GuessesCountInAllSessionsOfAClientTogether) {
  settings.smtp.client.errors = 3;
  settings.smtp.client.reply_delay_max = milliseconds(0);
  start();
  for (int i = 0; i < 4; ++i) (void)answer(bad());
  std::string greeting;
  connect(&greeting);
  EXPECT_TRUE(begins(greeting, "421")) << greeting;
}

// Then nothing is looked at, so a hash that is right goes the way of the others; and nothing is
// lost, for the other side tries again.
TEST_F(WayBackTest, ANetworkThatGuessesIsPutOff) {
  start();
  for (int i = 0; i < 20; ++i) {
    const auto from = "198.51.100." + std::to_string(i + 1);
    EXPECT_TRUE(begins(answer(wrong(i), notification, from), "550"));
  }
  const auto later = answer(bad(), notification, "198.51.100.77");
  EXPECT_TRUE(begins(later, "451 4.7.1")) << later;
  EXPECT_EQ(answer(good(), notification, "198.51.100.77"), later);
  EXPECT_EQ(world.metrics.smtp.rejections.value("way_back_later"), 2U);
  EXPECT_TRUE(begins(answer(good(), notification, "198.51.101.1"), "250"));
  world.advance(std::chrono::hours(2), std::chrono::minutes(10));
  EXPECT_TRUE(begins(answer(good(), notification, "198.51.100.77"), "250"));
}

TEST_F(WayBackTest, NobodyIsFloodedThroughTheWayBack) {
  start();
  for (int i = 0; i < 60; ++i) {
    const auto who = i % 2 == 0 ? "alice@sender.example" : "Alice+7@sender.example";
    EXPECT_TRUE(begins(answer(good(who)), "250")) << i;
  }
  EXPECT_TRUE(begins(answer(good()), "451 4.7.1"));
  EXPECT_TRUE(begins(answer(bad()), "451 4.7.1"));
  EXPECT_TRUE(begins(answer(good("alice+8@sender.example")), "451 4.7.1"));
  EXPECT_TRUE(begins(answer(good("bob@sender.example")), "250"));
}

// 250 means delivered or told.
TEST_F(WayBackTest, BouncesToTheFallbackReachAPerson) {
  start();
  EXPECT_TRUE(begins(answer("bounces@zone.example"), "250"));
  EXPECT_TRUE(begins(answer("bounces@node.example"), "250"));
  for (const auto& e : world.spool.open_envelopes()) {
    EXPECT_EQ(e.destination, "admin@dest.example");
  }
  EXPECT_EQ(world.spool.open_envelopes().size(), 2U);
  EXPECT_EQ(world.metrics.queue.outcomes.value("dropped"), 0U);
}

TEST_F(WayBackTest, ARuleOfTheZoneComesBeforeTheFallback) {
  start();
  EXPECT_TRUE(begins(answer("bounces@claims.example",
                            "From: x@far.example\r\nSubject: hi\r\n\r\nx\r\n"),
                     "550 5.7.26"))
      << "the zone asks for authentication";
  world.dns.add_txt("client.example", "v=spf1 ip4:198.51.100.7 -all");
  EXPECT_TRUE(begins(answer("bounces@claims.example"), "250"));
  ASSERT_EQ(world.spool.open_envelopes().size(), 1U);
  EXPECT_EQ(world.spool.open_envelopes().front().destination, "returned@dest.example");
}

// A /48 has 65536 networks: with 20 wrong ones of each the counts of all networks would be full.
TEST(WayBackLimits, ASiteOfIPv6CannotGuessForAllItsNetworks) {
  way_back_limits limits({}, "secret");
  const steady_time now{std::chrono::hours(5)};
  const auto to = *address::mailbox::parse("ann@shop.example");
  int guesses = 0;
  for (int network = 0; network < 100; ++network) {
    const auto client = *ip_address::parse("2001:db8:7:" + std::to_string(network) + "::1");
    for (int i = 0; i < 20 && limits.has_room(client, to, now); ++i) {
      const auto guess = "SRS0=" + std::to_string(network) + "-" + std::to_string(i);
      limits.guessed(client, guess + "@zone.example", now);
      ++guesses;
    }
  }
  EXPECT_EQ(guesses, 200);
  EXPECT_TRUE(limits.has_room(*ip_address::parse("2001:db8:8::1"), to, now));
  EXPECT_TRUE(limits.has_room(*ip_address::parse("192.0.2.1"), to, now));
}

}  // namespace
}  // namespace signpost::actors

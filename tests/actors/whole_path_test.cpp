// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/actors/node_fixture.hpp"
#include "tests/proto/dkim/support.hpp"

namespace signpost::actors {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class WholePathTest : public NodeTest {};

TEST_F(WholePathTest, AMessageArrivesByteForByteBehindOurReceivedField) {
  start();
  const std::string octets =
      "From: alice@sender.example\r\nSubject: dots\r\n\r\n.one\r\n..two\r\n\ttab \r\n";
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  c.say("RCPT TO:<user@zone.example>");
  c.say("DATA");
  c.send("From: alice@sender.example\r\nSubject: dots\r\n\r\n..one\r\n...two\r\n\ttab \r\n.\r\n");
  ASSERT_EQ(dest.messages.size(), 1U);
  const auto& m = dest.messages[0];
  EXPECT_TRUE(m.sender.starts_with("SRS0=")) << m.sender;
  EXPECT_TRUE(m.sender.ends_with("@zone.example")) << m.sender;
  EXPECT_EQ(m.recipients, std::vector<std::string>{"user@dest.example"});
  ASSERT_TRUE(m.octets.ends_with(octets)) << m.octets;
  const auto prefix = m.octets.substr(0, m.octets.size() - octets.size());
  EXPECT_NE(prefix.find("\r\nReceived: from client.example"), std::string::npos) << prefix;
  EXPECT_NE(prefix.find("for <user@zone.example>"), std::string::npos) << prefix;
  EXPECT_TRUE(prefix.ends_with("\r\n"));
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(WholePathTest, WhatArrivesIsSignedWithTheKeysInForce) {
  const auto use = [this](const std::string& selector) {
    signing.replace({{"node.example", {{"node.example", selector, dkim::rsa_key()}}},
                     {"zone.example", {{"zone.example", selector, dkim::ed25519_key()}}}});
  };
  const auto rsa = dkim::key_from(dkim::key_record_text(dkim::rsa_key()->public_half()));
  const auto ed = dkim::key_from(dkim::key_record_text(dkim::ed25519_key()->public_half()));
  start();
  auto c = connect();
  for (const std::string selector : {"old", "new"}) {
    use(selector);
    c.hand_over("alice@sender.example", {"user@zone.example"}, plain_message);
    const auto found = dkim::verify(
        dest.messages.back().octets,
        {{selector + "._domainkey.node.example", rsa}, {selector + "._domainkey.zone.example", ed}},
        {}, world.time.now());
    ASSERT_EQ(found.signatures.size(), 2U) << dest.messages.back().octets;
    EXPECT_EQ(found.signatures[0].verdict, dkim::verdict::pass);
    EXPECT_EQ(found.signatures[0].domain, "node.example");
    EXPECT_EQ(found.signatures[1].verdict, dkim::verdict::pass);
    EXPECT_EQ(found.signatures[1].domain, "zone.example");
  }
  EXPECT_EQ(dest.messages.size(), 2U);
}

TEST_F(WholePathTest, TheSealersOfAPoolDoTheWork) {
  workers = 3;
  start();
  auto c = connect();
  for (int i = 0; i < 7; ++i) {
    c.hand_over("alice@sender.example", {i % 2 == 0 ? "user@zone.example" : "two@zone.example"},
                plain_message);
  }
  EXPECT_EQ(dest.messages.size(), 7U);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(WholePathTest, SeveralDestinationsOfOneSiteTravelTogether) {
  start();
  auto c = connect();
  c.hand_over("alice@sender.example", {"two@zone.example"}, plain_message);
  ASSERT_EQ(dest.messages.size(), 1U);
  EXPECT_EQ(dest.messages[0].recipients.size(), 2U);
  EXPECT_EQ(dest.messages[0].octets.find("for <"), std::string::npos);
}

TEST_F(WholePathTest, ARefusalComesBackToTheSenderAsANotice) {
  dest.answer = [](std::string_view line) {
    return std::string(line.starts_with("RCPT") ? "550 5.1.1 no such user" : "");
  };
  start();
  auto c = connect();
  c.hand_over("alice@sender.example", {"user@zone.example"}, plain_message);
  ASSERT_EQ(origin.messages.size(), 1U);
  const auto& notice = origin.messages[0];
  EXPECT_EQ(notice.sender, "");
  EXPECT_EQ(notice.recipients, std::vector<std::string>{"alice@sender.example"});
  EXPECT_NE(notice.octets.find("multipart/report"), std::string::npos);
  EXPECT_NE(notice.octets.find("user@zone.example"), std::string::npos);
  // Where a rule forwards to is the customer's secret.
  EXPECT_EQ(notice.octets.find("user@dest.example"), std::string::npos) << notice.octets;
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

TEST_F(WholePathTest, ABounceFromTheDestinationFindsTheWayBack) {
  start();
  auto c = connect();
  c.hand_over("alice@sender.example", {"user@zone.example"}, plain_message);
  ASSERT_EQ(dest.messages.size(), 1U);
  auto back = connect();
  back.hand_over("", {dest.messages[0].sender},
                 "From: mailer-daemon@dest.example\r\nSubject: failed\r\n\r\nx\r\n");
  ASSERT_EQ(origin.messages.size(), 1U);
  EXPECT_EQ(origin.messages[0].sender, "");
  EXPECT_EQ(origin.messages[0].recipients, std::vector<std::string>{"alice@sender.example"});
}

// RFC 6152 §3: what the host cannot take is encoded; nothing is lost, and no signature is broken.
TEST_F(WholePathTest, AHostWithoutEightBitMimeGetsAnEncodedCopy) {
  dest.eight_bit_mime = origin.eight_bit_mime = false;
  start();
  auto c = connect();
  const std::string octets =
      "From: <alice@sender.example>\r\nSubject: Gr\xc3\xbc\xc3\x9f"
      "e\r\n\r\nGr\xc3\xbc\xc3\x9f"
      "e\r\n";
  c.hand_over("alice@sender.example", {"user@zone.example"}, octets);
  ASSERT_EQ(dest.messages.size(), 1U);
  const auto& got = dest.messages[0].octets;
  EXPECT_TRUE(is_ascii(got)) << got;
  EXPECT_NE(got.find("\r\n\r\nGr=C3=BC=C3=9Fe\r\n"), std::string::npos) << got;
  EXPECT_NE(got.find("Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n"), std::string::npos) << got;
  c.hand_over("alice@sender.example", {"user@zone.example"},
              "DKIM-Signature: v=1; a=rsa-sha256\r\n" + octets);
  EXPECT_EQ(dest.messages.size(), 1U) << "the signature may hold";
  ASSERT_EQ(origin.messages.size(), 1U);
  const auto& report = origin.messages[0].octets;
  EXPECT_TRUE(is_ascii(report)) << report;
  EXPECT_NE(report.find("Status: 5.6.3\r\n"), std::string::npos) << report;
  EXPECT_NE(report.find("X-Signpost; 5.6.3 this server does not offer"), std::string::npos);
  EXPECT_EQ(report.find(" said:"), std::string::npos) << "our own words";
}

TEST_F(WholePathTest, AListThatSentItHearsOfDeadMembers) {
  settings.auth.verify = true;
  world.dns.add_txt("sender.example", "v=spf1 ip4:198.51.100.0/24 -all");
  dest.answer = [](std::string_view line) {
    return std::string(line.starts_with("RCPT") ? "550 5.1.1 no such user" : "");
  };
  start();
  std::size_t reports = 0;
  for (const auto* field : {"Auto-Submitted: auto-generated\r\n", "List-Id: <l.sender.example>\r\n",
                            "X-Auto-Response-Suppress: All\r\n", "Precedence: bulk\r\n",
                            "List-Unsubscribe: <mailto:u@sender.example>\r\n"}) {
    auto c = connect(nullptr, "198.51.100.7");
    c.hand_over("alice@sender.example", {"user@zone.example"},
                "From: alice@sender.example\r\n" + std::string(field) + plain_message);
    c.say("QUIT");
    world.advance(seconds(2));
    EXPECT_EQ(origin.messages.size(), ++reports) << field;
  }
}

TEST_F(WholePathTest, AListOrAutomaticMessageThatIsNotProvenIsNeverAnswered) {
  dest.answer = [](std::string_view line) {
    return std::string(line.starts_with("RCPT") ? "550 5.1.1 no such user" : "");
  };
  start();
  for (const auto* field :
       {"Auto-Submitted: auto-replied\r\n", "List-Id: <l.sender.example>\r\n"}) {
    auto c = connect();
    c.hand_over("alice@sender.example", {"user@zone.example"}, std::string(field) + plain_message);
  }
  EXPECT_TRUE(origin.messages.empty());
  EXPECT_TRUE(world.spool.open_envelopes().empty());
  EXPECT_EQ(world.metrics.queue.bounces.value("suppressed"), 2U);
}

TEST_F(WholePathTest, AGreylistedMessageIsDeliveredLater) {
  bool grey = true;
  dest.answer = [&](std::string_view line) {
    return std::string(grey && line.starts_with("RCPT") ? "451 4.7.1 greylisted" : "");
  };
  start();
  auto c = connect();
  c.hand_over("alice@sender.example", {"user@zone.example"}, plain_message);
  EXPECT_TRUE(dest.messages.empty());
  c.say("QUIT");
  grey = false;
  world.advance(minutes(2));
  EXPECT_EQ(dest.messages.size(), 1U);
}

TEST_F(WholePathTest, MailForADeadHostIsDeliveredWhenItIsBack) {
  dest.connect = test::fake_destination::outcome::refuse;
  dest.apply();
  start();
  auto c = connect();
  for (int i = 0; i < 20; ++i) {
    c.hand_over("alice@sender.example", {"user@zone.example"}, plain_message);
  }
  c.say("QUIT");
  world.advance(hours(1), seconds(1));
  EXPECT_EQ(world.spool.open_envelopes().size(), 20U);
  dest.connect = test::fake_destination::outcome::accept;
  dest.apply();
  world.advance(hours(3), seconds(1));
  EXPECT_EQ(dest.messages.size(), 20U);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

// The process may end at any message between actors: what was answered with 250 arrives all the
// same.
TEST_F(WholePathTest, ARestartAtAnyStageLosesNothing) {
  dest.pipelining = false;  // so that it falls silent right at the stage
  for (const auto* stage : {"banner", "EHLO", "MAIL", "RCPT", "DATA", "."}) {
    SCOPED_TRACE(stage);
    const auto before = dest.messages.size();
    dest.answer = [stage](std::string_view line) {
      return std::string(line.starts_with(stage) ? "silence" : "");
    };
    start();
    auto c = connect();
    const auto answer = c.hand_over("alice@sender.example", {"user@zone.example"}, plain_message);
    EXPECT_TRUE(answer.starts_with("250"));
    stop();
    EXPECT_EQ(world.spool.open_envelopes().size(), 1U);
    dest.answer = nullptr;
    start();
    world.advance(seconds(2));
    EXPECT_EQ(dest.messages.size(), before + 1);
    EXPECT_TRUE(world.spool.open_envelopes().empty());
    stop();
  }
}

TEST_F(WholePathTest, AnOutcomeThatWasNotDurableIsRepeatedAfterARestartNotLost) {
  start();
  auto c = connect();
  c.say("EHLO client.example");
  c.say("MAIL FROM:<alice@sender.example>");
  c.say("RCPT TO:<user@zone.example>");
  c.say("DATA");
  dest.answer = [this](std::string_view line) {
    if (line == ".") world.spool.fail_all = errc::unavailable;
    return std::string();
  };
  c.send(std::string(plain_message) + ".\r\n");
  EXPECT_EQ(dest.messages.size(), 1U);
  stop();
  dest.answer = nullptr;
  world.spool.fail_all.reset();
  start();
  world.advance(seconds(2));
  EXPECT_EQ(dest.messages.size(), 2U);
  EXPECT_TRUE(world.spool.open_envelopes().empty());
}

}  // namespace
}  // namespace signpost::actors

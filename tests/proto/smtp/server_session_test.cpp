// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/server_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proto/smtp/server_driver.hpp"

namespace signpost::smtp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

refusal refuse_with(std::uint16_t code, std::string text) {
  return refusal({code, {static_cast<std::uint16_t>(code / 100), 7, 1}, {std::move(text)}});
}

/// A driver with an open session whose banner and EHLO reply are out of the way.
struct greeted_driver : server_driver {
  explicit greeted_driver(server_options o = {}) {
    options = std::move(o);
    options.host_name = "mx.example";
    open();
    receive("EHLO client.example\r\n");
    said.clear();
    events.clear();
  }
};

const std::string envelope = "MAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\n";

TEST(ServerSession, OffersItsExtensionsInOrder) {
  server_driver d;
  d.options.offer_starttls = true;
  d.open();
  EXPECT_EQ(d.take_said(), "220 mx.example ESMTP Signpost\r\n");
  d.receive("EHLO client.example\r\n");
  EXPECT_EQ(d.take_said(),
            "250-mx.example greets client.example\r\n250-PIPELINING\r\n250-SIZE 26214400\r\n"
            "250-8BITMIME\r\n250-SMTPUTF8\r\n250-CHUNKING\r\n250-ENHANCEDSTATUSCODES\r\n"
            "250-STARTTLS\r\n250-LIMITS RCPTMAX=1000 MAILMAX=1000\r\n250 HELP\r\n");
}

TEST(ServerSession, WaitsForTheAnswerBeforeItGoesOn) {
  server_driver d;
  d.open();
  auto& s = *d.session;
  s.receive("EHLO c\r\n" + envelope + "DATA\r\n", d.now);
  ASSERT_TRUE(s.next());  // hello
  ASSERT_EQ(to_text(*s.next()), "mail <a@a.example>");
  EXPECT_FALSE(s.next());
  EXPECT_FALSE(s.wants_input());
  EXPECT_EQ(s.deadline(), steady_time::max());
  s.reply_mail({});
  EXPECT_TRUE(s.wants_input());
  ASSERT_EQ(to_text(*s.next()), "rcpt <b@b.example>");
  s.reply_recipient({});
  EXPECT_FALSE(s.next());
  EXPECT_THAT(std::string(s.output()), EndsWith("354 end data with <CR><LF>.<CR><LF>\r\n"));
}

TEST(ServerSession, DropsCommandsInjectedBehindStartTls) {
  greeted_driver d({.offer_starttls = true});
  d.receive("STARTTLS\r\nMAIL FROM:<evil@a.example>\r\n");
  d.receive("RCPT TO:<evil@b.example>\r\n");
  EXPECT_EQ(d.take_said(), "220 2.0.0 go ahead with TLS\r\n");
  d.session->tls_established({.version = "TLSv1.3"}, d.now);
  d.receive("MAIL FROM:<a@a.example>\r\n");
  EXPECT_EQ(d.take_said(), "503 5.5.1 say EHLO or HELO first\r\n");
  d.receive("EHLO client.example\r\n");
  EXPECT_THAT(d.take_said(), ::testing::Not(HasSubstr("STARTTLS")));
  EXPECT_EQ(d.session->protocol(), "ESMTPS");
  d.receive("STARTTLS\r\n");
  EXPECT_EQ(d.take_said(), "503 5.5.1 TLS is already active\r\n");
  EXPECT_THAT(d.events, ElementsAre("starttls", "refused 503 sequence", "ehlo client.example",
                                    "refused 503 sequence"));
}

TEST(ServerSession, TakesNoMailBeforeTlsWhereTlsIsRequired) {
  greeted_driver d({.offer_starttls = true, .require_tls = true});
  d.receive(envelope);
  EXPECT_EQ(d.take_said(),
            "530 5.7.0 must issue a STARTTLS command first\r\n503 5.5.1 need MAIL first\r\n");
}

TEST(ServerSession, LimitsRecipientsPerTransaction) {
  greeted_driver d({.recipients_max = 2});
  d.receive("MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<b@b.example>\r\n");
  d.take_said();
  d.receive("RCPT TO:<c@b.example>\r\n");
  EXPECT_EQ(d.take_said(), "452 4.5.3 too many recipients\r\n");
}

TEST(ServerSession, EndsAfterTooManyErrors) {
  greeted_driver d({.errors_max = 2});
  d.receive("FOO\r\nFOO\r\nFOO\r\nNOOP\r\n");
  EXPECT_EQ(d.take_said(),
            "500 5.5.2 command not recognized\r\n500 5.5.2 command not recognized\r\n"
            "421 4.7.0 too many errors, closing\r\n");
  EXPECT_TRUE(d.session->finished());
}

TEST(ServerSession, LetsADeadAddressInAListPass) {
  greeted_driver d({.errors_max = 1});
  d.answers = {{}, {}, refuse_with(550, "no"), refuse_with(550, "no"), refuse_with(550, "no")};
  d.receive(envelope
            + "RCPT TO:<x@b.example>\r\nRCPT TO:<y@b.example>\r\nRCPT TO:<z@b.example>\r\n");
  EXPECT_FALSE(d.session->finished());
}

TEST(ServerSession, EndsWhenEveryGuessedAddressIsWrong) {
  greeted_driver d({.errors_max = 1});
  d.answers = {{}, refuse_with(550, "no"), refuse_with(550, "no")};
  d.receive(envelope + "RCPT TO:<x@b.example>\r\n");
  EXPECT_TRUE(d.session->finished());
}

TEST(ServerSession, RefusesTooLargeMessagesAfterReadingThem) {
  greeted_driver d({.message_octets_max = 1000});
  d.receive("MAIL FROM:<a@a.example> SIZE=1001\r\n");
  EXPECT_EQ(d.take_said(), "552 5.3.4 message is too big\r\n");
  d.receive(envelope + "DATA\r\n");
  d.take_said();
  d.receive(std::string(1200, 'x') + "\r\n");
  EXPECT_EQ(d.take_said(), "");
  EXPECT_EQ(d.budget.used(), 0U);
  d.receive(".\r\nNOOP\r\n");
  EXPECT_EQ(d.take_said(), "552 5.3.4 message is too big\r\n250 2.0.0 ok\r\n");
}

TEST(ServerSession, TakesAMessageOfExactlyTheLimit) {
  greeted_driver d({.message_octets_max = 1000});
  d.receive(envelope + "DATA\r\n..\r\n" + std::string(995, 'x') + "\r\n.\r\n");
  EXPECT_THAT(d.take_said(), EndsWith("250 2.0.0 queued as q1\r\n"));
  EXPECT_EQ(d.messages.at(0).size(), 1000U);
}

TEST(ServerSession, EndsWhenTheFloodDoesNotStop) {
  for (const std::string unit :
       {"xxxxxxxx", "\r\r\r\r\r\r\r\r", "\n\n\n\n\n\n\n\n", ".\r.\r.\r.\r"}) {
    greeted_driver d({.message_octets_max = 1000});
    d.receive(envelope + "DATA\r\n");
    for (int i = 0; i < 600 && !d.session->finished(); ++i) d.receive(unit);
    EXPECT_TRUE(d.session->finished()) << in_quotes(unit);
    EXPECT_THAT(d.take_said(), EndsWith("421 4.7.0 far too much data, closing\r\n"));
  }
}

TEST(ServerSession, RefusesForALittleWhileWhenMemoryIsUsedUp) {
  greeted_driver d;
  ASSERT_TRUE(d.budget.take(d.budget.limit() - 1000));
  d.receive(envelope + "DATA\r\n" + std::string(2000, 'x') + "\r\n.\r\n");
  EXPECT_THAT(d.take_said(), EndsWith("452 4.3.1 insufficient memory, try again later\r\n"));
  EXPECT_FALSE(d.session->finished());
}

TEST(ServerSession, HoldsALeaseForWhatItKeeps) {
  server_driver d;
  d.open();
  auto& s = *d.session;
  d.receive("EHLO c\r\n" + envelope + "DATA\r\n");
  s.receive(std::string(100'000, 'x'), d.now);
  EXPECT_FALSE(s.next());
  EXPECT_GE(d.budget.used(), 100'000U);
  EXPECT_LE(d.budget.used(), 250'000U);
  s.receive("\r\n.\r\n", d.now);
  {
    auto event = s.next();
    ASSERT_TRUE(event);
    EXPECT_EQ(std::get<message_event>(*event).lease.held(), d.budget.used());
  }
  EXPECT_EQ(d.budget.used(), 0U);
  s.reply_message(final_reply(refuse_with(550, "no")));
}

TEST(ServerSession, IsSmallWhileIdle) {
  greeted_driver d;
  d.receive(envelope + "DATA\r\n" + std::string(100'000, 'x') + "\r\n.\r\n");
  d.receive(std::string(3000, 'x') + "\r\n");
  EXPECT_LT(d.session->memory_octets(), 1500U);
}

TEST(ServerSession, ShutsDownAtOnceBetweenMessages) {
  greeted_driver d;
  d.session->shut_down("node is going away");
  d.flush();
  EXPECT_EQ(d.take_said(), "421 4.3.2 node is going away\r\n");
  EXPECT_TRUE(d.session->finished());
}

TEST(ServerSession, FinishesTheMessageBeforeItShutsDown) {
  greeted_driver d;
  d.receive(envelope + "DATA\r\n");
  d.take_said();
  d.session->shut_down("bye");
  d.receive("x\r\n.\r\nMAIL FROM:<a@a.example>\r\n");
  EXPECT_EQ(d.take_said(), "250 2.0.0 queued as q1\r\n421 4.3.2 bye\r\n");
}

TEST(ServerSession, RefusesAConnectionInsteadOfTheBanner) {
  server_driver d;
  server_session s(d.options, d.budget, {}, d.now);
  s.refuse_connection(refuse_with(554, "not you"));
  EXPECT_EQ(s.output(), "554 5.7.1 not you\r\n");
  EXPECT_TRUE(s.finished());
}

TEST(ServerSession, TimesOutByWhatItIsDoing) {
  greeted_driver d;
  EXPECT_EQ(d.session->deadline(), d.now + std::chrono::minutes(5));
  d.receive(envelope + "DATA\r\n");
  EXPECT_EQ(d.session->deadline(), d.now + std::chrono::minutes(3));
  d.take_said();
  d.session->timed_out();
  d.flush();
  EXPECT_EQ(d.take_said(), "421 4.4.2 mx.example waited too long, closing\r\n");
  EXPECT_EQ(d.budget.used(), 0U);
}

TEST(ServerSession, GivesACommandAsLongAsAWholeOneMayTake) {
  greeted_driver d;
  const auto begun = d.now;
  for (const char c : std::string_view("NOO")) {
    d.now += std::chrono::minutes(1);
    d.receive({&c, 1});
  }
  EXPECT_EQ(d.session->deadline(), begun + std::chrono::minutes(5));
  EXPECT_EQ(d.session->deadline_of(), "command");
  d.receive("P\r\n");
  EXPECT_EQ(d.session->deadline(), d.now + std::chrono::minutes(5));
}

// An octet now and then renews nothing, neither in DATA nor in a chunk nor between chunks.
TEST(ServerSession, EndsADripOfData) {
  for (const std::string begin : {"DATA\r\n", "BDAT 20000000\r\n"}) {
    greeted_driver d;
    d.receive(envelope + begin);
    const auto begun = d.now;
    while (d.now < d.session->deadline()) {
      d.now += std::chrono::seconds(10);
      d.receive("x");
    }
    EXPECT_EQ(d.now - begun, std::chrono::minutes(3)) << begin;
    EXPECT_EQ(d.session->deadline_of(), "data");
    d.take_said();
    d.session->timed_out();
    d.flush();
    EXPECT_EQ(d.take_said(), "421 4.4.2 mx.example waited too long, closing\r\n");
    EXPECT_EQ(d.budget.used(), 0U);
  }
}

TEST(ServerSession, EndsADripOfChunks) {
  greeted_driver d;
  d.receive(envelope);
  const auto begun = d.now;
  for (int i = 0; i < 100 && d.now < d.session->deadline(); ++i) {
    d.receive("BDAT 1\r\nx");
    d.now += std::chrono::seconds(10);
  }
  EXPECT_EQ(d.now - begun, std::chrono::minutes(3));
}

TEST(ServerSession, TakesASlowMessageThatGoesOn) {
  greeted_driver d;
  d.receive(envelope + "DATA\r\n");
  // 200 KB at once, then little: what came at first cannot be lived on for ever.
  d.receive(std::string(200'000, 'x') + "\r\n");
  for (int i = 0; i < 60; ++i) {
    d.now += std::chrono::seconds(10);
    ASSERT_LT(d.now, d.session->deadline()) << i;
    d.receive(std::string(11'000, 'x') + "\r\n");
  }
  const auto quiet = d.now;
  while (d.now < d.session->deadline()) {
    d.now += std::chrono::seconds(10);
    d.receive("x");
  }
  EXPECT_LE(d.now - quiet, std::chrono::minutes(6));
}

TEST(ServerSession, AsksForNoRateWhereNoneIsSet) {
  greeted_driver d({.data_rate_min = 0});
  d.receive(envelope + "DATA\r\n");
  for (int i = 0; i < 100; ++i) {
    d.now += std::chrono::minutes(2);
    ASSERT_LT(d.now, d.session->deadline());
    d.receive("x");
  }
  d.now += std::chrono::minutes(6);
  EXPECT_GE(d.now, d.session->deadline());
}

TEST(ServerSession, ReservesNothingForAnnouncedOctets) {
  for (const std::string begin : {"DATA\r\n", "BDAT 20000000\r\n"}) {
    greeted_driver d;
    d.receive("MAIL FROM:<a@a.example> SIZE=25000000\r\nRCPT TO:<b@b.example>\r\n" + begin + "x");
    EXPECT_LE(d.budget.used(), 1024U) << begin;
  }
}

TEST(ServerSession, EndsAHandshakeThatTakesTooLong) {
  greeted_driver d({.offer_starttls = true});
  d.receive("STARTTLS\r\n");
  EXPECT_EQ(d.session->deadline(), d.now + std::chrono::minutes(1));
  EXPECT_EQ(d.session->deadline_of(), "tls");
}

TEST(ServerSession, GivesNoMoreAnswersToWhoReadsNone) {
  server_driver d;
  d.options.idle_commands_max = 1'000'000;
  d.open();
  auto& s = *d.session;
  std::string hellos;
  for (int i = 0; i < 8000; ++i) hellos += "EHLO a\r\n";
  s.receive(hellos, d.now);
  while (s.next()) {
  }
  EXPECT_TRUE(s.is_held_back());
  EXPECT_FALSE(s.wants_input());
  EXPECT_LT(s.memory_octets(), 200'000U);
  EXPECT_GE(d.budget.used(), s.memory_octets() / 2);
  std::size_t answered = 0;
  while (!s.output().empty()) {
    answered += s.output().size();
    s.consume_output(s.output().size());
    while (s.next()) {
    }
  }
  EXPECT_GT(answered, 8000U * 100);
  EXPECT_EQ(d.budget.used(), 0U);
}

TEST(ServerSession, EndsWhenThereIsNoMemoryForCommandsAheadOfTheirAnswers) {
  server_driver d;
  d.open();
  auto& s = *d.session;
  ASSERT_TRUE(d.budget.take(d.budget.limit() - 1000));
  std::string hellos;
  for (int i = 0; i < 8000; ++i) hellos += "EHLO a\r\n";
  s.receive(hellos, d.now);
  while (s.next()) {
  }
  EXPECT_TRUE(s.finished());
  EXPECT_THAT(std::string(s.output()),
              EndsWith("421 4.3.2 insufficient memory for pipelined commands\r\n"));
}

TEST(ServerSession, LetsAMessageEndThatBeganInTime) {
  greeted_driver d({.session_max = std::chrono::minutes(10)});
  d.now += std::chrono::minutes(9);
  d.receive(envelope + "DATA\r\n");
  EXPECT_EQ(d.session->deadline(), d.now + std::chrono::minutes(3));
  d.now += std::chrono::minutes(2);
  d.receive("x\r\n.\r\n");
  EXPECT_EQ(d.session->deadline(), steady_time{} + std::chrono::minutes(10));
  EXPECT_EQ(d.session->deadline_of(), "session");
}

TEST(ServerSession, EndsNoLaterThanTheLongestSession) {
  greeted_driver d({.session_max = std::chrono::minutes(10)});
  d.now += std::chrono::minutes(9);
  d.receive("NOOP\r\n");
  EXPECT_EQ(d.session->deadline(), steady_time{} + std::chrono::minutes(10));
}

TEST(ServerSession, DoesNotTakeAnswersOfTheOwnerForALateTimeout) {
  server_driver d;
  d.open();
  d.session->receive("EHLO c\r\nMAIL FROM:<>\r\n", d.now);
  while (d.session->next()) {
  }
  d.session->timed_out();
  EXPECT_FALSE(d.session->finished());
  d.session->reply_mail({});
  EXPECT_THAT(std::string(d.session->output()), EndsWith("250 2.1.0 sender ok\r\n"));
}

TEST(ServerSession, NamesTheProtocolForTheTrace) {
  server_driver d;
  d.open();
  d.receive("HELO c\r\n");
  EXPECT_EQ(d.session->protocol(), "SMTP");
  d.receive("EHLO c\r\n");
  EXPECT_EQ(d.session->protocol(), "ESMTP");
  d.receive("MAIL FROM:<a@a.example> SMTPUTF8\r\n");
  EXPECT_EQ(d.session->protocol(), "UTF8SMTP");
  EXPECT_TRUE(d.session->in_transaction());
}

TEST(ServerSession, EndsTheSessionWhenTheOwnerSays421) {
  greeted_driver d;
  d.answers = {refuse_with(421, "go away")};
  d.receive(envelope);
  EXPECT_TRUE(d.session->finished());
  EXPECT_EQ(d.take_said(), "421 4.7.1 go away\r\n");
}

TEST(ServerSession, ReadsLongInputInLinearTime) {
  // A quadratic session would need minutes for this.
  greeted_driver d({.message_octets_max = 64ULL << 20,
                    .errors_max = 1'000'000,
                    .idle_commands_max = 1'000'000});
  std::string pipelined;
  for (int i = 0; i < 200'000; ++i) pipelined += "NOOP\r\n";
  d.receive(pipelined);
  d.receive(envelope + "DATA\r\n");
  std::string lines;
  for (int i = 0; i < 2'000'000; ++i) lines += "..\r\n";
  d.receive(lines + ".\r\n");
  EXPECT_EQ(d.messages.at(0).size(), 6'000'000U);
}

}  // namespace
}  // namespace signpost::smtp::testing

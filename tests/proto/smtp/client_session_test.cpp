// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/client_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "proto/smtp/dot_stuffer.hpp"
#include "tests/proto/smtp/client_text.hpp"
#include "tests/support/stored_pieces.hpp"

namespace signpost::smtp::testing {
namespace {

using ::testing::ElementsAre;

/// Plays the server by hand.
struct client_driver {
  client_options options{.host_name = "out.example"};
  steady_time now{};
  std::unique_ptr<client_session> session;

  explicit client_driver(tls_mode tls = tls_mode::opportunistic) {
    options.tls = tls;
    session = std::make_unique<client_session>(options, now);
  }
  /// The server says something; what the client says to it.
  std::string hear(std::string_view bytes) {
    session->receive(bytes, now);
    return take();
  }
  std::string take() {
    std::string out;
    while (!session->output().empty()) {
      out += session->output();
      session->consume_output(session->output().size(), now);
    }
    return out;
  }
  std::vector<std::string> events() {
    std::vector<std::string> texts;
    while (auto event = session->next()) texts.push_back(to_text(*event));
    return texts;
  }
  void greet(std::string_view extensions) {
    hear("220 mx.example\r\n");
    hear("250-mx.example\r\n" + std::string(extensions) + "250 HELP\r\n");
    EXPECT_THAT(events(), ElementsAre("ready"));
  }
  std::string start(std::vector<std::string> recipients = {"b@b.example"}) {
    outgoing_message m{.sender = "a@a.example", .recipients = std::move(recipients)};
    m.body = std::make_shared<message_body>("hi\r\n");
    session->start(std::move(m), now);
    return take();
  }
};

TEST(ClientSession, GoesStepByStepWithoutPipelining) {
  client_driver d;
  EXPECT_EQ(d.hear("220 hello\r\n"), "EHLO out.example\r\n");
  EXPECT_EQ(d.hear("250 mx.example\r\n"), "");
  EXPECT_THAT(d.events(), ElementsAre("ready"));
  EXPECT_EQ(d.start(), "MAIL FROM:<a@a.example>\r\n");
  EXPECT_EQ(d.hear("250 ok\r\n"), "RCPT TO:<b@b.example>\r\n");
  EXPECT_EQ(d.hear("250 ok\r\n"), "DATA\r\n");
  EXPECT_EQ(d.hear("354 go\r\n"), "hi\r\n.\r\n");
  EXPECT_EQ(d.hear("250 2.0.0 taken\r\n"), "");
  EXPECT_THAT(d.events(), ElementsAre("done | b@b.example . 250 2.0.0 taken"));
  EXPECT_TRUE(d.session->idle());
  EXPECT_EQ(d.session->transactions(), 1U);
  d.session->quit(d.now);
  EXPECT_EQ(d.take(), "QUIT\r\n");
  d.hear("221 bye\r\n");
  EXPECT_TRUE(d.session->finished());
}

TEST(ClientSession, SendsOneBatchWithPipelining) {
  client_driver d;
  d.greet("250-PIPELINING\r\n250-SIZE 1000\r\n");
  EXPECT_EQ(d.start(), "MAIL FROM:<a@a.example> SIZE=4\r\nRCPT TO:<b@b.example>\r\nDATA\r\n");
}

TEST(ClientSession, EndsDataThatNobodyReceivesWithALoneDot) {
  client_driver d;
  d.greet("250-PIPELINING\r\n");
  d.start();
  EXPECT_EQ(d.hear("250 ok\r\n550 5.1.1 no\r\n354 go\r\n"), ".\r\n");
  d.hear("250 taken\r\n");
  EXPECT_THAT(d.events(), ElementsAre("done | b@b.example RCPT 550 5.1.1 no"));
  EXPECT_TRUE(d.session->idle());
}

TEST(ClientSession, ResetsBeforeTheNextMessageAfterAllWereRefused) {
  client_driver d;
  d.greet("250-PIPELINING\r\n");
  d.start();
  d.hear("250 ok\r\n550 5.1.1 no\r\n554 none\r\n");
  EXPECT_THAT(d.events(), ElementsAre("done | b@b.example RCPT 550 5.1.1 no"));
  EXPECT_EQ(d.start(), "RSET\r\nMAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n");
}

struct one_message_case {
  std::string name;
  std::string server;  // after a pipelined MAIL, RCPT b, RCPT c, DATA
  std::string want;
  bool finished = false;
};

class ClientOneMessage : public ::testing::TestWithParam<one_message_case> {};

TEST_P(ClientOneMessage, EndsAsItMust) {
  client_driver d;
  d.greet("250-PIPELINING\r\n");
  d.start({"b", "c"});
  d.hear(GetParam().server);
  EXPECT_THAT(d.events(), ElementsAre(GetParam().want));
  EXPECT_EQ(d.session->finished(), GetParam().finished);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ClientOneMessage,
    ::testing::Values(
        one_message_case{"MailRefused", "451 4.7.1 later\r\n503 a\r\n503 b\r\n503 c\r\n",
                         "done | b MAIL 451 4.7.1 later | c MAIL 451 4.7.1 later"},
        one_message_case{"DataRefused", "250 a\r\n250 b\r\n550 5.1.1 c\r\n451 4.3.0 d\r\n",
                         "done | b DATA 451 4.3.0 d | c RCPT 550 5.1.1 c"},
        one_message_case{"TooManyBy452", "250 a\r\n250 b\r\n452 4.5.3 c\r\n451 d\r\n",
                         "done | b DATA 451 d | c RCPT 452 4.5.3 c"},
        one_message_case{"TooManyBy552", "250 a\r\n250 b\r\n552 c\r\n451 d\r\n",
                         "done | b DATA 451 d | c RCPT 452 4.5.3 c"},
        one_message_case{"MailboxFullStays552", "250 a\r\n250 b\r\n552 5.2.2 c\r\n451 d\r\n",
                         "done | b DATA 451 d | c RCPT 552 5.2.2 c"},
        one_message_case{"ClosingAtMail", "421 4.3.2 bye\r\n",
                         "done | b MAIL 421 4.3.2 bye | c MAIL 421 4.3.2 bye", true},
        one_message_case{"ClosingAtRecipient", "250 a\r\n550 5.1.1 b\r\n421 4.3.2 bye\r\n",
                         "done | b RCPT 550 5.1.1 b | c RCPT 421 4.3.2 bye", true},
        one_message_case{"ClosingAtData", "250 a\r\n250 b\r\n250 c\r\n421 4.3.2 bye\r\n",
                         "done | b DATA 421 4.3.2 bye | c DATA 421 4.3.2 bye", true},
        one_message_case{"NoSmtp", "250 a\r\nwhat?\r\n",
                         "done | b session protocol error: a reply without a code"
                         " | c session protocol error: a reply without a code",
                         true},
        one_message_case{"RecipientWith354", "250 a\r\n354 b\r\n",
                         "done | b session protocol error: 354 does not fit the command"
                         " | c session protocol error: 354 does not fit the command",
                         true},
        one_message_case{"DataWith250", "250 a\r\n250 b\r\n250 c\r\n250 d\r\n",
                         "done | b session protocol error: 250 does not fit the command"
                         " | c session protocol error: 250 does not fit the command",
                         true}),
    [](const auto& one) { return one.param.name; });

TEST(ClientSession, DoesNotBelieveAnAcceptanceBeforeTheContentIsSent) {
  client_driver d;
  d.greet("250-PIPELINING\r\n");
  d.start();
  d.session->receive("250 a\r\n250 b\r\n354 go\r\n250 2.0.0 taken\r\n", d.now);
  EXPECT_THAT(d.events(),
              ElementsAre("done | b@b.example session protocol error: an unexpected reply"));
}

TEST(ClientSession, TakesARefusalWithinTheContent) {
  client_driver d;
  d.greet("250-PIPELINING\r\n");
  d.start();
  d.session->receive("250 a\r\n250 b\r\n354 go\r\n552 5.3.4 too big\r\n", d.now);
  EXPECT_THAT(d.events(), ElementsAre("done | b@b.example DATA 552 5.3.4 too big"));
  EXPECT_TRUE(d.session->finished());
}

TEST(ClientSession, IsUncertainOnlyOnceTheDotIsOut) {
  for (const bool sent : {false, true}) {
    client_driver d;
    d.greet("250-PIPELINING\r\n");
    d.start();
    d.session->receive("250 a\r\n250 b\r\n354 go\r\n", d.now);
    if (sent) d.take();
    d.session->closed("connection reset");
    EXPECT_THAT(d.events(), ElementsAre(std::string("done | b@b.example session connection reset")
                                        + (sent ? " uncertain" : "")));
  }
}

TEST(ClientSession, FallsBackToHelo) {
  client_driver d;
  d.hear("220 x\r\n");
  EXPECT_EQ(d.hear("502 5.5.1 what\r\n"), "HELO out.example\r\n");
  d.hear("250 mx.example\r\n");
  EXPECT_THAT(d.events(), ElementsAre("ready"));
}

struct greeting_case {
  std::string name;
  tls_mode tls;
  std::vector<std::string> server;
  std::string want;
};

class ClientGreeting : public ::testing::TestWithParam<greeting_case> {};

TEST_P(ClientGreeting, EndsAsItMust) {
  client_driver d(GetParam().tls);
  for (const auto& bytes : GetParam().server) d.hear(bytes);
  EXPECT_THAT(d.events(), ElementsAre(GetParam().want));
}

const std::string starttls_offer = "250-mx.example\r\n250 STARTTLS\r\n";

INSTANTIATE_TEST_SUITE_P(
    Table, ClientGreeting,
    ::testing::Values(
        greeting_case{
            "Refused", tls_mode::none, {"554 5.7.1 no\r\n"}, "failed banner: 554 5.7.1 no"},
        greeting_case{"Busy", tls_mode::none, {"421 busy\r\n"}, "failed banner: 421 busy"},
        greeting_case{
            "EhloLater", tls_mode::none, {"220 x\r\n", "451 later\r\n"}, "failed ehlo: 451 later"},
        greeting_case{"HeloRefused",
                      tls_mode::none,
                      {"220 x\r\n", "500 what\r\n", "550 no\r\n"},
                      "failed ehlo: 550 no"},
        greeting_case{"TlsUnwanted", tls_mode::none, {"220 x\r\n", starttls_offer}, "ready"},
        greeting_case{"TlsOffered",
                      tls_mode::opportunistic,
                      {"220 x\r\n", starttls_offer, "220 go\r\n"},
                      "starttls"},
        greeting_case{"TlsRefused",
                      tls_mode::opportunistic,
                      {"220 x\r\n", starttls_offer, "454 4.7.0 no\r\n"},
                      "ready"},
        greeting_case{"TlsRefusedButRequired",
                      tls_mode::required,
                      {"220 x\r\n", starttls_offer, "454 4.7.0 no\r\n"},
                      "failed starttls: 454 4.7.0 no"},
        greeting_case{"TlsMissingButRequired",
                      tls_mode::required,
                      {"220 x\r\n", "250 mx\r\n"},
                      "failed starttls: 4.7.4 TLS is required but STARTTLS is not offered"},
        greeting_case{"TwoCodes",
                      tls_mode::none,
                      {"220-x\r\n250 y\r\n"},
                      "failed banner: protocol error: different codes in one reply"},
        greeting_case{"EndlessLine",
                      tls_mode::none,
                      {"220 " + std::string(5000, 'x')},
                      "failed banner: protocol error: reply_line_octets_max"}),
    [](const auto& one) { return one.param.name; });

TEST(ClientSession, BoundsTheLinesOfAReply) {
  client_driver d;
  for (std::size_t i = 0; i <= limits::reply_lines_max; ++i) d.hear("220-x\r\n");
  EXPECT_THAT(d.events(), ElementsAre("failed banner: protocol error: reply_lines_max"));
}

TEST(ClientSession, IgnoresWhatWasInjectedBeforeTls) {
  client_driver d;
  d.hear("220 x\r\n");
  EXPECT_EQ(d.hear("250-mx.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n"), "STARTTLS\r\n");
  d.hear("220 go\r\n250-evil\r\n250 SMTPUTF8\r\n");
  d.hear("250 more evil\r\n");
  EXPECT_THAT(d.events(), ElementsAre("starttls"));
  d.session->tls_established({.version = "TLSv1.3"}, d.now);
  EXPECT_EQ(d.take(), "EHLO out.example\r\n");
  EXPECT_FALSE(d.session->offered().pipelining);
  d.hear("250 mx.example\r\n");
  EXPECT_THAT(d.events(), ElementsAre("ready"));
  EXPECT_FALSE(d.session->offered().smtputf8);
}

TEST(ClientSession, SaysHowTheHandshakeFailed) {
  client_driver d;
  d.hear("220 x\r\n");
  d.hear(starttls_offer);
  d.hear("220 go\r\n");
  d.events();
  d.session->closed("bad certificate");
  EXPECT_THAT(d.events(), ElementsAre("failed starttls: bad certificate"));
  EXPECT_TRUE(d.session->finished());
}

struct local_case {
  std::string name;
  std::string offered;
  outgoing_message message;
  std::string want;
};

class ClientLocalRefusal : public ::testing::TestWithParam<local_case> {};

TEST_P(ClientLocalRefusal, SendsNothing) {
  client_driver d;
  d.greet(GetParam().offered);
  auto message = GetParam().message;
  message.body = std::make_shared<message_body>("12345678");
  d.session->start(std::move(message), d.now);
  EXPECT_EQ(d.take(), "");
  EXPECT_THAT(d.events(), ElementsAre(GetParam().want));
  EXPECT_TRUE(d.session->idle());
}

INSTANTIATE_TEST_SUITE_P(
    Table, ClientLocalRefusal,
    ::testing::Values(local_case{"Size",
                                 "250-SIZE 10\r\n",
                                 {.recipients = {"b"}, .prefix = "123"},
                                 "done | b local 552 5.3.4 message is too big for this server"},
                      local_case{"EightBit",
                                 "",
                                 {.recipients = {"b"}, .eight_bit = true},
                                 "done | b local 554 5.6.3 this server does not offer 8BITMIME"},
                      local_case{"Smtputf8",
                                 "250-8BITMIME\r\n",
                                 {.recipients = {"b"}, .smtputf8 = true},
                                 "done | b local 550 5.6.9 this server takes no header fields in "
                                 "UTF-8 (SMTPUTF8)"},
                      local_case{"NonAsciiSender",
                                 "",
                                 {.sender = "\xc3\xa4@a.example", .recipients = {"b"}},
                                 "done | b local 550 5.6.7 this server does not offer SMTPUTF8"},
                      local_case{"InjectedCommand",
                                 "",
                                 {.sender = "a>\r\nQUIT", .recipients = {"b"}},
                                 "done | b local 553 5.1.3 control character in an address"}),
    [](const auto& one) { return one.param.name; });

TEST(ClientSession, NamesTheExtensionsAMessageNeeds) {
  client_driver d;
  d.greet("250-8BITMIME\r\n250-SMTPUTF8\r\n250-SIZE\r\n");
  d.session->start({.recipients = {"b"}, .prefix = "12345", .eight_bit = true, .smtputf8 = true},
                   d.now);
  EXPECT_EQ(d.take(), "MAIL FROM:<> SIZE=5 BODY=8BITMIME SMTPUTF8\r\n");
}

TEST(ClientSession, KeepsToTheLimitsOfTheServer) {
  client_driver d;
  d.greet("250-PIPELINING\r\n250-LIMITS RCPTMAX=1 MAILMAX=1\r\n");
  EXPECT_EQ(d.start({"b", "c"}), "MAIL FROM:<a@a.example>\r\nRCPT TO:<b>\r\nDATA\r\n");
  d.hear("250 a\r\n250 b\r\n354 c\r\n");
  EXPECT_EQ(d.hear("250 ok\r\n"), "QUIT\r\n");
  EXPECT_THAT(d.events(),
              ElementsAre("done | b . 250 ok | c local 452 4.5.3 more recipients than this server "
                          "accepts at once"));
  EXPECT_TRUE(d.session->finished());
}

TEST(ClientSession, FailsWhenTheServerTalksOutOfTurn) {
  client_driver d;
  d.greet("");
  d.hear("421 4.4.2 idle too long\r\n");
  EXPECT_THAT(d.events(), ElementsAre("failed idle: 421 4.4.2 idle too long"));
  EXPECT_TRUE(d.session->finished());
}

TEST(ClientSession, WaitsAsLongAsTheStandardSays) {
  client_driver d;
  const auto patience = [&] {
    return std::chrono::duration_cast<std::chrono::minutes>(d.session->deadline() - d.now).count();
  };
  EXPECT_EQ(patience(), 5);
  d.greet("");
  EXPECT_EQ(d.session->deadline(), steady_time::max());
  d.start();
  EXPECT_EQ(patience(), 5);
  d.hear("250 a\r\n");
  d.hear("250 b\r\n");
  EXPECT_EQ(patience(), 2);
  d.session->receive("354 go\r\n", d.now);
  EXPECT_EQ(patience(), 10);
}

TEST(ClientSession, MakesLongContentInPieces) {
  client_driver d;
  d.greet("250-PIPELINING\r\n");
  outgoing_message m{.sender = "", .recipients = {"b"}};
  std::string body;
  while (body.size() < 1'000'000) body += ".23456789\r\n";
  m.body = std::make_shared<message_body>(body);
  d.session->start(std::move(m), d.now);
  d.take();
  d.session->receive("250 a\r\n250 b\r\n354 go\r\n", d.now);
  std::size_t sent = 0;
  while (!d.session->output().empty()) {
    EXPECT_LE(d.session->output().size(), 64U * 1024);
    sent += d.session->output().size();
    d.session->consume_output(d.session->output().size(), d.now);
  }
  EXPECT_EQ(sent, body.size() + body.size() / 11 + 3);
}

// ---- what is not in memory, and time ----

/// A driver whose message has `rest` behind "hi\r\n", with everything up to DATA said and heard.
struct rest_driver : client_driver {
  std::shared_ptr<test::stored_pieces> rest;

  explicit rest_driver(std::string octets) {
    rest = std::make_shared<test::stored_pieces>(std::move(octets), 1000);
    greet("250-PIPELINING\r\n250-SIZE 1000000\r\n");
    outgoing_message m{.sender = "a@a.example", .recipients = {"b@b.example"}};
    m.body = std::make_shared<message_body>("hi\r\n", memory_lease(), rest);
    session->start(std::move(m), now);
    commands = take();
  }
  std::string begin_content() { return hear("250 ok\r\n250 ok\r\n354 go\r\n"); }
  /// Reads and sends until nothing is wanted any more.
  std::string send_rest() {
    std::string out;
    while (auto wanted = session->ask_content()) {
      EXPECT_FALSE(session->ask_content()) << "said once";
      wanted->from->read(wanted->offset, [&](result<std::string> octets) {
        session->take_content(*std::move(octets), now);
      });
      out += take();
    }
    return out;
  }

  std::string commands;
};

TEST(ClientSessionRest, IsAskedForPieceByPieceAndSentByteForByte) {
  std::string octets;
  while (octets.size() < 5500) octets += "line " + std::to_string(octets.size()) + "\r\n.dot\r\n";
  rest_driver d(octets);
  EXPECT_THAT(d.commands, ::testing::HasSubstr("SIZE=" + std::to_string(octets.size() + 4)));
  EXPECT_FALSE(d.session->ask_content());
  EXPECT_EQ(d.begin_content(), "hi\r\n");
  EXPECT_FALSE(d.session->awaits_verdict());
  const auto sent = d.send_rest();
  dot_stuffer stuffer;
  std::string want;
  stuffer.feed(octets, want);
  stuffer.finish(want);
  EXPECT_EQ(sent, want);
  EXPECT_TRUE(d.session->awaits_verdict());
  EXPECT_THAT(d.rest->offsets, ElementsAre(0, 1000, 2000, 3000, 4000, 5000));
  d.hear("250 taken\r\n");
  EXPECT_THAT(d.events(), ElementsAre("done | b@b.example . 250 taken"));
}

TEST(ClientSessionRest, WithoutItNoDotIsSentAndNothingCountsAsDelivered) {
  rest_driver d(std::string(3000, 'x'));
  d.begin_content();
  ASSERT_TRUE(d.session->ask_content());
  d.session->content_failed({451, {4, 3, 0}, {"cannot be read"}});
  EXPECT_EQ(d.take(), "");
  EXPECT_THAT(d.events(), ElementsAre("done | b@b.example local 451 4.3.0 cannot be read"));
  EXPECT_TRUE(d.session->finished());
}

TEST(ClientSessionRest, ThatComesAfterTheEndIsOfNoInterest) {
  rest_driver d(std::string(3000, 'x'));
  d.begin_content();
  ASSERT_TRUE(d.session->ask_content());
  d.hear("421 4.3.2 going down\r\n");
  d.events();
  d.session->take_content("late", d.now);
  d.session->content_failed({451, {}, {"late"}});
  EXPECT_EQ(d.take(), "");
  EXPECT_TRUE(d.events().empty());
}

TEST(ClientSessionTime, AReplyThatComesOctetByOctetIsNotWaitedForAnyLonger) {
  client_driver d;
  d.hear("220 mx.example\r\n");
  const auto end = d.session->deadline();
  EXPECT_EQ(end, d.now + d.options.command_timeout);
  for (const char octet : std::string_view("250-mx.example\r\n250-HELP")) {
    d.now += seconds(10);
    d.hear({&octet, 1});
    EXPECT_EQ(d.session->deadline(), end);
  }
  d.hear("\r\n250 OK\r\n");
  EXPECT_THAT(d.events(), ElementsAre("ready"));
}

TEST(ClientSessionTime, ContentMustBeTakenAtALeastRate) {
  client_driver d;
  d.options.data_rate_min = 1000;
  d.greet("250-PIPELINING\r\n");
  outgoing_message m{.sender = "a@a.example", .recipients = {"b@b.example"}};
  m.body = std::make_shared<message_body>(std::string(1'000'000, 'x') + "\r\n");
  d.session->start(std::move(m), d.now);
  d.take();
  d.session->receive("250 ok\r\n250 ok\r\n354 go\r\n", d.now);
  const auto began = d.now;
  // Ten octets in ten seconds put the end off by ten milliseconds, not by three minutes.
  for (int i = 1; i <= 12; ++i) {
    d.now += seconds(10);
    d.session->consume_output(10, d.now);
    EXPECT_EQ(d.session->deadline(),
              began + d.options.data_block_timeout + milliseconds(10 * i));
  }
  d.options.data_rate_min = 0;
  EXPECT_EQ(d.session->deadline(), d.now + d.options.data_block_timeout);
}

TEST(ClientSessionTime, AFastTransferThatStallsEndsAfterABlock) {
  client_driver d;
  d.greet("250-PIPELINING\r\n");
  outgoing_message m{.sender = "a@a.example", .recipients = {"b@b.example"}};
  m.body = std::make_shared<message_body>(std::string(5'000'000, 'x') + "\r\n");
  d.session->start(std::move(m), d.now);
  d.take();
  d.session->receive("250 ok\r\n250 ok\r\n354 go\r\n", d.now);
  d.now += seconds(1);
  for (int i = 0; i < 60; ++i) d.session->consume_output(d.session->output().size(), d.now);
  EXPECT_EQ(d.session->deadline(), d.now + d.options.data_block_timeout);
}

}  // namespace
}  // namespace signpost::smtp::testing

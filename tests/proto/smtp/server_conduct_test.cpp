// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a session does about clients that break the rules of the conversation.
#include <gtest/gtest.h>

#include "tests/proto/smtp/server_driver.hpp"

namespace signpost::smtp {
namespace {

using testing::server_driver;

bool begins(std::string_view text, std::string_view with) {
  return text.starts_with(with);
}

class ServerConduct : public ::testing::Test {
 protected:
  std::string say(std::string_view bytes) {
    if (!driver_.session) {
      driver_.open();
      driver_.take_said();
    }
    driver_.receive(bytes);
    return driver_.take_said();
  }
  [[nodiscard]] bool finished() const { return driver_.session->finished(); }
  void anew() {
    driver_.session.reset();
    driver_.said.clear();
    driver_.messages.clear();
  }
  void to_data() {
    say("EHLO client.example\r\n");
    say("MAIL FROM:<a@a.example>\r\n");
    say("RCPT TO:<b@b.example>\r\n");
    say("DATA\r\n");
  }

  server_driver driver_;
};

// ---- the name of a client ----

struct hello_case {
  std::string name;
  std::string want;
};

class HelloNames : public ServerConduct, public ::testing::WithParamInterface<hello_case> {};

TEST_P(HelloNames, AreNamesOrLiterals) {
  driver_.options.check_hello = true;
  driver_.options.own_names = {"mx2.example"};
  driver_.options.own_addresses = {*ip_address::parse("192.0.2.25"),
                                   *ip_address::parse("2001:db8::25"),
                                   *ip_address::parse("192.0.2.7")};
  for (const auto* verb : {"EHLO ", "HELO "}) {
    EXPECT_TRUE(begins(say(verb + GetParam().name + "\r\n"), GetParam().want)) << verb;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, HelloNames,
    ::testing::Values(hello_case{"client.example", "250"}, hello_case{"client.example.", "250"},
                      hello_case{"localhost", "250"}, hello_case{"WIN-1A2B3C", "250"},
                      hello_case{"my_pc.example", "250"}, hello_case{"123.example", "250"},
                      hello_case{"xn--bcher-kva.example", "250"},
                      hello_case{"[198.51.100.1]", "250"}, hello_case{"[IPv6:2001:db8::1]", "250"},
                      // The driver's client has an address of ours: it speaks of itself.
                      hello_case{"[192.0.2.7]", "250"}, hello_case{"mx.example", "550 5.7.1"},
                      hello_case{"MX.Example", "550 5.7.1"}, hello_case{"mx2.example", "550 5.7.1"},
                      hello_case{"[192.0.2.25]", "550 5.7.1"},
                      hello_case{"[IPv6:2001:db8:0::25]", "550 5.7.1"},
                      hello_case{"192.0.2.7", "501"}, hello_case{"123", "501"},
                      hello_case{"a..example", "501"}, hello_case{".", "501"},
                      hello_case{".example", "501"}, hello_case{"-", "501"},
                      hello_case{"-a.example", "501"}, hello_case{"a-.example", "501"},
                      hello_case{"[300.0.2.1]", "501"}, hello_case{"[x]", "501"},
                      hello_case{"2001:db8::1", "501"}));

TEST_F(ServerConduct, ARefusedHelloIsNoHello) {
  driver_.options.check_hello = true;
  EXPECT_TRUE(begins(say("EHLO mx.example\r\n"), "550"));
  EXPECT_TRUE(begins(say("MAIL FROM:<a@a.example>\r\n"), "503"));
  EXPECT_TRUE(begins(say("EHLO client.example\r\n"), "250"));
  EXPECT_TRUE(begins(say("MAIL FROM:<a@a.example>\r\n"), "250"));
}

// ---- talking out of turn ----

TEST_F(ServerConduct, CommandsBehindTheFirstHelloEndTheSession) {
  driver_.options.refuse_early_talk = true;
  const auto answer = say("EHLO client.example\r\nMAIL FROM:<a@a.example>\r\n");
  EXPECT_TRUE(begins(answer, "554 5.5.0")) << answer;
  EXPECT_EQ(answer.find("\r\n"), answer.size() - 2) << answer;
  EXPECT_TRUE(finished());
}

TEST_F(ServerConduct, PipeliningAfterItWasOfferedIsFine) {
  driver_.options.refuse_early_talk = true;
  EXPECT_TRUE(begins(say("EHLO client.example\r\n"), "250"));
  say("MAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n");
  EXPECT_TRUE(begins(say("x\r\n.\r\nEHLO client.example\r\nNOOP\r\n"), "250"));
  EXPECT_FALSE(finished());
}

TEST_F(ServerConduct, CommandsThatLeadNowhereAreCounted) {
  driver_.options.idle_commands_max = 10;
  say("EHLO client.example\r\n");
  for (const auto* command : {"NOOP", "RSET", "VRFY x", "HELP", "EHLO c", "HELO c", "NOOP", "NOOP",
                              "NOOP", "NOOP"}) {
    EXPECT_TRUE(begins(say(std::string(command) + "\r\n"), "2")) << command;
  }
  EXPECT_EQ(driver_.session->idle_commands(), 5U);
  EXPECT_TRUE(begins(say("RSET\r\n"), "421 4.7.0"));
  EXPECT_TRUE(finished());
  EXPECT_EQ(say("NOOP\r\nMAIL FROM:<a@a.example>\r\n"), "");
}

TEST_F(ServerConduct, TransactionsWithoutEndAreCounted) {
  driver_.options.idle_commands_max = 10;
  say("EHLO client.example\r\n");
  std::string last;
  int rounds = 0;
  for (; rounds < 50 && !finished(); ++rounds) {
    last = say("MAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\nRSET\r\n");
  }
  EXPECT_EQ(rounds, 11);
  EXPECT_NE(last.find("421 4.7.0"), std::string::npos);
}

TEST_F(ServerConduct, AMessageMakesUpForThem) {
  driver_.options.idle_commands_max = 10;
  for (int i = 0; i < 30; ++i) {
    to_data();
    EXPECT_TRUE(begins(say("x\r\n.\r\n"), "250"));
    EXPECT_TRUE(begins(say("RSET\r\n"), "250"));
    EXPECT_TRUE(begins(say("NOOP\r\n"), "250"));
  }
  EXPECT_EQ(driver_.session->idle_commands(), 0U);
}

TEST_F(ServerConduct, NothingIsSaidOrDoneAfterADismissal) {
  say("EHLO client.example\r\n");
  driver_.session->dismiss(refusal({421, {4, 7, 0}, {"enough"}}));
  EXPECT_EQ(say("MAIL FROM:<a@a.example>\r\n"), "421 4.7.0 enough\r\n");
  EXPECT_TRUE(finished());
  EXPECT_EQ(driver_.events.size(), 1U);
}

TEST_F(ServerConduct, StarttlsCanBePutOff) {
  driver_.options.offer_starttls = true;
  say("EHLO client.example\r\n");
  driver_.session->set_tls_available(false);
  EXPECT_TRUE(begins(say("STARTTLS\r\n"), "454 4.7.0"));
  driver_.session->set_tls_available(true);
  EXPECT_TRUE(begins(say("STARTTLS\r\n"), "220"));
}

// ---- ends of data that are none to others ----

constexpr std::string_view smuggled =
    "MAIL FROM:<evil@a.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\nsecond\r\n.\r\n";

TEST_F(ServerConduct, NothingBehindADoubtfulEndIsHeard) {
  const std::string all = "first\r\r\n.\r\n" + std::string(smuggled);
  for (const std::size_t piece : {all.size(), std::size_t{1}, std::size_t{2}, std::size_t{7},
                                  std::size_t{8}, std::size_t{10}}) {
    anew();
    to_data();
    std::string answer;
    for (std::size_t at = 0; at < all.size(); at += piece) answer += say(all.substr(at, piece));
    EXPECT_EQ(answer, "550 5.6.0 bare CR or LF in the message\r\n") << piece;
    EXPECT_TRUE(finished()) << piece;
    EXPECT_TRUE(driver_.messages.empty());
  }
}

struct end_case {
  std::string body;
  bool closes;
};

class DoubtfulEnds : public ServerConduct, public ::testing::WithParamInterface<end_case> {};

TEST_P(DoubtfulEnds, EndTheSession) {
  for (const std::size_t piece : {GetParam().body.size(), std::size_t{1}, std::size_t{3}}) {
    anew();
    to_data();
    std::string answer;
    for (std::size_t at = 0; at < GetParam().body.size(); at += piece) {
      answer += say(GetParam().body.substr(at, piece));
    }
    EXPECT_TRUE(begins(answer, "550 5.6.0")) << piece << answer;
    EXPECT_EQ(finished(), GetParam().closes) << piece;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, DoubtfulEnds,
                         ::testing::Values(end_case{"a\r\r\n.\r\n", true},
                                           end_case{"a\r\r\r\n.\r\n", true},
                                           end_case{"\r\r\n.\r\n", true},
                                           end_case{".\r\r\n.\r\n", true},
                                           end_case{"..\r\r\n.\r\n", true},
                                           end_case{"a\r\r\nb\r\n.\r\n", false},
                                           end_case{"a\r\r\n\r\n.\r\n", false},
                                           end_case{"a\nb\r\n.\r\n", false},
                                           end_case{"a\r\r\n..\r\n.\r\n", false}));

}  // namespace
}  // namespace signpost::smtp

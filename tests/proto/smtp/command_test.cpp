// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/command.hpp"

#include <gtest/gtest.h>

namespace signpost::smtp {
namespace {

/// A parsed command as text, or code and status of its refusal.
struct describe {
  std::string operator()(const hello_command& c) const {
    return (c.extended ? "ehlo " : "helo ") + std::string(c.name);
  }
  std::string operator()(const mail_command& c) const {
    return "mail <" + c.sender.to_string() + ">" + (c.size ? " " + std::to_string(*c.size) : "")
           + (c.eight_bit ? " 8bit" : "") + (c.smtputf8 ? " utf8" : "");
  }
  std::string operator()(const rcpt_command& c) const {
    return "rcpt <" + c.recipient.to_string() + ">" + (c.is_ascii ? "" : " non-ascii");
  }
  std::string operator()(const bdat_command& c) const {
    return "bdat " + std::to_string(c.size) + (c.last ? " last" : "");
  }
  std::string operator()(const data_command&) const { return "data"; }
  std::string operator()(const rset_command&) const { return "rset"; }
  std::string operator()(const noop_command&) const { return "noop"; }
  std::string operator()(const quit_command&) const { return "quit"; }
  std::string operator()(const vrfy_command&) const { return "vrfy"; }
  std::string operator()(const help_command&) const { return "help"; }
  std::string operator()(const starttls_command&) const { return "starttls"; }
};

std::string parsed(std::string_view line) {
  const auto c = parse_command(line);
  if (c) return std::visit(describe{}, *c);
  const auto& r = row(c.error());
  return std::to_string(r.code) + " " + r.status.to_string();
}

struct command_case {
  std::string line;
  std::string want;
};

class ParseCommand : public ::testing::TestWithParam<command_case> {};

TEST_P(ParseCommand, UnderstandsOrRefuses) {
  EXPECT_EQ(parsed(GetParam().line), GetParam().want) << GetParam().line;
}

INSTANTIATE_TEST_SUITE_P(
    Simple, ParseCommand,
    ::testing::Values(command_case{"DATA", "data"}, command_case{"data", "data"},
                      command_case{"DaTa  \t", "data"}, command_case{"DATA now", "501 5.5.4"},
                      command_case{"RSET", "rset"}, command_case{"RSET x", "501 5.5.4"},
                      command_case{"NOOP", "noop"}, command_case{"NOOP what ever", "noop"},
                      command_case{"QUIT", "quit"}, command_case{"QUIT please", "501 5.5.4"},
                      command_case{"HELP", "help"}, command_case{"HELP MAIL", "help"},
                      command_case{"VRFY joe", "vrfy"}, command_case{"VRFY", "501 5.5.4"},
                      command_case{"EXPN list", "502 5.5.1"},
                      command_case{"AUTH PLAIN", "502 5.5.1"}, command_case{"ETRN x", "502 5.5.1"},
                      command_case{"STARTTLS", "starttls"}, command_case{"STARTTLS x", "501 5.5.4"},
                      command_case{"", "500 5.5.2"}, command_case{" ", "500 5.5.2"},
                      command_case{" NOOP", "500 5.5.2"}, command_case{"NOOPX", "500 5.5.2"},
                      command_case{"NO\x01OP", "500 5.5.2"}, command_case{"NOOP \x7f", "500 5.5.2"},
                      command_case{std::string("NOOP\0", 5), "500 5.5.2"},
                      command_case{"GET / HTTP/1.1", "421 4.7.0"},
                      command_case{"post /x HTTP/1.0", "421 4.7.0"},
                      command_case{"\x16\x03\x01", "500 5.5.2"}));

INSTANTIATE_TEST_SUITE_P(
    Hello, ParseCommand,
    ::testing::Values(command_case{"EHLO a.example", "ehlo a.example"},
                      command_case{"helo  a.example ", "helo a.example"},
                      command_case{"EHLO [192.0.2.1]", "ehlo [192.0.2.1]"},
                      command_case{"EHLO [IPv6:2001:db8::1]", "ehlo [IPv6:2001:db8::1]"},
                      command_case{"EHLO under_score", "ehlo under_score"},
                      command_case{"EHLO", "501 5.5.4"}, command_case{"HELO ", "501 5.5.4"},
                      command_case{"EHLO a b", "501 5.5.4"}, command_case{"EHLO a(b)", "501 5.5.4"},
                      command_case{"EHLO " + std::string(256, 'a'), "501 5.5.4"}));

INSTANTIATE_TEST_SUITE_P(
    Mail, ParseCommand,
    ::testing::Values(
        command_case{"MAIL FROM:<>", "mail <>"},
        command_case{"mail from:<a@b.example>", "mail <a@b.example>"},
        command_case{"MAIL FROM: <a@b.example>", "mail <a@b.example>"},
        command_case{"MAIL FROM:a@b.example", "mail <a@b.example>"},
        command_case{"MAIL FROM:a@b.example SIZE=1", "mail <a@b.example> 1"},
        command_case{"MAIL FROM:<\"a > b\"@b.example> SIZE=1", "mail <\"a > b\"@b.example> 1"},
        command_case{"MAIL FROM:<\"a\\\"> \"@b.example>", "mail <\"a\\\"> \"@b.example>"},
        command_case{"MAIL FROM:<@relay.example:a@b.example>", "mail <a@b.example>"},
        command_case{"MAIL", "501 5.5.4"}, command_case{"MAIL FROM", "501 5.5.4"},
        command_case{"MAIL FROM:", "501 5.5.4"}, command_case{"MAIL FROM:   ", "501 5.5.4"},
        command_case{"MAIL <a@b.example>", "501 5.5.4"},
        command_case{"MAIL TO:<a@b.example>", "501 5.5.4"},
        command_case{"MAIL FROM:<a@b.example", "501 5.5.4"},
        command_case{"MAIL FROM:<\"a@b.example>", "501 5.5.4"},
        command_case{"MAIL FROM:<a@b.example>SIZE=1", "501 5.5.4"},
        command_case{"MAIL FROM:<a>", "501 5.1.7"},
        command_case{"MAIL FROM:<postmaster>", "501 5.1.7"},
        command_case{"MAIL FROM:<a@b@c.example>", "501 5.1.7"},
        command_case{"MAIL FROM:<" + std::string(260, 'a') + "@b.example>", "501 5.1.7"}));

INSTANTIATE_TEST_SUITE_P(
    MailParameters, ParseCommand,
    ::testing::Values(
        command_case{"MAIL FROM:<> SIZE=1000 BODY=8BITMIME SMTPUTF8", "mail <> 1000 8bit utf8"},
        command_case{"MAIL FROM:<>   size=0   body=7bit  ", "mail <> 0"},
        command_case{"MAIL FROM:<> SIZE=99999999999999999999", "mail <> 18446744073709551615"},
        command_case{"MAIL FROM:<> SIZE=999999999999999999999", "501 5.5.4"},
        command_case{"MAIL FROM:<> SIZE", "501 5.5.4"},
        command_case{"MAIL FROM:<> SIZE=", "501 5.5.4"},
        command_case{"MAIL FROM:<> SIZE=+1", "501 5.5.4"},
        command_case{"MAIL FROM:<> SIZE=1 SIZE=1", "501 5.5.4"},
        command_case{"MAIL FROM:<> BODY", "501 5.5.4"},
        command_case{"MAIL FROM:<> BODY=", "501 5.5.4"},
        command_case{"MAIL FROM:<> BODY=7BIT BODY=7BIT", "501 5.5.4"},
        command_case{"MAIL FROM:<> BODY=BINARYMIME", "555 5.5.4"},
        command_case{"MAIL FROM:<> SMTPUTF8=1", "501 5.5.4"},
        command_case{"MAIL FROM:<> SMTPUTF8 SMTPUTF8", "501 5.5.4"},
        command_case{"MAIL FROM:<> AUTH=<>", "555 5.5.4"},
        command_case{"MAIL FROM:<> RET=HDRS", "555 5.5.4"},
        command_case{"MAIL FROM:<> ENVID=x", "555 5.5.4"},
        command_case{"MAIL FROM:<> REQUIRETLS", "555 5.5.4"},
        command_case{"MAIL FROM:<> MT-PRIORITY=3", "555 5.5.4"},
        command_case{"MAIL FROM:<> =1", "501 5.5.4"},
        command_case{"MAIL FROM:<> -X", "501 5.5.4"}));

INSTANTIATE_TEST_SUITE_P(
    Smtputf8, ParseCommand,
    ::testing::Values(
        command_case{"MAIL FROM:<\xc3\xa4@b.example>", "550 5.6.7"},
        command_case{"MAIL FROM:<a@b\xc3\xbc\x63her.example>", "550 5.6.7"},
        command_case{"MAIL FROM:<\xc3\xa4@b.example> SMTPUTF8", "mail <\xc3\xa4@b.example> utf8"},
        command_case{"MAIL FROM:<\xff@b.example> SMTPUTF8", "501 5.1.7"},
        command_case{"RCPT TO:<\xc3\xa4@b.example>", "rcpt <\xc3\xa4@b.example> non-ascii"},
        command_case{"RCPT TO:<a@b\xc3\xbc\x63her.example>",
                     "rcpt <a@xn--bcher-kva.example> non-ascii"}));

INSTANTIATE_TEST_SUITE_P(
    Rcpt, ParseCommand,
    ::testing::Values(command_case{"RCPT TO:<a@b.example>", "rcpt <a@b.example>"},
                      command_case{"rcpt to: a@b.example", "rcpt <a@b.example>"},
                      command_case{"RCPT TO:<PostMaster>", "rcpt <postmaster>"},
                      command_case{"RCPT TO:<a@[192.0.2.1]>", "rcpt <a@[192.0.2.1]>"},
                      command_case{"RCPT TO:<>", "501 5.1.3"},
                      command_case{"RCPT TO:<a>", "501 5.1.3"},
                      command_case{"RCPT TO:<a@b.example>>", "501 5.5.4"},
                      command_case{"RCPT TO:", "501 5.5.4"},
                      command_case{"RCPT TO:<a@b.example> NOTIFY=NEVER", "555 5.5.4"},
                      command_case{"RCPT TO:<a@b.example> junk!", "501 5.5.4"}));

INSTANTIATE_TEST_SUITE_P(
    Bdat, ParseCommand,
    ::testing::Values(
        command_case{"BDAT 0 LAST", "bdat 0 last"}, command_case{"bdat 10", "bdat 10"},
        command_case{"BDAT 10 last", "bdat 10 last"}, command_case{"BDAT", "501 5.5.4"},
        command_case{"BDAT LAST", "501 5.5.4"}, command_case{"BDAT -1", "501 5.5.4"},
        command_case{"BDAT 10 FIRST", "501 5.5.4"}, command_case{"BDAT 10 LAST LAST", "501 5.5.4"},
        command_case{"BDAT 999999999999999999999", "501 5.5.4"}));

}  // namespace
}  // namespace signpost::smtp

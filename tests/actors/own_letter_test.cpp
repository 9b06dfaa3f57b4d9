// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/own_letter.hpp"

#include "actors/queue/spooler_messages.hpp"
#include "base/text.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/mime.hpp"
#include "tests/actors/node_fixture.hpp"

namespace signpost::actors {
namespace {

const letter_facts facts{.host_name = "mx.node.example",
                         .bounces_to = "bounces",
                         .message_id = "id@mx.node.example",
                         .now = wall_time{std::chrono::seconds{1'790'000'000}}};

std::string text_of(std::string_view octets) {
  const imf::message_view m(octets);
  return imf::decode_transfer(m.text("Content-Transfer-Encoding"), m.body());
}

TEST(OwnLetter, IsAPlainMessageFromThePostmaster) {
  const auto made =
      compose({.to = "user@dest.example", .subject = "Confirm", .text = "Hello\n.\nBye\n"}, facts);
  ASSERT_TRUE(made.has_value()) << to_string(made.error());
  const imf::message_view m(*made);
  EXPECT_EQ(m.text("From"), "Signpost <postmaster@mx.node.example>");
  EXPECT_EQ(m.text("To"), "<user@dest.example>");
  EXPECT_EQ(m.text("Subject"), "Confirm");
  EXPECT_EQ(m.text("Message-ID"), "<id@mx.node.example>");
  EXPECT_EQ(m.text("Auto-Submitted"), "auto-generated");
  EXPECT_EQ(m.text("Date"), to_rfc5322_date(facts.now));
  EXPECT_EQ(m.text("Content-Transfer-Encoding"), "7bit");
  EXPECT_EQ(text_of(*made), "Hello\r\n.\r\nBye\r\n");
}

TEST(OwnLetter, EncodesWhatIsNotAscii) {
  const std::string word = "Grüße aus Köln ";
  own_letter letter{.to = "user@dest.example", .subject = "", .text = "Schöne Grüße\n"};
  for (int i = 0; i < 20; ++i) letter.subject += word;
  const auto made = compose(letter, facts);
  ASSERT_TRUE(made.has_value()) << to_string(made.error());
  EXPECT_TRUE(is_ascii(*made));
  EXPECT_EQ(text_of(*made), "Schöne Grüße\r\n");
  // RFC 2047 §2: 76 characters, and the CR.
  for (const auto line : split(*made, '\n')) EXPECT_LE(line.size(), 77U);
  std::string subject;
  for (const auto& one : header_words(letter.subject)) {
    ASSERT_TRUE(one.starts_with("=?utf-8?B?") && one.ends_with("?=")) << one;
    EXPECT_LE(one.size(), 75U);
    const auto piece = from_base64(std::string_view(one).substr(10, one.size() - 12));
    ASSERT_TRUE(piece.has_value());
    EXPECT_TRUE(is_utf8(*piece)) << "a character is divided";
    subject += *piece;
  }
  EXPECT_EQ(subject, letter.subject);
}

TEST(OwnLetter, BreaksLinesThatAreTooLong) {
  const auto made = compose(
      {.to = "user@dest.example", .subject = "s", .text = std::string(2000, 'x') + "\n"}, facts);
  ASSERT_TRUE(made.has_value());
  for (const auto line : split(*made, '\n')) EXPECT_LE(line.size(), 79U);
  EXPECT_EQ(text_of(*made), std::string(2000, 'x') + "\r\n");
}

struct refused_case {
  const char* name;
  own_letter letter;
  errc want;
};

class RefusedLetter : public testing::TestWithParam<refused_case> {};

TEST_P(RefusedLetter, IsNotComposed) {
  const auto made = compose(GetParam().letter, facts);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    OwnLetter, RefusedLetter,
    testing::Values(
        refused_case{"LineBreakInSubject",
                     {.to = "a@b.example", .subject = "x\r\nBcc: c@d.example", .text = "t\n"},
                     errc::malformed},
        refused_case{"CarriageReturnInText",
                     {.to = "a@b.example", .subject = "s", .text = "a\rb\n"},
                     errc::malformed},
        refused_case{
            "NoUtf8", {.to = "a@b.example", .subject = "s", .text = "\xff\n"}, errc::malformed},
        refused_case{"TooLong",
                     {.to = "a@b.example",
                      .subject = "s",
                      .text = std::string(letter_text_octets_max + 1, 'x')},
                     errc::limit_exceeded}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(OwnLetter, GoesOutInTheNodesNameAndIsNeverBounced) {
  const auto to = address::mailbox::parse("user@dest.example").value();
  const auto m = to_spool("x\r\n", to, model::to_destinations({to}), {}, facts, {});
  EXPECT_EQ(m.message.sender, "bounces@mx.node.example");
  EXPECT_FALSE(m.message.may_bounce);
  EXPECT_TRUE(m.message.client_address.empty());
  EXPECT_TRUE(m.message.own);
  ASSERT_EQ(m.envelopes.size(), 1U);
  EXPECT_EQ(m.envelopes.front().next_hop.text(), "dest.example");
  EXPECT_TRUE(m.envelopes.front().zone.empty());
}

TEST_F(NodeTest, DeliversALetterOfItsOwn) {
  start();
  auto now = facts;
  now.host_name = "node.example";
  now.now = world.time.now();
  const auto to = address::mailbox::parse("user@dest.example").value();
  auto octets = compose({.to = "user@dest.example", .subject = "Confirm", .text = "Hi\n"}, now);
  ASSERT_TRUE(octets.has_value());
  settle_request request;
  request.messages.push_back(to_spool(std::move(*octets), to, model::to_destinations({to}),
                                      world.spool.next_id(now.now), now, {}));
  const auto durable = world.ask<settle_response>(spooler_, std::move(request));
  world.settle();
  EXPECT_TRUE(durable->has_value());
  ASSERT_EQ(dest.messages.size(), 1U);
  EXPECT_EQ(dest.messages.front().sender, "bounces@node.example");
  EXPECT_NE(dest.messages.front().octets.find("Auto-Submitted: auto-generated\r\n"),
            std::string::npos);
  stop();
}

}  // namespace
}  // namespace signpost::actors

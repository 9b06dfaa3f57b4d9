// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/reply.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "proto/smtp/capabilities.hpp"
#include "proto/smtp/replies.hpp"
#include "proto/smtp/reply_reader.hpp"

namespace signpost::smtp {
namespace {

TEST(EnhancedStatus, IsThreeNumbersWithAKnownClass) {
  EXPECT_EQ(enhanced_status::parse("5.7.1"), (enhanced_status{5, 7, 1}));
  EXPECT_EQ(enhanced_status::parse("4.999.999"), (enhanced_status{4, 999, 999}));
  for (const auto* wrong : {"", "5", "5.7", "5.7.1.1", "3.0.0", "6.8.9", "5.7.1000", "5..1",
                            "5.7.x", "05.7.1", " 5.7.1", "5.7.-1"}) {
    EXPECT_FALSE(enhanced_status::parse(wrong)) << wrong;
  }
}

TEST(Reply, WritesEveryLineWithItsCode) {
  EXPECT_EQ((reply{550, {5, 1, 1}, {"first", "last"}}).to_wire(),
            "550-5.1.1 first\r\n550 5.1.1 last\r\n");
  EXPECT_EQ((reply{250, {}, {}}).to_wire(), "250 \r\n");
  EXPECT_EQ((reply{550, {5, 1, 1}, {"first", "last"}}).to_string(), "550 5.1.1 first last");
  EXPECT_EQ((reply{0, {}, {"connection reset"}}).to_string(), "connection reset");
}

TEST(Reply, LetsNoOctetOfAStrangerBreakOut) {
  EXPECT_EQ((reply{550, {}, {"a\r\n250 ok"}}).to_wire(), "550 a\\x0d\\x0a250 ok\r\n");
  const auto wire = reply{550, {5, 7, 1}, {std::string(2000, '\xff')}}.to_wire();
  EXPECT_LE(wire.size(), limits::reply_line_octets);
}

TEST(FinalReply, NeedsARefusalToRefuse) {
  EXPECT_EQ(final_reply(refusal({550, {5, 7, 1}, {"no"}})).reply().to_string(), "550 5.7.1 no");
  EXPECT_DEATH(refusal({250, {}, {"ok"}}), "transient");
}

TEST(ToReply, IsNeverAnAcceptanceAndNeverTellsTheContext) {
  for (const auto code : {errc::malformed, errc::unavailable, errc::limit_exceeded, errc::not_found,
                          errc::conflict, errc::denied, errc::no_space, errc::corrupt}) {
    const auto r = to_reply({code, "secret"});
    EXPECT_TRUE(r.transient() || r.permanent());
    EXPECT_EQ(r.to_string().find("secret"), std::string::npos);
    EXPECT_EQ(r.status.klass, r.code / 100);
  }
  EXPECT_TRUE(to_reply({errc::corrupt, ""}).transient());
}

std::string replies(std::string_view bytes, std::size_t piece) {
  reply_reader reader;
  std::string got;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.append(bytes.substr(at, piece));
    for (;;) {
      const auto r = reader.next();
      if (!r) return got + "!" + r.error().context;
      if (!*r) break;
      got += std::to_string((*r)->code) + "/"
             + ((*r)->status.present() ? (*r)->status.to_string() : "");
      for (const auto& line : (*r)->lines) got += "/" + line;
      got += ";";
    }
  }
  return got;
}

struct replies_case {
  std::string bytes;
  std::string want;
};

class ReadReplies : public ::testing::TestWithParam<replies_case> {};

TEST_P(ReadReplies, GivesTheSameHoweverTheyAreCut) {
  const auto& c = GetParam();
  for (std::size_t piece = 1; piece <= c.bytes.size(); ++piece) {
    EXPECT_EQ(replies(c.bytes, piece), c.want) << piece;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, ReadReplies,
    ::testing::Values(replies_case{"250 ok\r\n", "250//ok;"}, replies_case{"250\r\n", "250//;"},
                      replies_case{"250 \n", "250//;"},
                      replies_case{"250 2.1.0 ok\r\n354 go\r\n", "250/2.1.0/ok;354//go;"},
                      replies_case{"550-5.1.1 a\r\n550-b\r\n550 5.1.1\r\n", "550/5.1.1/a/b/;"},
                      replies_case{"550 4.1.1 a\r\n", "550//4.1.1 a;"},
                      replies_case{"250 2.1.0x\r\n", "250//2.1.0x;"}, replies_case{"250-a\r\n", ""},
                      replies_case{"250-a\r\n251 b\r\n", "!different codes in one reply"},
                      replies_case{"25\r\n", "!a reply without a code"},
                      replies_case{"150 a\r\n", "!a reply without a code"},
                      replies_case{"\r\n", "!a reply without a code"},
                      replies_case{"250_a\r\n", "!a reply code without a space after it"}));

TEST(Capabilities, AreReadFromTheReplyToEhlo) {
  const auto c = parse_capabilities(
      {250,
       {},
       {"mx.example hello", "pipelining", "SIZE 1000", "8BITMIME", "SMTPUTF8", "STARTTLS",
        "CHUNKING", "ENHANCEDSTATUSCODES", "LIMITS RCPTMAX=20 MAILMAX=5", "XYZ", ""}});
  EXPECT_EQ(c.greeting_name, "mx.example");
  EXPECT_TRUE(c.pipelining && c.eight_bit_mime && c.smtputf8 && c.starttls && c.chunking && c.size
              && c.enhanced_status_codes);
  EXPECT_EQ(c.size_max, 1000U);
  EXPECT_EQ(c.recipients_max, 20U);
  EXPECT_EQ(c.transactions_max, 5U);
}

TEST(Capabilities, AreNotInTheFirstLine) {
  EXPECT_FALSE(parse_capabilities({250, {}, {"PIPELINING"}}).pipelining);
  EXPECT_EQ(parse_capabilities({250, {}, {"x", "SIZE many", "LIMITS RCPTMAX=-1"}}).size_max, 0U);
}

TEST(ReplyTable, HasAStatusOfTheClassOfEachCode) {
  for (const auto& r : reply_table()) {
    EXPECT_TRUE(!r.status.present() || r.status.klass == r.code / 100) << r.text;
    EXPECT_EQ(r.code >= 400, !r.reason.empty()) << r.text;
    // RFC 2034 §4: every 2xx, 4xx and 5xx but the banner and the reply to EHLO has one.
    const bool exempt = r.id == say::banner || r.id == say::hello || r.code == 354;
    EXPECT_EQ(r.status.present(), !exempt) << r.text;
  }
}

}  // namespace
}  // namespace signpost::smtp

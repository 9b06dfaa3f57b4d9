// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/mailbox.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "base/text.hpp"

namespace signpost::address {
namespace {

mailbox m(std::string_view text) {
  return mailbox::parse(text).value();
}

struct spelling_case {
  std::string text;
  std::string local;
  std::string written;
};

const std::vector<spelling_case> spelling_cases{
    {"ann@shop.example", "ann", "ann@shop.example"},
    {"Ann.Lee+x=y@Shop.EXAMPLE", "Ann.Lee+x=y", "Ann.Lee+x=y@shop.example"},
    {"!#$%&'*+-/=?^_`{|}~@a.example", "!#$%&'*+-/=?^_`{|}~", "!#$%&'*+-/=?^_`{|}~@a.example"},
    {"\"ann\"@shop.example", "ann", "ann@shop.example"},
    {"\"\\a\\n\\n\"@shop.example", "ann", "ann@shop.example"},
    {"\"ann lee\"@shop.example", "ann lee", "\"ann lee\"@shop.example"},
    {"\"a@b\"@shop.example", "a@b", "\"a@b\"@shop.example"},
    {"\".a\"@shop.example", ".a", "\".a\"@shop.example"},
    {"\"a..b\"@shop.example", "a..b", "\"a..b\"@shop.example"},
    {"\"\\\"\\\\\"@shop.example", "\"\\", "\"\\\"\\\\\"@shop.example"},
    {"\"\"@shop.example", "", "\"\"@shop.example"},
    {"a@[192.0.2.1]", "a", "a@[192.0.2.1]"},
    {"a@[IPv6:2001:DB8:0::1]", "a", "a@[IPv6:2001:db8::1]"},
    {"a@[ipv6:::1]", "a", "a@[IPv6:::1]"},
    {"j\xc3\xb6rg@b\xc3\xbc.example", "j\xc3\xb6rg", "j\xc3\xb6rg@xn--b-eha.example"},
    {"\"j\xc3\xb6 rg\"@a.example", "j\xc3\xb6 rg", "\"j\xc3\xb6 rg\"@a.example"},
};

TEST(AddressMailbox, KeepsTheLocalPartUnquotedAndQuotesOnlyWhereItMust) {
  for (const auto& c : spelling_cases) {
    const auto got = mailbox::parse(c.text);
    ASSERT_TRUE(got) << c.text << ": " << got.error().context;
    EXPECT_EQ(got->local(), c.local) << c.text;
    EXPECT_EQ(got->to_string(), c.written) << c.text;
    EXPECT_EQ(mailbox::parse(got->to_string()), got) << c.text;
  }
}

TEST(AddressMailbox, RefusesWhatIsNone) {
  for (const std::string text : {"",
                                 "@",
                                 "ann",
                                 "ann@",
                                 "@shop.example",
                                 "ann@@shop.example",
                                 "ann@shop@example",
                                 ".ann@shop.example",
                                 "ann.@shop.example",
                                 "a..b@shop.example",
                                 "a b@shop.example",
                                 "a(c)@shop.example",
                                 "<ann@shop.example>",
                                 "ann@shop.example ",
                                 " ann@shop.example",
                                 "ann@shop.example\r\n",
                                 "ann\n@shop.example",
                                 "a,b@shop.example",
                                 "a\\b@shop.example",
                                 "ann@shop.example.",
                                 "ann@.example",
                                 "ann@shop..example",
                                 "ann@-shop.example",
                                 "\"ann@shop.example",
                                 "\"ann\"shop.example",
                                 "\"ann\"x@shop.example",
                                 "\"a\"b\"@shop.example",
                                 "\"a\".b@shop.example",
                                 "\"ann\\\"@shop.example",
                                 "\"a\tb\"@shop.example",
                                 "\"a\\\tb\"@shop.example",
                                 "\"a\r\nb\"@shop.example",
                                 "\"ann\"",
                                 "\"",
                                 "\"\\",
                                 "ann@[",
                                 "ann@[]",
                                 "ann@]",
                                 "ann@[192.0.2.1",
                                 "ann@[192.0.2]",
                                 "ann@[192.0.2.256]",
                                 "ann@[2001:db8::1]",
                                 "ann@[IPv6:192.0.2.1]",
                                 "ann@[IPv6:]",
                                 "ann@[IPv6:fe80::1%eth0]",
                                 "ann@[192.0.2.1]x",
                                 "ann@[x-tag:data]",
                                 "ann@[ 192.0.2.1]",
                                 "j\xf6rg@shop.example",
                                 "a\xc2\x9b@shop.example",
                                 "\"a\xc2\x85\"@shop.example",
                                 "\"a\\\xc3\xb6\"@shop.example",
                                 "a\xed\xa0\x80@shop.example"}) {
    const auto got = mailbox::parse(text);
    ASSERT_FALSE(got) << printable(text) << " is " << got->to_string();
    EXPECT_EQ(got.error().code, errc::malformed) << printable(text);
  }
  EXPECT_FALSE(mailbox::parse(std::string_view("a\0b@shop.example", 16)));
  EXPECT_FALSE(mailbox::parse(std::string_view("ann@[192.0.2.1\0]", 16)));
}

// Mailboxes and names that were given away against the standards; they are nobody else's.
TEST(AddressMailbox, TakesFromPeersWhatExists) {
  const std::pair<const char*, const char*> cases[] = {
      {"a..b@carrier.example", "\"a..b\"@carrier.example"},
      {".a.@carrier.example", "\".a.\"@carrier.example"},
      {"...@carrier.example", "\"...\"@carrier.example"},
      {"ann@My_Shop.example", "ann@my_shop.example"},
      {"ann@-x-.example", "ann@-x-.example"},
      {"ann@xn--a.example", "ann@xn--a.example"},
      {"ann@shop.example.", "ann@shop.example"},
  };
  for (const auto& [text, written] : cases) {
    EXPECT_FALSE(mailbox::parse(text)) << text;
    const auto got = mailbox::parse_from_peer(text);
    ASSERT_TRUE(got) << text << ": " << got.error().context;
    EXPECT_EQ(got->to_string(), written);
    EXPECT_EQ(mailbox::parse_from_peer(got->to_string()), got) << text;
  }
  for (const auto* text : {"@x.example", "a b@x.example", "a,b@x.example", "a@x..example", "a@",
                           "a@x.example\r\n", "a@.example", "a@x(y).example",
                           "a@b_\xc3\xbc.example", "\"a@x.example", "a@[192.0.2]"}) {
    EXPECT_FALSE(mailbox::parse_from_peer(text)) << text;
  }
}

TEST(AddressMailbox, HasLimits) {
  const auto code = [](const std::string& text) {
    const auto got = mailbox::parse(text);
    return got ? std::string("accepted") : std::string(to_string(got.error().code));
  };
  const std::string sixty_four(64, 'a');
  EXPECT_EQ(code(sixty_four + "@shop.example"), "accepted");
  EXPECT_EQ(code(sixty_four + "a@shop.example"), "limit_exceeded");
  EXPECT_EQ(code("\"" + std::string(62, 'a') + "\"@shop.example"), "accepted");
  EXPECT_EQ(code("\"" + std::string(63, 'a') + "\"@shop.example"), "limit_exceeded");
  const std::string label = std::string(49, 'b') + ".";
  const std::string domain_251 = label + label + label + label + label + "b";
  ASSERT_EQ(domain_251.size(), 251U);
  EXPECT_EQ(code("aa@" + domain_251), "accepted");
  EXPECT_EQ(code("aaa@" + domain_251), "limit_exceeded");
  EXPECT_EQ(code(std::string(100'000, '"')), "limit_exceeded");
}

// Odd dots get quotes when it is written: what would be too long then is refused at once, and does
// not get lost where it is read again.
TEST(AddressMailbox, TakesFromPeersNothingThatItCouldNotReadAgain) {
  for (std::size_t octets = 240; octets <= 260; ++octets) {
    for (const std::string ends : {".@b", "@b", "@[192.0.2.1]", "@[IPv6:::1]"}) {
      for (const std::string begins : {".", "a", "a.."}) {
        const auto text =
            begins + std::string(octets - begins.size() - ends.size(), 'x') + ends;
        const auto taken = mailbox::parse_from_peer(text);
        EXPECT_TRUE(taken || octets > mailbox_octets_max - 2) << text;
        if (!taken) continue;
        const auto again = mailbox::parse_from_peer(taken->to_string());
        ASSERT_TRUE(again) << taken->to_string();
        EXPECT_EQ(*again, *taken);
      }
    }
  }
}

TEST(AddressMailbox, CountsTheALabelsThatWillBeWritten) {
  // Under 254 octets as it came, but every label grows in ASCII.
  std::string text = std::string(60, 'a') + "@";
  for (int i = 0; i < 22; ++i) text += "a\xc3\xbc\xd1\x84.";
  text += "example";
  ASSERT_LT(text.size(), 254U);
  const auto got = mailbox::parse(text);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::limit_exceeded);
}

TEST(AddressMailbox, TwoSpellingsAreEqual) {
  EXPECT_EQ(m("\"ann\"@Shop.example"), m("ann@shop.example"));
  EXPECT_EQ(m("ann@b\xc3\xbc.example"), m("ann@xn--b-eha.example"));
  EXPECT_NE(m("Ann@shop.example"), m("ann@shop.example"));
  EXPECT_NE(m("ann@[192.0.2.1]"), m("ann@[192.0.2.2]"));
}

TEST(AddressMailbox, FoldsCaseAndNormalisationForComparison) {
  EXPECT_EQ(m("Ann@Shop.example").folded(), m("\"aNN\"@shop.EXAMPLE").folded());
  EXPECT_EQ(m("jo\xcc\x88rg@a.example").folded(), m("j\xc3\xb6rg@a.example").folded());
  // What travels on is what came (RFC 5321 §2.3.11).
  EXPECT_EQ(m("jo\xcc\x88rg@a.example").local(), "jo\xcc\x88rg");
  // A quoted @ cannot make two mailboxes one.
  EXPECT_EQ(m("\"a@b\"@c.example").folded(), "\"a@b\"@c.example");
}

TEST(AddressMailbox, HoldsEitherADomainOrALiteral) {
  EXPECT_TRUE(m("a@[192.0.2.1]").host().empty());
  EXPECT_EQ(m("a@[192.0.2.1]").literal(), ip_address::parse("192.0.2.1"));
  EXPECT_FALSE(m("a@shop.example").literal());
  EXPECT_EQ(m("a@[192.0.2.1]").host_text(), "[192.0.2.1]");
  EXPECT_EQ(mailbox::make("a b", domain::parse("shop.example").value()).to_string(),
            "\"a b\"@shop.example");
}

TEST(AddressMailbox, WhatIsAcceptedIsWrittenSoThatItIsAcceptedAgain) {
  seeded_random random(3);
  constexpr std::string_view alphabet = "a.\"\\@ [:]x\xc3\xbc<>1\t";
  int accepted = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (auto left = random.below(8); left > 0; --left) {
      text += alphabet[random.below(alphabet.size())];
    }
    const auto got = mailbox::parse(text + "@x.example");
    if (!got) continue;
    ++accepted;
    EXPECT_EQ(mailbox::parse(got->to_string()), got) << printable(text);
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace signpost::address

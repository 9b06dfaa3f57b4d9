// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/limit_key.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/text.hpp"
#include "proto/address/local_part.hpp"
#include "proto/address/unicode.hpp"

namespace signpost::address {
namespace {

mailbox m(std::string_view text) {
  const auto parsed = mailbox::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(mailbox{});
}

std::string key(std::string_view text) {
  return limit_key(m(text));
}

TEST(LimitKey, IsOneForAllSpellingsOfAMailbox) {
  for (const auto* spelling : {
           "victim@bank.example",
           "VICTIM@BANK.EXAMPLE",
           "victim+1@bank.example",
           "Victim+Tag+Tag@bank.example",
           "\"victim\"@bank.example",
           "\"\\v\\ictim\"@bank.example",
           "\"victim+x y\"@bank.example",
           "v.i.c.t.i.m@bank.example",
           "\"victim.\"@bank.example",
           "\"v..ictim\"@bank.example",
           "\xef\xbd\x96\xef\xbd\x89\xef\xbd\x83tim@bank.example",          // full-width v, i, c
           "\xef\xbc\xb6ictim@bank.example",                                // full-width V
           "victim\xef\xbc\x8b"
           "2@bank.example",                                                // full-width plus
           "v\xc2\xadictim@bank.example",                                   // soft hyphen
           "vic\xe2\x80\x8btim@bank.example",                               // zero width space
           "vi\xe2\x80\x8d"
           "ctim@bank.example",                                             // joiner
           "\xf0\x9d\x90\xaf"
           "ictim@bank.example",                                            // mathematical bold v
           "v\xe2\x93\x98"
           "ctim@bank.example",                                             // circled i
           "\xe2\x85\xb4"
           "ictim@bank.example",                                            // Roman numeral v
           "victim@\xef\xbc\xa2"
           "ank.example",                                                   // full-width B
           "victim@ba\xc2\xadnk.example",                                   // soft hyphen
           "victim@bank\xe3\x80\x82"
           "example",                                                       // ideographic stop
           "victim%bank.example@relay.example",
           "\"victim@bank.example\"@relay.example",
           "bank.example!victim@relay.example",
           "relay2.example!bank.example!victim@relay.example",
           "victim%bank.example%relay2.example@relay.example",
       }) {
    EXPECT_EQ(key(spelling), "victim@bank.example") << spelling;
  }
}

TEST(LimitKey, FoldsLigaturesSharpSAndComposedForms) {
  EXPECT_EQ(key("o\xef\xac\x83" "ce@a.example"), "office@a.example");
  EXPECT_EQ(key("stra\xc3\x9f" "e@a.example"), key("STRASSE@a.example"));
  EXPECT_EQ(key("j\xc3\xb6rg@a.example"), key("JO\xcc\x88RG@a.example"));
  EXPECT_EQ(key("x@b\xc3\xbc.example"), key("x@xn--b-eha.EXAMPLE"));
  EXPECT_EQ(key("\xce\xa3\xcf\x83\xcf\x82@a.example"), key("\xcf\x83\xcf\x83\xcf\x83@a.example"));
}

TEST(LimitKey, KnowsAnAddressLiteralInEverySpelling) {
  EXPECT_EQ(key("a@[192.0.2.1]"), "a@[192.0.2.1]");
  for (const auto* text : {"a@[IPv6:2001:db8::1]", "a@[ipv6:2001:DB8:0:0::1]",
                           "A+x@[IPv6:2001:0db8:0000:0000:0000:0000:0000:0001]"}) {
    EXPECT_EQ(key(text), "a@[IPv6:2001:db8::1]") << text;
  }
  EXPECT_EQ(key("a@[IPv6:::ffff:192.0.2.1]").substr(0, 2), "a@");
  EXPECT_EQ(m("a@[IPv6:::ffff:192.0.2.1]").literal(), m("a@[192.0.2.1]").literal());
}

TEST(LimitKey, KeepsDifferentPeopleApart) {
  const std::set<std::string> keys{
      key("ann@a.example"),        key("bob@a.example"), key("ann@b.example"),
      key("ann@sub.a.example"),    key("ann-x@a.example"),
      key("\xd0\xb0nn@a.example"),  // Cyrillic a: looks alike, is another mailbox
      key("ann@[192.0.2.1]")};
  EXPECT_EQ(keys.size(), 7U);
}

TEST(LimitKey, WhatStandsBehindADelimiterIsNoRoute) {
  // The relay need not know routes: then all of these are one mailbox of its own.
  EXPECT_EQ(key("user+a%one.example@host.example"), "user@host.example");
  EXPECT_EQ(key("user+a%two.example@host.example"), "user@host.example");
  EXPECT_EQ(key("\"user+a@two.example\"@host.example"), "user@host.example");
  EXPECT_EQ(key("+1@host.example"), key("+2@host.example"));
}

TEST(LimitKey, TakesOtherDelimitersToo) {
  EXPECT_EQ(limit_key(m("ann-news@a.example"), "+-"), "ann@a.example");
  EXPECT_EQ(limit_key(m("ann=news@a.example"), "+-="), "ann@a.example");
  EXPECT_EQ(limit_key(m("ann+news@a.example"), ""), "ann+news@a.example");
}

// Whatever is done to a mailbox that leaves its reader the same leaves the key the same.
TEST(LimitKey, SurvivesEveryMixtureOfSpellings) {
  seeded_random random{41};
  const auto pick = [&](std::size_t below) {
    return static_cast<std::size_t>(random.below(below));
  };
  for (int round = 0; round < 3000; ++round) {
    std::string plain;
    for (std::size_t i = 1 + pick(6); i > 0; --i) plain += static_cast<char>('a' + pick(26));
    std::string spelled;
    for (const char c : plain) {
      switch (pick(6)) {
        case 0:
          spelled += static_cast<char>(c - 'a' + 'A');
          break;
        case 1:
          spelled += to_utf8(code_points{static_cast<std::uint32_t>(0xff41 + (c - 'a'))});
          break;
        case 2:
          spelled += to_utf8(code_points{static_cast<std::uint32_t>(0x24b6 + (c - 'a'))});
          break;
        case 3:
          spelled += "\xc2\xad";
          spelled += c;
          break;
        default:
          spelled += c;
      }
      if (pick(5) == 0) spelled += '.';
    }
    if (pick(2) == 0) spelled += "+t" + std::to_string(pick(1000));
    const auto of = mailbox::make(spelled, domain::parse("a.example").value());
    EXPECT_EQ(limit_key(of), plain + "@a.example") << spelled;
    // As it would be written, and read again.
    if (const auto again = mailbox::parse(of.to_string())) {
      EXPECT_EQ(limit_key(*again), limit_key(of)) << of.to_string();
    }
  }
}

TEST(LimitKey, IsItsOwnKeyAndNeverFails) {
  seeded_random random{43};
  for (int round = 0; round < 3000; ++round) {
    code_points points;
    for (std::uint64_t i = random.below(12); i > 0; --i) {
      points.push_back(static_cast<std::uint32_t>(random.below(0x3000)));
    }
    const auto of = mailbox::make(to_utf8(points), domain::parse("a.example").value());
    const auto once = limit_key(of, "");
    const auto at = once.rfind('@');
    const auto again =
        mailbox::make(once.substr(0, at), domain::parse(once.substr(at + 1)).value_or(of.host()));
    EXPECT_EQ(limit_key(again, ""), once) << to_hex(as_bytes(of.local()));
  }
}

TEST(LimitKey, CountsANameMadeUpBelowADomainForTheDomain) {
  using names = std::vector<std::string>;
  EXPECT_EQ(limit_domains(m("a@bank.example")), names{"bank.example"});
  EXPECT_EQ(limit_domains(m("a@X1.bank.example")), (names{"x1.bank.example", "bank.example"}));
  EXPECT_EQ(limit_domains(m("a@z.y.x.w.v.bank.example")),
            (names{"z.y.x.w.v.bank.example", "w.v.bank.example", "v.bank.example",
                   "bank.example"}));
  EXPECT_EQ(limit_domains(m("a@[192.0.2.1]")), names{"[192.0.2.1]"});
  EXPECT_EQ(limit_domains(m("a@localhost")), names{"localhost"});
}

}  // namespace
}  // namespace signpost::address

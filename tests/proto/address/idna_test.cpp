// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Names that need Unicode, through domain::parse().
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"
#include "proto/address/idna.hpp"

namespace signpost::address {
namespace {

struct idna_case {
  const char* name;
  std::string text;
  const char* ascii;  // nullptr: refused
};

const std::vector<idna_case> idna_cases{
    {"umlaut",
     "b\xc3\xbc"
     "cher.example",
     "xn--bcher-kva.example"},
    {"umlaut decomposed",
     "bu\xcc\x88"
     "cher.example",
     "xn--bcher-kva.example"},
    {"umlaut in capitals",
     "B\xc3\x9c"
     "CHER.Example",
     "xn--bcher-kva.example"},
    {"A-label", "xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"A-label in capitals", "XN--BCHER-KVA.EXAMPLE", "xn--bcher-kva.example"},
    {"ideographic full stop",
     "a\xe3\x80\x82"
     "b",
     "a.b"},
    {"full width letters", "\xef\xbd\x81\xef\xbd\x82.example", "ab.example"},
    {"soft hyphen is ignored",
     "a\xc2\xad"
     "b.example",
     "ab.example"},
    {"sharp s stays", "fa\xc3\x9f.example", "xn--fa-hia.example"},
    {"final sigma stays", "\xcf\x83\xcf\x82.example", "xn--3xab.example"},
    {"trailing dot", "b\xc3\xbc.example.", "xn--b-eha.example"},
    {"symbol", "\xe2\x98\x95.example", "xn--53h.example"},
    {"symbol as A-label", "xn--53h.example", "xn--53h.example"},
    {"symbol beside mapped letters", "\xe2\x98\x95\xc3\x9c.EXAMPLE", "xn--tda701q.example"},
    {"emoji", "\xf0\x9f\x93\xaa.example", "xn--gu8h.example"},
    {"right to left", "\xd7\xa9\xd7\x9c.example", "xn--hebz.example"},

    {"soft hyphen alone", "\xc2\xad.example", nullptr},
    {"dollar beside a letter", "b\xc3\xbc$.example", nullptr},
    {"full width dollar",
     "a\xef\xbc\x84"
     "b.example",
     nullptr},
    {"full width slash",
     "a\xef\xbc\x8f"
     "b.example",
     nullptr},
    {"full width at sign",
     "a\xef\xbc\xa0"
     "b.example",
     nullptr},
    {"ideographic space",
     "a\xe3\x80\x80"
     "b.example",
     nullptr},
    {"digit with a dot",
     "\xe2\x92\x88"
     "b\xe2\x98\x95.example",
     nullptr},
    {"not equal", "a\xe2\x89\xa0.example", nullptr},
    {"greater with an overlay", "a>\xcc\xb8.example", nullptr},
    {"right-to-left override",
     "a\xe2\x80\xae"
     "b.example",
     nullptr},
    {"zero width space makes nothing", "\xe2\x80\x8b.example", nullptr},
    {"private use", "\xee\x80\x80.example", nullptr},
    {"unassigned", "\xf3\xa0\xbe\x9b.example", nullptr},
    {"replacement character", "\xef\xbf\xbd.example", nullptr},
    {"mark in front",
     "\xcc\x88"
     "a.example",
     nullptr},
    {"A-label of plain ASCII", "xn--abc-.example", nullptr},
    {"A-label of nothing", "xn--.example", nullptr},
    {"A-label that does not decode", "xn--9.example", nullptr},
    {"A-label of a capital", "xn--wca.example", nullptr},
    {"A-label of letters in brackets, which map to others", "xn--ethrbe.example", nullptr},
    {"A-label of an A-label", "xn--xn--a-.example", nullptr},
    {"symbol as A-label of a dot", "xn--.\xe2\x98\x95.example", nullptr},
    {"digit in front beside right to left", "1a.\xd7\xa9.example", nullptr},
    {"invalid UTF-8",
     "b\xfc"
     "cher.example",
     nullptr},
    {"surrogate", "\xed\xa0\x80.example", nullptr},
    {"NUL", std::string("b\xc3\xbc\0.example", 12), nullptr},
};

TEST(AddressIdna, MapsAndChecks) {
  for (const auto& c : idna_cases) {
    const auto got = domain::parse(c.text);
    if (c.ascii == nullptr) {
      EXPECT_FALSE(got) << c.name << ": " << got->ascii();
    } else {
      ASSERT_TRUE(got) << c.name << ": " << got.error().context;
      EXPECT_EQ(got->ascii(), c.ascii) << c.name;
    }
  }
}

TEST(AddressIdna, SaysWhichLimitBroke) {
  const auto code = [](const std::string& text) { return domain::parse(text).error().code; };
  EXPECT_EQ(code(std::string(1025, 'a')), errc::limit_exceeded);
  std::string umlauts;
  for (int i = 0; i < 60; ++i) umlauts += "\xc3\xbc";
  EXPECT_EQ(code(umlauts + umlauts), errc::limit_exceeded);
  EXPECT_EQ(code("\xe2\x98\x95" + std::string(63, 'a')), errc::limit_exceeded);
}

TEST(AddressIdna, ShowsUnicodeAndComesBack) {
  for (const std::string text : {"b\xc3\xbc"
                                 "cher.example",
                                 "\xe2\x98\x95.example", "plain.example"}) {
    const auto d = domain::parse(text);
    ASSERT_TRUE(d);
    EXPECT_EQ(to_u_labels(d->ascii()), text);
    EXPECT_EQ(domain::parse(to_u_labels(d->ascii())), d);
  }
}

TEST(AddressIdna, WhatIsAcceptedIsAcceptedAgain) {
  seeded_random random(11);
  const std::vector<std::string> pieces{"a",
                                        "xn--",
                                        ".",
                                        "-",
                                        "1",
                                        "\xc3\xbc",
                                        "\xc3\x9f",
                                        "\xe2\x98\x95",
                                        "\xd7\xa9",
                                        "\xcc\x88",
                                        "\xe2\x80\x8d",
                                        "tda",
                                        "\xef\xbc\x8e",
                                        "\xd9\xa1",
                                        "53h"};
  int accepted = 0;
  for (int i = 0; i < 4'000; ++i) {
    std::string text;
    for (auto left = 1 + random.below(6); left > 0; --left) {
      text += pieces[random.below(pieces.size())];
    }
    const auto d = domain::parse(text);
    if (!d) continue;
    ++accepted;
    EXPECT_TRUE(is_ascii(d->ascii()));
    EXPECT_EQ(domain::parse(d->ascii()), d) << printable(text);
    EXPECT_EQ(domain::parse(to_u_labels(d->ascii())), d) << printable(text);
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace signpost::address

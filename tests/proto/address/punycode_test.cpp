// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/punycode.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "proto/address/unicode.hpp"

namespace signpost::address {
namespace {

struct punycode_case {
  const char* unicode;
  const char* ascii;
};

const std::vector<punycode_case> punycode_cases{
    {"b\xc3\xbc"
     "cher",
     "bcher-kva"},
    {"\xc3\xbc", "tda"},
    {"m\xc3\xbcnchen", "mnchen-3ya"},
    {"\xe2\x98\x95", "53h"},
    {"\xf0\x9f\x93\xaa", "gu8h"},
    {"abc", "abc-"},
    // RFC 3492 §7.1 (L) and (S).
    {"3\xe5\xb9\xb4"
     "b\xe7\xb5\x84\xe9\x87\x91\xe5\x85\xab\xe5\x85\x88\xe7\x94\x9f",
     "3b-ww4c5e180e575a65lsy2b"},
    {"-> $1.00 <-", "-> $1.00 <--"},
};

TEST(AddressPunycode, EncodesAndDecodes) {
  for (const auto& c : punycode_cases) {
    EXPECT_EQ(punycode_encode(from_utf8(c.unicode)), c.ascii);
    const auto decoded = punycode_decode(c.ascii);
    ASSERT_TRUE(decoded) << c.ascii;
    EXPECT_EQ(to_utf8(*decoded), c.unicode);
  }
}

TEST(AddressPunycode, DecodesDigitsInAnyCase) {
  EXPECT_EQ(punycode_decode("bcher-KVA"), from_utf8("b\xc3\xbc"
                                                    "cher"));
}

TEST(AddressPunycode, RefusesWhatIsNone) {
  for (const std::string text : {"bcher-kv", "bcher-k_a", "99999999", "\xc3\xbc", "a-\xff",
                                 "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "kva va"}) {
    EXPECT_FALSE(punycode_decode(text)) << text;
  }
}

TEST(AddressPunycode, IsBoundedByTheLengthOfALabel) {
  EXPECT_FALSE(punycode_decode(std::string(64, 'a')));
  EXPECT_FALSE(punycode_encode(code_points(64, 'a')));
  EXPECT_FALSE(punycode_encode(code_points(63, 0x10ffff)));
}

TEST(AddressPunycode, NamesNothingBeyondUnicode) {
  const auto last = punycode_encode(code_points{0x10ffff});
  ASSERT_TRUE(last);
  EXPECT_EQ(punycode_decode(*last), code_points{0x10ffff});
  EXPECT_FALSE(punycode_decode("en32g"));  // the value after it
}

TEST(AddressPunycode, TakesAnyOctetsWithoutHarm) {
  seeded_random random(7);
  constexpr std::string_view alphabet = "abcxyz0189-AZ.";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto left = random.below(63); left > 0; --left) text += alphabet[random.below(14)];
    const auto decoded = punycode_decode(text);
    if (!decoded) continue;
    // Whatever decodes has one way to be written.
    const auto again = punycode_encode(*decoded);
    if (again) {
      EXPECT_EQ(punycode_decode(*again), decoded) << text;
    }
  }
}

}  // namespace
}  // namespace signpost::address

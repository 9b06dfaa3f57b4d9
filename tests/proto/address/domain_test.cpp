// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/domain.hpp"

#include <gtest/gtest.h>

namespace signpost::address {
namespace {

domain d(std::string_view text) {
  return domain::parse(text).value();
}

TEST(AddressDomain, PlainNamesAreFoldedAndKeptWithoutFinalDot) {
  EXPECT_EQ(d("Shop.Example").ascii(), "shop.example");
  EXPECT_EQ(d("shop.example.").ascii(), "shop.example");
  EXPECT_EQ(d("SHOP.EXAMPLE"), d("shop.example."));
  EXPECT_EQ(d("a").ascii(), "a");
  EXPECT_EQ(d("1.2").ascii(), "1.2");
  EXPECT_EQ(d("a--b.example").ascii(), "a--b.example");
}

TEST(AddressDomain, RefusesWhatIsNoName) {
  for (const auto* text : {"",      ".",   "..",    "a..b",      ".a", "a..", "-a.b",
                           "a-.b",  "a.-", "a_b.c", "a b",       " a", "a ",  "a\t",
                           "a\r\n", "a/b", "a:b",   "[1.2.3.4]", "*",  "a@b", "ab--c.example",
                           "a\x7f"}) {
    const auto got = domain::parse(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, errc::malformed) << text;
  }
  EXPECT_FALSE(domain::parse(std::string_view("a\0b", 3)));
}

TEST(AddressDomain, LabelsHave63OctetsAtMost) {
  EXPECT_TRUE(domain::parse(std::string(63, 'a') + ".example"));
  const auto got = domain::parse(std::string(64, 'a') + ".example");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::limit_exceeded);
}

TEST(AddressDomain, NamesHave253OctetsAtMost) {
  const std::string label = std::string(49, 'a') + ".";
  const std::string most = label + label + label + label + label + "abc";
  ASSERT_EQ(most.size(), 253U);
  EXPECT_TRUE(domain::parse(most));
  EXPECT_TRUE(domain::parse(most + "."));
  const auto got = domain::parse(most + "d");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::limit_exceeded);
}

TEST(AddressDomain, IsUnderItsAncestorsAndItself) {
  EXPECT_TRUE(d("a.b.example").is_under(d("b.example")));
  EXPECT_TRUE(d("a.b.example").is_under(d("example")));
  EXPECT_TRUE(d("b.example").is_under(d("b.example")));
  EXPECT_FALSE(d("ab.example").is_under(d("b.example")));
  EXPECT_FALSE(d("b.example").is_under(d("a.b.example")));
  EXPECT_FALSE(d("b.example").is_under(domain()));
  EXPECT_FALSE(domain().is_under(d("example")));
}

TEST(AddressDomain, IsEmptyOnlyWhenNeverParsed) {
  EXPECT_TRUE(domain().empty());
  EXPECT_FALSE(d("a").empty());
}

}  // namespace
}  // namespace signpost::address

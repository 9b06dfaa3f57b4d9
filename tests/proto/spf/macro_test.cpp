// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/spf/macro.hpp"

#include <gtest/gtest.h>

namespace signpost::spf {
namespace {

macro_facts facts(const char* client = "192.0.2.3") {
  return {.local = "strong-bad",
          .sender_domain = "email.example.com",
          .domain = "email.example.com",
          .client = *ip_address::parse(client),
          .helo = "mx.example.org",
          .unix_seconds = 1'795'000'000};
}

struct macro_case {
  std::string text;
  const char* client;
  std::string want;
};

// The examples of RFC 7208 §7.4.
TEST(SpfMacro, ExpandsTheExamplesOfTheStandard) {
  const macro_case cases[] = {
      {"%{s}", "192.0.2.3", "strong-bad@email.example.com"},
      {"%{o}", "192.0.2.3", "email.example.com"},
      {"%{d4}", "192.0.2.3", "email.example.com"},
      {"%{d2}", "192.0.2.3", "example.com"},
      {"%{d1}", "192.0.2.3", "com"},
      {"%{dr}", "192.0.2.3", "com.example.email"},
      {"%{d2r}", "192.0.2.3", "example.email"},
      {"%{l-}", "192.0.2.3", "strong.bad"},
      {"%{lr-}", "192.0.2.3", "bad.strong"},
      {"%{l1r-}", "192.0.2.3", "strong"},
      {"%{ir}.%{v}._spf.%{d2}", "192.0.2.3", "3.2.0.192.in-addr._spf.example.com"},
      {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "192.0.2.3",
       "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
      {"%{d2}.trusted-domains.example.net", "192.0.2.3", "example.com.trusted-domains.example.net"},
      {"%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01",
       "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"},
  };
  for (const auto& c : cases) {
    const auto m = macro_string::parse(c.text, macro_use::domain);
    ASSERT_TRUE(m) << c.text;
    EXPECT_EQ(m->expand_domain(facts(c.client)), c.want) << c.text;
  }
}

TEST(SpfMacro, ExplainsWithAllLettersAndEscapes) {
  const auto m =
      macro_string::parse("%{C} %{R} %{t} %{p}: 100%% of%_%{L}%-", macro_use::explanation);
  ASSERT_TRUE(m);
  auto f = facts("2001:db8::1");
  f.local = "a b&c";
  EXPECT_EQ(m->expand_text(f),
            "2001%3Adb8%3A%3A1 unknown 1795000000 unknown: 100% of a%20b%26c%20");
}

TEST(SpfMacro, CutsLabelsFromTheLeft) {
  const auto m = macro_string::parse("%{l}.%{l}.%{l}.%{l}.%{l}.example.com", macro_use::domain);
  auto f = facts();
  f.local = std::string(60, 'x');
  const auto name = m->expand_domain(f);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->size(), 3 * 61 + 11U);
}

TEST(SpfMacro, GivesNoNameThatDnsCannotHold) {
  auto f = facts();
  const auto expand = [&](const char* text) {
    return macro_string::parse(text, macro_use::domain)->expand_domain(f);
  };
  EXPECT_FALSE(expand("a..example.com"));
  f.local = std::string(64, 'x');
  EXPECT_FALSE(expand("%{l}.example.com"));
  f.local = "";
  EXPECT_FALSE(expand("%{l}.example.com"));
  EXPECT_EQ(expand("x.example.com."), "x.example.com");
}

// RFC 8616 §4.
TEST(SpfMacro, NeverMatchesWithALocalPartOutsideAscii) {
  auto f = facts();
  f.local = "m\xc3\xbcller";
  EXPECT_FALSE(macro_string::parse("%{l}.example.com", macro_use::domain)->expand_domain(f));
  EXPECT_TRUE(macro_string::parse("%{d}.example.com", macro_use::domain)->expand_domain(f));
  EXPECT_FALSE(macro_string::parse("%{s}", macro_use::explanation)->expand_text(f));
  EXPECT_TRUE(macro_string::parse("%{S}", macro_use::explanation)->expand_text(f));
}

// The cost of a bomb is bounded by the length of its text, its result by a limit.
TEST(SpfMacro, BoundsWhatABombMakes) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "%{s}";
  auto f = facts();
  f.local = std::string(300, 'x');
  const auto as_text = macro_string::parse(text, macro_use::explanation)->expand_text(f);
  ASSERT_TRUE(as_text);
  EXPECT_EQ(as_text->size(), explanation_octets_max);
  EXPECT_FALSE(macro_string::parse(text, macro_use::domain)->expand_domain(f).value_or("").size()
               > domain_octets_max);
}

TEST(SpfMacro, LetsNoControlCharacterIntoAnExplanation) {
  auto f = facts();
  f.helo = "x\r\n250 ok";
  EXPECT_FALSE(macro_string::parse("%{h}", macro_use::explanation)->expand_text(f));
}

}  // namespace
}  // namespace signpost::spf

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/message_facts.hpp"

#include <gtest/gtest.h>

namespace signpost::model {
namespace {

struct words_case {
  std::string name;
  std::string words;
  std::string again;  // what to_string() makes of it
  std::vector<verdict> in;
  std::vector<verdict> out;
};

class VerdictSet : public testing::TestWithParam<words_case> {};

TEST_P(VerdictSet, IsReadAndWritten) {
  const auto& c = GetParam();
  const auto set = verdict_set::parse(c.words);
  ASSERT_TRUE(set) << set.error().context;
  for (const auto v : c.in) EXPECT_TRUE(set->contains(v)) << to_string(v);
  for (const auto v : c.out) EXPECT_FALSE(set->contains(v)) << to_string(v);
  EXPECT_EQ(set->to_string(), c.again);
  EXPECT_EQ(verdict_set::parse(set->to_string()), *set);
}

INSTANTIATE_TEST_SUITE_P(
    Table, VerdictSet,
    testing::Values(
        words_case{"One", "fail", "fail", {verdict::fail}, {verdict::softfail}},
        words_case{"Several",
                   " SoftFail , fail",
                   "fail,softfail",
                   {verdict::fail, verdict::softfail},
                   {verdict::none, verdict::pass}},
        words_case{
            "Negated", "!pass", "!pass", {verdict::none, verdict::permerror}, {verdict::pass}},
        words_case{"SeveralNegated",
                   "!pass,none",
                   "!none,pass",
                   {verdict::fail},
                   {verdict::pass, verdict::none}},
        words_case{"NegatedSoThatFewAreLeft",
                   "!none,pass,neutral,policy,temperror,permerror",
                   "fail,softfail",
                   {verdict::fail, verdict::softfail},
                   {verdict::none}}),
    [](const auto& one) { return one.param.name; });

TEST(VerdictSetParsing, RefusesWhatMeansNothing) {
  for (const auto* words : {"", "!", "bad", "pass,", "pass fail", "!!pass",
                            "none,pass,fail,softfail,neutral,policy,temperror,permerror",
                            "!none,pass,fail,softfail,neutral,policy,temperror,permerror"}) {
    EXPECT_FALSE(verdict_set::parse(words)) << words;
  }
}

TEST(AuthenticationMethod, HasFourWords) {
  for (const auto* word : {"spf", "DKIM", "dmarc", "arc"}) {
    EXPECT_TRUE(parse_authentication_method(word)) << word;
  }
  EXPECT_FALSE(parse_authentication_method("iprev"));
  EXPECT_FALSE(parse_authentication_method(""));
}

TEST(RuleConditions, HoldIfAllOfThemDo) {
  rule_conditions c{
      .authentication = {{authentication_method::spf, verdict_set::parse("fail").value()},
                         {authentication_method::dkim, verdict_set::parse("!pass").value()}},
      .size_over = 100,
      .size_under = 200};
  const message_facts good{.spf = verdict::fail, .size = 150};
  EXPECT_TRUE(c.hold(good));
  EXPECT_EQ(c.unmet(good), "");
  EXPECT_EQ(c.to_string(), "spf fail and dkim !pass and over 100 octets and under 200 octets");
  struct {
    message_facts facts;
    std::string unmet;
  } const bad[] = {
      {{.spf = verdict::pass, .size = 150}, "spf is pass, not fail"},
      {{.spf = verdict::fail, .dkim = verdict::pass, .size = 150}, "dkim is pass, not !pass"},
      {{.spf = verdict::fail, .size = 100}, "100 octets are not over 100"},
      {{.spf = verdict::fail, .size = 200}, "200 octets are not under 200"}};
  for (const auto& one : bad) {
    EXPECT_FALSE(c.hold(one.facts)) << one.unmet;
    EXPECT_EQ(c.unmet(one.facts), one.unmet);
  }
  EXPECT_TRUE(rule_conditions().hold({}));
  EXPECT_TRUE(rule_conditions().empty());
  EXPECT_FALSE(c.empty());
}

TEST(MessageFacts, AreWhatAuthenticationShowed) {
  const auto f = facts_of({.checked = true,
                           .spf = verdict::softfail,
                           .dkim = verdict::pass,
                           .dmarc = verdict::fail,
                           .arc = verdict::none},
                          77);
  EXPECT_EQ(
      f, (message_facts{
             .spf = verdict::softfail, .dkim = verdict::pass, .dmarc = verdict::fail, .size = 77}));
}

}  // namespace
}  // namespace signpost::model

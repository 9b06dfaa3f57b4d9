// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control/control_zone.hpp"

#include <gtest/gtest.h>

#include "model/routing/routing_table.hpp"

namespace signpost::model {
namespace {

zone_object example_zone() {
  zone_object z;
  z.id = "z";
  z.name = "example.org";
  z.routing_enabled = true;
  z.subdomains = {{.id = "s", .name = "lists.example.org", .enabled = true},
                  {.id = "t", .name = "old.example.org", .enabled = false}};
  return z;
}

rule_object rule(std::string id, std::string to, std::string type,
                 std::vector<std::string> values = {}) {
  rule_object r;
  r.id = std::move(id);
  r.matchers = {{.type = "literal", .field = "to", .value = std::move(to)}};
  r.actions = {{.type = std::move(type), .value = std::move(values)}};
  return r;
}

rule_object catch_all_rule(std::string type, std::vector<std::string> values = {}) {
  auto r = rule("all", "", std::move(type), std::move(values));
  r.catch_all = true;
  r.matchers = {{.type = "all", .field = {}, .value = {}}};
  return r;
}

bool known(std::string_view email) {
  return email.ends_with("@home.example");
}

zone_reading read(const zone_object& z, const std::vector<rule_object>& rules) {
  auto made = zone_of(z, rules, known);
  EXPECT_TRUE(made);
  return made ? std::move(*made) : zone_reading();
}

TEST(ControlZone, ForwardsDropsAndRejects) {
  const auto got =
      read(example_zone(), {rule("1", "ann@example.org", "forward", {"a@home.example"}),
                            rule("2", "bob@lists.example.org", "drop"),
                            rule("3", "cy@example.org", "reject", {"moved away"})});
  ASSERT_EQ(got.routed.rules.size(), 3U);
  EXPECT_TRUE(got.left_out.empty());
  EXPECT_TRUE(got.routed.enabled);
  EXPECT_EQ(got.routed.rules[0].action.destinations.at(0).to_string(), "a@home.example");
  EXPECT_EQ(got.routed.rules[1].action.kind, action_kind::drop);
  EXPECT_EQ(got.routed.rules[2].action.reject_text, "moved away");
}

TEST(ControlZone, KeepsTheVerifiedDestinationsOnly) {
  const auto got =
      read(example_zone(),
           {rule("1", "ann@example.org", "forward", {"x@else.example"}),
            rule("2", "bob@example.org", "forward", {"x@else.example", "b@home.example"})});
  ASSERT_EQ(got.routed.rules.size(), 1U);
  EXPECT_EQ(got.routed.rules[0].id, "2");
  EXPECT_EQ(got.routed.rules[0].action.destinations.size(), 1U);
  EXPECT_EQ(got.left_out, std::vector<std::string>{"1: its destination is not verified"});
}

TEST(ControlZone, LeavesOutWhatWouldMakeTheZoneUnusable) {
  struct left_out_case {
    const char* what;
    rule_object rule;
  };
  auto two_actions = rule("x", "ann@example.org", "drop");
  two_actions.actions.push_back(two_actions.actions.front());
  auto glob = rule("x", "*@else.example", "drop");
  glob.matchers.front().type = "glob";
  auto sender = rule("x", "ann@example.org", "drop");
  sender.matchers.front().field = "from";
  const left_out_case cases[] = {
      {"unknown action", rule("x", "ann@example.org", "worker", {"script"})},
      {"another domain", rule("x", "ann@else.example", "drop")},
      {"a disabled subdomain", rule("x", "ann@old.example.org", "drop")},
      {"no address", rule("x", "ann", "drop")},
      {"forward to itself", rule("x", "ann@example.org", "forward", {"ANN@example.org"})},
      {"forward to nobody", rule("x", "ann@example.org", "forward")},
      {"text with line ends", rule("x", "ann@example.org", "reject", {"a\r\nb"})},
      {"two actions", two_actions},
      {"a pattern for another domain", glob},
      {"sender", sender},
  };
  for (const auto& c : cases) {
    const auto got = read(example_zone(), {c.rule});
    EXPECT_TRUE(got.routed.rules.empty()) << c.what;
    EXPECT_EQ(got.left_out.size(), 1U) << c.what;
  }
}

TEST(ControlZone, TakesTheFirstOfTwoRulesForOneAddress) {
  const auto got = read(example_zone(), {rule("1", "ann@example.org", "drop"),
                                         rule("2", "Ann@Example.org", "reject", {"no"})});
  ASSERT_EQ(got.routed.rules.size(), 1U);
  EXPECT_EQ(got.routed.rules[0].id, "1");
  EXPECT_EQ(got.left_out.size(), 1U);
}

TEST(ControlZone, SaysNothingOfDisabledRules) {
  auto off = rule("1", "ann@example.org", "forward", {"x@else.example"});
  off.enabled = false;
  const auto got = read(example_zone(), {off});
  EXPECT_TRUE(got.routed.rules.empty());
  EXPECT_TRUE(got.left_out.empty());
}

TEST(ControlZone, HasTheCatchAllIfItCanBeDone) {
  EXPECT_TRUE(read(example_zone(), {catch_all_rule("drop")}).routed.apex_catch_all.enabled);
  const auto unverified = read(example_zone(), {catch_all_rule("forward", {"x@else.example"})});
  EXPECT_FALSE(unverified.routed.apex_catch_all.enabled);
  EXPECT_EQ(unverified.left_out.size(), 1U);
}

// A paused zone is served by its DNS alone: its MX records stand, and so its mail goes on.
TEST(ControlZone, IsOffWhenRoutingIsOffNotWhenItIsPaused) {
  auto z = example_zone();
  z.paused = true;
  EXPECT_TRUE(read(z, {}).routed.enabled);
  z.routing_enabled = false;
  EXPECT_FALSE(read(z, {}).routed.enabled);
}

rule_matcher matcher(std::string type, std::string field, std::string value) {
  return {.type = std::move(type), .field = std::move(field), .value = std::move(value)};
}

rule_object with_matchers(std::vector<rule_matcher> matchers) {
  auto r = rule("x", "", "drop");
  r.matchers = std::move(matchers);
  return r;
}

TEST(ControlZone, ReadsPatternsConditionsAndPriority) {
  auto r = with_matchers({matcher("glob", "to", "sales-*@example.org"),
                          matcher("authentication", "spf", "fail,softfail"),
                          matcher("authentication", "dmarc", "!pass"),
                          matcher("size", "over", "1000"), matcher("size", "under", "2000")});
  r.priority = 2.5;
  const auto regex = with_matchers({matcher("regex", "to", "s[0-9]+@example\\.org")});
  const auto all = with_matchers({matcher("all", "to", "")});
  const auto got = read(example_zone(), {r, regex, all});
  ASSERT_EQ(got.routed.rules.size(), 3U) << got.left_out.at(0);
  const auto& first = got.routed.rules[0];
  EXPECT_EQ(first.matcher, matcher_kind::glob);
  EXPECT_TRUE(first.pattern.matches("sales-7@example.org"));
  EXPECT_EQ(first.priority, 2.5);
  EXPECT_EQ(first.conditions.to_string(),
            "spf fail,softfail and dmarc !pass and over 1000 octets and under 2000 octets");
  EXPECT_EQ(got.routed.rules[1].matcher, matcher_kind::regex);
  EXPECT_EQ(got.routed.rules[2].matcher, matcher_kind::all);
}

TEST(ControlZone, ReadsFailoverAndWebhooks) {
  const auto got =
      read(example_zone(),
           {rule("1", "a@example.org", "failover", {"a@home.example", "b@home.example"}),
            rule("2", "b@example.org", "failover",
                 {"x@else.example", "b@home.example", "y@else.example"}),
            rule("3", "c@example.org", "webhook", {"https://h.example/in"}),
            rule("4", "d@example.org", "failover", {"x@else.example", "y@else.example"})});
  ASSERT_EQ(got.routed.rules.size(), 3U);
  const auto to = [&](std::size_t n) { return got.routed.rules[n].action.destinations.at(0); };
  EXPECT_EQ(to(0).to_string(), "a@home.example");
  ASSERT_EQ(to(0).fallbacks.size(), 1U);
  EXPECT_EQ(to(0).fallbacks[0].to_string(), "b@home.example");
  // What is not verified is left out, and the next takes its place.
  EXPECT_EQ(to(1).to_string(), "b@home.example");
  EXPECT_TRUE(to(1).fallbacks.empty());
  EXPECT_EQ(to(2).webhook, "https://h.example/in");
  EXPECT_EQ(got.left_out, std::vector<std::string>{"4: its destination is not verified"});
}

// One address may have rules with conditions beside the one without.
TEST(ControlZone, TakesSeveralRulesForOneAddressIfTheyHaveConditions) {
  auto fails = rule("1", "ann@example.org", "reject", {"no"});
  fails.matchers.push_back(matcher("authentication", "spf", "fail"));
  auto large = rule("2", "ann@example.org", "drop");
  large.matchers.push_back(matcher("size", "over", "1000"));
  const auto got = read(example_zone(), {fails, large, rule("3", "ann@example.org", "drop")});
  EXPECT_EQ(got.routed.rules.size(), 3U);
  EXPECT_TRUE(got.left_out.empty());
}

struct refused_rule_case {
  std::string name;
  rule_object rule;
  std::string said;
};

class RulesThatAreRefused : public testing::TestWithParam<refused_rule_case> {};

// What the API accepts is what the mail path understands: one function decides for both.
TEST_P(RulesThatAreRefused, AreRefusedWithTheWordsUnderWhichTheyAreLeftOut) {
  const auto& c = GetParam();
  const auto checked = check_rule(c.rule, example_zone());
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, errc::malformed);
  EXPECT_NE(checked.error().context.find(c.said), std::string::npos) << checked.error().context;
  const auto got = read(example_zone(), {c.rule});
  EXPECT_EQ(got.left_out, std::vector<std::string>{c.rule.id + ": " + checked.error().context});
}

rule_object ann(std::string type, std::vector<std::string> values = {}) {
  return rule("x", "ann@example.org", std::move(type), std::move(values));
}

rule_object ann_when(std::string type, std::string field, std::string value) {
  return with_matchers({matcher("literal", "to", "ann@example.org"),
                        matcher(std::move(type), std::move(field), std::move(value))});
}

INSTANTIATE_TEST_SUITE_P(
    Table, RulesThatAreRefused,
    testing::Values(
        refused_rule_case{"Worker", ann("worker", {"script"}), "this node does not run workers"},
        refused_rule_case{"UnknownAction", ann("explode"), "does not support the action 'explode'"},
        refused_rule_case{"FailoverToOne", ann("failover", {"a@home.example"}), "at least two"},
        refused_rule_case{"WebhookWithoutUrl", ann("webhook"), "exactly one URL"},
        refused_rule_case{"WebhookOverHttp", ann("webhook", {"http://h.example/"}),
                          "must begin with https://"},
        refused_rule_case{"ToItself", ann("failover", {"ANN@example.org", "ann@example.org"}),
                          "forwards to itself"},
        refused_rule_case{"UnknownMatcher", with_matchers({matcher("subject", "to", "x")}),
                          "does not support the matcher 'subject'"},
        refused_rule_case{"OnlyACondition", with_matchers({matcher("size", "over", "1")}),
                          "exactly one address or pattern"},
        refused_rule_case{"TwoAddresses",
                          with_matchers({matcher("all", "to", ""), matcher("all", "to", "")}),
                          "exactly one address or pattern"},
        refused_rule_case{"GlobElsewhere", with_matchers({matcher("glob", "to", "*@a.example")}),
                          "not in a domain"},
        refused_rule_case{"BadRegex", with_matchers({matcher("regex", "to", "(x")}), "missing )"},
        refused_rule_case{"Method", ann_when("authentication", "iprev", "fail"), "'iprev' is not"},
        refused_rule_case{"Result", ann_when("authentication", "spf", "bad"),
                          "'bad' is not a result"},
        refused_rule_case{"Size", ann_when("size", "over", "10 MB"), "number of octets"},
        refused_rule_case{"SizeField", ann_when("size", "about", "10"), "'over' or 'under'"},
        refused_rule_case{"NoSuchSize",
                          with_matchers({matcher("all", "to", ""), matcher("size", "over", "9"),
                                         matcher("size", "under", "10")}),
                          "no message can have such a size"},
        refused_rule_case{
            "NoSuchResults",
            with_matchers({matcher("all", "to", ""), matcher("authentication", "spf", "fail"),
                           matcher("authentication", "spf", "pass")}),
            "no message can have such results"},
        refused_rule_case{"ConditionOfTheCatchAll",
                          [] {
                            auto r = catch_all_rule("drop");
                            r.matchers.push_back(matcher("size", "over", "9"));
                            return r;
                          }(),
                          "a catch-all cannot have conditions"}),
    [](const auto& one) { return one.param.name; });

TEST(ControlZone, ChecksEveryDestinationOfARule) {
  EXPECT_TRUE(check_rule(ann("forward", {"a@else.example", "b@else.example"}), example_zone()));
  EXPECT_FALSE(check_rule(ann("forward", {"a@else.example", "nobody"}), example_zone()));
  EXPECT_TRUE(check_rule(catch_all_rule("webhook", {"https://h.example/"}), example_zone()));
}

TEST(ControlZone, LeavesOutOrderedRulesBeyondTheLimit) {
  std::vector<rule_object> rules;
  for (int i = 0; i < 1002; ++i) {
    rules.push_back(with_matchers({matcher("glob", "to", std::to_string(i) + "*@example.org")}));
  }
  const auto got = read(example_zone(), rules);
  EXPECT_EQ(got.routed.rules.size(), 1000U);
  EXPECT_EQ(got.left_out.size(), 2U);
  EXPECT_TRUE(zone_routes::build(got.routed));
  EXPECT_EQ(got.routed.missing_from, (rule_place{.priority = 0, .matcher = matcher_kind::glob}));
}

rule_object heavy(int n, double priority = 0) {
  auto r = with_matchers(
      {matcher("regex", "to", ".*a.{40}" + std::to_string(n) + "@example\\.org")});
  r.id = std::to_string(n);
  r.priority = priority;
  return r;
}

// Of a set-up from before the limit: mail that they might take is put off, not refused.
TEST(ControlZone, LeavesOutCostlyPatternsAndKnowsWhereTheyWere) {
  std::vector<rule_object> rules;
  for (int i = 0; i < 200; ++i) rules.push_back(heavy(i, 1000 - i));
  rules.push_back(with_matchers({matcher("regex", "to", "(\\pL{2}@){3}")}));
  rules.back().priority = 2000;
  const auto got = read(example_zone(), rules);
  ASSERT_GT(got.left_out.size(), 2U);
  ASSERT_LT(got.left_out.size(), 200U);
  EXPECT_NE(got.left_out.front().find("more than 50000 steps"), std::string::npos)
      << got.left_out.front();
  EXPECT_NE(got.left_out.back().find("more than 6000 steps"), std::string::npos)
      << got.left_out.back();
  EXPECT_EQ(got.routed.missing_from,
            (rule_place{.priority = 1000 - 199, .matcher = matcher_kind::regex}));
  EXPECT_TRUE(zone_routes::build(got.routed));
}

TEST(ControlZone, MissesNothingForRulesThatAreWrongOtherwise) {
  const auto got = read(example_zone(), {with_matchers({matcher("regex", "to", "(x")})});
  EXPECT_EQ(got.left_out.size(), 1U);
  EXPECT_EQ(got.routed.missing_from, std::nullopt);
}

TEST(ControlZone, ChecksWhetherThereIsRoomForAnotherPattern) {
  std::vector<rule_object> others;
  while (check_room(heavy(-1), others)) {
    others.push_back(heavy(static_cast<int>(others.size())));
    ASSERT_LT(others.size(), 200U);
  }
  EXPECT_GT(others.size(), 50U);
  const auto full = check_room(heavy(-1), others).error();
  EXPECT_EQ(full.code, errc::limit_exceeded);
  EXPECT_NE(full.context.find("more than 50000 steps"), std::string::npos) << full.context;
  EXPECT_TRUE(check_room(heavy(3), others)) << "one of them again";
  EXPECT_TRUE(check_room(rule("x", "x@example.org", "drop"), others)) << "a plain rule";
  EXPECT_TRUE(check_room(with_matchers({matcher("glob", "to", "*@example.org")}), others));
  auto disabled = heavy(-1);
  disabled.enabled = false;
  EXPECT_TRUE(check_room(disabled, others));
  others.front().enabled = false;
  EXPECT_TRUE(check_room(heavy(-1), others)) << "a disabled rule takes no room";
}

TEST(ControlZone, CountsWhatARuleTakesOfItsZone) {
  EXPECT_EQ(use_of(rule("x", "x@example.org", "drop")), pattern_use());
  EXPECT_EQ(use_of(with_matchers({matcher("glob", "to", "*@example.org")})),
            (pattern_use{.rules = 1, .regex_steps = 0}));
  const auto one = use_of(heavy(1));
  EXPECT_EQ(one.rules, 1U);
  EXPECT_GT(one.regex_steps, 300U);
  const pattern_use nearly{.rules = 10,
                           .regex_steps = zone_routes::regex_steps_max - one.regex_steps};
  EXPECT_TRUE(check_room(heavy(1), nearly));
  EXPECT_FALSE(check_room(heavy(1), pattern_use{.rules = 10,
                                                .regex_steps = nearly.regex_steps + 1}));
}

TEST(ControlZone, ChecksHowManyRulesAreTried) {
  std::vector<rule_object> others;
  for (std::size_t i = 0; i < zone_routes::ordered_rules_max; ++i) {
    others.push_back(with_matchers({matcher("glob", "to", std::to_string(i) + "*@example.org")}));
    others.back().id = std::to_string(i);
  }
  auto next = with_matchers({matcher("glob", "to", "x*@example.org")});
  next.id = "next";
  const auto full = check_room(next, others).error();
  EXPECT_EQ(full.code, errc::limit_exceeded);
  EXPECT_NE(full.context.find("more than 1000 rules"), std::string::npos) << full.context;
  others.pop_back();
  EXPECT_TRUE(check_room(next, others));
}

TEST(ControlZone, MakesATableThatRoutes) {
  const auto got =
      read(example_zone(), {rule("1", "ann@example.org", "forward", {"a@home.example"})});
  const auto table = routing_table::build(
      {got.routed}, {.host_name = *address::domain::parse("mx.example.net"),
                     .postmaster = {*address::mailbox::parse("ops@example.net")}});
  ASSERT_TRUE(table);
  EXPECT_EQ((*table)->rule_count(), 1U);
}

TEST(ControlZone, FailsForANameThatIsNone) {
  auto z = example_zone();
  z.name = "no domain";
  EXPECT_FALSE(zone_of(z, {}, known));
}

}  // namespace
}  // namespace signpost::model

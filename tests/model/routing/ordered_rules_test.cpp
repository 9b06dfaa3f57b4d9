// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Rules with patterns, priorities and conditions; failover and webhooks at the end of chains.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

#include "model/routing/routing_table.hpp"

namespace signpost::model {
namespace {

address::domain domain(std::string_view text) {
  return address::domain::parse(text).value();
}

address::mailbox mailbox(std::string_view text) {
  return address::mailbox::parse(text).value();
}

rule_action forward(std::string_view to) {
  return {.kind = action_kind::forward, .destinations = {{.mailbox = mailbox(to)}}};
}
rule_action drop() {
  return {.kind = action_kind::drop};
}
rule_action reject(std::string text) {
  return {.kind = action_kind::reject, .destinations = {}, .reject_text = std::move(text)};
}
rule_action webhook(std::string url) {
  return {.kind = action_kind::forward, .destinations = {{.webhook = std::move(url)}}};
}
rule_action failover(const std::vector<std::string>& to) {
  destination d{.mailbox = mailbox(to.at(0))};
  for (std::size_t i = 1; i < to.size(); ++i) d.fallbacks.push_back(mailbox(to[i]));
  return {.kind = action_kind::forward, .destinations = {std::move(d)}};
}

rule_conditions when(authentication_method m, std::string_view words) {
  return {.authentication = {{m, verdict_set::parse(words).value()}}};
}
const rule_conditions spf_fails = when(authentication_method::spf, "fail");
const message_facts nothing;
const message_facts failed{.spf = verdict::fail};

routing_rule plain(std::string id, std::string_view at, rule_action action, double priority = 0) {
  return {.id = std::move(id),
          .address = mailbox(at),
          .priority = priority,
          .action = std::move(action)};
}
routing_rule glob(std::string id, std::string_view pattern, rule_action action,
                  double priority = 0) {
  return {.id = std::move(id),
          .matcher = matcher_kind::glob,
          .pattern = address_pattern::glob(pattern).value(),
          .priority = priority,
          .action = std::move(action)};
}
routing_rule regex(std::string id, std::string_view pattern, rule_action action,
                   double priority = 0) {
  return {.id = std::move(id),
          .matcher = matcher_kind::regex,
          .pattern = address_pattern::regex(pattern).value(),
          .priority = priority,
          .action = std::move(action)};
}
routing_rule all(std::string id, rule_action action, double priority = 0) {
  return {.id = std::move(id),
          .matcher = matcher_kind::all,
          .priority = priority,
          .action = std::move(action)};
}
routing_rule only(routing_rule rule, rule_conditions conditions) {
  rule.conditions = std::move(conditions);
  return rule;
}

zone zone_with(std::vector<routing_rule> rules, std::string_view name = "a.example") {
  zone z{.id = std::string(name), .name = domain(name), .subaddressing = true};
  z.subdomains = {domain("sub." + std::string(name))};
  z.rules = std::move(rules);
  return z;
}

result<std::shared_ptr<const routing_table>> build(const std::vector<zone>& zones) {
  return routing_table::build(
      zones, {.host_name = domain("mx.node.example"), .postmaster = {mailbox("ops@dest.example")}});
}

std::shared_ptr<const routing_table> table_of(std::vector<routing_rule> rules) {
  auto made = build({zone_with(std::move(rules))});
  EXPECT_TRUE(made) << made.error().context;
  return *made;
}

smtp::forward_path path(std::string_view to) {
  return smtp::forward_path(mailbox(to));
}

std::vector<std::string> texts(const route_decision& d) {
  std::vector<std::string> out;
  for (const auto& to : d.destinations) {
    out.push_back(to.to_string());
    for (const auto& next : to.fallbacks) out.back() += " > " + next.to_string();
  }
  return out;
}

struct order_case {
  std::string name;
  std::vector<routing_rule> rules;
  std::string to;
  std::string rule;  // the one that decides; empty: no such address
};

class OrderOfRules : public testing::TestWithParam<order_case> {};

TEST_P(OrderOfRules, NamesTheOneThatDecides) {
  const auto& c = GetParam();
  const auto d = table_of(c.rules)->route(path(c.to), &failed);
  EXPECT_EQ(d.rule, c.rule);
  EXPECT_EQ(d.kind, c.rule.empty() ? route_kind::unknown : route_kind::drop);
  EXPECT_EQ(d.undecided, nullptr);
}

INSTANTIATE_TEST_SUITE_P(
    Table, OrderOfRules,
    testing::Values(
        order_case{"Glob", {glob("g", "sales-*@a.example", drop())}, "Sales-7@a.example", "g"},
        order_case{"NoGlob", {glob("g", "sales-*@a.example", drop())}, "info@a.example", ""},
        order_case{"GlobOfSubdomain", {glob("g", "*@*.a.example", drop())}, "x@sub.a.example", "g"},
        order_case{"Regex", {regex("r", "s[0-9]+@a\\.example", drop())}, "s12@a.example", "r"},
        order_case{"AllIsOfSubdomainsToo", {all("all", drop())}, "x@sub.a.example", "all"},
        order_case{"LiteralFirst",
                   {all("all", drop()), glob("g", "x@a.example", drop()),
                    plain("p", "x@a.example", drop())},
                   "x@a.example",
                   "p"},
        order_case{"BaseBeforeGlob",
                   {glob("g", "x+*@a.example", drop()), plain("p", "x@a.example", drop())},
                   "x+y@a.example",
                   "p"},
        order_case{"GlobBeforeRegex",
                   {regex("r", ".*@a\\.example", drop()), glob("g", "*@a.example", drop())},
                   "x@a.example",
                   "g"},
        order_case{"RegexBeforeAll",
                   {all("all", drop()), regex("r", ".*@a\\.example", drop())},
                   "x@a.example",
                   "r"},
        order_case{"TheOlder",
                   {glob("g1", "*@a.example", drop()), glob("g2", "x*@a.example", drop())},
                   "x@a.example",
                   "g1"},
        order_case{"PriorityBeforeAllElse",
                   {plain("p", "x@a.example", drop(), 5), all("all", drop(), 4.5)},
                   "x@a.example",
                   "all"},
        order_case{"NegativePriority",
                   {plain("p", "x@a.example", drop()), all("all", drop(), -1)},
                   "x@a.example",
                   "all"},
        order_case{"ExactBeforeBaseWhateverTheirPriority",
                   {plain("base", "x@a.example", drop(), 1),
                    plain("exact", "x+y@a.example", drop(), 9), all("all", drop(), 20)},
                   "x+y@a.example",
                   "exact"},
        order_case{
            "GlobBetweenExactAndBase",
            {plain("base", "x@a.example", drop(), 1), plain("exact", "x+y@a.example", drop(), 9),
             glob("g", "x*@a.example", drop(), 5)},
            "x+y@a.example",
            "g"},
        order_case{
            "ConditionHolds",
            {plain("p", "x@a.example", drop()), only(plain("c", "x@a.example", drop()), spf_fails)},
            "x@a.example",
            "c"},
        order_case{"ConditionOfTheBase",
                   {only(plain("c", "x@a.example", drop()), spf_fails)},
                   "x+y@a.example",
                   "c"},
        order_case{
            "ConditionDoesNotHold",
            {plain("p", "x@a.example", drop()),
             only(plain("c", "x@a.example", drop(), -1), when(authentication_method::spf, "pass"))},
            "x@a.example",
            "p"},
        order_case{"NoConditionHolds",
                   {only(all("c", drop()), when(authentication_method::spf, "pass"))},
                   "x@a.example",
                   ""},
        order_case{"DisabledIsNotThere",
                   {[] {
                      auto r = all("off", drop());
                      r.enabled = false;
                      return r;
                    }(),
                    glob("g", "*@a.example", drop())},
                   "x@a.example",
                   "g"}),
    [](const auto& one) { return one.param.name; });

TEST(OrderedRules, WaitForTheMessageIfTheyMust) {
  const auto t = table_of({plain("p", "x@a.example", forward("x@dest.example")),
                           plain("y", "y@a.example", forward("y@dest.example")),
                           only(plain("c", "x@a.example", reject("no fakes")), spf_fails)});
  const auto early = t->route(path("x@a.example"));
  EXPECT_EQ(early.kind, route_kind::undecided);
  EXPECT_EQ(early.undecided, t);
  EXPECT_EQ(early.zone, "a.example");
  EXPECT_EQ(early.rule, "c");
  EXPECT_EQ(early.reply.code, 0);
  EXPECT_EQ(t->route(path("y@a.example")).kind, route_kind::forward);
  const auto good = early.undecided->route(path("x@a.example"), &nothing);
  EXPECT_EQ(texts(good), std::vector<std::string>{"x@dest.example"});
  EXPECT_EQ(good.undecided, nullptr);
  const auto bad = early.undecided->route(path("x@a.example"), &failed);
  EXPECT_EQ(bad.kind, route_kind::reject);
  EXPECT_EQ(bad.reply.to_string(), "550 5.7.1 no fakes");
}

// A rule that only ever refuses does not make a node take the message of who is refused anyway.
TEST(OrderedRules, WhatIsRefusedInAnyCaseIsRefusedAtOnce) {
  const auto t = table_of({plain("p", "x@a.example", forward("x@dest.example")),
                           only(all("c", reject("no fakes"), -1), spf_fails)});
  EXPECT_EQ(t->route(path("nobody@a.example")).kind, route_kind::unknown);
  EXPECT_EQ(t->route(path("x@a.example")).kind, route_kind::undecided);
}

TEST(OrderedRules, SizeDecides) {
  const auto t = table_of({only(all("large", reject("too large for us")), {.size_over = 1000}),
                           all("rest", forward("x@dest.example"))});
  const message_facts small{.size = 1000};
  const message_facts large{.size = 1001};
  EXPECT_EQ(t->route(path("x@a.example"), &small).rule, "rest");
  EXPECT_EQ(t->route(path("x@a.example"), &large).rule, "large");
}

TEST(OrderedRules, ComeBeforeTheCatchAll) {
  auto z = zone_with({glob("g", "x*@a.example", drop(), 1e9)});
  z.apex_catch_all = {.enabled = true, .action = forward("rest@dest.example")};
  const auto t = build({z}).value();
  EXPECT_EQ(t->route(path("xy@a.example")).rule, "g");
  EXPECT_EQ(t->route(path("y@a.example")).rule, "catch-all");
}

// Whom our reports are from, and whom people complain to.
TEST(NodeAddresses, OfTheSystemReachThePostmaster) {
  const auto t = table_of({plain("p", "x@a.example", forward("y@dest.example"))});
  for (const auto* local : {"postmaster", "Abuse", "MAILER-DAEMON"}) {
    const auto d = t->route(path(std::string(local) + "@mx.node.example"));
    EXPECT_EQ(d.kind, route_kind::postmaster) << local;
    EXPECT_EQ(texts(d), std::vector<std::string>{"ops@dest.example"}) << local;
  }
  EXPECT_EQ(t->route(path("root@mx.node.example")).kind, route_kind::unknown);
}

TEST(OrderedRules, NeverRefuseThePostmaster) {
  const auto t = table_of({all("all", reject("nobody here"), -2), all("drop", drop(), -1),
                           only(all("c", reject("no")), spf_fails)});
  const auto d = t->route(path("postmaster@a.example"));
  EXPECT_EQ(d.kind, route_kind::postmaster);
  EXPECT_EQ(texts(d), std::vector<std::string>{"ops@dest.example"});
  EXPECT_EQ(t->route(path("x@a.example")).kind, route_kind::reject);
  const auto own = table_of({plain("p", "postmaster@a.example", drop()), all("all", reject(""))});
  EXPECT_EQ(own->route(path("postmaster@a.example")).kind, route_kind::drop);
  const auto takes = table_of({glob("g", "p*@a.example", forward("p@dest.example"))});
  EXPECT_EQ(texts(takes->route(path("postmaster@a.example"))),
            std::vector<std::string>{"p@dest.example"});
}

TEST(OrderedRules, ThePostmasterIsReachedThoughAChainEndsAtARefusal) {
  const auto t = table_of({plain("p", "postmaster@a.example", forward("x@a.example")),
                           plain("x", "x@a.example", forward("x@dest.example")),
                           only(plain("c", "x@a.example", reject("no"), -1), spf_fails)});
  EXPECT_EQ(t->route(path("postmaster@a.example")).kind, route_kind::undecided);
  EXPECT_EQ(texts(t->route(path("postmaster@a.example"), &nothing)),
            std::vector<std::string>{"x@dest.example"});
  EXPECT_EQ(texts(t->route(path("postmaster@a.example"), &failed)),
            std::vector<std::string>{"ops@dest.example"});
}

TEST(OrderedRules, ChainsAreDecidedWithTheFacts) {
  const auto t = table_of({plain("team", "team@a.example", forward("x@a.example")),
                           plain("x", "x@a.example", forward("x@dest.example"), 1),
                           only(glob("c", "x*@a.example", reject("no fakes")), spf_fails)});
  EXPECT_EQ(t->route(path("team@a.example")).kind, route_kind::undecided);
  EXPECT_EQ(texts(t->route(path("team@a.example"), &nothing)),
            std::vector<std::string>{"x@dest.example"});
  const auto bad = t->route(path("team@a.example"), &failed);
  EXPECT_EQ(bad.kind, route_kind::reject);
  EXPECT_EQ(bad.reply.to_string(), "550 5.7.1 no fakes");
  EXPECT_EQ(bad.rule, "team");
}

TEST(OrderedRules, CirclesOfPatternsAreFound) {
  EXPECT_FALSE(build({zone_with({glob("g", "*@a.example", forward("x@a.example"))})}));
  EXPECT_FALSE(build({zone_with(
      {all("all", forward("x@sub.a.example"), 1), regex("r", "x@.*", forward("y@a.example"))})}));
  const auto t = table_of({glob("g", "*@a.example", forward("x@a.example")),
                           regex("r", "x@.*", forward("out@dest.example"), -1)});
  EXPECT_EQ(texts(t->route(path("any@a.example"))), std::vector<std::string>{"out@dest.example"});
}

TEST(OrderedRules, CirclesThatOnlyAMessageShowsAreRefused) {
  const auto t = table_of({only(plain("c", "x@a.example", forward("y@a.example")), spf_fails),
                           plain("x", "x@a.example", forward("out@dest.example"), 1),
                           plain("y", "y@a.example", forward("x@a.example"))});
  EXPECT_EQ(texts(t->route(path("x@a.example"), &nothing)),
            std::vector<std::string>{"out@dest.example"});
  const auto d = t->route(path("x@a.example"), &failed);
  EXPECT_EQ(d.kind, route_kind::unknown);
  EXPECT_EQ(d.reply.code, 550);
}

TEST(Webhooks, StandAtTheEndOfAChainUnderTheirOwnName) {
  const auto hook =
      zone_with({plain("hook", "in@b.example", webhook("https://h.example/in"))}, "b.example");
  const auto t =
      build({zone_with({plain("p", "x@a.example", forward("in@b.example"))}), hook}).value();
  const auto direct = t->route(path("in@b.example"));
  ASSERT_EQ(direct.destinations.size(), 1U);
  EXPECT_EQ(direct.destinations[0].webhook, "https://h.example/in");
  EXPECT_EQ(direct.destinations[0].rule, "");
  const auto chained = t->route(path("x@a.example"));
  ASSERT_EQ(chained.destinations.size(), 1U);
  EXPECT_EQ(chained.rule, "p");
  EXPECT_EQ(chained.destinations[0].zone, "b.example");
  EXPECT_EQ(chained.destinations[0].rule, "hook");
}

struct failover_case {
  std::string name;
  std::vector<std::string> to;
  std::vector<std::string> want;  // empty: refused
};

class Failover : public testing::TestWithParam<failover_case> {};

// What is ours may come to be so after the rule was made: so it is with b.example here.
TEST_P(Failover, StandsForWhatTheRulesOfOurAddressesSay) {
  const auto& c = GetParam();
  routing_table::builder first(node_identity{.host_name = domain("mx.node.example")});
  ASSERT_TRUE(first.put(zone_with({plain("p", "x@a.example", failover(c.to))})));
  const auto before = first.finish().value();
  routing_table::builder second(*before);
  auto two = forward("b1@dest.example");
  two.destinations.push_back({.mailbox = mailbox("b2@dest.example")});
  ASSERT_TRUE(second.put(
      zone_with({plain("one", "one@b.example", forward("b@dest.example")),
                 plain("two", "two@b.example", two), plain("no", "no@b.example", reject("no")),
                 plain("hook", "hook@b.example", webhook("https://h.example/")),
                 plain("back", "back@b.example", forward("x@a.example")),
                 plain("over", "over@b.example", failover({"o1@dest.example", "o2@dest.example"}))},
                "b.example")));
  std::vector<routing_table::builder::chain_fault> faults;
  const auto d = second.finish(faults)->route(path("x@a.example"));
  EXPECT_EQ(texts(d), c.want);
  EXPECT_EQ(d.kind, c.want.empty() ? route_kind::unknown : route_kind::forward);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Failover,
    testing::Values(
        failover_case{"Outside",
                      {"u@dest.example", "v@dest.example", "w@dest.example"},
                      {"u@dest.example > v@dest.example > w@dest.example"}},
        failover_case{
            "OursFirst", {"one@b.example", "v@dest.example"}, {"b@dest.example > v@dest.example"}},
        failover_case{
            "OursLater", {"u@dest.example", "one@b.example"}, {"u@dest.example > b@dest.example"}},
        failover_case{"OursThatRefusesHasFailed",
                      {"nobody@b.example", "no@b.example", "v@dest.example"},
                      {"v@dest.example"}},
        failover_case{"OursThatSendsToSeveral",
                      {"two@b.example", "v@dest.example"},
                      {"b1@dest.example > v@dest.example", "b2@dest.example > v@dest.example"}},
        failover_case{"OursThatHasFailover",
                      {"over@b.example", "v@dest.example"},
                      {"o1@dest.example > o2@dest.example > v@dest.example"}},
        failover_case{"AWebhookFirst",
                      {"hook@b.example", "v@dest.example"},
                      {"https://h.example/ > v@dest.example"}},
        failover_case{"AWebhookIsNoFallback",
                      {"u@dest.example", "hook@b.example", "v@dest.example"},
                      {"u@dest.example > v@dest.example"}},
        failover_case{"NobodyTakesIt", {"no@b.example", "nobody@b.example"}, {}},
        failover_case{
            "ACircleHasFailed", {"back@b.example", "v@dest.example"}, {"v@dest.example"}}),
    [](const auto& one) { return one.param.name; });

TEST(FailoverRules, ThatNameAnAddressOfOursWhichTakesNoMailAreRefused) {
  const auto made = build(
      {zone_with({plain("p", "x@a.example", failover({"u@dest.example", "nobody@a.example"}))})});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().context.find("accepts no mail"), std::string::npos);
}

TEST(FailoverRules, LaidToMultiplyTheWorkAreBounded) {
  std::vector<routing_rule> rules;
  const auto name = [](int n) { return "r" + std::to_string(n) + "@a.example"; };
  for (int i = 0; i < 14; ++i) {
    std::vector<std::string> to;
    for (int n = 0; n < 3; ++n) to.push_back(i == 13 ? "x@dest.example" : name(i + 1));
    rules.push_back(plain(name(i), name(i), failover(to)));
  }
  // Either it is refused or it is quick; the test's time limit would tell.
  const auto made = build({zone_with(rules)});
  if (made) {
    EXPECT_LE((*made)->route(path(name(0))).destinations.size(), 200U);
  }
}

struct refused_case {
  std::string name;
  routing_rule rule;
  std::string said;
};

class OrderedRulesThatCannotWork : public testing::TestWithParam<refused_case> {};

TEST_P(OrderedRulesThatCannotWork, AreRefused) {
  const auto made = build({zone_with({GetParam().rule})});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().context.find(GetParam().said), std::string::npos) << made.error().context;
}

INSTANTIATE_TEST_SUITE_P(
    Table, OrderedRulesThatCannotWork,
    testing::Values(
        refused_case{"GlobElsewhere", glob("g", "*@b.example", drop()), "not at a domain"},
        refused_case{"NoPattern",
                     routing_rule{.id = "g", .matcher = matcher_kind::glob, .action = drop()},
                     "not at a domain"},
        refused_case{"NoNumber", all("all", drop(), std::numeric_limits<double>::quiet_NaN()),
                     "the priority"},
        refused_case{"ConditionalToItself",
                     only(plain("p", "x@a.example", forward("x@a.example")), spf_fails), "itself"},
        refused_case{"FailoverToItself",
                     plain("p", "x@a.example", failover({"y@dest.example", "X@a.example"})),
                     "itself"},
        refused_case{"NoUrl", all("all", webhook("https://")), "has an invalid destination"},
        refused_case{"ManyFallbacks",
                     all("all", failover(std::vector<std::string>(52, "y@dest.example"))),
                     "more than 50 fallbacks"}),
    [](const auto& one) { return one.param.name; });

TEST(OrderedRules, AreAtMostAThousandInAZone) {
  std::vector<routing_rule> rules;
  for (int i = 0; i < 1001; ++i) {
    rules.push_back(glob(std::to_string(i), std::to_string(i) + "*@a.example", drop()));
  }
  const auto made = build({zone_with(rules)});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::limit_exceeded);
  rules.pop_back();
  const auto t = table_of(rules);
  EXPECT_EQ(t->rule_count(), 1000U);
  EXPECT_EQ(t->route(path("999x@a.example")).rule, "9");
}

TEST(OrderedRules, ExplainNamesEveryCandidate) {
  const auto t =
      table_of({plain("p", "x@a.example", forward("x@dest.example"), 2),
                only(glob("c", "x*@a.example", reject("no")), spf_fails), all("all", drop(), 9)});
  const std::vector<std::string> known{"a.example is routed by zone a.example",
                                       "rule p (x@a.example) is for exactly this address",
                                       "rule c (glob x*@a.example, priority 0) is skipped: "
                                       "spf is none, not fail",
                                       "rule p (literal, priority 2) applies",
                                       "rule all (all *, priority 9) comes later",
                                       "to x@dest.example"};
  EXPECT_EQ(t->explain(path("x@a.example"), &nothing).steps, known);
  const auto unknown = t->explain(path("x@a.example"));
  EXPECT_EQ(unknown.kind, route_kind::undecided);
  ASSERT_EQ(unknown.steps.size(), 6U);
  EXPECT_EQ(unknown.steps[2], "rule c (glob x*@a.example, priority 0) applies if spf fail");
  EXPECT_EQ(unknown.steps[5], "will be decided when the message has arrived");
}

// ---- the order, once more, written so that it is plainly right ---------------------------------

struct reference {
  const std::vector<routing_rule>& rules;
  bool subaddressing = false;

  static std::string base_of(const std::string& to) {
    const auto plus = to.find('+');
    return plus == std::string::npos || plus == 0 ? "" : to.substr(0, plus) + "@a.example";
  }

  // 0 exact, 1 base, 2 glob, 3 regex, 4 all; 9: does not match.
  int rank(const routing_rule& r, const std::string& to) const {
    switch (r.matcher) {
      case matcher_kind::literal:
        if (r.address.to_string() == to) return 0;
        return subaddressing && r.address.to_string() == base_of(to) ? 1 : 9;
      case matcher_kind::glob:
        return r.pattern.matches(to) ? 2 : 9;
      case matcher_kind::regex:
        return r.pattern.matches(to) ? 3 : 9;
      case matcher_kind::all:
        return 4;
    }
    return 9;
  }

  std::string decide(const std::string& to, const message_facts& facts) const {
    const bool has_exact =
        std::ranges::any_of(rules, [&](const auto& r) { return r.is_plain() && rank(r, to) == 0; });
    std::vector<std::tuple<double, int, bool, std::size_t>> candidates;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const auto& r = rules[i];
      if (rank(r, to) == 9 || (r.is_plain() && rank(r, to) == 1 && has_exact)) continue;
      if (r.conditions.hold(facts)) {
        candidates.emplace_back(r.priority, rank(r, to), r.conditions.empty(), i);
      }
    }
    if (candidates.empty()) return "";
    return rules[std::get<3>(*std::ranges::min_element(candidates))].id;
  }
};

std::vector<routing_rule> random_rules(std::mt19937& random) {
  const auto pick = [&](const std::vector<std::string>& list) {
    return list[random() % list.size()];
  };
  std::vector<routing_rule> rules;
  const auto count = random() % 9;
  for (std::size_t i = 0; i < count; ++i) {
    const auto id = std::to_string(i);
    const auto priority = static_cast<double>(random() % 3);
    auto r = all(id, drop(), priority);
    switch (random() % 5) {
      case 0:
      case 1:
        r = plain(id, pick({"a@a.example", "a+x@a.example", "b@a.example"}), drop(), priority);
        break;
      case 2:
        r = glob(id, pick({"a*@a.example", "*+x@a.example", "?@a.example"}), drop(), priority);
        break;
      case 3:
        r = regex(id, pick({"a.*", "[ab]@.*", ".*x@a\\.example"}), drop(), priority);
        break;
      default:
        break;
    }
    if (random() % 3 == 0) r.conditions = when(authentication_method::spf, pick({"fail", "!fail"}));
    const bool twice = r.is_plain() && std::ranges::any_of(rules, [&](const auto& other) {
                         return other.is_plain() && other.address == r.address;
                       });
    if (!twice) rules.push_back(std::move(r));
  }
  return rules;
}

TEST(OrderedRules, DecideAsThePlainOrderDoes) {
  std::mt19937 random(20260101);
  std::size_t decided = 0;
  std::size_t waited = 0;
  for (int round = 0; round < 2000; ++round) {
    auto z = zone_with(random_rules(random));
    z.subaddressing = random() % 2 == 0;
    const auto t = build({z}).value();
    const reference plainly{z.rules, z.subaddressing};
    for (const std::string to : {"a@a.example", "a+x@a.example", "b@a.example", "c+x@a.example"}) {
      for (const auto& facts : {nothing, failed}) {
        const auto d = t->route(path(to), &facts);
        const auto want = plainly.decide(to, facts);
        ASSERT_EQ(d.rule, want) << "round " << round << " to " << to;
        ASSERT_EQ(t->explain(path(to), &facts).rule, want);
        decided += want.empty() ? 0 : 1;
      }
      // Without the message: certain, or that it is not certain yet, and never wrong.
      const auto early = t->route(path(to));
      const auto spf_ok = plainly.decide(to, nothing);
      const auto spf_bad = plainly.decide(to, failed);
      if (early.kind == route_kind::undecided) {
        ++waited;
        continue;
      }
      ASSERT_EQ(early.rule, spf_ok) << "round " << round << " to " << to;
      ASSERT_EQ(early.rule, spf_bad) << "round " << round << " to " << to;
    }
  }
  EXPECT_GT(decided, 4000U);
  EXPECT_GT(waited, 500U);
}

TEST(OrderedRules, CostNothingWhereThereAreNone) {
  const auto simple = build({zone_with({plain("p", "x@a.example", drop(), 7)})}).value();
  const auto* routes = simple->find_zone(domain("a.example"));
  ASSERT_NE(routes, nullptr);
  EXPECT_TRUE(routes->ordered().empty());
  EXPECT_EQ(routes->find(mailbox("x@a.example"))->priority, 0);
  const auto mixed =
      build({zone_with({plain("p", "x@a.example", drop(), 7), all("all", drop())})}).value();
  EXPECT_EQ(mixed->find_zone(domain("a.example"))->find(mailbox("x@a.example"))->priority, 7);
}

}  // namespace
}  // namespace signpost::model

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What one recipient can make a node do: counted in steps, not in time.
#include <gtest/gtest.h>

#include "model/routing/routing_table.hpp"

namespace signpost::model {
namespace {

address::domain domain(std::string_view text) {
  return address::domain::parse(text).value();
}
address::mailbox mailbox(std::string_view text) {
  return address::mailbox::parse(text).value();
}
smtp::forward_path path(std::string_view to) {
  return smtp::forward_path(mailbox(to));
}
rule_action forward(const std::vector<std::string>& to) {
  rule_action a;
  for (const auto& one : to) a.destinations.push_back({.mailbox = mailbox(one)});
  return a;
}
const rule_action dropped{.kind = action_kind::drop, .destinations = {}, .reject_text = {}};

routing_rule plain(const std::string& at, rule_action action, double priority = 0) {
  return {.id = at, .address = mailbox(at), .priority = priority, .action = std::move(action)};
}
routing_rule regex(const std::string& text, rule_action action, double priority = 0) {
  return {.id = text,
          .matcher = matcher_kind::regex,
          .pattern = address_pattern::regex(text).value(),
          .priority = priority,
          .action = std::move(action)};
}

// Each remembers the last forty letters: the states that it may be in are as many as can be.
std::vector<routing_rule> heavy_rules(std::size_t count, const rule_action& action = dropped) {
  std::vector<routing_rule> rules;
  for (std::size_t i = 0; i < count; ++i) {
    rules.push_back(regex(".*a.{40}[bc]" + std::to_string(i) + "@heavy\\.example", action));
  }
  return rules;
}

zone zone_of(const std::string& name, std::vector<routing_rule> rules) {
  zone z{.id = name, .name = domain(name)};
  z.rules = std::move(rules);
  return z;
}

const node_identity node{.host_name = domain("mx.node.example"),
                         .postmaster = {mailbox("ops@dest.example")}};

std::shared_ptr<const routing_table> table_of(const std::vector<zone>& zones) {
  auto made = routing_table::build(zones, node);
  EXPECT_TRUE(made) << made.error().context;
  return *made;
}

route_decision at_once(const routing_table& table, const std::string& to) {
  return table.route(path(to), nullptr, routing_table::at_once);
}

pattern_supply full_supply(compiling how) {
  return {how, step_budget(route_options{}.steps_max)};
}

const std::string any_letters = "abababababababababababababababababababababababab";

TEST(RuleCost, OfAThousandIntricatePatternsIsRefused) {
  const auto made = routing_table::build({zone_of("heavy.example", heavy_rules(1000))}, node);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::limit_exceeded);
  EXPECT_NE(made.error().context.find("more than 50000"), std::string::npos)
      << made.error().context;
}

TEST(RuleCost, OfManyPatternsIsTooMuchForALoop) {
  const auto table = table_of({zone_of("heavy.example", heavy_rules(100))});
  const auto to = any_letters + "bc7@heavy.example";
  const auto first = at_once(*table, to);
  EXPECT_EQ(first.kind, route_kind::costly);
  EXPECT_EQ(first.reply.to_string().substr(0, 9), "451 4.3.2") << first.reply.to_string();
  EXPECT_EQ(first.zone, "heavy.example");
  auto supply = full_supply(compiling::keep);
  EXPECT_EQ(table->route(path(to), nullptr, supply).kind, route_kind::drop);
  EXPECT_EQ(at_once(*table, to).kind, route_kind::costly) << "compiled, and still too much";
}

TEST(RuleCost, IsTheStepsOfThePatternsTimesTheLengthOfTheAddress) {
  const auto table = table_of({zone_of("heavy.example", heavy_rules(100))});
  const auto& routes = *table->find_zone(domain("heavy.example"));
  const auto spent = [&](const std::string& to) {
    auto supply = full_supply(compiling::keep);
    (void)table->route(path(to), nullptr, supply);
    return supply.budget().spent();
  };
  const std::string to = any_letters + "@heavy.example";
  const auto with_compiling = spent(to);
  const auto steps = spent(to);
  EXPECT_EQ(with_compiling - steps, routes.steps_to_compile());
  EXPECT_GE(steps, std::uint64_t{routes.regex_steps()} * to.size());
  EXPECT_LE(steps, std::uint64_t{routes.regex_steps()} * to.size() + 1000);
  EXPECT_LE(std::uint64_t{zone_routes::regex_steps_max} * (64 + 1 + 255), route_options{}.steps_max)
      << "every address can be decided, at the worst zone that there can be";
}

TEST(RuleCost, OfSomePatternsIsForALoopWhenTheyAreCompiled) {
  const auto table = table_of({zone_of(
      "a.example", {regex("sales-[0-9]+@a\\.example", dropped),
                    regex("(info|help)@a\\.example", dropped)})});
  EXPECT_EQ(at_once(*table, "sales-7@a.example").kind, route_kind::costly);
  auto supply = full_supply(compiling::keep);
  EXPECT_EQ(table->route(path("sales-7@a.example"), nullptr, supply).kind, route_kind::drop);
  EXPECT_EQ(supply.compiled().size(), 1U);
  EXPECT_EQ(at_once(*table, "sales-7@a.example").kind, route_kind::drop);
  EXPECT_EQ(at_once(*table, "else@a.example").kind, route_kind::unknown);
  table->find_zone(domain("a.example"))->keep(nullptr);
  EXPECT_EQ(at_once(*table, "sales-7@a.example").kind, route_kind::costly);
}

TEST(RuleCost, OfAnAddressWithItsOwnRuleIsNothing) {
  auto rules = heavy_rules(100);
  rules.push_back(plain("info@heavy.example", dropped));
  const auto table = table_of({zone_of("heavy.example", rules)});
  EXPECT_EQ(at_once(*table, "info@heavy.example").kind, route_kind::drop);
}

// Each of two hundred forwards leads into the zone whose patterns are costly.
TEST(RuleCost, OfChainsIsCountedTogether) {
  std::vector<std::string> many;
  for (int i = 0; i < 200; ++i) many.push_back("u" + std::to_string(i) + "@heavy.example");
  auto heavy = zone_of("heavy.example", heavy_rules(100));
  heavy.apex_catch_all = {.enabled = true, .action = dropped};
  std::vector<zone> zones{heavy, zone_of("b.example", {})};
  routing_table::builder builder(node);
  zones[1].rules = {plain("list@b.example", forward(many))};
  for (const auto& z : zones) ASSERT_TRUE(builder.put(z));
  std::vector<routing_table::builder::chain_fault> faults;
  const auto table = builder.finish(faults);
  ASSERT_EQ(faults.size(), 1U) << "to check the chain takes too many steps, too";
  EXPECT_EQ(faults[0].zone, "b.example");
  EXPECT_EQ(faults[0].why.code, errc::limit_exceeded) << faults[0].why.context;
  auto supply = full_supply(compiling::once);
  const auto d = table->route(path("list@b.example"), nullptr, supply);
  EXPECT_EQ(d.kind, route_kind::costly);
  EXPECT_TRUE(d.destinations.empty());
  EXPECT_EQ(d.reply.code, 451);
  EXPECT_LE(supply.budget().spent(), route_options{}.steps_max);
}

TEST(RuleCost, OfManyDestinationsIsTooMuchForALoop) {
  std::vector<std::string> few;
  std::vector<std::string> many;
  for (int i = 0; i < 200; ++i) {
    many.push_back("somebody-" + std::to_string(i) + "@a-rather-long-name.of-a-place.example");
    if (i < 20) few.push_back(many.back());
  }
  const auto table = table_of({zone_of("a.example", {plain("few@a.example", forward(few)),
                                                     plain("many@a.example", forward(many))})});
  EXPECT_EQ(at_once(*table, "few@a.example").destinations.size(), 20U);
  EXPECT_EQ(at_once(*table, "many@a.example").kind, route_kind::costly);
  EXPECT_EQ(table->route(path("many@a.example")).destinations.size(), 200U);
}

// ---- rules that are over a limit ---------------------------------------------------------------

struct missing_case {
  std::string name;
  std::string to;
  route_kind want;
};

class MissingRules : public testing::TestWithParam<missing_case> {};

// A rule for a pattern with the priority 5 is over a limit.
TEST_P(MissingRules, PutOffWhatTheyMightHaveTaken) {
  auto z = zone_of("a.example",
                   {plain("before@a.example", dropped), plain("behind@a.example", dropped, 6),
                    plain("same@a.example", dropped, 5), regex("r-.*@a\\.example", dropped, 4)});
  z.apex_catch_all = {.enabled = true, .action = dropped};
  z.missing_from = {.priority = 5, .matcher = matcher_kind::regex};
  const auto table =
      table_of({z, zone_of("b.example", {plain("on@b.example", forward({"other@a.example"}))})});
  const auto d = table->route(path(GetParam().to));
  EXPECT_EQ(d.kind, GetParam().want);
  if (d.kind == route_kind::unavailable) {
    EXPECT_EQ(d.reply.to_string().substr(0, 9), "451 4.3.5") << d.reply.to_string();
  }
  if (GetParam().name == "Nobody") {
    const auto steps = table->explain(path(GetParam().to)).steps;
    EXPECT_FALSE(steps.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, MissingRules,
    testing::Values(missing_case{"Before", "before@a.example", route_kind::drop},
                    missing_case{"MoreSpecific", "same@a.example", route_kind::drop},
                    missing_case{"PatternBefore", "r-1@a.example", route_kind::drop},
                    missing_case{"Behind", "behind@a.example", route_kind::unavailable},
                    missing_case{"NotEvenTheCatchAll", "other@a.example", route_kind::unavailable},
                    missing_case{"ByAForward", "on@b.example", route_kind::unavailable},
                    missing_case{"Nobody", "nobody@a.example", route_kind::unavailable},
                    missing_case{"Postmaster", "postmaster@a.example", route_kind::postmaster}),
    [](const auto& one) { return one.param.name; });

TEST(MissingRulesOfPlainZones, KeepTheirPlace) {
  auto z = zone_of("a.example", {plain("first@a.example", dropped, 1),
                                 plain("last@a.example", dropped, 9)});
  z.missing_from = {.priority = 5, .matcher = matcher_kind::all};
  const auto table = table_of({z});
  EXPECT_EQ(at_once(*table, "first@a.example").kind, route_kind::drop);
  EXPECT_EQ(at_once(*table, "last@a.example").kind, route_kind::unavailable);
}

}  // namespace
}  // namespace signpost::model

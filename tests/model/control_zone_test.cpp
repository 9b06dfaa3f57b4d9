// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control_zone.hpp"

#include <gtest/gtest.h>

#include "model/routing_table.hpp"

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
  auto glob = rule("x", "*@example.org", "drop");
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
      {"glob", glob},
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

TEST(ControlZone, IsOffWhenRoutingIsOffOrTheZoneIsPaused) {
  auto z = example_zone();
  z.paused = true;
  EXPECT_FALSE(read(z, {}).routed.enabled);
  z.paused = false;
  z.routing_enabled = false;
  EXPECT_FALSE(read(z, {}).routed.enabled);
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

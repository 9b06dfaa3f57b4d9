// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control/control_rule.hpp"

#include <gtest/gtest.h>

#include "model/control/control_zone.hpp"

namespace signpost::model {
namespace {

rule_matcher matcher(std::string type, std::string field, std::string value) {
  return {.type = std::move(type), .field = std::move(field), .value = std::move(value)};
}

rule_object_action action(std::string type, std::vector<std::string> values) {
  return {.type = std::move(type), .value = std::move(values)};
}

struct rule_case {
  const char* name;
  std::vector<rule_matcher> matchers;
  rule_object_action action;
};

class ControlRule : public testing::TestWithParam<rule_case> {};

TEST_P(ControlRule, ComesBackFromTheMailPathAsItWas) {
  zone_object zone;
  zone.id = "z";
  zone.name = "example.org";
  zone.routing_enabled = true;
  rule_object rule;
  rule.id = "r";
  rule.matchers = GetParam().matchers;
  rule.actions = {GetParam().action};
  const auto read = zone_of(zone, {rule}, [](std::string_view) { return true; });
  ASSERT_TRUE(read);
  ASSERT_EQ(read->left_out, std::vector<std::string>());
  ASSERT_EQ(read->routed.rules.size(), 1U);
  const auto& routed = read->routed.rules.front();
  EXPECT_EQ(matchers_of(routed), rule.matchers);
  const auto done = action_of(routed.action);
  ASSERT_TRUE(done) << done.error();
  EXPECT_EQ(*done, rule.actions.front());
}

INSTANTIATE_TEST_SUITE_P(
    Forms, ControlRule,
    testing::Values(
        rule_case{"Literal",
                  {matcher("literal", "to", "ann@example.org")},
                  action("forward", {"a@else.example"})},
        rule_case{"All", {{.type = "all", .field = {}, .value = {}}}, {"drop", std::nullopt}},
        rule_case{"Glob", {matcher("glob", "to", "team-*@example.org")},
                  action("forward", {"a@else.example", "b@else.example"})},
        rule_case{"Regex", {matcher("regex", "to", "[ab]+@example\\.org")},
                  action("failover", {"a@else.example", "b@else.example", "c@else.example"})},
        rule_case{"Conditions",
                  {matcher("literal", "to", "ann@example.org"),
                   matcher("authentication", "dmarc", "fail"), matcher("size", "over", "1000"),
                   matcher("size", "under", "2000")},
                  action("reject", {"not here"})},
        rule_case{"Webhook", {matcher("literal", "to", "ann@example.org")},
                  action("webhook", {"https://hooks.example/in"})}),
    [](const auto& i) { return i.param.name; });

TEST(ControlRuleAction, SaysWhatNoStoredRuleCanSay) {
  const destination webhook{.webhook = "https://hooks.example/in"};
  const rule_action both{
      .kind = action_kind::forward, .destinations = {webhook, webhook}, .reject_text = {}};
  EXPECT_EQ(action_of(both).error(),
            "a webhook or failover cannot be combined with other destinations");
  const rule_action nowhere{
      .kind = action_kind::forward, .destinations = {}, .reject_text = {}};
  EXPECT_EQ(action_of(nowhere).error(), "no destination");
}

TEST(ControlRuleMatchers, NameAddressesOrAreConditions) {
  EXPECT_TRUE(names_addresses("glob"));
  EXPECT_FALSE(names_addresses("size"));
  EXPECT_FALSE(names_addresses(""));
}

}  // namespace
}  // namespace signpost::model

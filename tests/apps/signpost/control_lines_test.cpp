// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/offline/control_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "apps/config/zones_file.hpp"
#include "apps/signpost/offline/zones_yaml.hpp"

namespace signpost::cli {
namespace {

using ::testing::HasSubstr;

constexpr wall_time now{seconds{1'790'000'000}};

class ControlLines : public ::testing::Test {
 protected:
  template <typename T>
  T parsed(const std::string& line) {
    auto got = parse_control_line(line, defaults_);
    EXPECT_TRUE(got) << got.error().context << "\n" << line;
    if (!got) return {};
    return std::get<T>(std::move(*got));
  }
  seeded_random random_{7};
  line_defaults defaults_{.now = now, .random = random_};
};

zone_with_rules full_zone() {
  zone_with_rules z;
  z.zone.id = std::string(32, '1');
  z.zone.account = std::string(32, 'a');
  z.zone.name = "zone.example";
  z.zone.paused = true;
  z.zone.created = now - seconds(9);
  z.zone.modified = now - seconds(8);
  z.zone.routing_enabled = false;
  z.zone.routing_locked = false;
  z.zone.skip_wizard = true;
  z.zone.support_subaddress = true;
  z.zone.routing_created = now - seconds(7);
  z.zone.routing_modified = now - seconds(6);
  z.zone.subdomains = {{.id = std::string(32, '2'), .name = "mail.zone.example", .enabled = false}};
  z.zone.admission = {.enforce_dmarc = true,
                      .quarantine = model::quarantine_action::reject,
                      .require_authentication = false,
                      .own_author = model::own_author_action::off};
  model::rule_object rule;
  rule.id = std::string(32, '3');
  rule.zone = z.zone.id;
  rule.name = "Büro";
  rule.enabled = false;
  rule.priority = 2.5;
  rule.source = "wrangler";
  rule.owner_worker_tag = "tag";
  rule.matchers = {{.type = "literal", .field = "to", .value = "info@zone.example"},
                   {.type = "size", .field = "over", .value = "10"}};
  rule.actions = {{.type = "failover", .value = {{"a@b.example", "c@d.example"}}}};
  rule.created = now - seconds(5);
  rule.modified = now - seconds(4);
  z.rules.push_back(rule);
  model::rule_object last;
  last.id = std::string(32, '4');
  last.zone = z.zone.id;
  last.catch_all = true;
  last.matchers = {{.type = "all", .field = {}, .value = {}}};
  last.actions = {{.type = "drop", .value = {}}};
  last.created = last.modified = now;
  z.rules.push_back(last);
  return z;
}

TEST_F(ControlLines, AZoneIsReadAsItWasWritten) {
  const auto zone = full_zone();
  EXPECT_EQ(parsed<zone_with_rules>(to_line(zone)), zone);
}

TEST_F(ControlLines, AccountsAndAddressesAreReadAsTheyWereWritten) {
  const model::account account{
      .id = std::string(32, 'a'), .name = "Müller & Söhne \"x\"", .created = now};
  EXPECT_EQ(parsed<model::account>(to_line(account)), account);
  const model::destination_address address{.id = std::string(32, 'b'),
                                           .account = account.id,
                                           .email = "ops@dest.example",
                                           .verified = now - seconds(1),
                                           .created = now - seconds(3),
                                           .modified = now - seconds(2),
                                           .verification_sent = now - seconds(3),
                                           .verifications_sent = 2};
  EXPECT_EQ(parsed<model::destination_address>(to_line(address)), address);
}

TEST_F(ControlLines, WhatIsNotSaidIsFilledIn) {
  const auto z = parsed<zone_with_rules>(
      R"({"zone":{"name":"a.example"},"rules":[{"matchers":
          [{"type":"literal","value":"x@a.example"}],"actions":[{"type":"drop"}]}]})");
  EXPECT_EQ(z.zone.id.size(), 32U);
  EXPECT_EQ(z.zone.account, "");
  EXPECT_TRUE(z.zone.routing_enabled);
  EXPECT_EQ(z.zone.created, now);
  ASSERT_EQ(z.rules.size(), 1U);
  EXPECT_EQ(z.rules[0].zone, z.zone.id);
  EXPECT_NE(z.rules[0].id, z.zone.id);
  EXPECT_TRUE(z.rules[0].enabled);
  EXPECT_FALSE(z.rules[0].matchers[0].field);
}

struct wrong_case {
  const char* line;
  const char* want;
};

TEST_F(ControlLines, MistakesAreNamed) {
  for (const auto& [line, want] :
       {wrong_case{"", "not a JSON object"}, wrong_case{"[]", "not a JSON object"},
        wrong_case{"{\"zone\":{\"name\":\"a.example\"", "not a JSON object"},
        wrong_case{"{}", "a line must have"}, wrong_case{R"({"zone":[]})", "a zone"},
        wrong_case{R"({"zone":{}})", "without a name"},
        wrong_case{R"({"zone":{"name":"a.example","rulez":1}})", "'rulez'"},
        wrong_case{R"({"zone":{"name":5}})", "'name' must be text"},
        wrong_case{R"({"zone":{"name":"a.example","enabled":1}})", "true or false"},
        wrong_case{R"({"zone":{"name":"a.example"},"rules":{}})", "a list"},
        wrong_case{R"({"zone":{"name":"a.example"},"rules":[{"priority":"x"}]})", "a number"},
        wrong_case{R"({"zone":{"name":"a.example","created":"today"}})", "a time"},
        wrong_case{R"({"zone":{"name":"a.example","authentication":{"quarantine":"x"}}})", "mark"},
        wrong_case{R"({"address":{"email":""}})", "without an email"},
        wrong_case{R"({"account":{"name":"x","verifications_sent":1}})", "not a known member"}}) {
    const auto got = parse_control_line(line, defaults_);
    ASSERT_FALSE(got) << line;
    EXPECT_EQ(got.error().code, errc::malformed);
    EXPECT_THAT(got.error().context, HasSubstr(want)) << line;
  }
}

/// From a zones file into a store's objects and back.
class ZonesYaml : public ControlLines {
 protected:
  zone_with_rules stored(const std::string& yaml) {
    const auto zones = config::parse_zones(yaml, "zones.yaml");
    EXPECT_TRUE(zones) << zones.error().context;
    auto made = to_store(zones->front(), std::string(32, 'a'), defaults_);
    EXPECT_TRUE(made) << made.error().context;
    return std::move(*made);
  }
  static std::string written(const zone_with_rules& z, bool verified = true) {
    return "zones:\n" + to_yaml(z, [&](std::string_view) { return verified; }).text;
  }
};

constexpr const char* plain_yaml = R"(zones:
  - name: zone.example
    subaddressing: true
    subdomains: [mail.zone.example]
    authentication: {quarantine: reject, require_pass: false}
    rules:
      - address: info@zone.example
        forward: [a@dest.example, b@dest.example]
        name: 'Front "desk"'
      - address: old@mail.zone.example
        reject: "Gone, sorry"
      - address: noise@zone.example
        drop: true
        enabled: false
      - glob: "sales-*@zone.example"
        priority: 3
        when: {dmarc: fail, size_over: 10}
        failover: [a@dest.example, b@dest.example]
      - address: hook@zone.example
        webhook: https://h.example/in
    catch_all:
      forward: [c@dest.example]
)";

/// The zone of a file, with whatever ids.
model::zone zone_in(const std::string& yaml) {
  auto zones = config::parse_zones(yaml, "zones.yaml");
  EXPECT_TRUE(zones) << zones.error().context << "\n" << yaml;
  if (!zones || zones->empty()) return {};
  auto zone = zones->front();
  zone.id.clear();
  for (auto& rule : zone.rules) rule.id.clear();
  std::ranges::sort(zone.rules, {}, &model::routing_rule::subject);
  return zone;
}

TEST_F(ZonesYaml, WhatAStoreSaysOfAFileIsTheFile) {
  EXPECT_EQ(zone_in(written(stored(plain_yaml))), zone_in(plain_yaml));
}

TEST_F(ZonesYaml, IdsOfAStoreAreKept) {
  const auto first = stored(plain_yaml);
  const auto again = stored(written(first));
  EXPECT_EQ(again.zone.id, first.zone.id);
  EXPECT_THAT(again.rules, ::testing::Contains(
                               ::testing::Field(&model::rule_object::id, first.rules.front().id)))
      << "the secret of a webhook hangs on it";
}

TEST_F(ZonesYaml, RulesWithoutVerifiedDestinationRest) {
  const auto zone = zone_in(written(stored(plain_yaml), false));
  for (const auto& rule : zone.rules) {
    const bool forwards = rule.action.kind == model::action_kind::forward
                          && !rule.action.destinations.front().is_webhook();
    const bool rests = forwards || rule.subject() == "noise@zone.example";
    EXPECT_EQ(rule.enabled, !rests) << rule.subject();
  }
  EXPECT_FALSE(zone.apex_catch_all.enabled);
}

TEST_F(ZonesYaml, PostmasterAndCatchAllsOfSubdomainsBecomeRules) {
  const auto z = stored(R"(zones:
  - name: zone.example
    postmaster: [ops@dest.example]
    subdomains:
      - name: shop.zone.example
        catch_all: {reject: "Write elsewhere"}
)");
  std::vector<std::string> matchers;
  for (const auto& rule : z.rules) {
    matchers.push_back(rule.matchers.front().type + " "
                       + rule.matchers.front().value.value_or("-"));
  }
  EXPECT_THAT(matchers, ::testing::ElementsAre("literal postmaster@zone.example",
                                               "literal postmaster@shop.zone.example",
                                               "glob *@shop.zone.example", "all -"));
  EXPECT_FALSE(z.rules.back().enabled) << "there is no catch-all in the file";
}

TEST_F(ZonesYaml, WhatAFileCannotSayIsAComment) {
  auto z = stored(plain_yaml);
  z.rules.front().actions = {{.type = "worker", .value = {{"w"}}}};
  const auto made = to_yaml(z, [](std::string_view) { return true; });
  ASSERT_EQ(made.left_out.size(), 1U);
  EXPECT_THAT(made.left_out.front(), HasSubstr(z.rules.front().id));
  EXPECT_THAT(made.text, ::testing::StartsWith("  # left out of zone.example: rule "));
  EXPECT_EQ(zone_in("zones:\n" + made.text).rules.size(), 4U);
}

}  // namespace
}  // namespace signpost::cli

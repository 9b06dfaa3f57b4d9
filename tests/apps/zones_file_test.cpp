// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/zones_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "model/routing/routing_table.hpp"

namespace signpost::config {
namespace {

TEST(ZonesFile, ReadsEverythingThatAZoneHas) {
  const auto zones = parse_zones(R"(
zones:
  - name: Example.ORG
    id: z1
    subaddressing: true
    subdomains:
      - mail.example.org
      - name: shop.example.org
        catch_all: {reject: "Nobody here"}
    postmaster: ops@dest.example
    rules:
      - address: Info
        name: The front desk
        forward: [a@dest.example, b@dest.example]
      - {address: old@mail.example.org, id: r2, reject: Closed}
      - {address: noise, drop: yes, enabled: false}
    catch_all: {forward: rest@dest.example}
  - {name: bücher.example, enabled: false}
)",
                                 "f");
  ASSERT_TRUE(zones) << zones.error().context;
  ASSERT_EQ(zones->size(), 2U);
  const auto& z = zones->front();
  EXPECT_EQ(z.id, "z1");
  EXPECT_EQ(z.name.ascii(), "example.org");
  EXPECT_TRUE(z.enabled && z.subaddressing);
  ASSERT_EQ(z.subdomains.size(), 2U);
  ASSERT_EQ(z.subdomain_catch_alls.size(), 1U);
  EXPECT_EQ(z.subdomain_catch_alls[0].domain.ascii(), "shop.example.org");
  EXPECT_EQ(z.subdomain_catch_alls[0].rule.action.reject_text, "Nobody here");
  ASSERT_EQ(z.postmaster.size(), 1U);
  ASSERT_EQ(z.rules.size(), 3U);
  EXPECT_EQ(z.rules[0].id, "info@example.org");
  EXPECT_EQ(z.rules[0].name, "The front desk");
  EXPECT_EQ(z.rules[0].action.destinations.size(), 2U);
  EXPECT_EQ(z.rules[1].id, "r2");
  EXPECT_EQ(z.rules[1].address.to_string(), "old@mail.example.org");
  EXPECT_EQ(z.rules[1].action.kind, model::action_kind::reject);
  EXPECT_FALSE(z.rules[2].enabled);
  EXPECT_EQ(z.rules[2].action.kind, model::action_kind::drop);
  EXPECT_TRUE(z.apex_catch_all.enabled);
  EXPECT_EQ(z.apex_catch_all.action.destinations.at(0).to_string(), "rest@dest.example");
  EXPECT_FALSE(zones->back().enabled);
  EXPECT_FALSE(zones->back().apex_catch_all.enabled);
}

TEST(ZonesFile, SaysWhatAZoneAsksOfAuthentication) {
  const auto zones = parse_zones(R"(
zones:
  - name: plain.example
  - {name: strict.example, authentication: {quarantine: reject}}
  - {name: lax.example, authentication: {dmarc: report, require_pass: false}}
  - {name: same.example, authentication: {dmarc: enforce, quarantine: mark, require_pass: yes}}
  - {name: own.example, authentication: {own_author: reject}}
  - {name: open.example, authentication: {dmarc: report, require_pass: false, own_author: off}}
)",
                                 "f");
  ASSERT_TRUE(zones) << zones.error().context;
  ASSERT_EQ(zones->size(), 6U);
  EXPECT_EQ(zones->at(0).admission, model::admission_policy{});
  EXPECT_EQ(zones->at(1).admission,
            (model::admission_policy{.quarantine = model::quarantine_action::reject}));
  EXPECT_EQ(zones->at(2).admission,
            (model::admission_policy{.enforce_dmarc = false, .require_authentication = false}));
  EXPECT_EQ(zones->at(3).admission, model::admission_policy{});
  EXPECT_EQ(zones->at(4).admission,
            (model::admission_policy{.own_author = model::own_author_action::reject}));
  EXPECT_EQ(zones->at(5).admission, model::admission_policy::open());
  const auto again = parse_zones(write_zones(*zones).value(), "written");
  ASSERT_TRUE(again) << again.error().context;
  EXPECT_EQ(*again, *zones);
  const auto wrong = parse_zones(
      "zones:\n  - {name: a.example, authentication: {own_author: never}}\n", "f");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().context.find("own_author: reject"), std::string::npos)
      << wrong.error().context;
}

TEST(ZonesFile, ReadsPatternsConditionsAndTheirActions) {
  const auto zones = parse_zones(R"(
zones:
  - name: example.org
    rules:
      - glob: "Sales-*"
        priority: 2.5
        when: {spf: [fail, softfail], dmarc: "!pass", size_over: 1000}
        failover: [a@dest.example, b@dest.example]
      - {regex: '[a-z]+-[0-9]+@example\.org', id: numbers, webhook: "https://h.example/in?x=1"}
      - {all: yes, when: {size_under: 10}, drop: true}
    catch_all: {webhook: "https://h.example/rest"}
)",
                                 "f");
  ASSERT_TRUE(zones) << zones.error().context;
  const auto& rules = zones->front().rules;
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_EQ(rules[0].matcher, model::matcher_kind::glob);
  EXPECT_EQ(rules[0].id, "Sales-*@example.org");
  EXPECT_TRUE(rules[0].pattern.matches("sales-7@example.org"));
  EXPECT_EQ(rules[0].priority, 2.5);
  EXPECT_EQ(rules[0].conditions.to_string(),
            "spf fail,softfail and dmarc !pass and over 1000 octets");
  ASSERT_EQ(rules[0].action.destinations.size(), 1U);
  EXPECT_EQ(rules[0].action.destinations[0].to_string(), "a@dest.example");
  EXPECT_EQ(rules[0].action.destinations[0].fallbacks.size(), 1U);
  EXPECT_EQ(rules[1].matcher, model::matcher_kind::regex);
  EXPECT_EQ(rules[1].action.destinations.at(0).webhook, "https://h.example/in?x=1");
  EXPECT_EQ(rules[2].matcher, model::matcher_kind::all);
  EXPECT_EQ(rules[2].conditions.size_under, 10U);
  EXPECT_TRUE(model::routing_table::build(*zones, {}));
}

// Everything that a zone can have, twice over.
TEST(ZonesFile, IsWrittenAsItIsRead) {
  const auto zones = parse_zones(R"(
zones:
  - name: example.org
    id: z1
    subaddressing: true
    subdomains:
      - mail.example.org
      - {name: shop.example.org, catch_all: {reject: "Say \"hello\": nobody", enabled: false}}
    postmaster: [ops@dest.example]
    rules:
      - address: '"odd name"@example.org'
        name: "# no: comment"
        forward: [a@x.example, b@x.example]
      - {address: Müller, id: m, enabled: false, reject: ""}
      - glob: "*-?"
        priority: -1.5
        when: {arc: pass, size_under: 99}
        failover: [a@x.example, b@x.example]
      - {regex: '\d+@.*', priority: .inf, webhook: "https://h.example:8443/a?b=c"}
      - {all: true, when: {spf: "!pass", dkim: [fail, none], dmarc: fail, size_over: 5}, drop: true}
    catch_all: {forward: rest@dest.example, enabled: false}
    authentication: {dmarc: report, require_pass: false}
  - {name: bücher.example, enabled: false, authentication: {quarantine: reject}}
)",
                                 "f");
  ASSERT_TRUE(zones) << zones.error().context;
  const auto text = write_zones(*zones);
  ASSERT_TRUE(text) << text.error().context;
  const auto again = parse_zones(*text, "written");
  ASSERT_TRUE(again) << again.error().context << "\n" << *text;
  EXPECT_EQ(*again, *zones) << *text;
  EXPECT_EQ(parse_zones(write_zones({}).value(), "none").value().size(), 0U);
}

TEST(ZonesFile, DoesNotSayWhatDoesNothing) {
  model::zone z{.id = "a.example", .name = address::domain::parse("a.example").value()};
  z.admission = {.enforce_dmarc = false, .quarantine = model::quarantine_action::reject};
  const auto again = parse_zones(write_zones({z}).value(), "written");
  ASSERT_TRUE(again) << again.error().context;
  EXPECT_EQ(again->front().admission, (model::admission_policy{.enforce_dmarc = false}));
}

TEST(ZonesFile, SaysForWhatItHasNoWords) {
  model::zone z{.id = "a.example", .name = address::domain::parse("a.example").value()};
  z.apex_catch_all.action = {
      .kind = model::action_kind::forward,
      .destinations = {{.webhook = "https://h.example/"}, {.webhook = "https://i.example/"}}};
  const auto text = write_zones({z});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, errc::malformed);
  EXPECT_NE(text.error().context.find("a.example"), std::string::npos);
}

TEST(ZonesFile, MayBeEmpty) {
  for (const auto* text : {"", "# nothing\n", "zones:\n", "zones: []\n"}) {
    const auto zones = parse_zones(text, "f");
    ASSERT_TRUE(zones) << zones.error().context;
    EXPECT_TRUE(zones->empty());
  }
}

struct mistake_case {
  std::string name;
  std::string text;
  std::string said;  // the beginning of the error
};

class ZonesFileMistakes : public testing::TestWithParam<mistake_case> {};

TEST_P(ZonesFileMistakes, AreNamedWithTheirPlace) {
  const auto zones = parse_zones(GetParam().text, "f");
  ASSERT_FALSE(zones);
  EXPECT_EQ(zones.error().code, errc::malformed);
  EXPECT_TRUE(zones.error().context.starts_with(GetParam().said)) << zones.error().context;
}

std::string zone_with(const std::string& lines) {
  return "zones:\n  - name: a.example\n" + lines;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ZonesFileMistakes,
    testing::Values(
        mistake_case{"NoYaml", "zones: [", "f:1:"},
        mistake_case{"TwoDocuments", "zones: []\n---\nzones: []\n", "f:3:1: has a second document"},
        mistake_case{"NoMap", "- a\n", "f:1:1: the zones file must be a map; write `zones:"},
        mistake_case{"ZonesIsNoList", "zones: yes\n", "f:1:8: 'zones' must be a list"},
        mistake_case{"MisspeltKey", zone_with("    subadressing: true\n"),
                     "f:3:5: unknown key 'subadressing' in a zone; did you mean 'subaddressing'?"},
        mistake_case{"StrangeKey", zone_with("    q: true\n"),
                     "f:3:5: unknown key 'q' in a zone; known keys: name, id,"},
        mistake_case{"KeyTwice", zone_with("    enabled: true\n    enabled: false\n"),
                     "f:4:5: 'enabled' is given more than once; remove one"},
        mistake_case{"NoName", "zones:\n  - id: x\n", "f:2:5: a zone without a name; add"},
        mistake_case{"BadDomain", "zones:\n  - name: -a-.example\n",
                     "f:2:11: '-a-.example' is not a domain name ("},
        mistake_case{"BadFlag", zone_with("    enabled: perhaps\n"),
                     "f:3:14: 'enabled' must be true or false"},
        mistake_case{"RulesIsAMap", zone_with("    rules: {a: b}\n"),
                     "f:3:12: 'rules' must be a list"},
        mistake_case{"RuleWithoutAddress", zone_with("    rules:\n      - drop: true\n"),
                     "f:4:9: a rule without an address; add `address: info`"},
        mistake_case{"BadAddress",
                     zone_with("    rules:\n      - address: a b\n        drop: true\n"),
                     "f:4:18: 'a b@a.example' is not an e-mail address ("},
        mistake_case{"NoAction", zone_with("    rules:\n      - address: x\n"),
                     "f:4:9: a rule with no actions; use exactly one of"},
        mistake_case{"TwoActions",
                     zone_with("    rules:\n      - {address: x, drop: true, reject: no}\n"),
                     "f:4:9: a rule with several actions; use exactly one of"},
        mistake_case{"EmptyForward", zone_with("    rules:\n      - {address: x, forward: []}\n"),
                     "f:4:31: 'forward' is empty; add an address"},
        mistake_case{"ForwardToNoAddress",
                     zone_with("    rules:\n      - address: x\n        forward: [a@b.example, "
                               "nobody]\n"),
                     "f:5:32: 'nobody' is not an e-mail address ("},
        mistake_case{"DropFalse", zone_with("    catch_all: {drop: false}\n"),
                     "f:3:23: `drop: false` has no effect; use `enabled: false`"},
        mistake_case{"CatchAllIsAWord", zone_with("    catch_all: drop\n"),
                     "f:3:16: a catch_all must be a map; write `forward:"},
        mistake_case{"AuthenticationKey", zone_with("    authentication: {dmarcs: report}\n"),
                     "f:3:22: unknown key 'dmarcs' in authentication; did you mean 'dmarc'?"},
        mistake_case{"AuthenticationIsAWord", zone_with("    authentication: no\n"),
                     "f:3:21: authentication must be a map; write `dmarc:"},
        mistake_case{
            "DmarcWord", zone_with("    authentication: {dmarc: reject}\n"),
            "f:3:29: 'dmarc: reject' is not a known value; write `dmarc: report` or `dmarc: "
            "enforce`"},
        mistake_case{"QuarantineWord", zone_with("    authentication: {quarantine: drop}\n"),
                     "f:3:34: 'quarantine: drop' is not a known value; write `quarantine: mark`"},
        mistake_case{"RequirePassWord", zone_with("    authentication: {require_pass: spf}\n"),
                     "f:3:36: 'require_pass' must be true or false"},
        mistake_case{"QuarantineWithoutDmarc",
                     zone_with("    authentication: {dmarc: report, quarantine: reject}\n"),
                     "f:3:49: 'quarantine' has no effect with `dmarc: report`; remove one"},
        mistake_case{"TwoMatchers",
                     zone_with("    rules:\n      - {address: x, glob: y, drop: true}\n"),
                     "f:4:9: a rule with several addresses; use only one of address, glob, regex"},
        mistake_case{"BadGlob", zone_with("    rules:\n      - {glob: 'a b*', drop: true}\n"),
                     "f:4:16: 'a b*' is not a pattern ("},
        mistake_case{"BadRegex", zone_with("    rules:\n      - {regex: '(a', drop: true}\n"),
                     "f:4:17: '(a' is not a pattern (the expression: missing )"},
        mistake_case{"AllFalse", zone_with("    rules:\n      - {all: no, drop: true}\n"),
                     "f:4:15: `all: false` has no effect"},
        mistake_case{"Priority",
                     zone_with("    rules:\n      - {all: yes, priority: high, drop: true}\n"),
                     "f:4:30: 'priority' must be a number"},
        mistake_case{"Condition",
                     zone_with("    rules:\n      - {all: yes, when: {spf: bad}, drop: true}\n"),
                     "f:4:32: 'spf: bad': 'bad' is not a result"},
        mistake_case{"ConditionWithoutQuotes",
                     zone_with("    rules:\n      - {all: yes, when: {spf: !pass }, drop: true}\n"),
                     "f:4:32: 'spf: !pass' must be quoted: `spf: \"!pass\"`"},
        mistake_case{
            "Size", zone_with("    rules:\n      - {all: y, when: {size_over: 1MB}, drop: true}\n"),
            "f:4:15: 'all' must be true or false"},
        mistake_case{
            "SizeOver",
            zone_with("    rules:\n      - {all: on, when: {size_over: 1MB}, drop: true}\n"),
            "f:4:37: 'size_over' must be a number of octets"},
        mistake_case{"NothingAsked",
                     zone_with("    rules:\n      - {all: on, when: {}, drop: true}\n"),
                     "f:4:25: 'when' is empty"},
        mistake_case{"FailoverToOne", zone_with("    catch_all: {failover: a@b.example}\n"),
                     "f:3:27: 'failover' needs at least two addresses"},
        mistake_case{"WebhookOverHttp", zone_with("    catch_all: {webhook: 'http://h/'}\n"),
                     "f:3:26: 'http://h/' cannot be a webhook (the URL of a webhook must begin"},
        mistake_case{"SubdomainKey", zone_with("    subdomains: [{nam: b.a.example}]\n"),
                     "f:3:19: unknown key 'nam' in a subdomain; did you mean 'name'?"}),
    [](const auto& one) { return one.param.name; });

// The first line that goes over a limit of the zone is named.
TEST(ZonesFile, BoundsWhatThePatternsOfAZoneCost) {
  auto text = zone_with("    rules:\n");
  std::uint64_t steps = 0;
  int first_over = 0;
  for (int i = 0; i < 300; ++i) {
    const auto pattern = ".*a.{40}" + std::to_string(i) + "@.*";
    text += "      - {regex: '" + pattern + "', drop: true}\n";
    steps += model::address_pattern::regex(pattern)->steps();
    if (first_over == 0 && steps > model::zone_routes::regex_steps_max) first_over = i;
  }
  ASSERT_GT(first_over, 50);
  const auto zones = parse_zones(text, "f");
  ASSERT_FALSE(zones);
  const auto want = "f:" + std::to_string(4 + first_over) + ":17: with '.*a.{40}"
                    + std::to_string(first_over) + "@.*' (";
  EXPECT_TRUE(zones.error().context.starts_with(want)) << zones.error().context << "\n" << want;
  EXPECT_NE(zones.error().context.find("more than 50000;"), std::string::npos);
}

TEST(ZonesFile, BoundsHowManyRulesOfAZoneAreTried) {
  auto text = zone_with("    rules:\n      - {glob: 'off*', enabled: false, drop: true}\n");
  for (std::size_t i = 0; i <= model::zone_routes::ordered_rules_max; ++i) {
    text += "      - {glob: '" + std::to_string(i) + "*', drop: true}\n";
  }
  const auto zones = parse_zones(text, "f");
  ASSERT_FALSE(zones);
  EXPECT_TRUE(zones.error().context.starts_with("f:1005:9: more than 1000 rules"))
      << zones.error().context;
}

TEST(ZonesFile, SaysWhichFileCannotBeRead) {
  const auto zones = load_zones("/nonexistent/zones.yaml");
  ASSERT_FALSE(zones);
  EXPECT_EQ(zones.error().code, errc::not_found);
  EXPECT_TRUE(zones.error().context.starts_with("/nonexistent/zones.yaml: "));
  EXPECT_EQ(load_zones("/").error().code, errc::unavailable);
}

// The first YAML block of an operator's page must work as it stands.
class ZonesPage : public testing::TestWithParam<std::string> {};

TEST_P(ZonesPage, HasAnExampleThatLoadsAndRoutes) {
  std::string path = SIGNPOST_ZONES_PAGE;
  path = path.substr(0, path.rfind('/') + 1) + GetParam() + ".md";
  std::ifstream file(path);
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::string fence = "```yaml\n";
  const auto from = page.find(fence);
  ASSERT_NE(from, std::string::npos) << path;
  const auto begin = from + fence.size();
  auto zones = parse_zones(page.substr(begin, page.find("```", begin) - begin), GetParam());
  ASSERT_TRUE(zones) << zones.error().context;
  EXPECT_FALSE(zones->empty());
  const auto table = model::routing_table::build(std::move(*zones), {});
  EXPECT_TRUE(table) << table.error().context;
}

INSTANTIATE_TEST_SUITE_P(Pages, ZonesPage, testing::Values("zones", "rules"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace signpost::config

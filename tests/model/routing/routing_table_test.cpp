// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/routing_table.hpp"

#include <gtest/gtest.h>

namespace signpost::model {
namespace {

address::domain domain(std::string_view text) {
  return address::domain::parse(text).value();
}

address::mailbox mailbox(std::string_view text) {
  return address::mailbox::parse(text).value();
}

std::vector<address::mailbox> mailboxes(const std::vector<std::string>& texts) {
  std::vector<address::mailbox> list;
  for (const auto& text : texts) list.push_back(mailbox(text));
  return list;
}

rule_action forward(const std::vector<std::string>& to) {
  return {.kind = action_kind::forward, .destinations = to_destinations(mailboxes(to))};
}
rule_action drop() {
  return {.kind = action_kind::drop};
}
rule_action reject(std::string text) {
  return {.kind = action_kind::reject, .destinations = {}, .reject_text = std::move(text)};
}

routing_rule rule(std::string_view at, rule_action action, bool enabled = true) {
  return {.id = std::string(at), .enabled = enabled, .address = mailbox(at), .action = action};
}

// example.org: subaddressing, a catch-all, a subdomain with one and one without.
zone full_zone() {
  zone z{.id = "z1", .name = domain("example.org"), .subaddressing = true};
  z.subdomains = {domain("mail.example.org"), domain("quiet.example.org")};
  z.rules = {
      rule("info@example.org", forward({"a@dest.example", "b@dest.example"})),
      rule("info+sales@example.org", forward({"sales@dest.example"})),
      rule("old@example.org", reject("Closed since spring")),
      rule("noise@example.org", drop()),
      rule("off@example.org", forward({"never@dest.example"}), false),
      rule("info@mail.example.org", forward({"sub@dest.example"})),
      rule("team@example.org", forward({"info@example.org", "c@dest.example", "a@dest.example"}))};
  z.apex_catch_all = {.enabled = true, .action = forward({"rest@dest.example"})};
  z.subdomain_catch_alls = {{domain("mail.example.org"), {.enabled = true, .action = drop()}}};
  return z;
}

// strict.example: nothing but one rule; closed.example: a rejecting catch-all and a postmaster.
std::vector<zone> all_zones() {
  zone strict{.id = "z2", .name = domain("strict.example")};
  strict.rules = {rule("one@strict.example", forward({"x@dest.example"})),
                  rule("tag+x@strict.example", forward({"tagged@dest.example"})),
                  rule("Postmaster@strict.example", reject("no"))};
  zone closed{.id = "z3", .name = domain("closed.example")};
  closed.apex_catch_all = {.enabled = true, .action = reject("Nobody here")};
  closed.postmaster = mailboxes({"pm@dest.example"});
  zone off{.id = "z4", .name = domain("off.example"), .enabled = false};
  off.rules = {rule("one@off.example", forward({"x@dest.example"}))};
  return {full_zone(), strict, closed, off};
}

node_identity node() {
  return {.host_name = domain("mx.node.example"),
          .postmaster = mailboxes({"ops@dest.example"}),
          .addresses = {*ip_address::parse("192.0.2.25")}};
}

std::shared_ptr<const routing_table> table() {
  auto made = routing_table::build(all_zones(), node());
  EXPECT_TRUE(made.has_value());
  return *made;
}

struct route_case {
  std::string name;
  std::string to;  // empty: postmaster without domain
  route_kind kind;
  std::string zone;
  std::string rule;
  std::vector<std::string> destinations;
  std::string reply;
};

class Routing : public testing::TestWithParam<route_case> {};

TEST_P(Routing, Decides) {
  const auto& c = GetParam();
  const auto path =
      c.to.empty() ? smtp::forward_path::postmaster() : smtp::forward_path(mailbox(c.to));
  const auto d = table()->route(path);
  EXPECT_EQ(d.kind, c.kind);
  EXPECT_EQ(d.zone, c.zone);
  EXPECT_EQ(d.rule, c.rule);
  EXPECT_EQ(d.destinations, to_destinations(mailboxes(c.destinations)));
  EXPECT_EQ(d.reply.code == 0 ? "" : d.reply.to_string(), c.reply);
  EXPECT_TRUE(d.steps.empty());
  EXPECT_EQ(table()->explain(path).kind, d.kind);
  EXPECT_EQ(table()->explain(path).steps.empty(), c.to.empty() && c.destinations.empty());
}

const std::string no_such = "550 5.1.1 No such address here";
const std::string no_relay = "550 5.7.1 Relaying denied";

INSTANTIATE_TEST_SUITE_P(
    Table, Routing,
    testing::Values(
        route_case{"Exact",
                   "info@example.org",
                   route_kind::forward,
                   "example.org",
                   "info@example.org",
                   {"a@dest.example", "b@dest.example"},
                   ""},
        route_case{"WithoutCase",
                   "INFO@Example.ORG",
                   route_kind::forward,
                   "example.org",
                   "info@example.org",
                   {"a@dest.example", "b@dest.example"},
                   ""},
        route_case{"QuotedSpelling",
                   "\"info\"@example.org",
                   route_kind::forward,
                   "example.org",
                   "info@example.org",
                   {"a@dest.example", "b@dest.example"},
                   ""},
        route_case{"DetailRuleFirst",
                   "info+Sales@example.org",
                   route_kind::forward,
                   "example.org",
                   "info+sales@example.org",
                   {"sales@dest.example"},
                   ""},
        route_case{"DetailFallsBack",
                   "info+x+y@example.org",
                   route_kind::forward,
                   "example.org",
                   "info@example.org",
                   {"a@dest.example", "b@dest.example"},
                   ""},
        route_case{"DotIsOrdinary",
                   "in.fo@example.org",
                   route_kind::forward,
                   "example.org",
                   "catch-all",
                   {"rest@dest.example"},
                   ""},
        route_case{"PlusAloneIsNoDetail",
                   "+info@example.org",
                   route_kind::forward,
                   "example.org",
                   "catch-all",
                   {"rest@dest.example"},
                   ""},
        route_case{"Reject",
                   "old@example.org",
                   route_kind::reject,
                   "example.org",
                   "old@example.org",
                   {},
                   "550 5.7.1 Closed since spring"},
        route_case{"Drop",
                   "noise@example.org",
                   route_kind::drop,
                   "example.org",
                   "noise@example.org",
                   {},
                   ""},
        route_case{"DisabledRuleIsNotThere",
                   "off@example.org",
                   route_kind::forward,
                   "example.org",
                   "catch-all",
                   {"rest@dest.example"},
                   ""},
        route_case{"OwnAddressesAreFollowed",
                   "team@example.org",
                   route_kind::forward,
                   "example.org",
                   "team@example.org",
                   {"a@dest.example", "b@dest.example", "c@dest.example"},
                   ""},
        route_case{"SubdomainRule",
                   "info@mail.example.org",
                   route_kind::forward,
                   "example.org",
                   "info@mail.example.org",
                   {"sub@dest.example"},
                   ""},
        route_case{"SubdomainCatchAll",
                   "x@mail.example.org",
                   route_kind::drop,
                   "example.org",
                   "catch-all",
                   {},
                   ""},
        route_case{"ApexCatchAllIsNotOfSubdomains",
                   "x@quiet.example.org",
                   route_kind::unknown,
                   "example.org",
                   "",
                   {},
                   no_such},
        route_case{
            "UnlistedSubdomain", "x@other.example.org", route_kind::not_ours, "", "", {}, no_relay},
        route_case{"NoCatchAll",
                   "two@strict.example",
                   route_kind::unknown,
                   "strict.example",
                   "",
                   {},
                   no_such},
        route_case{"SubaddressingOff",
                   "one+x@strict.example",
                   route_kind::unknown,
                   "strict.example",
                   "",
                   {},
                   no_such},
        route_case{"LiteralDetailWithSubaddressingOff",
                   "tag+x@strict.example",
                   route_kind::forward,
                   "strict.example",
                   "tag+x@strict.example",
                   {"tagged@dest.example"},
                   ""},
        route_case{"RejectingCatchAll",
                   "x@closed.example",
                   route_kind::reject,
                   "closed.example",
                   "catch-all",
                   {},
                   "550 5.7.1 Nobody here"},
        route_case{"DisabledZone", "one@off.example", route_kind::not_ours, "", "", {}, no_relay},
        route_case{"Foreign", "a@elsewhere.example", route_kind::not_ours, "", "", {}, no_relay},
        route_case{"PostmasterByCatchAll",
                   "postmaster@example.org",
                   route_kind::forward,
                   "example.org",
                   "catch-all",
                   {"rest@dest.example"},
                   ""},
        route_case{"PostmasterOfZone",
                   "PostMaster@closed.example",
                   route_kind::postmaster,
                   "closed.example",
                   "postmaster",
                   {"pm@dest.example"},
                   ""},
        route_case{"PostmasterIsNeverRefused",
                   "postmaster@strict.example",
                   route_kind::postmaster,
                   "strict.example",
                   "postmaster",
                   {"ops@dest.example"},
                   ""},
        route_case{"PostmasterPastDroppingCatchAll",
                   "postmaster@mail.example.org",
                   route_kind::postmaster,
                   "example.org",
                   "postmaster",
                   {"ops@dest.example"},
                   ""},
        route_case{"PostmasterWithoutDomain",
                   "",
                   route_kind::postmaster,
                   "",
                   "postmaster",
                   {"ops@dest.example"},
                   ""},
        route_case{"PostmasterOfNode",
                   "postmaster@mx.node.example",
                   route_kind::postmaster,
                   "",
                   "postmaster",
                   {"ops@dest.example"},
                   ""},
        route_case{"AbuseOfNode",
                   "Abuse@MX.node.example",
                   route_kind::postmaster,
                   "",
                   "postmaster",
                   {"ops@dest.example"},
                   ""},
        route_case{
            "OthersAtNode", "root@mx.node.example", route_kind::unknown, "", "", {}, no_such},
        route_case{"PostmasterAtOurLiteral",
                   "postmaster@[192.0.2.25]",
                   route_kind::postmaster,
                   "",
                   "postmaster",
                   {"ops@dest.example"},
                   ""},
        route_case{
            "OthersAtOurLiteral", "info@[192.0.2.25]", route_kind::unknown, "", "", {}, no_such},
        route_case{"ForeignLiteral",
                   "postmaster@[192.0.2.26]",
                   route_kind::not_ours,
                   "",
                   "",
                   {},
                   no_relay}),
    [](const auto& one) { return one.param.name; });

struct build_case {
  std::string name;
  std::vector<zone> zones;
  errc code;
  std::string said;  // part of the context
};

class BuildingATable : public testing::TestWithParam<build_case> {};

TEST_P(BuildingATable, RefusesWhatCannotWork) {
  const auto made = routing_table::build(GetParam().zones, node());
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, GetParam().code);
  EXPECT_NE(made.error().context.find(GetParam().said), std::string::npos) << made.error().context;
}

zone with_rules(std::vector<routing_rule> rules) {
  zone z{.id = "z", .name = domain("a.example")};
  z.rules = std::move(rules);
  return z;
}

zone with_subdomains(std::string_view name, std::vector<std::string> subdomains) {
  zone z{.id = "z", .name = domain(name)};
  for (const auto& sub : subdomains) z.subdomains.push_back(domain(sub));
  return z;
}

zone circular_catch_all() {
  auto z = with_rules({});
  z.apex_catch_all = {.enabled = true, .action = forward({"x@a.example"})};
  return z;
}

zone long_chain() {
  std::vector<routing_rule> rules;
  for (int i = 0; i < 40; ++i) {
    const auto name = [](int n) { return "r" + std::to_string(n) + "@a.example"; };
    rules.push_back(rule(name(i), i == 39 ? forward({"x@b.example"}) : forward({name(i + 1)})));
  }
  return with_rules(rules);
}

zone many_destinations() {
  std::vector<std::string> to;
  for (int i = 0; i < 201; ++i) to.push_back("u" + std::to_string(i) + "@b.example");
  return with_rules({rule("all@a.example", forward(to))});
}

INSTANTIATE_TEST_SUITE_P(
    Table, BuildingATable,
    testing::Values(
        build_case{"TwoZonesOfOneName",
                   {with_rules({}), with_rules({})},
                   errc::conflict,
                   "a.example is claimed"},
        build_case{
            "SubdomainIsAnotherZone",
            {with_subdomains("a.example", {"b.a.example"}), with_subdomains("b.a.example", {})},
            errc::conflict,
            "b.a.example is claimed"},
        build_case{"ForeignSubdomain",
                   {with_subdomains("a.example", {"b.example"})},
                   errc::malformed,
                   "not a subdomain"},
        build_case{"TwoRulesForOneAddress",
                   {with_rules({rule("x@a.example", drop()), rule("X@a.example", drop())})},
                   errc::conflict,
                   "another rule"},
        build_case{"RuleOutsideItsZone",
                   {with_rules({rule("x@b.example", drop())})},
                   errc::malformed,
                   "not at a domain of the zone"},
        build_case{"RuleAtALiteral",
                   {with_rules({rule("x@[192.0.2.1]", drop())})},
                   errc::malformed,
                   "not at a domain of the zone"},
        build_case{"ForwardToNobody",
                   {with_rules({rule("x@a.example", forward({}))})},
                   errc::malformed,
                   "has no destination to forward to"},
        build_case{"ForwardToItself",
                   {with_rules({rule("x@a.example", forward({"X@a.example"}))})},
                   errc::malformed,
                   "forwards to itself"},
        build_case{"RejectTextWithLineEnd",
                   {with_rules({rule("x@a.example", reject("a\r\n250 ok"))})},
                   errc::malformed,
                   "printable ASCII"},
        build_case{"Circle",
                   {with_rules({rule("x@a.example", forward({"y@a.example"})),
                                rule("y@a.example", forward({"x@a.example"}))})},
                   errc::malformed,
                   "loop"},
        build_case{"CatchAllThatCatchesItself", {circular_catch_all()}, errc::malformed, "loop"},
        build_case{"ForwardToUnknownOfOurs",
                   {with_rules({rule("x@a.example", forward({"y@a.example"}))})},
                   errc::malformed,
                   "accepts no mail"},
        build_case{"ForwardToTheNode",
                   {with_rules({rule("x@a.example", forward({"y@mx.node.example"}))})},
                   errc::malformed,
                   "accepts no mail"},
        build_case{"LongChain", {long_chain()}, errc::malformed, "more than 16 steps"},
        build_case{"ManyDestinations",
                   {many_destinations()},
                   errc::limit_exceeded,
                   "more than 200 destinations"}),
    [](const auto& one) { return one.param.name; });

TEST(RoutingTable, CountsWhatIsEnabledAndFindsZones) {
  const auto t = table();
  EXPECT_EQ(t->zone_count(), 3U);
  EXPECT_EQ(t->rule_count(), 9U);
  ASSERT_NE(t->find_zone(domain("mail.example.org")), nullptr);
  EXPECT_EQ(t->find_zone(domain("mail.example.org"))->id(), "z1");
  EXPECT_EQ(t->find_zone(domain("off.example")), nullptr);
  EXPECT_EQ(t->node().host_name, domain("mx.node.example"));
}

TEST(RoutingTable, ExplainsEachStep) {
  const auto d = table()->explain(smtp::forward_path(mailbox("info+x@example.org")));
  const std::vector<std::string> want{
      "example.org is routed by zone example.org", "no rule is for exactly this address",
      "subaddressing: rule info@example.org is for info@example.org", "to a@dest.example",
      "to b@dest.example"};
  EXPECT_EQ(d.steps, want);
}

TEST(RoutingTable, RefusesPostmasterOnlyIfNobodyIsSet) {
  const auto t = routing_table::build({}, {.host_name = domain("mx.node.example")}).value();
  const auto d = t->route(smtp::forward_path::postmaster());
  EXPECT_EQ(d.kind, route_kind::unknown);
  EXPECT_EQ(d.reply.code, 550);
}

TEST(RoutingTable, FindsEachOfManyRules) {
  constexpr int count = 20'000;
  zone z{.id = "z", .name = domain("many.example")};
  for (int i = 0; i < count; ++i) {
    z.rules.push_back(rule("user" + std::to_string(i) + "@many.example",
                           forward({"d" + std::to_string(i) + "@dest.example"})));
  }
  const auto t = routing_table::build({z}, node()).value();
  for (int i = 0; i < count; i += 7) {
    const auto d =
        t->route(smtp::forward_path(mailbox("USER" + std::to_string(i) + "@many.example")));
    ASSERT_EQ(d.destinations.size(), 1U);
    ASSERT_EQ(d.destinations[0].mailbox.local(), "d" + std::to_string(i));
  }
  EXPECT_EQ(t->route(smtp::forward_path(mailbox("user@many.example"))).kind, route_kind::unknown);
}

zone of_account(std::string account, std::string_view name, std::vector<routing_rule> rules) {
  return {.id = "id of " + std::string(name),
          .account = std::move(account),
          .name = domain(name),
          .rules = std::move(rules)};
}

std::vector<std::string> leaves_for(const routing_table& t, std::string_view to) {
  std::vector<std::string> out;
  for (const auto& d : t.route(smtp::forward_path(mailbox(to))).destinations) {
    out.push_back(d.to_string());
    for (const auto& next : d.fallbacks) out.push_back("or " + next.to_string());
  }
  return out;
}

// Rules lead into zones of their own account; what the DNS says of others' domains counts.
TEST(RoutingTable, MailForAnotherAccountsZoneLeaves) {
  auto failing = rule("f@a.example", forward({"x@b.example"}));
  failing.action.destinations.front().fallbacks = mailboxes({"x@a2.example", "y@b.example"});
  const auto t = routing_table::build(
      {of_account("A", "a.example",
                  {rule("to-b@a.example", forward({"x@b.example"})),
                   rule("to-a2@a.example", forward({"x@a2.example"})),
                   rule("via@a.example", forward({"chain@a2.example"})), failing}),
       of_account("A", "a2.example",
                  {rule("x@a2.example", forward({"box@dest.example"})),
                   rule("chain@a2.example", forward({"x@b.example"}))}),
       of_account("B", "b.example",
                  {rule("x@b.example", forward({"secret@dest.example"})),
                   rule("y@b.example", reject("closed"))})},
      node());
  ASSERT_TRUE(t.has_value()) << to_string(t.error());
  EXPECT_EQ(leaves_for(**t, "to-b@a.example"), std::vector<std::string>{"x@b.example"});
  EXPECT_EQ(leaves_for(**t, "to-a2@a.example"), std::vector<std::string>{"box@dest.example"});
  EXPECT_EQ(leaves_for(**t, "via@a.example"), std::vector<std::string>{"x@b.example"});
  EXPECT_EQ(leaves_for(**t, "f@a.example"),
            (std::vector<std::string>{"x@b.example", "or box@dest.example", "or y@b.example"}));
  EXPECT_EQ((*t)->route(smtp::forward_path(mailbox("x@b.example"))).zone_id, "id of b.example");
}

// The operator's own mail may lead anywhere.
TEST(RoutingTable, ThePostmasterOfTheNodeMayBeInAnyZone) {
  auto ours = node();
  ours.postmaster = mailboxes({"ops@b.example"});
  const auto t = routing_table::build(
      {of_account("A", "a.example", {}),
       of_account("B", "b.example", {rule("ops@b.example", forward({"ops@dest.example"}))})},
      ours);
  ASSERT_TRUE(t.has_value()) << to_string(t.error());
  EXPECT_EQ(leaves_for(**t, "postmaster@a.example"), std::vector<std::string>{"ops@dest.example"});
}

}  // namespace
}  // namespace signpost::model

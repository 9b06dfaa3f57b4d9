// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/apps/signpost/cli_fixture.hpp"

namespace signpost::cli {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

json literal(const std::string& address) {
  return {{"type", "literal"}, {"field", "to"}, {"value", address}};
}

json rule(json matchers, json action) {
  return {{"id", id_of('7')},
          {"name", "Front desk"},
          {"matchers", std::move(matchers)},
          {"actions", {std::move(action)}},
          {"enabled", true},
          {"priority", 3},
          {"catch_all", false}};
}

class RuleCommands : public CliFixture {
 protected:
  RuleCommands() {
    server_.answer("GET " + at_own_zone("/rules?page=1&per_page=50"), {info(), catch_all()});
    server_.answer("GET " + at_own_zone("/rules/catch_all"), catch_all());
  }
  static json info() {
    return rule(json::array({literal("Info@zone.example")}),
                {{"type", "forward"}, {"value", {"ops@dest.example"}}});
  }
  static json catch_all() {
    auto last = rule({{{"type", "all"}}}, {{"type", "drop"}});
    last["id"] = id_of('8');
    last["catch_all"] = true;
    last["enabled"] = false;
    last.erase("priority");
    return last;
  }
  /// The body that a `rule create` with these options sends, and where to.
  std::pair<std::string, json> created(std::vector<std::string> arguments) {
    server_.answer("POST " + at_zone("/email/routing/rules"), info());
    server_.answer("POST " + at_own_zone("/rules"), info());
    arguments.insert(arguments.begin(), {"rule", "create"});
    const auto o = ask(std::move(arguments));
    EXPECT_EQ(o.status, done) << o.err;
    return {server_.requests.back(), server_.bodies.back()};
  }
};

// The form of its name that a rule was made with is not the one that everybody writes.
TEST_F(RuleCommands, FindARuleByEitherFormOfItsDomain) {
  auto books = zone();
  books["name"] = "bücher.example";
  server_.answer("GET " + zones_named("xn--bcher-kva.example"), json::array({books}));
  for (const auto* const made : {"info@bücher.example", "Info@xn--bcher-kva.example"}) {
    const auto one = rule(json::array({literal(made)}), {{"type", "drop"}});
    server_.answer("GET " + at_own_zone("/rules?page=1&per_page=50"), json::array({one}));
    for (const auto* const asked : {"info@Bücher.example", "info@xn--bcher-kva.example"}) {
      EXPECT_EQ(ask({"rule", "show", asked}).status, done) << made << " by " << asked;
    }
  }
}

struct create_case {
  const char* name;
  std::vector<std::string> options;
  bool extended;
  const char* matchers;
  const char* actions;
};

class RuleCreate : public RuleCommands, public ::testing::WithParamInterface<create_case> {};

TEST_P(RuleCreate, SendsWhatWasSaid) {
  const auto& c = GetParam();
  const auto [request, body] = created(c.options);
  EXPECT_EQ(request,
            "POST " + (c.extended ? at_own_zone("/rules") : at_zone("/email/routing/rules")));
  EXPECT_EQ(body["matchers"], json::parse(c.matchers));
  EXPECT_EQ(body["actions"], json::parse(c.actions));
}

constexpr const char* info_matcher =
    R"([{"type":"literal","field":"to","value":"info@zone.example"}])";
constexpr const char* dropped = R"([{"type":"drop"}])";

INSTANTIATE_TEST_SUITE_P(
    Table, RuleCreate,
    ::testing::Values(
        create_case{"Forward",
                    {"info@zone.example", "--forward", "a@b.example"},
                    false,
                    info_matcher,
                    R"([{"type":"forward","value":["a@b.example"]}])"},
        create_case{"LocalPartAlone",
                    {"info", "--zone", "zone.example", "--drop"},
                    false,
                    info_matcher,
                    dropped},
        create_case{"Drop", {"info@zone.example", "--drop"}, false, info_matcher, dropped},
        create_case{"SeveralCopies",
                    {"info@zone.example", "--forward", "a@b.example,c@d.example"},
                    true,
                    info_matcher,
                    R"([{"type":"forward","value":["a@b.example","c@d.example"]}])"},
        create_case{"Failover",
                    {"info@zone.example", "--failover", "a@b.example,c@d.example"},
                    true,
                    info_matcher,
                    R"([{"type":"failover","value":["a@b.example","c@d.example"]}])"},
        create_case{"RejectWithCommas",
                    {"info@zone.example", "--reject", "Gone, sorry"},
                    true,
                    info_matcher,
                    R"([{"type":"reject","value":["Gone, sorry"]}])"},
        create_case{"Webhook",
                    {"info@zone.example", "--webhook", "https://h.example/in"},
                    true,
                    info_matcher,
                    R"([{"type":"webhook","value":["https://h.example/in"]}])"},
        create_case{"Glob",
                    {"sales-*@zone.example", "--match", "glob", "--drop"},
                    true,
                    R"([{"type":"glob","field":"to","value":"sales-*@zone.example"}])",
                    dropped},
        create_case{"Regex",
                    {"[0-9]+@.*", "--match", "regex", "--zone", "zone.example", "--drop"},
                    true,
                    R"([{"type":"regex","field":"to","value":"[0-9]+@.*"}])",
                    dropped},
        create_case{"AllOfAKind",
                    {"--match", "all", "--zone", "zone.example", "--when", "dmarc=fail,permerror",
                     "--when", "SPF!=pass", "--over", "10MiB", "--drop"},
                    true,
                    R"([{"type":"all"},
                        {"type":"authentication","field":"dmarc","value":"fail,permerror"},
                        {"type":"authentication","field":"spf","value":"!pass"},
                        {"type":"size","field":"over","value":"10485760"}])",
                    dropped}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(RuleCommands, CreatesWithNamePriorityAndState) {
  const auto [request, body] =
      created({"info@zone.example", "--drop", "--name", "Büro", "--priority", "5", "--disable"});
  EXPECT_EQ(body["name"], "Büro");
  EXPECT_EQ(body["priority"], 5);
  EXPECT_EQ(body["enabled"], false);
}

TEST_F(RuleCommands, FindsTheZoneOfASubdomain) {
  server_.answer("GET " + zones_named("mail.zone.example"), json::array());
  const auto [request, body] = created({"info@mail.zone.example", "--drop"});
  EXPECT_EQ(body["matchers"][0]["value"], "info@mail.zone.example");
}

struct usage_case {
  const char* name;
  std::vector<std::string> arguments;
  const char* want;
};

class RuleUsage : public RuleCommands, public ::testing::WithParamInterface<usage_case> {};

TEST_P(RuleUsage, IsExplained) {
  const auto o = ask(GetParam().arguments);
  EXPECT_EQ(o.status, wrong_usage);
  EXPECT_THAT(o.err, HasSubstr(GetParam().want));
  EXPECT_THAT(server_.requests, Not(Contains(::testing::StartsWith("POST"))));
}

INSTANTIATE_TEST_SUITE_P(
    Table, RuleUsage,
    ::testing::Values(
        usage_case{"NoAction", {"rule", "create", "info@zone.example"}, "--forward ADDRESS"},
        usage_case{"TwoActions",
                   {"rule", "create", "info@zone.example", "--drop", "--reject", "x"},
                   "one action"},
        usage_case{"OneFailover",
                   {"rule", "create", "info@zone.example", "--failover", "a@b.example"},
                   "two addresses"},
        usage_case{"UnknownTest",
                   {"rule", "create", "info@zone.example", "--drop", "--when", "dnsbl=fail"},
                   "dmarc=fail"},
        usage_case{"NoTest",
                   {"rule", "create", "info@zone.example", "--drop", "--when", "dmarc"},
                   "dmarc=fail"},
        usage_case{
            "NoSize", {"rule", "create", "info@zone.example", "--drop", "--over", "huge"}, "10MiB"},
        usage_case{"NoPriority",
                   {"rule", "create", "info@zone.example", "--drop", "--priority", "high"},
                   "not a number"},
        usage_case{"NoAddress", {"rule", "create", "--drop"}, "the address is missing"},
        usage_case{"IdWithoutZone", {"rule", "show", id_of('7').c_str()}, "--zone"}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(RuleCommands, ListsRulesOfAZone) {
  const auto o = ask({"rule", "list", "zone.example"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out, HasSubstr("Info@zone.example  forward to ops@dest.example  enabled   3"));
  EXPECT_THAT(o.out, HasSubstr("everything else    drop                         disabled  last"));
}

TEST_F(RuleCommands, ListsRulesOfAllZones) {
  auto one = info();
  one["zone"] = {{"name", "zone.example"}};
  server_.answer(
      "GET /client/v4/accounts/" + id_of('a') + "/email/routing/rules?page=1&per_page=50",
      json::array({one}));
  EXPECT_THAT(ask({"rule", "list"}).out, HasSubstr("\nzone.example  Info@zone.example"));
}

TEST_F(RuleCommands, SaysConditionsInWords) {
  auto one = rule({literal("a@zone.example"),
                   {{"type", "authentication"}, {"field", "dmarc"}, {"value", "!pass"}},
                   {{"type", "size"}, {"field", "over"}, {"value", "10485760"}}},
                  {{"type", "failover"}, {"value", {"a@b.example", "c@d.example"}}});
  server_.answer("GET " + at_own_zone("/rules?page=1&per_page=50"), json::array({one}));
  const auto o = ask({"rule", "show", "A@ZONE.example"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_THAT(o.out, HasSubstr("if dmarc is not pass and over 10.0 MiB"));
  EXPECT_THAT(o.out, HasSubstr("the first that accepts it of a@b.example, c@d.example"));
}

TEST_F(RuleCommands, UpdatesWhatIsNamedAndKeepsTheRest) {
  const auto path = at_zone("/email/routing/rules/") + id_of('7');
  server_.answer("PUT " + path, info());
  EXPECT_EQ(ask({"rule", "update", "info@zone.example", "--name", "New"}).status, done);
  EXPECT_EQ(server_.requests.back(), "PUT " + path);
  auto want = info();
  want["name"] = "New";
  want.erase("id");
  want.erase("catch_all");
  EXPECT_EQ(server_.bodies.back(), want);
}

TEST_F(RuleCommands, UpdatesBeyondCloudflareAtOurOwnPath) {
  const auto path = at_own_zone("/rules/") + id_of('7');
  server_.answer("PUT " + path, info());
  EXPECT_EQ(ask({"rule", "update", "info@zone.example", "--when", "dmarc=fail"}).status, done);
  EXPECT_EQ(server_.requests.back(), "PUT " + path);
  EXPECT_EQ(server_.bodies.back()["matchers"].size(), 2U);
}

TEST_F(RuleCommands, EnablesAndDisables) {
  server_.answer("PUT " + at_zone("/email/routing/rules/") + id_of('7'), info());
  EXPECT_EQ(ask({"rule", "disable", "info@zone.example"}).status, done);
  EXPECT_EQ(server_.bodies.back()["enabled"], false);
  EXPECT_EQ(ask({"rule", "enable", "info@zone.example"}).status, done);
  EXPECT_EQ(server_.bodies.back()["enabled"], true);
}

TEST_F(RuleCommands, DeletesAfterAYesOnly) {
  const auto request = "DELETE " + at_zone("/email/routing/rules/") + id_of('7');
  server_.answer(request, info());
  EXPECT_EQ(ask({"rule", "delete", "info@zone.example"}).status, wrong_usage);
  confirmed_ = true;
  EXPECT_EQ(ask({"rule", "delete", "info@zone.example"}).status, done);
  EXPECT_EQ(server_.requests.back(), request);
}

TEST_F(RuleCommands, ShowsAndChangesTheCatchAll) {
  EXPECT_THAT(ask({"rule", "catch-all", "zone.example"}).out, HasSubstr("everything else"));
  server_.answer("PUT " + at_zone("/email/routing/rules/catch_all"), catch_all());
  const auto o =
      ask({"rule", "catch-all", "zone.example", "--forward", "ops@dest.example", "--enable"});
  EXPECT_EQ(o.status, done) << o.err;
  const auto& sent = server_.bodies.back();
  EXPECT_EQ(sent["matchers"], json({{{"type", "all"}}}));
  EXPECT_EQ(sent["actions"][0]["value"], json({"ops@dest.example"}));
  EXPECT_EQ(sent["enabled"], true);
  EXPECT_FALSE(sent.contains("priority"));
}

TEST_F(RuleCommands, AdvisesWhatToDoAboutAnUnverifiedDestination) {
  server_.refuse("POST " + at_zone("/email/routing/rules"), 400, 2054,
                 "Destination address is not verified");
  const auto o = ask({"rule", "create", "info@zone.example", "--forward", "a@b.example"});
  EXPECT_EQ(o.status, negative);
  EXPECT_THAT(o.err, HasSubstr("(code 2054)"));
  EXPECT_THAT(o.err, HasSubstr("signpost address add"));
}

TEST_F(RuleCommands, ExplainsAMessage) {
  server_.answer("POST /signpost/v1/rules/explain",
                 {{"recipient", "info@zone.example"},
                  {"decision", "forward"},
                  {"accepted", true},
                  {"zone", "zone.example"},
                  {"rule", id_of('7')},
                  {"rcpt", {{"accepted", true}, {"alone", false}}},
                  {"facts", {{"spf", "pass"}, {"size", 2048}}},
                  {"author", {{"proven", false}, {"own_author", true}, {"would_forge", false}}},
                  {"steps", {"the rule of the address"}},
                  {"assumed", {"spf passes"}},
                  {"envelopes",
                   {{{"destination", "ops@dest.example"},
                     {"next_hop", "dest.example"},
                     {"sender", "SRS0=x@mx.example"},
                     {"fallbacks", {"b@dest.example"}}}}}});
  const auto o = ask(
      {"explain", "a@b.example", "info@zone.example", "--auth", "dmarc=fail", "--size", "2KiB"});
  EXPECT_EQ(o.status, done) << o.err;
  EXPECT_EQ(server_.bodies.back(), json({{"from", "a@b.example"},
                                         {"recipient", "info@zone.example"},
                                         {"authentication", {{"dmarc", "fail"}}},
                                         {"size", 2048}}));
  for (const auto* const want :
       {"info@zone.example is forwarded\n", "  - the rule of the address\n", "spf pass",
        "ops@dest.example  b@dest.example", "SRS0=x@mx.example", "assumed  spf passes",
        "  author   not proven, in a domain that is hosted here\n"}) {
    EXPECT_THAT(o.out, HasSubstr(want));
  }
}

TEST_F(RuleCommands, ExplainEndsWithOneForARefusal) {
  server_.answer("POST /signpost/v1/rules/explain", {{"recipient", "no@zone.example"},
                                                     {"decision", "unknown"},
                                                     {"accepted", false},
                                                     {"reply", "550 5.1.1 No such address"},
                                                     {"steps", json::array()}});
  const auto o = ask({"explain", "<>", "no@zone.example"});
  EXPECT_EQ(o.status, negative);
  EXPECT_EQ(server_.bodies.back()["from"], "");
  EXPECT_THAT(o.out, HasSubstr("is refused: 550 5.1.1"));
}

}  // namespace
}  // namespace signpost::cli

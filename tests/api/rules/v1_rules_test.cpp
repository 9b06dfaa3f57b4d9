// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Rules with patterns, conditions, several destinations, failover and webhooks.
#include "tests/api/v1_fixture.hpp"

namespace signpost::test {
namespace {

class V1Rules : public v1_api {
 protected:
  V1Rules() {
    address("a@dest.example", true);
    address("b@dest.example", true);
    address("new@dest.example", false);
  }
  std::string path(std::string_view tail = {}) {
    return "/zones/" + zone_id + "/rules" + std::string(tail);
  }
  std::string id_of(const reply& r) { return r.result().at("id").get<std::string>(); }

  std::string zone_id = zone();
};

TEST_F(V1Rules, ComeBackAsTheyWereSent) {
  const json conditions =
      json::array({{{"type", "glob"}, {"field", "to"}, {"value", "team-*@example.org"}},
                   {{"type", "authentication"}, {"field", "dmarc"}, {"value", "!pass"}},
                   {{"type", "size"}, {"field", "over"}, {"value", "1000000"}}});
  const json cases[] = {
      rule_of(conditions, {{"type", "reject"}, {"value", {"Not from you"}}}),
      rule_of(json::array({{{"type", "regex"}, {"value", "[a-c]+@example\\.org"}}}),
              {{"type", "forward"}, {"value", {"a@dest.example", "b@dest.example"}}}),
      rule_of(json::array({to_address("one@example.org")}),
              {{"type", "failover"}, {"value", {"a@dest.example", "b@dest.example"}}}),
      rule_of(json::array({to_address("hook@example.org")}),
              {{"type", "webhook"}, {"value", {"https://hooks.example/in?x=1"}}}),
      rule_of(json::array({to_address("gone@example.org")}), {{"type", "drop"}})};
  for (const auto& sent : cases) {
    const auto made = own("POST", path(), sent);
    ASSERT_EQ(made.status, 200) << made.raw.body;
    const auto got = own("GET", path("/" + id_of(made)));
    EXPECT_EQ(got.result(), made.result());
    EXPECT_EQ(got.result().at("matchers"), sent.at("matchers"));
    EXPECT_EQ(got.result().at("actions"), sent.at("actions"));
    EXPECT_FALSE(got.result().contains("name"));
    EXPECT_FALSE(got.result().at("catch_all").get<bool>());
    const auto put = own("PUT", path("/" + id_of(made)), sent);
    EXPECT_EQ(put.status, 200) << put.raw.body;
    EXPECT_EQ(put.result().at("actions"), sent.at("actions"));
  }
  EXPECT_EQ(own("GET", path()).result().size(), 6U) << "with the catch-all";
  EXPECT_EQ(call("GET", rules(zone_id)).result().size(), 6U) << "the client API shows them too";
}

struct faulty_case {
  const char* name;
  const char* rule;
  int code;
  const char* pointer;
};

class V1FaultyRules : public V1Rules, public testing::WithParamInterface<faulty_case> {};

TEST_P(V1FaultyRules, AreRefusedWithTheMemberNamed) {
  const auto& c = GetParam();
  const auto refused = own("POST", path(), json::parse(c.rule));
  EXPECT_EQ(refused.code(), c.code) << refused.raw.body;
  ASSERT_GE(refused.status, 400);
  const auto& error = refused.body.at("errors").at(0);
  EXPECT_EQ(error.contains("source") ? error["source"]["pointer"].get<std::string>() : "",
            c.pointer)
      << refused.raw.body;
}

#define ONE R"("matchers":[{"type":"literal","value":"x@example.org"}])"
#define DROP R"("actions":[{"type":"drop"}])"
INSTANTIATE_TEST_SUITE_P(
    Table, V1FaultyRules,
    testing::Values(
        faulty_case{"Nothing", "{}", 2007, "/matchers"},
        faulty_case{"NoMatcher", R"({"matchers":[],)" DROP "}", 2007, "/matchers"},
        faulty_case{"ConditionAlone",
                    R"({"matchers":[{"type":"size","field":"over","value":"1"}],)" DROP "}", 2007,
                    "/matchers"},
        faulty_case{"TwoAddresses",
                    R"({"matchers":[{"type":"literal","value":"x@example.org"},
                                    {"type":"all"}],)" DROP "}",
                    2007, "/matchers/1/type"},
        faulty_case{"UnknownMatcher", R"({"matchers":[{"type":"moon"}],)" DROP "}", 2007,
                    "/matchers/0/type"},
        faulty_case{"MatcherOfTheSender",
                    R"({"matchers":[{"type":"glob","field":"from","value":"*"}],)" DROP "}", 2007,
                    "/matchers/0/field"},
        faulty_case{"ForeignAddress",
                    R"({"matchers":[{"type":"literal","value":"x@else.example"}],)" DROP "}", 2007,
                    "/matchers/0/value"},
        faulty_case{"BrokenRegex",
                    R"({"matchers":[{"type":"regex","value":"(a@example.org"}],)" DROP "}", 2007,
                    "/matchers/0/value"},
        faulty_case{"ValueThatIsNoText", R"({"matchers":[{"type":"glob","value":7}],)" DROP "}",
                    2007, "/matchers/0/value"},
        faulty_case{"UnknownVerdict",
                    R"({"matchers":[{"type":"all"},
                         {"type":"authentication","field":"spf","value":"bad"}],)" DROP "}",
                    2007, "/matchers/1/value"},
        faulty_case{"UnknownMethod",
                    R"({"matchers":[{"type":"all"},
                         {"type":"authentication","field":"bimi","value":"pass"}],)" DROP "}",
                    2007, "/matchers/1/field"},
        faulty_case{"SizeThatIsNone",
                    R"({"matchers":[{"type":"all"},
                         {"type":"size","field":"over","value":"many"}],)" DROP "}",
                    2007, "/matchers/1/value"},
        faulty_case{"NoAction", "{" ONE "}", 2007, "/actions"},
        faulty_case{"TwoActions", "{" ONE R"(,"actions":[{"type":"drop"},{"type":"drop"}]})", 2007,
                    "/actions"},
        faulty_case{"Worker", "{" ONE R"(,"actions":[{"type":"worker","value":["w"]}]})", 2007,
                    "/actions/0/type"},
        faulty_case{"ForwardToNobody", "{" ONE R"(,"actions":[{"type":"forward","value":[]}]})",
                    2007, "/actions/0/value"},
        faulty_case{"ForwardToNoAddress",
                    "{" ONE R"(,"actions":[{"type":"forward","value":["a@dest.example","b"]}]})",
                    2007, "/actions/0/value/1"},
        faulty_case{"TheSameTwice", "{" ONE R"(,"actions":[{"type":"failover",
                        "value":["a@dest.example","A@dest.example"]}]})",
                    2007, "/actions/0/value/1"},
        faulty_case{"FailoverToOne",
                    "{" ONE R"(,"actions":[{"type":"failover","value":["a@dest.example"]}]})", 2007,
                    "/actions/0/value"},
        faulty_case{"FailoverToUnverified", "{" ONE R"(,"actions":[{"type":"failover",
                        "value":["a@dest.example","new@dest.example"]}]})",
                    2054, "/actions/0/value/1"},
        faulty_case{"ForwardToUnverified",
                    "{" ONE R"(,"actions":[{"type":"forward","value":["new@dest.example"]}]})",
                    2054, "/actions/0/value/0"},
        faulty_case{"RejectWithControls",
                    "{" ONE R"(,"actions":[{"type":"reject","value":["a\r\nb"]}]})", 2007,
                    "/actions/0/value/0"},
        faulty_case{"PlainWebhook",
                    "{" ONE R"(,"actions":[{"type":"webhook","value":["http://h.example/"]}]})",
                    2007, "/actions/0/value/0"},
        faulty_case{"WebhookWithPassword", "{" ONE R"(,"actions":[{"type":"webhook",
                        "value":["https://u:p@h.example/"]}]})",
                    2007, "/actions/0/value/0"},
        faulty_case{"WebhookWithoutHost",
                    "{" ONE R"(,"actions":[{"type":"webhook","value":["https:///x"]}]})", 2007,
                    "/actions/0/value/0"},
        faulty_case{"NegativePriority", "{" ONE "," DROP R"(,"priority":-1})", 2007, "/priority"},
        faulty_case{"EnabledIsNoFlag", "{" ONE "," DROP R"(,"enabled":"yes"})", 2007, "/enabled"}),
    [](const auto& i) { return i.param.name; });
#undef ONE
#undef DROP

TEST_F(V1Rules, HaveNoTwinsWithTheSameMatchers) {
  const auto one =
      rule_of(json::array({{{"type", "glob"}, {"value", "x*@example.org"}}}), {{"type", "drop"}});
  EXPECT_EQ(own("POST", path(), one).status, 200);
  const auto twin = own("POST", path(), one);
  EXPECT_EQ(twin.status, 409);
  EXPECT_EQ(twin.code(), 2014);
}

TEST_F(V1Rules, OfTheCatchAllDoMoreThanCloudflares) {
  const auto all = json::array({{{"type", "all"}}});
  const auto put = own("PUT", path("/catch_all"),
                       rule_of(all, {{"type", "webhook"}, {"value", {"https://h.example/x"}}}));
  ASSERT_EQ(put.status, 200) << put.raw.body;
  EXPECT_TRUE(put.result().at("catch_all").get<bool>());
  EXPECT_EQ(own("GET", path("/catch_all")).result(), put.result());
  EXPECT_EQ(last_audit().resource_type, "email_routing_catch_all");
  EXPECT_EQ(own("DELETE", path("/catch_all")).code(), 2020);
  const auto narrow = own("PUT", path("/catch_all"),
                          rule_of(json::array({to_address("x@example.org")}), {{"type", "drop"}}));
  EXPECT_EQ(narrow.code(), 2007);
}

TEST_F(V1Rules, TellTheKeyOfTheirWebhook) {
  const auto hook = own("POST", path(),
                        rule_of(json::array({to_address("h@example.org")}),
                                {{"type", "webhook"}, {"value", {"https://h.example/x"}}}));
  const auto id = id_of(hook);
  const auto told = own("GET", path("/" + id + "/webhook_secret"));
  EXPECT_EQ(told.result().at("secret"), "secret of example.org " + id);
  EXPECT_EQ(last_audit().action, "read_secret");
  const auto plain =
      own("POST", path(), rule_of(json::array({to_address("p@example.org")}), {{"type", "drop"}}));
  EXPECT_EQ(own("GET", path("/" + id_of(plain) + "/webhook_secret")).code(), 2007);
  const auto reader = token_for("Email Routing Rules Read", zone_id);
  EXPECT_EQ(own("GET", path("/" + id + "/webhook_secret"), nullptr, reader).status, 403);
}

TEST_F(V1Rules, AreBroughtIntoOrder) {
  std::vector<std::string> ids;
  for (const auto* to : {"a@example.org", "b@example.org", "c@example.org"}) {
    ids.push_back(
        id_of(own("POST", path(), rule_of(json::array({to_address(to)}), {{"type", "drop"}}))));
  }
  const auto ordered = own("PUT", path("/order"), {{"rules", {ids[2], ids[0], ids[1]}}});
  ASSERT_EQ(ordered.status, 200) << ordered.raw.body;
  EXPECT_EQ(ordered.result().at(0).at("id"), ids[2]);
  const auto listed = own("GET", path()).result();
  EXPECT_EQ(listed.at(0).at("id"), ids[2]);
  EXPECT_EQ(listed.at(1).at("id"), ids[0]);
  EXPECT_EQ(listed.at(1).at("priority"), 2);
  EXPECT_EQ(last_audit().action, "reorder");
  const auto part = own("PUT", path("/order"), {{"rules", {ids[0]}}});
  EXPECT_EQ(part.code(), 2007) << "who does not know all rules cannot order them";
  EXPECT_EQ(own("PUT", path("/order"), {{"rules", {ids[0], ids[0], ids[1]}}}).code(), 2007);
  EXPECT_EQ(own("PUT", path("/order"), {{"rules", 7}}).code(), 2007);
}

// What a zone's patterns may cost is bounded when they are saved: the mail path of all pays for it.
TEST_F(V1Rules, HavePatternsOfABoundedCost) {
  const auto heavy = [](int n) {
    return rule_of(json::array({{{"type", "authentication"}, {"field", "spf"}, {"value", "fail"}},
                                {{"type", "regex"},
                                 {"value", ".*a.{40}" + std::to_string(n) + "@example\\.org"}}}),
                   {{"type", "drop"}});
  };
  std::vector<std::string> ids;
  auto last = own("POST", path(), heavy(0));
  while (last.status == 200 && ids.size() < 300) {
    ids.push_back(id_of(last));
    last = own("POST", path(), heavy(static_cast<int>(ids.size())));
  }
  ASSERT_EQ(last.status, 403) << last.raw.body;
  EXPECT_EQ(last.code(), 9403);
  const auto& error = last.body.at("errors").at(0);
  EXPECT_EQ(error.at("source").at("pointer"), "/matchers/1/value");
  EXPECT_NE(error.at("message").get<std::string>().find("more than 50000 steps"), std::string::npos)
      << last.raw.body;
  EXPECT_EQ(own("PUT", path("/" + ids[0]), heavy(0)).status, 200) << "as it was";
  auto disabled = heavy(999);
  disabled["enabled"] = false;
  const auto asleep = own("POST", path(), disabled);
  ASSERT_EQ(asleep.status, 200);
  EXPECT_EQ(own("PUT", path("/" + id_of(asleep)), heavy(999)).code(), 9403);
  EXPECT_EQ(own("DELETE", path("/" + ids[0])).status, 200);
  EXPECT_EQ(own("PUT", path("/" + id_of(asleep)), heavy(999)).status, 200);
  const auto single = own("POST", path(),
                          rule_of(json::array({{{"type", "regex"}, {"value", "(\\pL{2}@){3}"}}}),
                                  {{"type", "drop"}}));
  EXPECT_EQ(single.code(), 2007);
  EXPECT_NE(single.raw.body.find("more than 6000 steps"), std::string::npos) << single.raw.body;
}

TEST_F(V1Rules, AreAuditedWithTheirStates) {
  const auto rule = rule_of(json::array({to_address("a@example.org")}), {{"type", "drop"}});
  const auto id = id_of(own("POST", path(), rule));
  EXPECT_EQ(last_audit().action, "create");
  EXPECT_TRUE(last_audit().before_json.empty());
  EXPECT_EQ(own("DELETE", path("/" + id)).status, 200);
  EXPECT_EQ(last_audit().action, "delete");
  EXPECT_EQ(last_audit().resource_id, id);
  EXPECT_EQ(own("GET", path("/" + id)).status, 404);
}

}  // namespace
}  // namespace signpost::test

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the plan of a deployment says, and that its changes can then be made.
#include "tests/api/routing_fixture.hpp"

namespace signpost::test {
namespace {

class RulePlan : public routing_api {
 protected:
  json owned(json rule, std::string_view tag = "worker-1") {
    rule["source"] = "wrangler";
    rule["owner_worker_tag"] = tag;
    return rule;
  }
  static json catch_all(std::string_view target, json actions = {{{"type", "drop"}}}) {
    return {{"target", target},
            {"rule", {{"matchers", {{{"type", "all"}}}}, {"actions", std::move(actions)}}}};
  }
  reply plan(const json& wanted, const json& catch_alls = json::array(),
             std::string_view token = {}) {
    return call(
        "POST", "/accounts/" + account + "/email/routing/rules/plan",
        {{"owner_worker_tag", "worker-1"}, {"rules", wanted}, {"catch_all_rules", catch_alls}},
        token);
  }
  /// `type target` of every change of the first zone.
  static std::vector<std::string> changes(const reply& r) {
    std::vector<std::string> out;
    if (r.status != 200 || r.result().at("zones").empty()) return out;
    for (const auto& one : r.result().at("zones").at(0).at("changes")) {
      out.push_back(one.at("type").get<std::string>() + " " + one.at("target").get<std::string>());
    }
    return out;
  }
  using texts = std::vector<std::string>;
};

TEST_F(RulePlan, NamesWhatDiffersAndNothingElse) {
  const auto id = zone();
  address("dest@example.net", true);
  const auto to_dest = forward("a@example.org", "dest@example.net");
  EXPECT_EQ(changes(plan(json::array({to_dest}))), texts{"added a@example.org"});
  const auto made = call("POST", rules(id), owned(to_dest)).result();
  EXPECT_TRUE(plan(json::array({to_dest})).result().at("zones").empty());
  const auto changed = plan(json::array({drop("A@example.org")}));
  EXPECT_EQ(changes(changed), texts{"updated A@example.org"});
  const auto& shown = changed.result().at("zones").at(0);
  EXPECT_EQ(shown.at("zone_id"), id);
  EXPECT_EQ(shown.at("zone_name"), "example.org");
  const auto& remote = shown.at("changes").at(0).at("remote");
  EXPECT_EQ(remote.at("id"), made.at("id"));
  EXPECT_EQ(remote.at("actions"), to_dest.at("actions"));
  EXPECT_EQ(remote.at("source"), "wrangler");
  EXPECT_EQ(changes(plan(json::array())), texts{"deleted a@example.org"});
}

// Whatever form of a name the client writes, and whatever form a rule was made with.
TEST_F(RulePlan, KnowsANameInBothItsForms) {
  const auto id = zone("bücher.example");
  ASSERT_EQ(call("POST", rules(id), owned(drop("a@xn--bcher-kva.example"))).status, 200);
  EXPECT_TRUE(plan(json::array({drop("a@bücher.example")})).result().at("zones").empty());
  const auto wanted = catch_all("*@xn--bcher-kva.example");
  const auto added = plan(json::array({drop("a@bücher.example")}), json::array({wanted}));
  EXPECT_EQ(changes(added), texts{"added *@bücher.example"});
  EXPECT_EQ(added.result().at("zones").at(0).at("zone_name"), "bücher.example");
  ASSERT_EQ(call("PUT", rules(id) + "/catch_all", owned(wanted.at("rule"))).status, 200);
  EXPECT_EQ(changes(plan(json::array({drop("a@bücher.example")}))),
            texts{"deleted *@bücher.example"});
}

TEST_F(RulePlan, KeepsOffWhatIsSomebodyElses) {
  const auto id = zone();
  ASSERT_EQ(call("POST", rules(id), drop("a@example.org")).status, 200);
  ASSERT_EQ(call("POST", rules(id), owned(drop("b@example.org"), "worker-2")).status, 200);
  EXPECT_EQ(changes(plan(json::array(
                {drop("a@example.org"), drop("b@example.org"), drop("c@example.org")}))),
            (texts{"conflict a@example.org", "conflict b@example.org", "added c@example.org"}));
  EXPECT_TRUE(plan(json::array()).result().at("zones").empty());
}

TEST_F(RulePlan, TakesTheCatchAllOfTheZoneItself) {
  const auto id = zone();
  const auto wanted = catch_all("*@Example.org");
  EXPECT_EQ(changes(plan(json::array(), json::array({wanted}))), texts{"added *@example.org"});
  ASSERT_EQ(call("PUT", rules(id) + "/catch_all", owned(wanted.at("rule"))).status, 200);
  EXPECT_TRUE(plan(json::array(), json::array({wanted})).result().at("zones").empty());
  EXPECT_EQ(changes(plan(json::array())), texts{"deleted *@example.org"});
  // As clients remove it: dropping, off, without a name, nobody's.
  const json removed{{"matchers", {{{"type", "all"}}}},
                     {"actions", {{{"type", "drop"}}}},
                     {"enabled", false},
                     {"name", ""},
                     {"source", "api"}};
  ASSERT_EQ(call("PUT", rules(id) + "/catch_all", removed).status, 200);
  EXPECT_EQ(changes(plan(json::array(), json::array({wanted}))), texts{"added *@example.org"});
  auto taken = removed;
  taken["enabled"] = true;
  ASSERT_EQ(call("PUT", rules(id) + "/catch_all", taken).status, 200);
  EXPECT_EQ(changes(plan(json::array(), json::array({wanted}))), texts{"conflict *@example.org"});
  const auto below = plan(json::array(), json::array({catch_all("*@mail.example.org")}));
  EXPECT_EQ(below.status, 422);
  EXPECT_EQ(below.code(), 2062);
}

TEST_F(RulePlan, RefusesWhatCouldBeNoRule) {
  zone();
  auto worker = drop("a@example.org");
  worker["actions"] = {{{"type", "worker"}, {"value", {"my-worker"}}}};
  auto all = drop("a@example.org");
  all["matchers"] = {{{"type", "all"}}};
  struct refusal_case {
    json rules;
    json catch_alls;
    int status;
    int code;
    std::string pointer;
  };
  const auto none = json::array();
  const refusal_case cases[] = {
      {json::array({worker}), none, 404, 2016, "/rules/0"},
      {none, json::array({catch_all("*@example.org", worker["actions"])}), 404, 2016,
       "/catch_all_rules/0/rule"},
      {json::array({all}), none, 409, 2020, "/rules/0"},
      {json::array({drop("a@example.org"), drop("A@example.org")}), none, 409, 2014, "/rules/1"},
      {json::array({drop("a@elsewhere.example")}), none, 422, 2007, "/rules/0/matchers/0/value"},
      {json::array({drop("a@unrouted.example.org")}), none, 422, 2007, "/rules/0/matchers/0/value"},
      {json::array({"text"}), none, 422, 2007, "/rules/0/matchers"},
      {"text", none, 422, 2007, "/rules"},
      {none, json::array({catch_all("a@example.org")}), 422, 2007, "/catch_all_rules/0/target"},
      {none, json::array({catch_all("*@elsewhere.example")}), 422, 2007,
       "/catch_all_rules/0/target"}};
  for (const auto& c : cases) {
    const auto got = plan(c.rules, c.catch_alls);
    EXPECT_EQ(got.status, c.status) << got.raw.body;
    EXPECT_EQ(got.code(), c.code) << got.raw.body;
    EXPECT_EQ(got.body.at("errors").at(0).at("source").at("pointer"), c.pointer);
  }
  const auto path = "/accounts/" + account + "/email/routing/rules/plan";
  EXPECT_EQ(call("POST", path, json::object()).code(), 2007);
}

TEST_F(RulePlan, SeesNoZoneOfOthers) {
  zone();
  const auto made = call("POST", "/zones", {{"name", "other.example"}}, other);
  ASSERT_EQ(made.status, 200);
  EXPECT_EQ(plan(json::array({drop("a@other.example")})).code(), 2007);
  EXPECT_EQ(plan(json::array({drop("a@example.org")}), json::array(), other).status, 404);
}

}  // namespace
}  // namespace signpost::test

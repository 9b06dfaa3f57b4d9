// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What was put is given back, exactly: bodies drawn from the OpenAPI document. Clients that hold
// a desired state compare, and take every difference for a change that somebody else made.
#include <algorithm>

#include "api/openapi.hpp"
#include "tests/api/routing_fixture.hpp"
#include "tests/support/json_schema.hpp"

namespace signpost::test {
namespace {

constexpr int rounds = 40;

// Members in whatever order.
nlohmann::json unordered(const json& value) {
  return nlohmann::json::parse(value.dump());
}

json without(json object, std::initializer_list<const char*> names) {
  for (const auto* const name : names) object.erase(name);
  return object;
}

class RoundTrip : public routing_api {
 protected:
  RoundTrip() {
    samples.pool["email"] = {"dest@example.net", "DEST@example.net"};
    samples.pool["resources"] = {
        {{"com.cloudflare.api.account.*", "*"}},
        {{"com.cloudflare.api.account." + account, "*"}, {"com.cloudflare.api.user.*", "*"}}};
    samples.pool["in"] = samples.pool["not_in"] = {{"192.0.2.0/24"}, {"2001:db8::/32", "10.0.0.1"}};
    for (const auto& group : api::permission_groups()) {
      const json one{{"id", group.id}};
      samples.pool["permission_groups"].push_back(json::array({one}));
    }
  }
  json body(const std::string& schema) {
    return samples.valid({{"$ref", "#/components/schemas/" + schema}});
  }
  json rule_body(const std::string& schema) {
    auto sent = body(schema);
    auto& action = sent["actions"][0];
    if (action["type"] == "worker") action = {{"type", "drop"}};
    if (action["type"] == "drop" && action.contains("value")) action["value"] = json::array();
    if (sent.value("source", "") == "wrangler") sent["owner_worker_tag"] = "worker";
    return sent;
  }
  /// `defaults` where the body says nothing; without what is only written.
  void expect_shown(const json& shown, const json& sent, json defaults, const std::string& what) {
    defaults.update(without(sent, {"owner_worker_tag"}));
    EXPECT_EQ(unordered(without(shown, {"id", "tag"})), unordered(defaults)) << what;
  }

  schema_samples samples{api::openapi_document(), 20261124};
};

TEST_F(RoundTrip, OfRules) {
  const auto path = rules(zone());
  address("dest@example.net", true);
  const json defaults{{"enabled", true}, {"priority", 0}, {"source", "api"}};
  for (int i = 0; i < rounds; ++i) {
    auto sent = rule_body("RoutingRuleInput");
    const auto name = "r" + std::to_string(i) + "@example.org";
    sent["matchers"][0]["value"] = name;
    const auto made = call("POST", path, sent);
    ASSERT_EQ(made.status, 200) << sent.dump() << made.raw.body;
    expect_shown(made.result(), sent, defaults, sent.dump());
    const auto one = path + "/" + made.result().at("id").get<std::string>();
    EXPECT_EQ(call("GET", one).result(), made.result());
    sent = rule_body("RoutingRuleInput");
    sent["matchers"][0]["value"] = name;
    const auto put = call("PUT", one, sent);
    ASSERT_EQ(put.status, 200) << sent.dump() << put.raw.body;
    expect_shown(call("GET", one).result(), sent, defaults, sent.dump());
    EXPECT_EQ(call("GET", one).result(), put.result());
  }
}

TEST_F(RoundTrip, OfCatchAlls) {
  const auto path = rules(zone()) + "/catch_all";
  address("dest@example.net", true);
  for (int i = 0; i < rounds; ++i) {
    const auto sent = rule_body("CatchAllInput");
    const auto put = call("PUT", path, sent);
    ASSERT_EQ(put.status, 200) << sent.dump() << put.raw.body;
    expect_shown(call("GET", path).result(), sent, {{"enabled", true}, {"source", "api"}},
                 sent.dump());
  }
}

TEST_F(RoundTrip, OfAddresses) {
  for (int i = 0; i < rounds; ++i) {
    const auto email = "Name" + std::to_string(i) + "@Dest.example";
    const auto made = call("POST", addresses(), {{"email", email}});
    ASSERT_EQ(made.status, 200);
    EXPECT_EQ(made.result().at("email"), email);
    EXPECT_EQ(made.result().at("verified"), nullptr);
    const auto one = addresses() + "/" + made.result().at("id").get<std::string>();
    EXPECT_EQ(call("GET", one).result(), made.result());
    const auto edit = body("DestinationAddressEdit");
    const auto edited = call("PATCH", one, edit);
    EXPECT_EQ(edited.result().at("verified").is_null(),
              edit.value("status", "unverified") == "unverified");
    EXPECT_EQ(call("GET", one).result(), edited.result());
  }
}

TEST_F(RoundTrip, OfSettingsWhereOmittedStays) {
  const auto path = "/zones/" + zone() + "/email/routing";
  for (int i = 0; i < rounds; ++i) {
    const auto before = call("GET", path).result();
    const auto sent = body("RoutingSettingsEdit");
    auto want = before;
    want.update(without(sent, {"enabled"}));
    ASSERT_EQ(call(i % 2 == 0 ? "PUT" : "PATCH", path, sent).status, 200);
    EXPECT_EQ(call("GET", path).result(), want) << sent.dump();
  }
}

TEST_F(RoundTrip, OfZones) {
  for (int i = 0; i < rounds; ++i) {
    const auto name = "zone" + std::to_string(i) + ".example";
    const auto made = call("POST", "/zones", {{"name", name}, {"account", {{"id", account}}}});
    ASSERT_EQ(made.status, 200);
    EXPECT_EQ(made.result().at("name"), name);
    const auto one = "/zones/" + made.result().at("id").get<std::string>();
    EXPECT_EQ(call("GET", one).result(), made.result());
    const auto edit = body("ZoneEdit");
    auto want = made.result();
    want.update(edit);
    ASSERT_EQ(call("PATCH", one, edit).status, 200);
    EXPECT_EQ(without(call("GET", one).result(), {"modified_on"}), without(want, {"modified_on"}));
  }
}

// Ids and names that the node adds to policies are left out, empty conditions are no conditions.
json as_sent(json token) {
  for (auto& policy : token["policies"]) {
    policy.erase("id");
    for (auto& group : policy["permission_groups"]) group.erase("name");
  }
  return without(std::move(token), {"id", "issued_on", "modified_on", "value"});
}

json as_kept(json sent) {
  if (!sent.contains("condition")) return sent;
  if (sent["condition"].value("request_ip", json::object()).empty()) sent.erase("condition");
  return sent;
}

TEST_F(RoundTrip, OfTokens) {
  for (int i = 0; i < rounds; ++i) {
    auto sent = body("TokenRequest");
    sent["status"] = i % 2 == 0 ? "active" : "disabled";
    const auto made = call("POST", "/user/tokens", sent);
    ASSERT_EQ(made.status, 200) << sent.dump() << made.raw.body;
    EXPECT_EQ(unordered(as_sent(made.result())), unordered(as_kept(sent)));
    const auto one = "/user/tokens/" + made.result().at("id").get<std::string>();
    EXPECT_EQ(call("GET", one).result(), without(made.result(), {"value"}));
    auto changed = body("TokenRequest");
    changed["status"] = "active";
    ASSERT_EQ(call("PUT", one, changed).status, 200) << changed.dump();
    EXPECT_EQ(unordered(as_sent(call("GET", one).result())), unordered(as_kept(changed)));
  }
}

}  // namespace
}  // namespace signpost::test

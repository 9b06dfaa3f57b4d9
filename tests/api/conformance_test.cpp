// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Every endpoint of `/client/v4` once, as Cloudflare's clients call it: the status, the fields that
// they read, the codes that they know. What may stand in an answer besides, the OpenAPI document
// says; here stands what must not be missing.
#include <set>

#include "api/endpoints.hpp"
#include "base/text.hpp"
#include "tests/api/routing_fixture.hpp"

namespace signpost::test {
namespace {

constexpr auto settings_fields =
    "id tag name enabled created modified skip_wizard support_subaddress status subdomains synced";
constexpr auto rule_fields = "id tag name enabled priority source matchers actions";
constexpr auto catch_all_fields = "id tag name enabled source matchers actions";
constexpr auto address_fields = "id tag email verified created modified";
constexpr auto zone_fields =
    "id name status paused type development_mode name_servers original_name_servers "
    "original_registrar original_dnshost created_on modified_on activated_on meta owner account "
    "tenant tenant_unit permissions plan";
constexpr auto token_fields = "id name status issued_on modified_on policies";
constexpr auto audit_fields =
    "id action actor interface metadata newValue oldValue owner resource when";
constexpr auto record_fields = "id account action actor raw resource";

/// A call, with `{zone}` and the like for what is there; `fields` of the result, or of the first
/// element of a list.
struct call_case {
  const char* method;
  const char* path;
  const char* body;  ///< JSON; empty = none
  const char* fields;
  int status = 200;
  int code = 0;
};

class Conformance : public routing_api {
 protected:
  Conformance() {
    zone_id = zone();
    address_id = address("dest@example.net", true);
    auto named = drop("rule@example.org");
    named["name"] = "a rule";
    rule_id = id_of(call("POST", rules(zone_id), named));
    token_id = make_token("/user");
    account_token_id = make_token("/accounts/" + account);
    entry_id = call("GET", "/accounts/" + account + "/audit_logs")
                   .result()
                   .at(0)
                   .at("id")
                   .get<std::string>();
  }

  static std::string id_of(const reply& r) { return r.result().at("id").get<std::string>(); }

  std::string make_token(const std::string& owner) {
    const json group{{"id", api::permission_groups()[2].id}};
    const json policy{{"effect", "allow"},
                      {"permission_groups", json::array({group})},
                      {"resources", {{"com.cloudflare.api.account." + account, "*"}}}};
    token_body = json{{"name", "t"}, {"policies", json::array({policy})}}.dump();
    return id_of(call("POST", owner + "/tokens", json::parse(token_body)));
  }

  std::string filled(std::string text) const {
    const std::pair<const char*, std::string> values[] = {{"{zone}", zone_id},
                                                          {"{account}", account},
                                                          {"{rule}", rule_id},
                                                          {"{address}", address_id},
                                                          {"{token}", token_id},
                                                          {"{entry}", entry_id},
                                                          {"{account_token}", account_token_id},
                                                          {"{token_body}", token_body},
                                                          {"{nothing}", std::string(32, '0')}};
    for (const auto& [name, value] : values) {
      for (auto at = text.find(name); at != std::string::npos; at = text.find(name)) {
        text.replace(at, std::string_view(name).size(), value);
      }
    }
    return text;
  }

  void check(const call_case& c) {
    const auto path = filled(c.path);
    SCOPED_TRACE(std::string(c.method) + " " + path + " " + c.body);
    const auto body = *c.body == '\0' ? json(nullptr) : json::parse(filled(c.body));
    const auto got = call(c.method, path, body);
    EXPECT_EQ(got.status, c.status) << got.raw.body;
    EXPECT_EQ(got.code(), c.code) << got.raw.body;
    EXPECT_EQ(got.body.at("success"), c.status == 200);
    if (*c.fields == '\0' || got.status != 200) return;
    auto shown = got.result();
    if (shown.is_array()) {
      ASSERT_FALSE(shown.empty());
      shown = shown.at(0);
    }
    for (const auto field : split(c.fields, ' ')) {
      EXPECT_TRUE(shown.contains(std::string(field))) << field << " is missing in " << shown.dump();
    }
  }

  std::string zone_id, rule_id, address_id, token_id, account_token_id, token_body, entry_id;
};

// In this order: what is removed is removed last.
constexpr call_case calls[] = {
    {"GET", "/user", "", "id email"},
    {"PATCH", "/user", R"({"first_name": "Ada"})", "id email first_name"},
    {"PATCH", "/user", R"({"first_name": 1})", "", 422, 2007},
    {"GET", "/user/tokens/verify", "", "id status"},
    {"GET", "/user/tokens", "", token_fields},
    {"POST", "/user/tokens", "{token_body}", "id name status policies value"},
    {"GET", "/user/tokens/permission_groups", "", "id name scopes"},
    {"GET", "/user/tokens/{token}", "", token_fields},
    {"PUT", "/user/tokens/{token}", "{token_body}", token_fields},
    {"PUT", "/user/tokens/{token}/value", "{}", ""},
    {"DELETE", "/user/tokens/{token}", "", "id"},
    {"GET", "/accounts?page=1", "", "id name type settings created_on"},
    {"POST", "/accounts", R"({"name": "another"})", "id name"},
    {"GET", "/accounts/{account}", "", "id name"},
    {"PUT", "/accounts/{account}", R"({"name": "renamed"})", "id name"},
    {"PUT", "/accounts/{account}", R"({"name": "renamed", "type": "enterprise"})", "", 422, 2007},
    {"GET", "/accounts/{account}/tokens", "", token_fields},
    {"POST", "/accounts/{account}/tokens", "{token_body}", "id value"},
    {"GET", "/accounts/{account}/tokens/verify", "", "", 401, 1000},
    {"GET", "/accounts/{account}/tokens/permission_groups", "", "id name scopes"},
    {"GET", "/accounts/{account}/tokens/{account_token}", "", token_fields},
    {"PUT", "/accounts/{account}/tokens/{account_token}", "{token_body}", token_fields},
    {"PUT", "/accounts/{account}/tokens/{account_token}/value", "{}", ""},
    {"DELETE", "/accounts/{account}/tokens/{account_token}", "", "id"},
    {"GET", "/memberships?page=1", "", "id status account roles permissions"},
    {"GET", "/memberships/{account}", "", "id status account roles permissions"},
    {"GET", "/memberships/{nothing}", "", "", 404, 7003},
    {"PUT", "/memberships/{account}", R"({"status": "accepted"})", "id status account"},
    {"PUT", "/memberships/{account}", R"({"status": "rejected"})", "", 409, 9433},
    {"PUT", "/memberships/{account}", "{}", "", 422, 2007},
    {"DELETE", "/memberships/{account}", "", "", 409, 9433},
    {"GET", "/user/audit_logs", "", audit_fields},
    {"GET", "/accounts/{account}/audit_logs?export=true&hide_user_logs=true&per_page=1000", "",
     audit_fields},
    {"GET", "/accounts/{account}/logs/audit?since=2000-01-01&before=2100-01-01", "", record_fields},
    {"GET", "/accounts/{account}/logs/audit", "", "", 422, 2007},
    {"GET",
     "/accounts/{account}/logs/audit/{entry}/history?action_time=2026-11-24&since=2000-01-01&"
     "before=2100-01-01",
     "", record_fields},
    {"GET", "/accounts/{account}/logs/audit/product_categories", "", "label value products"},
    {"GET", "/zones?name=example.org&account.id={account}", "", zone_fields},
    {"POST", "/zones", R"({"account": {"id": "{account}"}, "name": "new.example", "type": "full"})",
     zone_fields},
    {"POST", "/zones", R"({"account": {"id": "{account}"}, "name": "new.example"})", "", 409, 9409},
    {"GET", "/zones/{zone}", "", zone_fields},
    {"GET", "/zones/{nothing}", "", "", 404, 7003},
    {"PATCH", "/zones/{zone}", R"({"paused": false})", zone_fields},
    {"PATCH", "/zones/{zone}", R"({"vanity_name_servers": ["ns1.example.org"]})", "", 422, 2007},
    {"PATCH", "/zones/{zone}", R"({"plan": {"id": "business"}})", "", 422, 2007},
    {"PUT", "/zones/{zone}/activation_check", "", "id"},
    {"GET", "/zones/{zone}/email/routing", "", settings_fields},
    {"PUT", "/zones/{zone}/email/routing", R"({"enabled": true})", settings_fields},
    {"PATCH", "/zones/{zone}/email/routing", R"({"skip_wizard": true})", settings_fields},
    {"POST", "/zones/{zone}/email/routing/enable", "", settings_fields},
    {"POST", "/zones/{zone}/email/routing/enable", "{}", settings_fields},
    {"POST", "/zones/{zone}/email/routing/enable", R"({"name": "example.org"})", settings_fields},
    {"POST", "/zones/{zone}/email/routing/unlock", "{}", settings_fields},
    {"POST", "/zones/{zone}/email/routing/disable", "{}", settings_fields},
    {"POST", "/zones/{zone}/email/routing/dns", "{}", settings_fields},
    {"POST", "/zones/{zone}/email/routing/dns", R"({"name": "sub.example.org"})", settings_fields},
    {"POST", "/zones/{zone}/email/routing/dns", R"({"name": "example.org"})", "", 422, 2007},
    {"GET", "/zones/{zone}/email/routing/dns", "", "type name content ttl"},
    {"GET", "/zones/{zone}/email/routing/dns?subdomain=sub.example.org", "",
     "type name content ttl"},
    {"GET", "/zones/{zone}/email/routing/dns?subdomain=example.net", "", "", 422, 2007},
    {"PATCH", "/zones/{zone}/email/routing/dns", "{}", settings_fields},
    {"DELETE", "/zones/{zone}/email/routing/dns?subdomain=sub.example.org", "", settings_fields},
    {"POST", "/zones/{zone}/email/routing/dns", R"({"name": "sub.example.org"})", settings_fields},
    {"POST", "/zones/{zone}/email/routing/disable", R"({"name": "sub.example.org"})",
     settings_fields},
    {"GET", "/accounts/{account}/email/routing/zones?page=1", "", settings_fields},
    {"GET", "/zones/{zone}/email/routing/rules?order=created&direction=asc&enabled=true", "",
     rule_fields},
    {"POST", "/zones/{zone}/email/routing/rules",
     R"({"matchers": [{"type": "literal", "field": "to", "value": "n@example.org"}],
         "actions": [{"type": "forward", "value": ["dest@example.net"]}], "name": "n"})",
     rule_fields},
    {"POST", "/zones/{zone}/email/routing/rules",
     R"({"matchers": [{"type": "literal", "field": "to", "value": "n@example.org"}],
         "actions": [{"type": "drop"}]})",
     "", 409, 2014},
    {"POST", "/zones/{zone}/email/routing/rules",
     R"({"matchers": [{"type": "all"}], "actions": [{"type": "drop"}]})", "", 409, 2020},
    {"POST", "/zones/{zone}/email/routing/rules",
     R"({"matchers": [{"type": "literal", "field": "to", "value": "m@example.org"}],
         "actions": [{"type": "forward", "value": ["nobody@example.net"]}]})",
     "", 400, 2054},
    {"POST", "/zones/{zone}/email/routing/rules", "{}", "", 422, 2007},
    {"GET", "/zones/{zone}/email/routing/rules/{rule}", "", rule_fields},
    {"GET", "/zones/{zone}/email/routing/rules/{nothing}", "", "", 404, 9404},
    {"PUT", "/zones/{zone}/email/routing/rules/{rule}",
     R"({"matchers": [{"type": "literal", "field": "to", "value": "o@example.org"}],
         "actions": [{"type": "drop"}], "name": "o", "enabled": true, "priority": 3})",
     rule_fields},
    {"GET", "/zones/{zone}/email/routing/rules/catch_all", "", catch_all_fields},
    {"PUT", "/zones/{zone}/email/routing/rules/catch_all",
     R"({"matchers": [{"type": "all"}], "actions": [{"type": "drop"}], "name": "all"})",
     catch_all_fields},
    {"GET", "/accounts/{account}/email/routing/rules?per_page=5", "",
     "id tag enabled priority source matchers actions zone"},
    {"POST", "/accounts/{account}/email/routing/rules/plan",
     R"({"owner_worker_tag": "w", "rules": [], "catch_all_rules": []})", "zones"},
    {"DELETE", "/zones/{zone}/email/routing/rules/{rule}", "", rule_fields},
    {"DELETE", "/zones/{zone}/email/routing/rules/{rule}", "", "", 404, 9404},
    {"GET",
     "/accounts/{account}/email/routing/addresses?order=created&direction=asc&verified=true&page=1",
     "", address_fields},
    {"POST", "/accounts/{account}/email/routing/addresses", R"({"email": "x@example.net"})",
     address_fields},
    {"POST", "/accounts/{account}/email/routing/addresses", R"({"email": "X@example.net"})", "",
     409, 9409},
    {"GET", "/accounts/{account}/email/routing/addresses/{address}", "", address_fields},
    {"PATCH", "/accounts/{account}/email/routing/addresses/{address}",
     R"({"status": "unverified"})", address_fields},
    {"POST", "/accounts/{account}/email/routing/addresses/{address}/resend", "", "", 429, 9429},
    {"DELETE", "/accounts/{account}/email/routing/addresses/{address}", "", address_fields},
    {"GET", "/accounts/{account}/email/routing/addresses/{address}", "", "", 404, 9404},
    {"DELETE", "/zones/{zone}/email/routing/dns", R"({"name": "example.org"})", settings_fields},
    {"DELETE", "/zones/{zone}", "", "id"},
    {"GET", "/zones/{zone}/email/routing", "", "", 404, 7003},
    {"DELETE", "/accounts/{account}", "", "", 409, 9409},
    {"GET", "/graphql", "", "", 404, 7000},
};

TEST_F(Conformance, OfEveryEndpoint) {
  for (const auto& c : calls) check(c);
}

TEST_F(Conformance, LeavesNoEndpointOut) {
  std::set<std::string> called;
  for (const auto& c : calls) {
    const std::string_view path = c.path;
    const auto& operation = documented_operation(
        c.method, "/client/v4" + filled(std::string(path.substr(0, path.find('?')))));
    if (!operation.is_null()) called.insert(operation.at("operationId").get<std::string>());
  }
  std::size_t endpoints = 0;
  for (const auto& e : api::all_endpoints()) {
    if (e.prefix == api::client_prefix) ++endpoints;
  }
  EXPECT_EQ(called.size(), endpoints);
}

// Terraform: create, read, plan without a difference, update, delete.
TEST_F(Conformance, OfARuleUnderTerraform) {
  const auto sent = json::parse(
      R"({"actions": [{"type": "forward", "value": ["dest@example.net"]}], "enabled": true,
          "matchers": [{"field": "to", "type": "literal", "value": "tf@example.org"}],
          "priority": 0})");
  const auto made = call("POST", rules(zone_id), sent);
  const auto one = rules(zone_id) + "/" + id_of(made);
  for (const auto& shown : {made.result(), call("GET", one).result()}) {
    EXPECT_FALSE(shown.contains("name"));
    EXPECT_TRUE(shown.at("priority").is_number());
    EXPECT_EQ(shown.at("source"), "api");
    EXPECT_EQ(shown.at("actions").at(0), sent.at("actions").at(0));
    EXPECT_EQ(nlohmann::json(shown.at("matchers").at(0)),
              nlohmann::json(sent.at("matchers").at(0)));
  }
  auto dropping = sent;
  dropping["actions"] = {{{"type", "drop"}}};
  EXPECT_FALSE(call("PUT", one, dropping).result().at("actions").at(0).contains("value"));
  dropping["actions"][0]["value"] = json::array();
  EXPECT_EQ(call("PUT", one, dropping).result().at("actions").at(0).at("value"), json::array());
  EXPECT_EQ(call("DELETE", one).result().at("id"), made.result().at("id"));
  EXPECT_EQ(call("GET", one).status, 404);
}

}  // namespace
}  // namespace signpost::test

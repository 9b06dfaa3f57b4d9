// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The user, memberships and accounts as clients use them.
#include "api/openapi.hpp"
#include "tests/api/gateway_fixture.hpp"

namespace signpost::api {
namespace {

class IdentityEndpoints : public gateway_test {
 protected:
  got user() { return ask(administrator_, "GET", "/user"); }
  std::string text_of_account(const std::string& id) {
    return make(request("Zone Read", "com.cloudflare.api.account." + id), "/accounts/" + id).second;
  }
};

TEST_F(IdentityEndpoints, KeepWhatTheUserSaysOfHimself) {
  const json sent{{"first_name", "Ada"}, {"last_name", "Lovelace"}, {"telephone", "+44 20 1234"},
                  {"country", "GB"}, {"zipcode", "SW1Y"}};
  auto shown = user().body["result"];
  EXPECT_TRUE(shown["first_name"].is_null());
  EXPECT_EQ(ask(administrator_, "PATCH", "/user", json::object()).body["result"], shown);
  const auto changed = ask(administrator_, "PATCH", "/user", sent);
  ASSERT_EQ(changed.status, 200) << to_text(changed.body);
  for (const auto& [name, value] : sent.items()) {
    EXPECT_EQ(changed.body["result"][name], value) << name;
  }
  EXPECT_EQ(user().body, changed.body);
  const auto weak = make(request("Zone Read", "com.cloudflare.api.account.*")).second;
  const auto seen = ask(weak, "GET", "/user").body["result"];
  EXPECT_EQ(seen["email"], shown["email"]);
  for (const auto& [name, value] : sent.items()) EXPECT_TRUE(seen[name].is_null()) << name;
  shown = ask(administrator_, "PATCH", "/user", {{"zipcode", nullptr}}).body["result"];
  EXPECT_TRUE(shown["zipcode"].is_null());
  EXPECT_EQ(shown["country"], "GB");
  // As it was shown: nothing changes, and nothing is audited.
  const auto audited = [&] {
    return ask(administrator_, "GET", "/user/audit_logs", nullptr, "action.type=update")
        .body["result"].size();
  };
  EXPECT_EQ(audited(), 2U);
  EXPECT_EQ(ask(administrator_, "PATCH", "/user", shown).status, 200);
  EXPECT_EQ(audited(), 2U);
}

TEST_F(IdentityEndpoints, RefuseWhatAUserCannotBe) {
  EXPECT_EQ(code(ask(administrator_, "PATCH", "/user", {{"country", std::string(31, 'x')}})), 2007);
  EXPECT_EQ(code(ask(administrator_, "PATCH", "/user", {{"email", "me@example.net"}})), 2007);
  EXPECT_TRUE(user().body["result"]["country"].is_null());
  const auto weak = make(request("Zone Read", "com.cloudflare.api.account.*")).second;
  EXPECT_EQ(ask(weak, "PATCH", "/user", {{"country", "GB"}}).status, 403);
  EXPECT_EQ(ask(text_of_account(account()), "PATCH", "/user", {{"country", "GB"}}).status, 403);
}

TEST_F(IdentityEndpoints, HaveTheMembershipsThatTheirListNames) {
  const auto listed = ask(administrator_, "GET", "/memberships").body["result"][0];
  const auto own = listed["account"]["id"].get<std::string>();
  const auto path = "/memberships/" + listed["id"].get<std::string>();
  EXPECT_EQ(ask(administrator_, "GET", path).body["result"], listed);
  const auto accepted = ask(administrator_, "PUT", path, {{"status", "accepted"}});
  EXPECT_EQ(accepted.body["result"], listed);
  EXPECT_EQ(code(ask(administrator_, "PUT", path, {{"status", "rejected"}})), 9433);
  EXPECT_EQ(code(ask(administrator_, "PUT", path, {{"status", "pending"}})), 2007);
  EXPECT_EQ(code(ask(administrator_, "DELETE", path)), 9433);
  EXPECT_EQ(ask(administrator_, "GET", "/memberships").body["result"][0], listed);

  const auto made = ask(administrator_, "POST", "/accounts", {{"name", "Other"}});
  const auto other = "/memberships/" + made.body["result"]["id"].get<std::string>();
  const auto token = text_of_account(own);
  EXPECT_EQ(ask(token, "GET", path).status, 200);
  for (const auto* const method : {"GET", "PUT", "DELETE"}) {
    const auto body = std::string_view(method) == "PUT" ? json{{"status", "accepted"}} : json();
    EXPECT_EQ(code(ask(token, method, other, body)), 7003) << method;
    EXPECT_EQ(code(ask(administrator_, method, "/memberships/none", body)), 7003) << method;
  }
}

TEST_F(IdentityEndpoints, RefuseWhatAnAccountCannotBe) {
  for (const auto& asked :
       {json{{"type", "enterprise"}}, json{{"settings", {{"enforce_twofactor", true}}}},
        json{{"settings", {{"abuse_contact_email", "abuse@example.net"}}}},
        json{{"unit", {{"id", "f267e341f3dd4697bd3b9f71dd96247f"}}}}}) {
    auto body = asked;
    body["name"] = "Another";
    EXPECT_EQ(code(ask(administrator_, "POST", "/accounts", body)), 2007) << asked;
    EXPECT_EQ(code(ask(administrator_, "PUT", "/accounts/" + account(), body)), 2007) << asked;
  }
  const auto shown = ask(administrator_, "GET", "/accounts/" + account()).body["result"];
  EXPECT_EQ(ask(administrator_, "PUT", "/accounts/" + account(), shown).body["result"], shown);
}

TEST_F(IdentityEndpoints, KeepAnAccountThatIsInUse) {
  const auto id = ask(administrator_, "POST", "/accounts", {{"name", "Other"}})
                      .body["result"]["id"].get<std::string>();
  const json zone{{"name", "other.example"}, {"account", {{"id", id}}}, {"verified", true}};
  const auto made = ask(administrator_, "POST", "/zones", zone);
  ASSERT_EQ(made.status, 200) << to_text(made.body);
  const auto refused = ask(administrator_, "DELETE", "/accounts/" + id);
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body["errors"][0]["message"].get<std::string>().find("not empty"),
            std::string::npos);
  EXPECT_EQ(ask(administrator_, "GET", "/accounts/" + id).status, 200);
  ask(administrator_, "DELETE", "/zones/" + made.body["result"]["id"].get<std::string>());
  EXPECT_EQ(ask(administrator_, "DELETE", "/accounts/" + id).status, 200);
}

// Clients that know a key and an e-mail address: the key is the token.
TEST_F(IdentityEndpoints, TakeATokenForAKey) {
  net::http_request r{.method = "GET", .path = "/client/v4/user"};
  r.peer = "192.0.2.9";
  r.headers = {{"X-Auth-Email", "anybody@example.net"}, {"X-Auth-Key", administrator_}};
  EXPECT_EQ(gateway_->call(r).status, 200);
  r.headers[1].value = std::string(48, 'x');
  EXPECT_EQ(gateway_->call(r).status, 401);
  const auto& schemes = openapi_document().at("components").at("securitySchemes");
  EXPECT_EQ(schemes.at("key").at("name"), "X-Auth-Key");
  EXPECT_EQ(schemes.at("email").at("name"), "X-Auth-Email");
  EXPECT_EQ(openapi_document().at("security").size(), 2U);
}

}  // namespace
}  // namespace signpost::api

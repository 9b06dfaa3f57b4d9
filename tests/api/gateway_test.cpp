// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Every endpoint with every kind of token.
#include "tests/api/gateway_fixture.hpp"

namespace signpost::api {
namespace {

class Gateway : public gateway_test {
 protected:
  struct place_names {
    std::string account;
    std::string zone;
  };

  place_names make_place(const std::string& name) {
    const auto account = ask(administrator_, "POST", "/accounts", {{"name", name}});
    const auto id = account.body["result"]["id"].get<std::string>();
    const auto zone = ask(administrator_, "POST", "/zones",
                          {{"name", name + ".example"}, {"account", {{"id", id}}}});
    EXPECT_EQ(zone.status, 200) << to_text(zone.body);
    return {id, zone.body["result"]["id"].get<std::string>()};
  }

  static std::string path_of(const endpoint& e, const place_names& at) {
    std::string path(e.prefix);
    for (std::size_t i = 0; i < e.path.size(); ++i) {
      if (e.path[i] != '{') {
        path += e.path[i];
        continue;
      }
      const auto end = e.path.find('}', i);
      const auto name = e.path.substr(i + 1, end - i - 1);
      path += name == "account_id" ? at.account
              : name == "zone_id"  ? at.zone
                                   : std::string(32, '0');
      i = end;
    }
    return path;
  }

  static bool has_place(const endpoint& e) {
    return e.path.find("{account_id}") != std::string_view::npos
           || e.path.find("{zone_id}") != std::string_view::npos;
  }

  got try_out(const endpoint& e, const std::string& token, const place_names& at) {
    // So that strangers are not slowed down.
    time_.advance(seconds(60));
    return ask_at(token, std::string(e.method), path_of(e, at));
  }

  std::string name_of(const endpoint& e) {
    return std::string(e.method) + " " + std::string(e.prefix) + std::string(e.path);
  }

  /// Over the node's own socket.
  got ask_socket(const std::string& token, std::string_view method, std::string_view path) {
    net::http_request r;
    r.method = method;
    r.path = path;
    r.peer = "unix";
    if (!token.empty()) r.headers.push_back({"Authorization", "Bearer " + token});
    const auto response = gateway_->call(r);
    return {response.status, json::parse(response.body, nullptr, false)};
  }
};

TEST_F(Gateway, WantsATokenThatWorksEverywhere) {
  const auto at = make_place("own");
  auto wanted = request("Email Routing Rules Write", "com.cloudflare.api.account.*");
  const auto [id, disabled] = make(wanted);
  wanted["status"] = "disabled";
  ASSERT_EQ(ask(administrator_, "PUT", "/user/tokens/" + id, wanted).status, 200);
  wanted["status"] = "active";
  wanted["expires_on"] = to_rfc3339(time_.now() + seconds(1));
  const auto expired = make(wanted).second;
  time_.advance(seconds(1));
  struct token_case {
    std::string token;
    int status;
    int code;
  };
  const token_case cases[] = {{"", 401, 1000},
                              {"short", 400, 6003},
                              {std::string(48, 'x'), 401, 1000},
                              {disabled, 401, 1000},
                              {expired, 401, 1000}};
  for (const auto& e : all_endpoints()) {
    for (const auto& c : cases) {
      const auto refused = try_out(e, c.token, at);
      EXPECT_EQ(refused.status, c.status) << name_of(e) << " with '" << c.token << "'";
      EXPECT_EQ(code(refused), c.code) << name_of(e);
      EXPECT_TRUE(refused.body["result"].is_null()) << name_of(e);
    }
  }
}

TEST_F(Gateway, WantsThePermissionAndTheObject) {
  const auto own = make_place("own");
  const auto foreign = make_place("foreign");
  const auto at_own = "com.cloudflare.api.account." + own.account;
  const auto audits = make(request("Access: Audit Logs Read", at_own)).second;
  const auto accounts = make(request("Account Settings Read", at_own)).second;
  for (const auto& e : all_endpoints()) {
    const bool needs = e.needs != permission::none;
    if (needs) {
      const auto refused = try_out(e, e.needs == permission::audit_read ? accounts : audits, own);
      // A zone of which the token sees nothing does not exist for it.
      const bool unseen = e.path.find("{zone_id}") != std::string_view::npos;
      EXPECT_EQ(refused.status, unseen ? 404 : 403) << name_of(e);
    }
    if (!has_place(e) || !needs) continue;
    const auto right = make(request(to_string(e.needs), at_own)).second;
    const auto refused = try_out(e, right, foreign);
    EXPECT_EQ(refused.status, 404) << name_of(e);
    EXPECT_EQ(code(refused), 7003) << name_of(e);
  }
}

TEST_F(Gateway, LetsTheRightTokenIn) {
  for (const auto& e : all_endpoints()) {
    const auto own = make_place("own" + std::to_string(time_.now().time_since_epoch().count()));
    const auto resource = has_place(e) ? "com.cloudflare.api.account." + own.account
                                       : std::string("com.cloudflare.api.user.*");
    const auto group =
        e.needs == permission::none ? "Email Routing Rules Write" : to_string(e.needs);
    const auto right = make(request(group, resource)).second;
    const auto reply = try_out(e, right, own);
    // A user's token is not the account's own.
    if (!e.path.ends_with("/verify")) {
      EXPECT_NE(reply.status, 401) << name_of(e);
    }
    EXPECT_NE(reply.status, 405) << name_of(e);
    // This gateway is of no running node: it has no queue and no keys.
    if (reply.status != 503 || e.prefix != own_prefix) {
      EXPECT_LT(reply.status, 500) << name_of(e) << to_text(reply.body);
    }
    if (reply.status >= 400) {
      EXPECT_NE(code(reply), 10000) << name_of(e);
      EXPECT_NE(code(reply), 7000) << name_of(e);
    }
  }
}

TEST_F(Gateway, HasEndpointsUnderBothPrefixes) {
  for (const auto prefix : {client_prefix, own_prefix}) {
    EXPECT_TRUE(std::ranges::any_of(all_endpoints(), [&](const auto& e) {
      return e.prefix == prefix;
    })) << prefix;
  }
  EXPECT_EQ(ask_socket("", "PUT", "/client/v4/nothing").status, 404);
  EXPECT_EQ(ask_socket("", "PUT", "/signpost/v1/events").status, 405);
  EXPECT_EQ(ask_socket("", "PUT", "/signpost/v1/events/").status, 405);
  for (const auto* path : {"/signpost/v1/nothing", "/signpost/v1", "/signpost/v1events"}) {
    EXPECT_EQ(ask_socket("", "PUT", path).status, 404) << path;
  }
  // Each prefix has its own.
  EXPECT_EQ(ask_at(administrator_, "GET", "/signpost/v1/user").status, 404);
  EXPECT_EQ(ask_at(administrator_, "GET", "/client/v4/events").status, 404);
}

TEST_F(Gateway, TakesTheNodesOwnSocketForTheOperator) {
  const auto at = make_place("own");
  for (const auto& e : all_endpoints()) {
    if (e.path.ends_with("/verify")) continue;  // there is no token to be verified
    const auto reply = ask_socket("", e.method, path_of(e, at));
    EXPECT_NE(reply.status, 401) << name_of(e);
    if (reply.status == 403) {
      EXPECT_NE(code(reply), 10000) << name_of(e);
    }
  }
  // A token that is sent all the same is looked at.
  EXPECT_EQ(ask_socket(std::string(48, 'x'), "GET", "/client/v4/zones").status, 401);
  const auto weak = make(request("Access: Audit Logs Read", "com.cloudflare.api.account.*")).second;
  EXPECT_EQ(ask_socket(weak, "POST", "/client/v4/accounts").status, 403);
  // Nobody else is taken for it.
  EXPECT_EQ(ask_at("", "GET", "/signpost/v1/events").status, 401);
  const auto elsewhere = ask_at(administrator_, "POST", "/signpost/v1/snapshot");
  EXPECT_EQ(elsewhere.status, 403) << "not even the administrator's token";
  EXPECT_EQ(code(elsewhere), 9109);
}

TEST_F(Gateway, WritesTheOperatorsChangesToTheAuditLogAsCli) {
  net::http_request r;
  r.method = "POST";
  r.path = "/client/v4/accounts";
  r.peer = "unix";
  r.body = R"({"name": "by hand"})";
  ASSERT_EQ(gateway_->call(r).status, 200);
  const auto log = store_->read()->audit_log({.account = {}, .since = {}, .before = {}});
  ASSERT_TRUE(log.has_value());
  ASSERT_FALSE(log->entries.empty());
  EXPECT_EQ(log->entries.front().actor_id, "cli");
  EXPECT_EQ(log->entries.front().actor_name, "cli");
  EXPECT_EQ(log->entries.front().actor_ip, "unix");
}

TEST_F(Gateway, RefusesWhatIsNoRequestForIt) {
  EXPECT_EQ(ask(administrator_, "GET", "/nothing").status, 404);
  EXPECT_EQ(ask(administrator_, "DELETE", "/user").status, 405);
  net::http_request r;
  r.method = "POST";
  r.path = "/client/v4/accounts";
  r.headers = {{"Authorization", "Bearer " + administrator_}};
  r.body = std::string(100'000, '[');
  EXPECT_EQ(gateway_->call(r).status, 400);
  r.body = "{";
  EXPECT_EQ(gateway_->call(r).status, 400);
  r.path = "/client/v4accounts";
  EXPECT_EQ(gateway_->call(r).status, 404);
}

TEST_F(Gateway, SlowsDownStrangers) {
  const std::string unknown(48, 'x');
  for (int i = 0; i < 60; ++i) EXPECT_EQ(ask(unknown, "GET", "/user").status, 401);
  EXPECT_EQ(ask(unknown, "GET", "/user").status, 429);
  EXPECT_EQ(ask(administrator_, "GET", "/user").status, 200);
}

}  // namespace
}  // namespace signpost::api

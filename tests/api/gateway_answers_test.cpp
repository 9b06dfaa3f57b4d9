// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What every answer has, and what nobody gets: objects of other places, tokens of others, the
// administrator's last token.
#include <map>

#include "base/text.hpp"
#include "tests/api/gateway_fixture.hpp"

namespace signpost::api {
namespace {

class GatewayAnswers : public gateway_test {
 protected:
  net::http_response raw(const std::string& token, std::string method, std::string path,
                         std::string peer = "192.0.2.9") {
    net::http_request r{.method = std::move(method), .path = "/client/v4" + std::move(path)};
    r.peer = std::move(peer);
    if (!token.empty()) r.headers = {{"Authorization", "Bearer " + token}};
    return gateway_->call(r);
  }
  void limit_requests(std::uint64_t per_minute) {
    gateway_.reset();
    gateway_ =
        std::make_unique<gateway>(rest_world{.store = store_.get(),
                                             .routing = config_,
                                             .time = time_,
                                             .random = random_,
                                             .resolver = resolver_,
                                             .limits = {.requests_per_minute_max = per_minute}},
                                  1);
  }
  std::string make_zone(const std::string& name, const std::string& in = {}) {
    json body{{"name", name}};
    body["account"]["id"] = in.empty() ? account() : in;
    const auto made = ask(administrator_, "POST", "/zones", body);
    EXPECT_EQ(made.status, 200) << to_text(made.body);
    return made.body["result"]["id"].get<std::string>();
  }
  std::string make_account(const std::string& name) {
    return ask(administrator_, "POST", "/accounts", {{"name", name}})
        .body["result"]["id"]
        .get<std::string>();
  }
  std::string make_rule(const std::string& zone, const std::string& to) {
    const json body{{"matchers", {{{"type", "literal"}, {"field", "to"}, {"value", to}}}},
                    {"actions", {{{"type", "drop"}}}}};
    const auto made = ask(administrator_, "POST", "/zones/" + zone + "/email/routing/rules", body);
    EXPECT_EQ(made.status, 200) << to_text(made.body);
    return made.body["result"]["id"].get<std::string>();
  }
  std::string make_address(const std::string& in, const std::string& email) {
    return ask(administrator_, "POST", "/accounts/" + in + "/email/routing/addresses",
               {{"email", email}})
        .body["result"]["id"]
        .get<std::string>();
  }
  std::vector<std::string> zones_seen_by(const std::string& token, const std::string& query = {}) {
    std::vector<std::string> names;
    const auto list = ask(token, "GET", "/zones", nullptr, query);
    for (const auto& z : list.body["result"]) names.push_back(z["name"].get<std::string>());
    return names;
  }
};

TEST_F(GatewayAnswers, SayWhichMethodsThereAre) {
  struct allow_case {
    const char* method;
    const char* path;
    const char* want;
  };
  const allow_case cases[] = {
      {"DELETE", "/user", "GET, HEAD, PATCH"},
      {"BREW", "/accounts/0", "DELETE, GET, HEAD, PUT"},
      // An identifier of a rule is something else, though its path would match.
      {"DELETE", "/zones/0/email/routing/rules/catch_all", "GET, HEAD, PUT"},
      {"DELETE", "/user/tokens/verify", "GET, HEAD"},
  };
  for (const auto& c : cases) {
    const auto refused = raw(administrator_, c.method, c.path);
    EXPECT_EQ(refused.status, 405) << c.path;
    auto methods = std::string(refused.header("Allow"));
    for (const auto method : split(c.want, ',')) {
      EXPECT_NE(methods.find(trim(method)), std::string::npos) << c.path << ": " << methods;
    }
    EXPECT_EQ(methods.size(), std::string_view(c.want).size()) << c.path << ": " << methods;
  }
}

TEST_F(GatewayAnswers, HeadIsAnsweredAsGet) {
  for (const auto* path : {"/user", "/zones", "/nothing"}) {
    const auto whole = raw(administrator_, "GET", path);
    const auto head = raw(administrator_, "HEAD", path);
    EXPECT_EQ(head.status, whole.status) << path;
    EXPECT_EQ(head.content_type, whole.content_type) << path;
  }
}

TEST_F(GatewayAnswers, AreNotKeptByAnybody) {
  for (const auto& [token, path] :
       {std::pair(administrator_, "/user"), std::pair(std::string(), "/user"),
        std::pair(administrator_, "/nothing")}) {
    const auto answered = raw(token, "GET", path);
    EXPECT_EQ(answered.header("Cache-Control"), "no-store") << path;
    EXPECT_EQ(answered.header("X-Content-Type-Options"), "nosniff") << path;
  }
}

TEST_F(GatewayAnswers, SayHowManyRequestsAreLeft) {
  limit_requests(2);
  const auto first = raw(administrator_, "GET", "/user");
  EXPECT_EQ(first.header("RateLimit-Policy"), "\"default\";q=2;w=60");
  EXPECT_TRUE(first.header("RateLimit").starts_with("\"default\";r=1;t="));
  EXPECT_EQ(raw(administrator_, "GET", "/user").status, 200);
  const auto refused = raw(administrator_, "GET", "/user");
  EXPECT_EQ(refused.status, 429);
  EXPECT_TRUE(refused.header("RateLimit").starts_with("\"default\";r=0;t="));
  const auto wait = parse_uint(refused.header("Retry-After"));
  ASSERT_TRUE(wait && *wait >= 1 && *wait <= 60);
  time_.advance(seconds(*wait));
  EXPECT_EQ(raw(administrator_, "GET", "/user").status, 200);
  EXPECT_TRUE(raw("", "GET", "/user").header("RateLimit").empty());
}

TEST_F(GatewayAnswers, SlowDownANetworkOfStrangersAsOne) {
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(raw("", "GET", "/user", "2001:db8:1:2::" + std::to_string(i + 1)).status, 401);
  }
  EXPECT_EQ(raw("", "GET", "/user", "2001:db8:1:2:ffff::1").status, 429);
  EXPECT_EQ(raw("", "GET", "/user", "2001:db8:1:3::1").status, 401);
}

TEST_F(GatewayAnswers, KeepTheLastAdministrator) {
  const auto id =
      ask(administrator_, "GET", "/user/tokens/verify").body["result"]["id"].get<std::string>();
  const auto path = "/user/tokens/" + id;
  auto token = ask(administrator_, "GET", path).body["result"];
  auto small = request("API Tokens Write", "com.cloudflare.api.user.*");
  auto expiring = token;
  expiring["expires_on"] = "2099-01-01T00:00:00Z";
  auto disabled = token;
  disabled["status"] = "disabled";
  auto later = token;
  later["not_before"] = "2099-01-01T00:00:00Z";
  const auto expect_refused = [&](const got& answered) {
    EXPECT_EQ(answered.status, 409);
    EXPECT_EQ(code(answered), 9408);
  };
  for (const auto& body : {expiring, disabled, later, small}) {
    expect_refused(ask(administrator_, "PUT", path, body));
  }
  expect_refused(ask(administrator_, "DELETE", path));
  EXPECT_EQ(raw(administrator_, "DELETE", path).header("x-should-retry"), "false");
  // Neither one that will end nor one of an account counts as another.
  ASSERT_EQ(ask(administrator_, "POST", "/user/tokens", expiring).status, 200);
  expect_refused(ask(administrator_, "DELETE", path));
  token["name"] = "second";
  const auto second = ask(administrator_, "POST", "/user/tokens", token);
  ASSERT_EQ(second.status, 200) << to_text(second.body);
  EXPECT_EQ(ask(administrator_, "PUT", path, token).status, 200);
  EXPECT_EQ(ask(administrator_, "DELETE", path).status, 200);
  const auto text = second.body["result"]["value"].get<std::string>();
  expect_refused(
      ask(text, "DELETE", "/user/tokens/" + second.body["result"]["id"].get<std::string>()));
}

TEST_F(GatewayAnswers, ListTheZonesThatATokenNames) {
  const auto one = make_zone("one.example");
  make_zone("two.example");
  const auto first = account();
  const auto three = make_zone("three.example", make_account("Other"));
  auto wanted = request("Zone Read", "com.cloudflare.api.account.zone." + one);
  wanted["policies"][0]["resources"]["com.cloudflare.api.account.zone." + three] = "*";
  wanted["policies"][0]["resources"]["com.cloudflare.api.account.zone." + std::string(32, 'f')] =
      "*";
  const auto token = make(wanted).second;
  using names = std::vector<std::string>;
  EXPECT_EQ(zones_seen_by(token), (names{"one.example", "three.example"}));
  EXPECT_EQ(zones_seen_by(token, "direction=desc"), (names{"three.example", "one.example"}));
  EXPECT_EQ(zones_seen_by(token, "per_page=1&page=2"), names{"three.example"});
  EXPECT_EQ(zones_seen_by(token, "page=2"), names{});
  EXPECT_EQ(zones_seen_by(token, "account.id=" + first), names{"one.example"});
  EXPECT_EQ(zones_seen_by(token, "name=contains:three"), names{"three.example"});
  auto deny = wanted["policies"][0];
  deny["effect"] = "deny";
  deny["resources"] = {{"com.cloudflare.api.account.zone." + one, "*"}};
  wanted["policies"].push_back(deny);
  EXPECT_EQ(zones_seen_by(make(wanted).second), names{"three.example"});
}

// Every endpoint that names an object below a place, with an object of another place.
TEST_F(GatewayAnswers, KnowNoObjectOfAnotherPlace) {
  const auto first = make_account("First");
  const auto second = make_account("Second");
  const auto own_zone = make_zone("own.example", first);
  const auto foreign_zone = make_zone("foreign.example", second);
  const auto foreign_rule = make_rule(foreign_zone, "a@foreign.example");
  const auto foreign_address = make_address(second, "a@dest.example");
  const auto foreign_token =
      make(request("Zone Read", "com.cloudflare.api.account." + second), "/accounts/" + second)
          .first;
  std::string foreign_entry;
  const auto log = ask(administrator_, "GET", "/accounts/" + second + "/audit_logs");
  foreign_entry = log.body["result"][0]["id"].get<std::string>();
  const std::map<std::string, std::string, std::less<>> variables{
      {"account_id", first},
      {"zone_id", own_zone},
      {"rule_identifier", foreign_rule},
      {"rule_id", foreign_rule},
      {"destination_address_identifier", foreign_address},
      {"token_id", foreign_token},
      {"id", foreign_entry}};
  const json rule{{"matchers", {{{"type", "literal"}, {"value", "x@own.example"}}}},
                  {"actions", {{{"type", "drop"}}}}};
  int tried = 0;
  for (const auto& e : all_endpoints()) {
    std::string path(e.prefix);
    bool names_object = false;
    bool known = true;
    for (const auto segment : split(e.path.substr(1), '/')) {
      path += '/';
      if (!segment.starts_with('{')) {
        path += segment;
        continue;
      }
      const auto name = segment.substr(1, segment.size() - 2);
      const auto at = variables.find(name);
      known = known && at != variables.end();
      names_object = names_object || (name != "account_id" && name != "zone_id");
      if (at != variables.end()) path += at->second;
    }
    if (!names_object || !known) continue;
    ++tried;
    const auto body = e.request_schema.starts_with("Token")
                          ? request("Zone Read", "com.cloudflare.api.account." + first)
                          : rule;
    const auto refused = ask_at(administrator_, std::string(e.method), path,
                                e.method == "GET" || e.method == "DELETE" ? json() : body,
                                "since=2000-01-01&before=2100-01-01");
    // The endpoints of the user's tokens know no token of an account.
    EXPECT_EQ(refused.status, 404) << e.method << " " << e.path << to_text(refused.body);
  }
  EXPECT_GE(tried, 16);
  EXPECT_EQ(
      ask(administrator_, "GET", "/zones/" + foreign_zone + "/email/routing/rules/" + foreign_rule)
          .status,
      200);
}

// Endpoints that need no permission have a place all the same.
TEST_F(GatewayAnswers, AskForThePlaceWhereNoPermissionIsNeeded) {
  const auto own = make_account("Own");
  const auto foreign = make_account("Foreign");
  const auto token =
      make(request("Zone Read", "com.cloudflare.api.account." + own), "/accounts/" + own).second;
  int tried = 0;
  for (const auto& e : all_endpoints()) {
    const auto at = e.path.find("{account_id}");
    if (e.needs != permission::none || at == std::string_view::npos) continue;
    const auto path = [&](const std::string& id) {
      return std::string(e.prefix) + std::string(e.path).replace(at, 12, id);
    };
    ++tried;
    EXPECT_EQ(ask_at(token, std::string(e.method), path(own)).status, 200) << e.path;
    const auto refused = ask_at(token, std::string(e.method), path(foreign));
    EXPECT_EQ(refused.status, 404) << e.path;
    EXPECT_EQ(code(refused), 7003) << e.path;
  }
  EXPECT_GE(tried, 3);
}

TEST(RefusalsOfTheServer, HaveTheEnvelopeOfTheApi) {
  const auto shown = [](int status) {
    const auto r = api::in_envelope(
        {.status = status, .body = "a reason\n", .headers = {{"Retry-After", "10"}}});
    EXPECT_EQ(r.status, status);
    EXPECT_EQ(r.content_type, "application/json");
    EXPECT_EQ(r.header("Retry-After"), "10");
    for (const auto* const name : {"Cache-Control", "X-Content-Type-Options"}) {
      EXPECT_NE(r.header(name), "") << name;
    }
    const auto body = api::json::parse(r.body);
    EXPECT_FALSE(body["success"].get<bool>());
    EXPECT_TRUE(body["result"].is_null());
    EXPECT_FALSE(body["errors"].at(0)["message"].get<std::string>().empty());
    return body["errors"].at(0)["code"].get<int>();
  };
  EXPECT_EQ(shown(413), 9413);
  EXPECT_EQ(shown(500), 9501);
  EXPECT_EQ(shown(503), 9503);
  for (const int status : {400, 408, 414, 417, 431, 501, 505}) EXPECT_EQ(shown(status), 9430);
}

}  // namespace
}  // namespace signpost::api

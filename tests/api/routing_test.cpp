// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Zones, routing settings, rules and destination addresses as clients see them.
#include "tests/api/routing_fixture.hpp"

namespace signpost::test {
namespace {

// Without regard to the order of keys.
nlohmann::json value(const json& j) {
  return nlohmann::json::parse(j.dump());
}

class ZonesApi : public routing_api {};
class RoutingSettingsApi : public routing_api {};
class RoutingRulesApi : public routing_api {};
class RoutingAddressesApi : public routing_api {};
class VerificationPage : public routing_api {
 protected:
  net::http_response open(std::string_view method, std::string_view link) {
    net::http_request request;
    request.method = method;
    request.path = "/verify";
    request.query = link.substr(link.find('?') + 1);
    request.peer = "198.51.100.1";
    auto page = api::verification_page(world(), request);
    EXPECT_TRUE(page.has_value());
    return page.value_or(net::http_response{});
  }
  std::string link() {
    const auto& text = mails.back().text;
    const auto at = text.find("https://");
    return text.substr(at, text.find('\n', at) - at);
  }
};

TEST_F(ZonesApi, AreShownWithEveryField) {
  const auto id = zone("Bücher.example");
  const auto got = call("GET", "/zones/" + id).result();
  EXPECT_EQ(got.at("name"), "bücher.example");
  EXPECT_EQ(got.at("status"), "active");
  EXPECT_EQ(got.at("type"), "full");
  EXPECT_EQ(got.at("paused"), false);
  EXPECT_EQ(got.at("account"), (json{{"id", account}, {"name", "Signpost"}}));
  for (const auto* const field :
       {"development_mode", "name_servers", "original_name_servers", "original_registrar",
        "original_dnshost", "created_on", "modified_on", "activated_on", "meta", "owner", "tenant",
        "tenant_unit", "permissions", "plan"}) {
    EXPECT_TRUE(got.contains(field)) << field;
  }
}

TEST_F(ZonesApi, AreFoundByNameAndFilter) {
  zone("one.example");
  zone("two.example");
  struct filter_case {
    const char* query;
    std::size_t want;
  };
  const filter_case cases[] = {{"name=one.example", 1},
                               {"name=ONE.example", 1},
                               {"name=none.example", 0},
                               {"name=ends_with:.example", 2},
                               {"name=starts_with:t", 1},
                               {"name=contains_case_sensitive:ONE", 0},
                               {"name=not_equal:one.example", 1},
                               {"status=active", 2},
                               {"status=pending", 0},
                               {"status=pending&name=one.example&match=any", 1},
                               {"status=initializing", 0},
                               {"status=initializing&match=any", 0},
                               {"status=initializing&name=one.example&match=any", 1},
                               {"type=partial", 0},
                               {"type=partial,full&status=active", 2},
                               {"type=full&status=pending&match=any", 2},
                               {"type=partial&status=pending&match=any", 0},
                               {"match=any", 2},
                               {"name=one.example&order=status&direction=desc", 1},
                               {"account.name=equal:signpost", 2},
                               {"account.name=not_equal:SIGNPOST", 0},
                               {"page=2", 0}};
  for (const auto& c : cases) {
    EXPECT_EQ(call("GET", std::string("/zones?") + c.query).result().size(), c.want) << c.query;
  }
  EXPECT_EQ(call("GET", "/zones?account.id=" + account).result().size(), 2U);
  EXPECT_EQ(call("GET", "/zones?account.id=" + other_account).result().size(), 0U);
  EXPECT_EQ(call("GET", "/zones?order=account.name&direction=desc").result().size(), 2U);
  EXPECT_EQ(call("GET", "/zones?status=unheard").status, 422);
}

// A client that gets another name than the one it sent takes the zone for another one.
TEST_F(ZonesApi, AreNamedInUnicodeWhereverANameIsShown) {
  const auto id = zone("xn--bcher-kva.example");
  const auto is_shown = [](const json& name) { EXPECT_EQ(name, "bücher.example"); };
  is_shown(call("GET", "/zones/" + id).result().at("name"));
  for (const auto* const name :
       {"b%C3%BCcher.example", "B%C3%BCCHER.example", "xn--bcher-kva.example",
        "equal:b%C3%BCcher.example", "contains:%C3%BCch", "starts_with:b%C3%BC",
        "starts_with:xn--b", "ends_with:cher.example", "not_equal:other.example"}) {
    const auto found = call("GET", std::string("/zones?name=") + name).result();
    ASSERT_EQ(found.size(), 1U) << name;
    is_shown(found.at(0).at("name"));
  }
  EXPECT_EQ(call("GET", "/zones?name=not_equal:b%C3%BCcher.example").result().size(), 0U);
  const json again{{"name", "Bücher.example"}, {"account", {{"id", account}}}};
  EXPECT_EQ(call("POST", "/zones", again).status, 409);

  const auto path = "/zones/" + id + "/email/routing";
  auto settings = call("POST", path + "/enable").result();
  is_shown(settings.at("name"));
  settings = call("POST", path + "/dns", {{"name", "post.bücher.example"}}).result();
  EXPECT_EQ(settings.at("subdomains").at(0).at("name"), "post.bücher.example");
  is_shown(call("GET", "/accounts/" + account + "/email/routing/zones").result().at(0).at("name"));
  const auto apex = call("POST", path + "/dns", {{"name", "xn--bcher-kva.example"}});
  EXPECT_EQ(apex.body.at("errors").at(0).at("message"),
            "Invalid Input: must be a a subdomains of bücher.example");
  EXPECT_EQ(call("POST", rules(id), drop("a@xn--bcher-kva.example")).status, 200);
  const auto all = call("GET", "/accounts/" + account + "/email/routing/rules").result();
  is_shown(all.at(0).at("zone").at("name"));
  // What is to be published is written as the DNS has it.
  EXPECT_EQ(call("GET", path + "/dns").result().at(0).at("name"), "xn--bcher-kva.example");

  const auto log = "/accounts/" + account + "/audit_logs?zone.name=B%C3%BCcher.example";
  ASSERT_GE(call("GET", log).result().size(), 3U);
  is_shown(call("GET", log).result().at(0).at("metadata").at("zone_name"));
  const auto records = call("GET", "/accounts/" + account
                                       + "/logs/audit?since=2000-01-01&before=2100-01-01"
                                         "&zone_name=xn--bcher-kva.example");
  ASSERT_GE(records.result().size(), 3U);
  is_shown(records.result().at(0).at("zone").at("name"));
}

// The account in the member that older clients have for it, or in none.
TEST_F(ZonesApi, AreMadeInTheAccountThatTheBodyMeans) {
  const auto made = [&](json body, std::string_view token = {}) {
    return call("POST", "/zones", body, token);
  };
  const json here{{"id", account}};
  const json there{{"id", other_account}};
  const auto by_older = made({{"name", "old.example"},
                              {"organization", here},
                              {"type", "full"},
                              {"jump_start", false}});
  ASSERT_EQ(by_older.status, 200) << by_older.raw.body;
  EXPECT_EQ(by_older.result().at("account").at("id"), account);
  json both{{"name", "both.example"}, {"account", here}, {"organization", there}};
  EXPECT_EQ(made(both).code(), 2007);
  both["organization"] = here;
  EXPECT_EQ(made(both).status, 200);
  EXPECT_EQ(made({{"name", "text.example"}, {"organization", account}}).code(), 2007);
  // The administrator sees two accounts, and the other token one.
  EXPECT_EQ(made({{"name", "none.example"}}).code(), 2007);
  EXPECT_EQ(made({{"name", "none.example"}, {"account", json::object()}}, other)
                .result().at("account").at("id"),
            other_account);
  EXPECT_EQ(made({{"name", "empty.example"}, {"organization", {{"id", ""}}}}, other).status, 200);
  EXPECT_EQ(made({{"name", "theirs.example"}, {"organization", here}}, other).status, 403);
}

// An answer of 200 says that what was asked for is so.
TEST_F(ZonesApi, RefuseWhatTheyCannotBe) {
  const auto path = "/zones/" + zone();
  const auto shown = call("GET", path).result();
  for (const auto& asked :
       {json{{"plan", {{"id", "enterprise"}}}}, json{{"vanity_name_servers", {"ns1.example.org"}}},
        json{{"type", "partial"}}, json{{"name", "other.example"}},
        json{{"account", {{"id", other_account}}}}}) {
    EXPECT_EQ(call("PATCH", path, asked).code(), 2007) << asked;
  }
  // What a client was shown it may send back.
  for (const auto& same :
       {json{{"plan", {{"id", "signpost"}}}}, json{{"vanity_name_servers", json::array()}},
        json{{"name", "Example.ORG"}}, shown}) {
    EXPECT_EQ(call("PATCH", path, same).result(), shown) << same;
  }
  for (const auto& asked : {json{{"jump_start", true}}, json{{"plan", {{"id", "free"}}}},
                            json{{"vanity_name_servers", {"ns1.example.org"}}}}) {
    auto body = asked;
    body["name"] = "new.example";
    body["account"]["id"] = account;
    EXPECT_EQ(call("POST", "/zones", body).code(), 2007) << asked;
  }
}

TEST_F(ZonesApi, OfOthersDoNotExist) {
  const auto id = zone();
  EXPECT_EQ(call("GET", "/zones", nullptr, other).result().size(), 0U);
  EXPECT_EQ(call("GET", "/zones/" + id, nullptr, other).status, 404);
  EXPECT_EQ(call("DELETE", "/zones/" + id, nullptr, other).status, 404);
  const auto taken = call("POST", "/zones", {{"name", "example.org"}}, other);
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(taken.raw.body.find(account), std::string::npos);
  EXPECT_EQ(
      call("POST", "/zones", {{"name", "b.example"}, {"account", {{"id", account}}}}, other).status,
      403);
}

TEST_F(ZonesApi, ArePausedAndDeleted) {
  const auto id = zone();
  EXPECT_EQ(call("PATCH", "/zones/" + id, {{"paused", true}}).result().at("paused"), true);
  EXPECT_EQ(call("DELETE", "/zones/" + id).result(), (json{{"id", id}}));
  EXPECT_EQ(call("GET", "/zones/" + id).status, 404);
  EXPECT_EQ(call("POST", "/zones", {{"name", "no dots"}}).status, 422);
}

TEST_F(RoutingSettingsApi, EnabledInABodyDoesNothingAndOmittedKeysStay) {
  const auto path = "/zones/" + zone() + "/email/routing";
  auto got = call("PUT", path, {{"enabled", true}, {"support_subaddress", true}}).result();
  EXPECT_EQ(got.at("enabled"), false);
  EXPECT_EQ(got.at("support_subaddress"), true);
  EXPECT_EQ(got.at("status"), "unconfigured");
  got = call("PATCH", path, {{"skip_wizard", true}}).result();
  EXPECT_EQ(got.at("support_subaddress"), true);
  EXPECT_EQ(got.at("skip_wizard"), true);
  EXPECT_EQ(call("PUT", path, {{"skip_wizard", "yes"}}).code(), 2007);
}

TEST_F(RoutingSettingsApi, StatusFollowsTheDns) {
  const auto path = "/zones/" + zone() + "/email/routing";
  dns.add_mx("example.org", 5, "mx.other.example").add_txt("example.org", "v=spf1 -all");
  EXPECT_EQ(call("POST", path + "/enable").result().at("enabled"), true);
  const auto seen = call("GET", path + "/dns");
  EXPECT_EQ(seen.result().size(), 3U);
  EXPECT_EQ(seen.result().at(0).at("content"), "mx.signpost.example");
  EXPECT_EQ(seen.result().at(1).at("content"), "v=spf1 a:mx.signpost.example ~all");
  EXPECT_EQ(seen.body.at("messages").size(), 4U) << seen.raw.body;
  EXPECT_EQ(call("GET", path).result().at("status"), "misconfigured/locked");
  EXPECT_EQ(call("PATCH", path + "/dns").result().at("status"), "misconfigured");
  const auto named = call("GET", path + "/dns?subdomain=example.org");
  EXPECT_EQ(named.body, call("GET", path + "/dns").body);
  dns.remove("example.org");
  dns.add_mx("example.org", 5, "mx.signpost.example")
      .add_txt("example.org", "v=spf1 a:mx.signpost.example ~all")
      .add_txt("s1._domainkey.example.org", "v=DKIM1; p=QU JD");
  time.advance(std::chrono::minutes(1));
  EXPECT_EQ(call("GET", path + "/dns").body.at("messages").size(), 0U);
  EXPECT_EQ(call("GET", path).result().at("status"), "unlocked");
  EXPECT_EQ(call("POST", path + "/enable", json::object()).result().at("status"), "ready");
}

TEST_F(RoutingSettingsApi, SubdomainsAreNamedAndTheZoneIsNone) {
  const auto path = "/zones/" + zone() + "/email/routing";
  const auto apex = call("POST", path + "/dns", {{"name", "example.org"}});
  EXPECT_EQ(apex.status, 422);
  EXPECT_EQ(apex.body.at("errors").at(0).at("message"),
            "Invalid Input: must be a a subdomains of example.org");
  const auto added = call("POST", path + "/dns", {{"name", "mail.example.org"}});
  EXPECT_EQ(added.result().at("subdomains").at(0).at("name"), "mail.example.org");
  EXPECT_EQ(call("POST", path + "/dns", {{"name", "badexample.org"}}).code(), 2007);
  EXPECT_EQ(call("POST", "/zones", {{"name", "mail.example.org"}}, other).status, 409);
  const auto listed = call("GET", "/accounts/" + account + "/email/routing/zones");
  EXPECT_EQ(listed.result().at(0).at("name"), "example.org");
}

// Terraform's provider removes a subdomain without saying which; the zone's mail must not end.
TEST_F(RoutingSettingsApi, ARemovalThatNamesNothingSparesAZoneWithSubdomains) {
  const auto path = "/zones/" + zone() + "/email/routing";
  const auto is_enabled = [&] { return call("GET", path).result().at("enabled"); };
  call("POST", path + "/enable");
  for (const auto* const name : {"a.example.org", "b.example.org"}) {
    ASSERT_EQ(call("POST", path + "/dns", {{"name", name}}).status, 200);
  }
  for (const auto& body : {json(nullptr), json::object(), json{{"name", ""}}}) {
    const auto refused = call("DELETE", path + "/dns", body);
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.code(), 9432);
    EXPECT_NE(refused.raw.body.find("a.example.org, b.example.org"), std::string::npos);
    EXPECT_EQ(is_enabled(), true);
  }
  EXPECT_EQ(call("DELETE", path + "/dns?subdomain=nothing.example.org").code(), 9404);
  EXPECT_EQ(call("DELETE", path + "/dns?subdomain=example.net").code(), 2007);
  EXPECT_EQ(call("DELETE", path + "/dns?subdomain=a.example.org").result().at("subdomains").size(),
            1U);
  EXPECT_EQ(is_enabled(), true);
  // A disabled one counts, and one that has gone: the client sends again what was refused.
  EXPECT_EQ(call("POST", path + "/disable", {{"name", "b.example.org"}}).status, 200);
  EXPECT_EQ(call("DELETE", path + "/dns").code(), 9432);
  EXPECT_EQ(call("GET", path + "/dns?subdomain=b.example.org").status, 200);
  EXPECT_EQ(call("DELETE", path + "/dns", {{"name", "b.example.org"}}).status, 200);
  EXPECT_EQ(call("GET", path + "/dns?subdomain=b.example.org").code(), 9404);
  EXPECT_EQ(call("DELETE", path + "/dns").code(), 9432);
  EXPECT_EQ(is_enabled(), true);
  // By its own name a zone ends with all its subdomains.
  ASSERT_EQ(call("POST", path + "/dns", {{"name", "a.example.org"}}).status, 200);
  call("POST", path + "/enable");
  EXPECT_EQ(call("DELETE", path + "/dns", {{"name", "example.org"}}).status, 200);
  EXPECT_EQ(is_enabled(), false);
}

TEST_F(RoutingRulesApi, GiveBackExactlyWhatWasPut) {
  const auto path = rules(zone());
  address("dest@example.net", true);
  auto made = call("POST", path, forward("a@example.org", "dest@example.net"));
  ASSERT_EQ(made.status, 200) << made.raw.body;
  EXPECT_FALSE(made.result().contains("name"));
  EXPECT_EQ(made.result().at("priority"), 0);
  EXPECT_EQ(made.result().at("source"), "api");
  const auto one = path + "/" + made.result().at("id").get<std::string>();
  auto want = made.result();
  for (const auto& change :
       {json{{"name", "n"}, {"priority", 2.5}, {"enabled", false}},
        json{{"name", ""}, {"priority", 7}},
        json{{"actions", {{{"type", "drop"}, {"value", json::array()}}}}},
        json{{"actions", {{{"type", "drop"}}}}},
        json{{"matchers", {{{"type", "literal"}, {"value", "b@example.org"}}}}}}) {
    want.update(change);
    EXPECT_EQ(call("PUT", one, want).status, 200);
    EXPECT_EQ(value(call("GET", one).result()), value(want));
  }
  EXPECT_EQ(value(call("DELETE", one).result()), value(want));
  EXPECT_EQ(call("GET", one).status, 404);
}

// One address is one, in whichever form its domain is written.
TEST_F(RoutingRulesApi, OfOneAddressInTwoFormsAreDuplicates) {
  const auto path = rules(zone("bücher.example"));
  const auto first = call("POST", path, drop("a@bücher.example"));
  ASSERT_EQ(first.status, 200) << first.raw.body;
  EXPECT_EQ(call("POST", path, drop("A@xn--bcher-kva.example")).code(), 2014);
  // What no look-up would find is not taken.
  for (const auto* const odd : {"c@BÜCHER.example", "c@bu\u0308cher.example", "c@bücher。example"}) {
    const auto refused = call("POST", path, drop(odd));
    EXPECT_EQ(refused.code(), 2007) << odd;
    EXPECT_NE(refused.raw.body.find("as bücher.example"), std::string::npos) << refused.raw.body;
  }
  const auto second = call("POST", path, drop("b@xn--bcher-kva.example"));
  ASSERT_EQ(second.status, 200) << second.raw.body;
  const auto one = path + "/" + second.result().at("id").get<std::string>();
  EXPECT_EQ(call("PUT", one, drop("a@xn--bcher-kva.example")).code(), 2014);
  // Its own other form is no duplicate.
  EXPECT_EQ(call("PUT", one, drop("b@bücher.example")).status, 200);
  EXPECT_EQ(call("PUT", one, drop("b@bücher.example")).status, 200);
}

// Rules that were made before both forms were one can be changed, ordered and removed.
TEST_F(RoutingRulesApi, ThatAreThereInTwoFormsCanBeChanged) {
  const auto id = zone("bücher.example");
  std::vector<std::string> ids;
  const auto done = store->change<void>([&](model::control_transaction& t) -> result<void> {
    for (const auto* const to : {"a@bücher.example", "a@xn--bcher-kva.example"}) {
      model::rule_object rule;
      rule.id = api::new_object_id(random);
      rule.zone = id;
      rule.matchers = {{.type = "literal", .field = "to", .value = to}};
      rule.actions = {{.type = "drop", .value = {}}};
      rule.created = rule.modified = time.now();
      ids.push_back(rule.id);
      SP_CHECK(t.put(rule));
    }
    t.audit({.id = api::new_object_id(random), .when = time.now(), .action = "create"});
    return {};
  });
  ASSERT_TRUE(done) << to_string(done.error());
  auto disabled = drop("a@xn--bcher-kva.example");
  disabled["enabled"] = false;
  EXPECT_EQ(call("PUT", rules(id) + "/" + ids[1], disabled).status, 200);
  const auto order = answer_at("/signpost/v1", "PUT", "/zones/" + id + "/rules/order",
                               {{"rules", {ids[1], ids[0]}}}, {});
  EXPECT_EQ(order.status, 200) << order.body;
  EXPECT_EQ(call("DELETE", rules(id) + "/" + ids[0]).status, 200);
}

// What does not change is not asked about: a rule whose address has lost its verification can be
// renamed, but not pointed elsewhere or switched on.
TEST_F(RoutingRulesApi, KeepADestinationThatIsNotVerifiedAnyMore) {
  const auto path = rules(zone());
  const auto id = address("dest@example.net", true);
  address("other@example.net", false);
  const auto made = call("POST", path, forward("a@example.org", "dest@example.net")).result();
  const auto one = path + "/" + made.at("id").get<std::string>();
  ASSERT_EQ(call("PATCH", addresses() + "/" + id, {{"status", "unverified"}}).status, 200);
  auto want = made;
  want["name"] = "renamed";
  EXPECT_EQ(call("PUT", one, want).status, 200);
  auto elsewhere = want;
  elsewhere["actions"] = {{{"type", "forward"}, {"value", {"other@example.net"}}}};
  EXPECT_EQ(call("PUT", one, elsewhere).code(), 2054);
  want["enabled"] = false;
  EXPECT_EQ(call("PUT", one, want).status, 200);
  want["enabled"] = true;
  EXPECT_EQ(call("PUT", one, want).code(), 2054);
}

TEST_F(RoutingRulesApi, RefuseInCloudflaresWords) {
  const auto path = rules(zone());
  address("new@example.net", false);
  const auto first = drop("a@example.org");
  EXPECT_EQ(call("POST", path, first).status, 200);
  struct refusal_case {
    json body;
    int status;
    int code;
    std::string text;
  };
  auto two = first;
  two["actions"].push_back({{"type", "drop"}});
  auto all = first;
  all["matchers"] = {{{"type", "all"}}};
  auto none = first;
  none["actions"] = {{{"type", "forward"}, {"value", json::array()}}};
  auto worker = first;
  worker["actions"] = {{{"type", "worker"}}};
  auto name = drop("b@example.org");
  name["name"] = std::string(257, 'n');
  auto priority = drop("b@example.org");
  priority["priority"] = -1;
  const refusal_case cases[] = {
      {drop("A@Example.org"), 409, 2014, "Duplicated Zone rule"},
      {all, 409, 2020, "Invalid rule operation"},
      {forward("b@example.org", "new@example.net"), 400, 2054,
       "Destination address is not verified"},
      {forward("b@example.org", "x@example.net"), 400, 2054, "Destination address is not verified"},
      {none, 422, 2007, "Invalid Input: forward action must contain exactly one destination"},
      {two, 422, 2007, "Invalid Input: only one action per rule is allowed"},
      {worker, 422, 2007, "Invalid Input: must specify worker id"},
      {name, 422, 2007, "Invalid Input: name must be at most 256 characters long"},
      {priority, 422, 2007, "Invalid Input: priority must be a number, 0 or greater"},
      {drop(std::string(80, 'x') + "@example.org"), 422, 2007,
       "Invalid Input: value must be at most 90 characters long"}};
  for (const auto& c : cases) {
    const auto got = call("POST", path, c.body);
    EXPECT_EQ(got.status, c.status) << got.raw.body;
    EXPECT_EQ(got.code(), c.code);
    EXPECT_EQ(got.body.at("errors").at(0).at("message"), c.text);
    if (c.status == 409) {
      EXPECT_EQ(got.raw.header("x-should-retry"), "false");
    }
  }
  EXPECT_EQ(call("POST", path, drop("a@elsewhere.example")).code(), 2007);
  EXPECT_EQ(call("POST", path, json::array()).status, 400);
}

TEST_F(RoutingRulesApi, ArePagedUntilNothingIsLeft) {
  const auto path = rules(zone());
  for (int i = 0; i < 60; ++i) {
    ASSERT_EQ(call("POST", path, drop("u" + std::to_string(i) + "@example.org")).status, 200);
  }
  std::size_t count = 0;
  json last;
  for (int page = 1;; ++page) {
    const auto got = call("GET", path + "?page=" + std::to_string(page));
    ASSERT_EQ(got.status, 200);
    EXPECT_EQ(got.body.at("result_info").at("total_count"), 61);
    if (got.result().empty()) break;
    ASSERT_LT(page, 10);
    count += got.result().size();
    last = got.result().back();
  }
  EXPECT_EQ(count, 61U);
  EXPECT_EQ(last.at("matchers").at(0).at("type"), "all");
  const auto turned = call("GET", path + "?order=created&direction=desc&per_page=50&page=2");
  EXPECT_EQ(turned.result().back().at("matchers").at(0).at("type"), "all");
  EXPECT_EQ(call("GET", path + "?enabled=false").result().size(), 1U);
  const auto whole = call("GET", "/accounts/" + account + "/email/routing/rules?per_page=5");
  EXPECT_EQ(whole.result().at(0).at("zone").at("name"), "example.org");
}

TEST_F(RoutingRulesApi, CatchAllIsAlwaysThere) {
  const auto path = rules(zone());
  const auto got = call("GET", path + "/catch_all").result();
  EXPECT_EQ(got.at("name"), "");
  EXPECT_EQ(got.at("enabled"), false);
  EXPECT_FALSE(got.contains("priority"));
  EXPECT_EQ(got.at("actions"), json::parse(R"([{"type":"drop"}])"));
  EXPECT_EQ(call("GET", path + "/" + got.at("id").get<std::string>()).code(), 2020);
  EXPECT_EQ(call("DELETE", path + "/" + got.at("id").get<std::string>()).code(), 2020);
  json want{
      {"matchers", {{{"type", "all"}}}}, {"actions", {{{"type", "drop"}}}}, {"enabled", true}};
  EXPECT_EQ(call("PUT", path + "/catch_all", want).status, 200);
  const auto changed = call("GET", path + "/catch_all").result();
  EXPECT_EQ(changed.at("enabled"), true);
  EXPECT_FALSE(changed.contains("name"));
  EXPECT_EQ(changed.at("id"), got.at("id"));
}

TEST_F(RoutingRulesApi, EveryChangeIsAuditedAsShown) {
  const auto path = rules(zone());
  const auto made = call("POST", path, drop("a@example.org")).result();
  const auto log = store->read()->audit_log({.account = account, .max = 1});
  ASSERT_TRUE(log.has_value() && log->entries.size() == 1);
  EXPECT_EQ(log->entries[0].action, "create");
  EXPECT_EQ(json::parse(log->entries[0].after_json), made);
  EXPECT_EQ(log->entries[0].before_json, "");
  EXPECT_GT(log->entries[0].revision, 0U);
}

TEST_F(RoutingAddressesApi, DeletionDisablesRules) {
  const auto path = rules(zone());
  const auto id = address("dest@example.net", true);
  const auto rule = call("POST", path, forward("a@example.org", "dest@example.net")).result();
  EXPECT_EQ(call("GET", addresses() + "?verified=true").result().size(), 1U);
  EXPECT_EQ(call("GET", addresses() + "?verified=false").result().size(), 0U);
  EXPECT_EQ(call("DELETE", addresses() + "/" + id).status, 200);
  EXPECT_EQ(call("GET", path + "/" + rule.at("id").get<std::string>()).result().at("enabled"),
            false);
  EXPECT_EQ(call("GET", addresses() + "/" + id).status, 404);
}

TEST_F(RoutingAddressesApi, AreVerifiedByAdministratorsOnly) {
  const auto made = call("POST", "/accounts/" + other_account + "/email/routing/addresses",
                         {{"email", "me@example.net"}}, other);
  ASSERT_EQ(made.status, 200) << made.raw.body;
  EXPECT_EQ(made.result().at("verified"), nullptr);
  const auto path = "/accounts/" + other_account + "/email/routing/addresses/"
                    + made.result().at("id").get<std::string>();
  EXPECT_EQ(call("PATCH", path, {{"status", "verified"}}, other).status, 403);
  EXPECT_EQ(call("PATCH", path, {{"status", "verified"}}).status, 200);
  EXPECT_EQ(call("GET", addresses(), nullptr, other).status, 404);
  EXPECT_EQ(call("POST", addresses(), {{"email", "not an address"}}).code(), 2007);
  EXPECT_EQ(call("POST", addresses(), {{"email", "a@b.example"}}).status, 200);
  EXPECT_EQ(call("POST", addresses(), {{"email", "A@B.example"}}).status, 409);
}

// As Terraform's provider makes them: with the status that they shall have.
TEST_F(RoutingAddressesApi, AreMadeWithTheStatusThatTheBodyNames) {
  const auto made =
      call("POST", addresses(), {{"email", "v@example.net"}, {"status", "verified"}});
  ASSERT_EQ(made.status, 200) << made.raw.body;
  EXPECT_TRUE(made.result().at("verified").is_string());
  EXPECT_TRUE(mails.empty());
  EXPECT_EQ(call("POST", addresses(), {{"email", "V@example.net"}, {"status", "verified"}}).status,
            409);
  const auto waiting =
      call("POST", addresses(), {{"email", "u@example.net"}, {"status", "unverified"}});
  EXPECT_TRUE(waiting.result().at("verified").is_null());
  EXPECT_EQ(mails.size(), 1U);

  const auto theirs = "/accounts/" + other_account + "/email/routing/addresses";
  const json claimed{{"email", "t@example.net"}, {"status", "verified"}};
  EXPECT_EQ(call("POST", theirs, claimed, other).status, 403);
  EXPECT_EQ(call("GET", theirs, nullptr, other).result().size(), 0U);
  EXPECT_EQ(mails.size(), 1U);
  for (const auto& unknown : {json("pending"), json(""), json(true)}) {
    EXPECT_EQ(call("POST", addresses(), {{"email", "w@example.net"}, {"status", unknown}}).code(),
              2007);
  }
  EXPECT_EQ(call("GET", addresses()).result().size(), 2U);
}

TEST_F(RoutingAddressesApi, AddedAgainAsVerifiedHaveTheirRulesBack) {
  const auto path = rules(zone());
  const auto id = address("dest@example.net", true);
  const auto rule = call("POST", path, forward("a@example.org", "dest@example.net")).result();
  const auto one = path + "/" + rule.at("id").get<std::string>();
  EXPECT_EQ(call("DELETE", addresses() + "/" + id).status, 200);
  EXPECT_EQ(call("GET", one).result().at("enabled"), false);
  const auto again =
      call("POST", addresses(), {{"email", "dest@example.net"}, {"status", "verified"}});
  ASSERT_EQ(again.status, 200) << again.raw.body;
  EXPECT_EQ(call("GET", one).result().at("enabled"), true);
}

TEST_F(RoutingAddressesApi, KeepTheirEmail) {
  const auto one = addresses() + "/" + address("a@example.net", false);
  EXPECT_EQ(call("PATCH", one, {{"email", "b@example.net"}}).code(), 2007);
  EXPECT_EQ(call("PATCH", one, {{"email", "A@example.net"}}).status, 200);
}

TEST_F(RoutingAddressesApi, AreSentAsManyMailsADayAsAnAccountMaySend) {
  const auto path = addresses() + "/" + address("a@b.example", false) + "/resend";
  EXPECT_EQ(call("POST", path).status, 429);
  for (int i = 0; i < 2; ++i) {
    time.advance(std::chrono::minutes(6));
    EXPECT_EQ(call("POST", path).status, 200);
  }
  time.advance(std::chrono::minutes(6));
  EXPECT_EQ(call("POST", path).status, 429);
  time.advance(std::chrono::hours(24));
  EXPECT_EQ(call("POST", path).status, 200);
  EXPECT_EQ(mails.size(), 4U);
}

TEST_F(VerificationPage, ConfirmsByTheButtonAlone) {
  const auto id = address("a&b@dest.example", false);
  const auto shown = open("GET", link());
  EXPECT_EQ(shown.status, 200);
  EXPECT_NE(shown.body.find("a&amp;b@dest.example"), std::string::npos);
  EXPECT_NE(shown.header("Content-Security-Policy").find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(shown.body.find("<script"), std::string::npos);
  EXPECT_EQ(call("GET", addresses() + "/" + id).result().at("verified"), nullptr);
  EXPECT_EQ(open("POST", link()).status, 200);
  EXPECT_NE(call("GET", addresses() + "/" + id).result().at("verified"), nullptr);
}

TEST_F(VerificationPage, RefusesOldForgedAndVoidLinks) {
  const auto id = address("a@dest.example", false);
  const auto good = link();
  auto forged = good;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(open("POST", forged).status, 404);
  EXPECT_EQ(open("DELETE", good).status, 405);
  call("DELETE", addresses() + "/" + id);
  address("a@dest.example", false);
  EXPECT_EQ(open("POST", good).status, 404);
  const auto fresh = link();
  time.advance(api::link_lifetime + std::chrono::seconds(1));
  EXPECT_EQ(open("POST", fresh).status, 410);
}

}  // namespace
}  // namespace signpost::test

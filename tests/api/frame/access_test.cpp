// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/access.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "api/frame/rest_time.hpp"

namespace signpost::api {
namespace {

const std::string account_a(32, 'a');
const std::string account_b(32, 'b');
const std::string zone_1(32, '1');  // of account_a
const std::string zone_2(32, '2');  // of account_b

std::string in_account(const std::string& id) {
  return "com.cloudflare.api.account." + id;
}
std::string in_zone(const std::string& id) {
  return "com.cloudflare.api.account.zone." + id;
}

std::string owner(std::string_view zone) {
  if (zone == zone_1) return account_a;
  return zone == zone_2 ? account_b : "";
}

std::string group(permission p) {
  const auto groups = permission_groups();
  return std::string(std::ranges::find(groups, p, &permission_group::gives)->id);
}

model::token_policy policy(permission p, const std::string& resource, bool allow = true) {
  model::token_policy out;
  out.allow = allow;
  out.resources = {{resource, "*"}};
  out.permission_groups = {group(p)};
  return out;
}

model::api_token token(std::vector<model::token_policy> policies, std::string account = {}) {
  model::api_token out;
  out.account = std::move(account);
  out.policies = std::move(policies);
  return out;
}

using enum permission;

TEST(Access, AllowsWhatAPolicyNames) {
  struct may_case {
    model::token_policy policy;
    permission wanted;
    place where;
    bool want;
  };
  const place in_a{account_a, {}};
  const place in_z1{account_a, zone_1};
  const place in_z2{account_b, zone_2};
  const may_case cases[] = {
      {policy(rules_write, in_account(account_a)), rules_write, in_z1, true},
      {policy(rules_write, in_account(account_a)), rules_read, in_z1, true},
      {policy(rules_read, in_account(account_a)), rules_write, in_z1, false},
      {policy(rules_write, in_account(account_a)), rules_write, in_z2, false},
      {policy(rules_write, in_account("*")), rules_write, in_z2, true},
      {policy(rules_write, in_zone(zone_1)), rules_write, in_z1, true},
      {policy(rules_write, in_zone(zone_1)), rules_write, in_z2, false},
      {policy(rules_write, in_zone(zone_1)), rules_write, in_a, false},
      {policy(rules_write, in_zone("*")), rules_write, in_z2, true},
      {policy(rules_write, in_zone("*")), addresses_read, in_a, false},
      {policy(tokens_read, "com.cloudflare.api.user.*"), tokens_read, {}, true},
      {policy(tokens_read, "com.cloudflare.api.user.*"), tokens_read, in_a, false},
      {policy(tokens_read, in_account("*")), tokens_read, {}, false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(may(token({c.policy}), c.wanted, c.where), c.want)
        << c.policy.resources.front().first << " " << to_string(c.wanted);
  }
}

TEST(Access, DeniesBeforeItAllows) {
  const auto t = token(
      {policy(rules_write, in_account(account_a)), policy(rules_write, in_zone(zone_1), false)});
  EXPECT_FALSE(may(t, rules_write, {account_a, zone_1}));
  EXPECT_TRUE(may(t, rules_write, {account_a, std::string(32, '3')}));
}

TEST(Access, KeepsTheTokenOfAnAccountInIt) {
  const auto t = token({policy(rules_write, in_account("*"))}, account_a);
  EXPECT_TRUE(may(t, rules_write, {account_a, zone_1}));
  EXPECT_FALSE(may(t, rules_write, {account_b, zone_2}));
  EXPECT_FALSE(may(t, none, {account_b, {}}));
  EXPECT_TRUE(may(t, none, {}));
  EXPECT_FALSE(may_see(t, account_b));
}

// Policies of every kind in every combination of two, allowed and denied, of everybody and of an
// account: what the store looks for is what `may` says of each place.
TEST(Access, TellsAsAValueWhatATokenSees) {
  std::vector<model::token_policy> policies;
  for (const auto& resource :
       {in_account("*"), in_account(account_a), in_account(account_b), in_zone("*"),
        in_zone(zone_1), in_zone(zone_2), std::string("com.cloudflare.api.user.*")}) {
    for (const auto p : {rules_write, zone_read}) {
      for (const bool allow : {true, false}) policies.push_back(policy(p, resource, allow));
    }
  }
  auto without_star = policy(rules_write, in_account(account_a));
  without_star.resources.front().second = "x";
  policies.push_back(without_star);
  const std::string zone_3(32, '3');
  const place places[] = {{account_a, zone_1}, {account_a, zone_3},
                          {account_b, zone_2}, {account_a, {}},
                          {account_b, {}}};
  int seen = 0;
  for (const auto& first : policies) {
    for (const auto& second : policies) {
      for (const auto& owner : {std::string(), account_a}) {
        const auto t = token({first, second}, owner);
        const auto zones = zones_seen_by(t);
        const auto accounts = accounts_seen_by(t);
        for (const auto& [account, zone] : places) {
          for (const auto p : {rules_read, rules_write, zone_read, audit_read}) {
            ASSERT_EQ(places_of(t, p).has(account, zone), may(t, p, {account, zone}));
          }
          if (zone.empty()) {
            ASSERT_EQ(accounts.has(account, {}), may_see(t, account));
            continue;
          }
          ASSERT_EQ(zones.has(account, zone), may_see(t, account, zone));
          seen += zones.has(account, zone) ? 1 : 0;
        }
      }
    }
  }
  EXPECT_GT(seen, 0);
  const auto admin = token({policy(rules_write, in_account("*")), policy(zone_read, in_zone("*"))});
  EXPECT_TRUE(zones_seen_by(admin).has_all_of(""));
  EXPECT_EQ(zones_seen_by(admin).grants.size(), 1U) << "the same for each permission";
}

TEST(Access, GrantsNoMoreThanTheMakerHas) {
  struct grant_case {
    const char* what;
    std::vector<model::token_policy> maker;
    model::token_policy wanted;
    bool want;
  };
  const grant_case cases[] = {
      {"the same",
       {policy(rules_write, in_zone(zone_1))},
       policy(rules_write, in_zone(zone_1)),
       true},
      {"less", {policy(rules_write, in_zone(zone_1))}, policy(rules_read, in_zone(zone_1)), true},
      {"more", {policy(rules_read, in_zone(zone_1))}, policy(rules_write, in_zone(zone_1)), false},
      {"own zone",
       {policy(rules_write, in_account(account_a))},
       policy(rules_write, in_zone(zone_1)),
       true},
      {"foreign zone",
       {policy(rules_write, in_account(account_a))},
       policy(rules_write, in_zone(zone_2)),
       false},
      {"all zones",
       {policy(rules_write, in_account(account_a))},
       policy(rules_write, in_zone("*")),
       false},
      {"foreign account",
       {policy(rules_write, in_account(account_a))},
       policy(rules_write, in_account(account_b)),
       false},
      {"all accounts",
       {policy(rules_write, in_account(account_a))},
       policy(rules_write, in_account("*")),
       false},
      {"account for zones",
       {policy(rules_write, in_zone("*"))},
       policy(rules_write, in_account(account_a)),
       false},
      {"around a denial",
       {policy(rules_write, in_account(account_a)), policy(rules_write, in_zone(zone_1), false)},
       policy(rules_write, in_account(account_a)),
       false},
      {"beside a denial",
       {policy(rules_write, in_account(account_a)), policy(rules_write, in_zone(zone_2), false)},
       policy(rules_write, in_zone(zone_1)),
       true},
      {"reading is denied, writing gives it",
       {policy(rules_write, in_account(account_a)), policy(rules_read, in_zone(zone_1), false)},
       policy(rules_write, in_zone(zone_1)),
       false},
      {"administration",
       {policy(tokens_write, "com.cloudflare.api.user.*")},
       policy(administer, "com.cloudflare.api.user.*"),
       false},
      {"a denial of anything",
       {policy(rules_read, in_zone(zone_1))},
       policy(administer, in_account("*"), false),
       true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(may_grant(token(c.maker), token({c.wanted}), owner), c.want) << c.what;
  }
}

TEST(Access, GrantsForNoLongerAndFromNowhereElse) {
  auto maker = token({});
  maker.expires_on = wall_time{seconds{1000}};
  auto made = token({});
  EXPECT_FALSE(may_grant(maker, made, owner));
  made.expires_on = wall_time{seconds{1001}};
  EXPECT_FALSE(may_grant(maker, made, owner));
  made.expires_on = wall_time{seconds{1000}};
  EXPECT_TRUE(may_grant(maker, made, owner));
  maker.ip_in = {"192.0.2.0/24"};
  EXPECT_FALSE(may_grant(maker, made, owner));
  made.ip_in = {"192.0.0.0/16"};
  EXPECT_FALSE(may_grant(maker, made, owner));
  made.ip_in = {"192.0.2.128/25"};
  EXPECT_TRUE(may_grant(maker, made, owner));
  maker.ip_not_in = {"192.0.2.200"};
  EXPECT_FALSE(may_grant(maker, made, owner));
  made.ip_not_in = {"192.0.2.192/26"};
  EXPECT_TRUE(may_grant(maker, made, owner));
}

TEST(Access, BindsTokensToAddresses) {
  auto t = token({});
  EXPECT_TRUE(usable_from(t, std::nullopt));
  t.ip_in = {"192.0.2.0/24", "2001:db8::/32"};
  t.ip_not_in = {"192.0.2.7"};
  EXPECT_TRUE(usable_from(t, ip_address::parse("192.0.2.8")));
  EXPECT_TRUE(usable_from(t, ip_address::parse("2001:db8::1")));
  EXPECT_FALSE(usable_from(t, ip_address::parse("192.0.2.7")));
  EXPECT_FALSE(usable_from(t, ip_address::parse("198.51.100.1")));
  EXPECT_FALSE(usable_from(t, std::nullopt));
}

TEST(Access, KnowsTheStateOfATokenAtItsEdges) {
  const wall_time now{seconds{1000}};
  auto t = token({});
  EXPECT_EQ(status_of(t, now), "active");
  t.expires_on = now;
  EXPECT_EQ(status_of(t, now), "expired");
  t.expires_on = now + milliseconds(1);
  EXPECT_EQ(status_of(t, now), "active");
  t.not_before = now + milliseconds(1);
  EXPECT_EQ(status_of(t, now), "not_yet");
  t.status = model::token_status::disabled;
  EXPECT_EQ(status_of(t, now), "disabled");
}

TEST(Access, KnowsTokensResourcesAndNetworks) {
  EXPECT_TRUE(is_token_text(std::string(40, 'a')));
  EXPECT_FALSE(is_token_text(std::string(39, 'a')));
  EXPECT_FALSE(is_token_text(std::string(81, 'a')));
  EXPECT_FALSE(is_token_text(std::string(40, '!')));
  system_random random;
  EXPECT_TRUE(is_token_text(new_token_text(random)));
  EXPECT_TRUE(is_resource(in_zone(zone_1)));
  EXPECT_TRUE(is_resource(in_account("*")));
  EXPECT_FALSE(is_resource("com.cloudflare.api.account."));
  EXPECT_FALSE(is_resource("com.cloudflare.edge.r2.bucket.x"));
  EXPECT_TRUE(is_network("10.0.0.0/8"));
  EXPECT_FALSE(is_network("10.0.0.0/33"));
  EXPECT_FALSE(is_network("ten"));
}

TEST(RestTime, ReadsWhatClientsWrite) {
  struct time_case {
    const char* text;
    const char* want;  // empty: none
  };
  const time_case cases[] = {
      {"2026-11-24T01:30:00Z", "2026-11-24T01:30:00.000Z"},
      {"2026-11-24T01:30:00.25Z", "2026-11-24T01:30:00.250Z"},
      {"2026-11-24T01:30:00+01:30", "2026-11-24T00:00:00.000Z"},
      {"2026-11-24", "2026-11-24T00:00:00.000Z"},
      {"2026-02-30", ""},
      {"2026-11-24T25:00:00Z", ""},
      {"2026-11-24T01:30:00", ""},
      {"yesterday", ""},
      {"", ""},
  };
  for (const auto& c : cases) {
    const auto got = parse_time(c.text);
    const auto want = parse_time(c.want);
    EXPECT_EQ(got.has_value(), *c.want != '\0') << c.text;
    EXPECT_EQ(got, want) << c.text;
  }
}

}  // namespace
}  // namespace signpost::api

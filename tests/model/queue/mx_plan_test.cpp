// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/mx_plan.hpp"

#include <gtest/gtest.h>

#include <set>

namespace signpost::model {
namespace {

address::domain domain(std::string_view text) {
  return address::domain::parse(text).value();
}

dns::answer without_records(dns::status status) {
  dns::answer a;
  a.status = status;
  return a;
}

dns::answer mx(const std::vector<std::pair<std::uint16_t, std::string>>& records) {
  auto a = without_records(dns::status::records);
  for (const auto& [preference, name] : records) {
    dns::record r;
    r.preference = preference;
    r.name = name;
    a.records.push_back(r);
  }
  return a;
}

dns::answer addresses(const std::vector<std::string>& texts) {
  if (texts.empty()) return without_records(dns::status::nodata);
  auto a = without_records(dns::status::records);
  for (const auto& text : texts) {
    dns::record r;
    r.address = ip_address::parse(text).value();
    a.records.push_back(r);
  }
  return a;
}

host_addresses both(const std::vector<std::string>& v4, const std::vector<std::string>& v6 = {}) {
  return {.a = addresses(v4), .aaaa = addresses(v6)};
}

mx_policy policy() {
  mx_policy p;
  p.own_names = {"mx.self.example"};
  p.own_addresses = {*ip_address::parse("203.0.113.25")};
  return p;
}

std::vector<std::string> names(const std::vector<mx_host>& hosts) {
  std::vector<std::string> list;
  for (const auto& h : hosts) list.push_back(h.name);
  return list;
}

std::vector<std::string> targets(const mx_targets_result& r) {
  std::vector<std::string> list;
  for (const auto& t : r.targets) list.push_back(t.host + "/" + t.address.to_string());
  return list;
}

struct hosts_case {
  std::string name;
  dns::answer answer;
  std::vector<std::string> hosts;
  std::string failure;  // status of the reply
};

class MxHosts : public testing::TestWithParam<hosts_case> {};

TEST_P(MxHosts, ComeInOrderOrSayWhyNot) {
  seeded_random random(1);
  const auto r = mx_hosts(domain("dest.example"), GetParam().answer, policy(), random);
  EXPECT_EQ(names(r.hosts), GetParam().hosts);
  EXPECT_EQ(r.failure ? r.failure->reply.status.to_string() : "", GetParam().failure);
  EXPECT_EQ(r.hosts.empty(), r.failure.has_value());
}

dns::answer bogus() {
  auto a = mx({{10, "a.example"}});
  a.security = dns::security::bogus;
  return a;
}

INSTANTIATE_TEST_SUITE_P(
    Table, MxHosts,
    testing::Values(
        hosts_case{"ByPreference",
                   mx({{20, "b.example"}, {10, "a.example"}, {30, "c.example"}}),
                   {"a.example", "b.example", "c.example"},
                   ""},
        hosts_case{"OnceEach",
                   mx({{20, "a.example"}, {10, "b.example"}, {5, "a.example"}}),
                   {"a.example", "b.example"},
                   ""},
        hosts_case{"ImplicitMx", without_records(dns::status::nodata), {"dest.example"}, ""},
        hosts_case{"NullMx", mx({{0, ""}}), {}, "5.1.10"},
        hosts_case{"NullMxBesideOthersIsNone", mx({{0, ""}, {10, "a.example"}}), {"a.example"}, ""},
        hosts_case{"NoDomain", without_records(dns::status::nxdomain), {}, "5.1.2"},
        hosts_case{"ServerFailure", without_records(dns::status::servfail), {}, "4.4.3"},
        hosts_case{"NoAnswer", without_records(dns::status::timeout), {}, "4.4.3"},
        hosts_case{"Bogus", bogus(), {}, "4.4.3"},
        hosts_case{"AddressInsteadOfName", mx({{10, "192.0.2.1"}}), {}, "5.4.4"},
        hosts_case{
            "AddressBesideName", mx({{5, "192.0.2.1"}, {10, "a.example"}}), {"a.example"}, ""},
        hosts_case{
            "OurselvesAsBest", mx({{10, "MX.self.example"}, {20, "b.example"}}), {}, "5.4.6"},
        hosts_case{
            "OurselvesAsBackup",
            mx({{10, "a.example"}, {20, "mx.self.example"}, {20, "b.example"}, {30, "c.example"}}),
            {"a.example"},
            ""}),
    [](const auto& one) { return one.param.name; });

TEST(MxHosts, ShuffleEquals) {
  std::set<std::string> first;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    seeded_random random(seed);
    const auto r =
        mx_hosts(domain("dest.example"),
                 mx({{10, "a.example"}, {10, "b.example"}, {10, "c.example"}, {5, "z.example"}}),
                 policy(), random);
    ASSERT_EQ(r.hosts.size(), 4U);
    EXPECT_EQ(r.hosts[0].name, "z.example");
    first.insert(r.hosts[1].name);
  }
  EXPECT_EQ(first.size(), 3U);
}

TEST(MxHosts, AreCutToTheLimit) {
  std::vector<std::pair<std::uint16_t, std::string>> many;
  for (std::uint16_t i = 0; i < 60; ++i) many.emplace_back(i, "h" + std::to_string(i) + ".example");
  seeded_random random(1);
  EXPECT_EQ(mx_hosts(domain("dest.example"), mx(many), policy(), random).hosts.size(), 10U);
}

TEST(MxHosts, ImplicitMxThatIsOurselvesIsALoop) {
  seeded_random random(1);
  const auto r =
      mx_hosts(domain("mx.self.example"), without_records(dns::status::nodata), policy(), random);
  ASSERT_TRUE(r.failure);
  EXPECT_EQ(r.failure->kind, reply_kind::mx_is_ourselves);
}

struct targets_case {
  std::string name;
  std::vector<host_addresses> found;  // of a.example (10), b.example (20), …
  std::vector<std::string> targets;
  std::string failure;
};

class MxTargets : public testing::TestWithParam<targets_case> {};

TEST_P(MxTargets, ComeInOrderOrSayWhyNot) {
  mx_hosts_result hosts;
  const std::array<std::string, 3> host_names{"a", "b", "c"};
  for (std::size_t i = 0; i < GetParam().found.size(); ++i) {
    hosts.hosts.push_back({host_names.at(i), static_cast<std::uint16_t>(10 * (i + 1))});
  }
  seeded_random random(1);
  const auto r = mx_targets(hosts, GetParam().found, policy(), random);
  EXPECT_EQ(targets(r), GetParam().targets);
  EXPECT_EQ(r.failure ? r.failure->reply.status.to_string() : "", GetParam().failure);
}

host_addresses failing() {
  return {.a = without_records(dns::status::servfail), .aaaa = addresses({})};
}

INSTANTIATE_TEST_SUITE_P(
    Table, MxTargets,
    testing::Values(
        targets_case{"FamiliesByTurns",
                     {both({"192.0.2.1"}, {"2001:db8::1"})},
                     {"a/2001:db8::1", "a/192.0.2.1"},
                     ""},
        targets_case{"HostsInOrder",
                     {both({"192.0.2.1"}), both({"192.0.2.2"}, {"2001:db8::2"})},
                     {"a/192.0.2.1", "b/2001:db8::2", "b/192.0.2.2"},
                     ""},
        targets_case{"DeadHostIsPassedOver", {both({}), both({"192.0.2.2"})}, {"b/192.0.2.2"}, ""},
        targets_case{
            "FailingHostIsPassedOver", {failing(), both({"192.0.2.2"})}, {"b/192.0.2.2"}, ""},
        targets_case{"PrivateIsPassedOver",
                     {both({"10.0.0.1", "192.0.2.1", "127.0.0.1"}, {"::1"})},
                     {"a/192.0.2.1"},
                     ""},
        targets_case{"OwnAddressCutsTheList",
                     {both({"192.0.2.1"}), both({"203.0.113.25"}), both({"192.0.2.3"})},
                     {"a/192.0.2.1"},
                     ""},
        targets_case{
            "OwnAddressIsBest", {both({"203.0.113.25"}), both({"192.0.2.3"})}, {}, "5.4.6"},
        targets_case{"OnlyPrivate", {both({"192.168.1.1"})}, {}, "5.4.6"},
        targets_case{"NoAddressAtAll", {both({}), both({})}, {}, "5.4.4"},
        targets_case{"NoAddressNow", {both({}), failing()}, {}, "4.4.3"},
        targets_case{"PrivateAndFailing", {both({"10.0.0.1"}), failing()}, {}, "4.4.3"}),
    [](const auto& one) { return one.param.name; });

TEST(MxTargets, ShareTheLimitBetweenHostsAndFamilies) {
  mx_hosts_result hosts;
  hosts.hosts = {{"a", 10}, {"b", 20}};
  const std::vector<std::string> four{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"};
  const std::vector<std::string> six{"2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4"};
  seeded_random random(3);
  const auto r = mx_targets(hosts, {both(four, six), both(four, six)}, policy(), random);
  ASSERT_EQ(r.targets.size(), 5U);
  const std::vector<std::string> want_hosts{"a", "a", "a", "b", "b"};
  std::vector<std::string> got_hosts;
  for (const auto& t : r.targets) got_hosts.push_back(t.host);
  EXPECT_EQ(got_hosts, want_hosts);
  EXPECT_TRUE(r.targets[0].address.is_v6());
  EXPECT_TRUE(r.targets[1].address.is_v4());
  EXPECT_TRUE(r.targets[3].address.is_v6());
  EXPECT_TRUE(r.targets[4].address.is_v4());
}

TEST(MxTargets, NameTheSettingThatWouldAllowAPrivateAddress) {
  mx_hosts_result hosts;
  hosts.hosts = {{"a", 10}};
  seeded_random random(1);
  auto p = policy();
  const auto r = mx_targets(hosts, {both({"10.0.0.1"})}, p, random);
  ASSERT_TRUE(r.failure);
  EXPECT_NE(r.failure->reply.lines.at(0).find("delivery.allow_private_destinations"),
            std::string::npos);
  settings_table table;
  declare_settings(table, p);
  ASSERT_TRUE(table.set("delivery.allow_private_destinations", "true"));
  EXPECT_EQ(targets(mx_targets(hosts, {both({"10.0.0.1"})}, p, random)),
            std::vector<std::string>{"a/10.0.0.1"});
}

TEST(MxTargets, ImplicitHostWithoutAddressIsNoDomain) {
  mx_hosts_result hosts;
  hosts.hosts = {{"dest.example", 0}};
  hosts.implicit = true;
  seeded_random random(1);
  const auto r = mx_targets(hosts, {both({})}, policy(), random);
  ASSERT_TRUE(r.failure);
  EXPECT_EQ(r.failure->kind, reply_kind::no_such_domain);
}

TEST(LiteralTargets, AreTheLiteralOrARefusal) {
  const auto of = [](const char* text) {
    return literal_targets(*ip_address::parse(text), policy());
  };
  EXPECT_EQ(targets(of("192.0.2.9")), std::vector<std::string>{"[192.0.2.9]/192.0.2.9"});
  EXPECT_EQ(of("203.0.113.25").failure->kind, reply_kind::mx_is_ourselves);
  EXPECT_EQ(of("127.0.0.1").failure->kind, reply_kind::private_address);
  EXPECT_EQ(of("0.0.0.0").failure->kind, reply_kind::private_address);
}

TEST(SiteKey, IsTheSameForTheSameSet) {
  EXPECT_EQ(site_key({{"b", 10}, {"a", 20}}), site_key({{"a", 5}, {"b", 5}}));
  EXPECT_EQ(site_key({{"b", 10}, {"a", 20}}), "a,b");
  EXPECT_NE(site_key({{"a", 10}}), site_key({{"b", 10}}));
}

}  // namespace
}  // namespace signpost::model

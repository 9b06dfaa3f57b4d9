// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/host_map.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "model/routing/routing_table.hpp"

namespace signpost::model {
namespace {

zone zone_named(const std::string& name, const std::string& destination) {
  zone z{.id = name, .name = address::domain::parse(name).value()};
  z.rules.push_back(
      {.id = "r",
       .address = address::mailbox::parse("info@" + name).value(),
       .action = {.kind = action_kind::forward,
                  .destinations = {{.mailbox = address::mailbox::parse(destination).value()}}}});
  return z;
}

std::shared_ptr<const zone_routes> routes(const std::string& name) {
  return zone_routes::build(zone_named(name, "a@dest.example")).value();
}

TEST(HostMap, AgreesWithAMapThroughManyChanges) {
  std::mt19937 random(7);
  std::map<std::string, std::shared_ptr<const zone_routes>> model;
  host_map map;
  for (int round = 0; round < 300; ++round) {
    host_map::editor edit(map);
    for (int i = 0; i < 20; ++i) {
      const auto name = "z" + std::to_string(random() % 1500) + ".example";
      const auto at = model.find(name);
      if (at == model.end()) {
        model[name] = routes(name);
        ASSERT_EQ(edit.add(model[name]), nullptr);
      } else {
        edit.remove(*at->second);
        model.erase(at);
      }
    }
    map = edit.finish();
  }
  for (int i = 0; i < 1500; ++i) {
    const auto name = "z" + std::to_string(i) + ".example";
    const auto* found = map.find(name);
    const auto at = model.find(name);
    ASSERT_EQ(found != nullptr, at != model.end()) << name;
    if (found != nullptr) {
      EXPECT_EQ(found->zone, at->second);
    }
  }
  std::set<std::string> seen;
  map.for_each_zone([&](const zone_routes& z) { seen.insert(z.name().ascii()); });
  EXPECT_EQ(seen.size(), model.size());
}

TEST(HostMap, OlderCopiesStayAsTheyWere) {
  host_map::editor first({});
  const auto a = routes("a.example");
  EXPECT_EQ(first.add(a), nullptr);
  const auto before = first.finish();
  host_map::editor second(before);
  second.remove(*a);
  EXPECT_EQ(second.add(routes("b.example")), nullptr);
  const auto after = second.finish();
  EXPECT_NE(before.find("a.example"), nullptr);
  EXPECT_EQ(before.find("b.example"), nullptr);
  EXPECT_EQ(after.find("a.example"), nullptr);
  EXPECT_NE(after.find("b.example"), nullptr);
}

TEST(RoutingTableBuilder, ReplacesOneZoneAndSharesTheRest) {
  const node_identity node{.host_name = address::domain::parse("mx.example").value()};
  const auto one = routing_table::build(
      {zone_named("a.example", "x@dest.example"), zone_named("b.example", "y@dest.example")}, node);
  ASSERT_TRUE(one.has_value());
  routing_table::builder b(**one);
  ASSERT_TRUE(b.put(zone_named("a.example", "new@dest.example")).has_value());
  const auto two = b.finish();
  ASSERT_TRUE(two.has_value());
  const auto destination = [](const routing_table& t, const char* to) {
    const auto d = t.route(smtp::forward_path(address::mailbox::parse(to).value()));
    return d.destinations.empty() ? "" : d.destinations.front().to_string();
  };
  EXPECT_EQ(destination(**one, "info@a.example"), "x@dest.example");
  EXPECT_EQ(destination(**two, "info@a.example"), "new@dest.example");
  EXPECT_EQ((*two)->zone_count(), 2U);
  EXPECT_EQ((*two)->rule_count(), 2U);
  const auto name = address::domain::parse("b.example").value();
  EXPECT_EQ((*one)->find_zone(name), (*two)->find_zone(name));
}

TEST(RoutingTableBuilder, RemovesAndRefusesAClaimedDomain) {
  auto with_sub = zone_named("a.example", "x@dest.example");
  with_sub.subdomains = {address::domain::parse("s.a.example").value()};
  routing_table::builder b(node_identity{});
  ASSERT_TRUE(b.put(with_sub).has_value());
  EXPECT_TRUE(b.has(address::domain::parse("s.a.example").value()));
  const auto refused = b.put(zone_named("s.a.example", "x@dest.example"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, errc::conflict);
  routing_table::builder again(node_identity{});
  ASSERT_TRUE(again.put(with_sub).has_value());
  again.remove(with_sub.name);
  ASSERT_TRUE(again.put(zone_named("s.a.example", "x@dest.example")).has_value());
  EXPECT_EQ((*again.finish())->zone_count(), 1U);
}

TEST(RoutingTableBuilder, IsAsBeforeWhenAZoneIsRefused) {
  routing_table::builder b(node_identity{});
  ASSERT_TRUE(b.put(zone_named("a.example", "x@dest.example")).has_value());
  ASSERT_TRUE(b.put(zone_named("b.example", "y@dest.example")).has_value());
  auto grabs = zone_named("b.example", "new@dest.example");
  grabs.subdomains = {address::domain::parse("free.example").value(),
                      address::domain::parse("a.example").value()};
  ASSERT_FALSE(b.put(grabs).has_value());
  EXPECT_FALSE(b.has(address::domain::parse("free.example").value()));
  const auto table = b.finish();
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ((*table)->zone_count(), 2U);
  EXPECT_EQ((*table)->rule_count(), 2U);
  const auto d =
      (*table)->route(smtp::forward_path(address::mailbox::parse("info@b.example").value()));
  ASSERT_EQ(d.destinations.size(), 1U);
  EXPECT_EQ(d.destinations.front().to_string(), "y@dest.example");
}

TEST(RoutingTableBuilder, TellsOfCirclesAndKeepsTheRest) {
  routing_table::builder b(node_identity{});
  ASSERT_TRUE(b.put(zone_named("a.example", "info@b.example")).has_value());
  ASSERT_TRUE(b.put(zone_named("b.example", "info@a.example")).has_value());
  ASSERT_TRUE(b.put(zone_named("c.example", "z@dest.example")).has_value());
  std::vector<routing_table::builder::chain_fault> faults;
  const auto table = b.finish(faults);
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(std::set(faults[0].asked.begin(), faults[0].asked.end()),
            (std::set<std::string>{"a.example", "b.example"}));
  const auto kind = [&](const char* to) {
    return table->route(smtp::forward_path(address::mailbox::parse(to).value())).kind;
  };
  EXPECT_EQ(kind("info@a.example"), route_kind::unknown);
  EXPECT_EQ(kind("info@c.example"), route_kind::forward);
}

}  // namespace
}  // namespace signpost::model

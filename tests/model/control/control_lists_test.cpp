// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/control/control_lists.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace signpost::model {
namespace {

using enum text_comparison;

zone_object zone(std::string id, std::string name, std::string account = "a",
                 zone_status status = zone_status::active) {
  zone_object z;
  z.id = std::move(id);
  z.name = std::move(name);
  z.account = std::move(account);
  z.ownership.status = status;
  return z;
}

TEST(TextFilter, ComparesOctetsAndFoldsAsciiOnly) {
  struct text_case {
    text_filter filter;
    std::string text;
    bool want;
  };
  const text_case cases[] = {
      {{equal, "Example"}, "eXAMPLE", true},
      {{equal, "Example", true}, "example", false},
      {{equal, "Example", true}, "Example", true},
      {{equal, "\xC3\x84"}, "\xC3\xA4", false},  // Ä and ä
      {{not_equal, "EXAMPLE"}, "example", false},
      {{not_equal, "EXAMPLE", true}, "example", true},
      {{starts_with, "EX"}, "example", true},
      {{starts_with, "ex", true}, "Example", false},
      {{ends_with, "PLE"}, "example", true},
      {{ends_with, "x"}, "example", false},
      {{contains, "AMP"}, "example", true},
      {{contains, "amp", true}, "eXAMPle", false},
      {{contains, ""}, "", true},
      {{starts_with, "longer than it"}, "long", false},
  };
  for (const auto& c : cases) EXPECT_EQ(c.filter.passes(c.text), c.want) << c.text;
}

TEST(ZoneFilter, AllConditionsOrAnyOfThemButOnlyWhatIsVisible) {
  const auto one = zone("1", "one.example", "a", zone_status::pending);
  const text_filter no{.value = "no"};
  const text_filter yes{.how = starts_with, .value = "one"};
  EXPECT_TRUE(zone_filter{}.passes(one, "A"));
  EXPECT_TRUE(zone_filter{.any = true}.passes(one, "A"));
  EXPECT_TRUE((zone_filter{.name = yes, .account = "a"}.passes(one, "A")));
  EXPECT_FALSE((zone_filter{.name = yes, .account = "b"}.passes(one, "A")));
  EXPECT_TRUE((zone_filter{.any = true, .name = no, .account = "a"}.passes(one, "A")));
  EXPECT_FALSE((zone_filter{.any = true, .name = no, .account = "b"}.passes(one, "A")));
  EXPECT_TRUE((zone_filter{.account_name = text_filter{.value = "a"}}.passes(one, "A")));
  EXPECT_FALSE((zone_filter{.status = zone_status::active}.passes(one, "A")));
  // A part of a name, as people write it or as it is stored.
  const auto books = zone("2", "xn--bcher-kva.example");
  const auto has = [&](std::string part) {
    const text_filter wanted{.how = contains, .value = std::move(part)};
    return zone_filter{.name = wanted}.passes(books, "");
  };
  EXPECT_TRUE(has("büch") && has("xn--b") && has("cher"));
  EXPECT_FALSE(has("bücx"));
  zone_filter hidden{.visible = visibility{}, .any = true, .name = yes};
  EXPECT_FALSE(hidden.passes(one, "A")) << "any does not mean anybody's";
  hidden.visible = visibility{{{.allowed = {.zones = {"1"}}}}};
  EXPECT_TRUE(hidden.passes(one, "A"));
}

TEST(ZoneFilter, KnowsTheOnlyNameThatPasses) {
  const text_filter name{.value = "One.example"};
  EXPECT_EQ((zone_filter{.name = name}.only_name()), "one.example");
  EXPECT_EQ((zone_filter{.any = true, .name = name}.only_name()), "one.example");
  EXPECT_EQ((zone_filter{.name = name, .status = zone_status::moved}.only_name()), "one.example");
  EXPECT_EQ((zone_filter{.any = true, .name = name, .account = "a"}.only_name()), std::nullopt);
  EXPECT_EQ((zone_filter{.name = text_filter{.how = contains}}.only_name()), std::nullopt);
  EXPECT_EQ(zone_filter{}.only_name(), std::nullopt);
}

TEST(SortZones, OrdersByTheKeyThenByNameWhicheverTheDirection) {
  using enum zone_status;
  std::vector<listed_zone> zones{{zone("4", "b", "x", active), "Zeta"},
                                 {zone("1", "a", "y", pending), "alpha"},
                                 {zone("3", "a", "x", active), "Zeta"},
                                 {zone("2", "a", "z", moved), "alpha"}};
  const auto sorted = [&](zone_order by, sort_order direction) {
    sort_zones(zones, by, direction);
    std::string ids;
    for (const auto& one : zones) ids += one.zone.id;
    return ids;
  };
  EXPECT_EQ(sorted(zone_order::name, sort_order::ascending), "3124");
  EXPECT_EQ(sorted(zone_order::name, sort_order::descending), "4213");
  EXPECT_EQ(sorted(zone_order::account, sort_order::ascending), "3412");
  EXPECT_EQ(sorted(zone_order::account, sort_order::descending), "2134");
  EXPECT_EQ(sorted(zone_order::account_name, sort_order::ascending), "3412") << "octets: Z < a";
  EXPECT_EQ(sorted(zone_order::account_name, sort_order::descending), "1234");
  EXPECT_EQ(sorted(zone_order::status, sort_order::ascending), "3421");
  EXPECT_EQ(sorted(zone_order::status, sort_order::descending), "1234");
}

TEST(SortRules, LeaveTheCatchAllAtTheEnd) {
  const auto rule = [](std::string id, double priority, int created, bool catch_all = false) {
    rule_object r;
    r.id = std::move(id);
    r.priority = priority;
    r.created = wall_time(seconds(created));
    r.catch_all = catch_all;
    return r;
  };
  std::vector<rule_object> rules{rule("c", -9, 0, true), rule("1", 2, 1), rule("2", 1, 3),
                                 rule("4", 1, 2), rule("3", 1, 2)};
  const auto sorted = [&](rule_order by, sort_order direction) {
    sort_rules(rules, by, direction);
    std::string ids;
    for (const auto& r : rules) ids += r.id;
    return ids;
  };
  EXPECT_EQ(sorted(rule_order::priority, sort_order::ascending), "3421c");
  EXPECT_EQ(sorted(rule_order::priority, sort_order::descending), "1243c");
  EXPECT_EQ(sorted(rule_order::created, sort_order::ascending), "1342c");
  EXPECT_EQ(sorted(rule_order::created, sort_order::descending), "2431c");
}

TEST(PageFrom, CutsTheListWithoutOverflow) {
  const std::vector<int> list{1, 2, 3, 4, 5};
  EXPECT_EQ(page_from(list, {.page = 2, .per_page = 2}).items, (std::vector{3, 4}));
  EXPECT_EQ(page_from(list, {.page = 3, .per_page = 2}).items, std::vector{5});
  EXPECT_EQ(page_from(list, {.page = 0, .per_page = 2}).items, (std::vector{1, 2}));
  EXPECT_TRUE(page_from(list, {.page = UINT64_MAX, .per_page = 50}).items.empty());
  EXPECT_TRUE(page_from(list, {.per_page = 0}).items.empty());
  EXPECT_EQ(page_from(list, {.page = 9}).total, 5U);
}

}  // namespace
}  // namespace signpost::model

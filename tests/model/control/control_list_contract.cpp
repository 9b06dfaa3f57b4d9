// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Lists of a control store: what a filter lets through, in which order, on which page. What is
// right is what the functions of model/control make of everything there is.
#include <algorithm>
#include <array>
#include <set>

#include "tests/model/control/control_contract.hpp"
#include "tests/storage/temporary_folder.hpp"

namespace signpost::test {
namespace {

using model::audit_field;
using model::control_transaction;
using model::sort_order;
using model::text_comparison;
using model::zone_order;
using storage::start;

constexpr std::array both_orders{sort_order::ascending, sort_order::descending};

model::audit_filter with_result(std::string word) {
  return {.conditions = {{.field = audit_field::result, .any_of = {std::move(word)}}}};
}

/// All pages of a list, one after the other; every one says how long the list is.
template <typename Ask>
auto every_page(std::uint32_t per_page, sort_order order, const Ask& ask) {
  auto first = ask(model::page_query{.page = 1, .per_page = per_page, .order = order});
  EXPECT_TRUE(first.has_value());
  auto all = std::move(first->items);
  for (std::uint64_t page = 2; all.size() < first->total; ++page) {
    const auto next = ask(model::page_query{.page = page, .per_page = per_page, .order = order});
    EXPECT_EQ(next->total, first->total);
    if (next->items.empty()) break;
    std::ranges::copy(next->items, std::back_inserter(all));
  }
  EXPECT_EQ(all.size(), first->total);
  return all;
}

/// Three accounts (the second and the third of one name) with zones in every status, some of one
/// name, and one account without any.
result<void> put_many_zones(control_transaction& t) {
  constexpr std::array statuses{model::zone_status::active, model::zone_status::pending,
                                model::zone_status::moved};
  for (std::uint64_t a = 1; a <= 4; ++a) {
    auto account = make_account(a);
    account.name = a == 1 ? "Alpha" : a == 4 ? "empty" : "beta";
    SP_CHECK(t.put(account));
  }
  for (std::uint64_t n = 1; n <= 18; ++n) {
    auto zone = make_zone(100 - n, 1 + n % 3);
    zone.ownership.status = statuses[n / 3 % 3];
    if (n == 16) zone.name = "xn--bcher-kva.example";  // bücher
    // Three accounts each have it, the first one active.
    if (n >= 12 && n <= 14) {
      zone.name = "shared.example";
      zone.ownership.status = n == 13 ? statuses[0] : statuses[1];
    }
    SP_CHECK(t.put(zone));
  }
  return {};
}

std::vector<model::zone_object> expected(const model::control_reader& now,
                                         std::string_view account,
                                         const model::zone_filter& filter, zone_order by,
                                         sort_order order) {
  std::vector<model::listed_zone> listed;
  EXPECT_TRUE(now.for_each_zone([&](const model::zone_object& z, const auto&) -> result<void> {
    SP_TRY(const auto owner, now.account(z.account));
    const bool of_list = account.empty() || z.account == account;
    if (of_list && filter.passes(z, owner.name)) listed.push_back({z, owner.name});
    return {};
  }));
  model::sort_zones(listed, by, order);
  std::vector<model::zone_object> zones;
  for (auto& one : listed) zones.push_back(std::move(one.zone));
  return zones;
}

std::vector<model::visibility> visibilities() {
  const auto account = [](std::uint64_t n) { return id_of('a', n); };
  const auto zone = [](std::uint64_t n) { return id_of('z', n); };
  return {
      {},  // nothing
      {.grants = {{.allowed = {.all = true}}}},
      {.grants = {{.allowed = {.all = true}, .denied = {.zones = {zone(95)}}}}},
      {.grants = {{.within = account(1), .allowed = {.all = true}}}},
      {.grants = {{.allowed = {.accounts = {account(2)}}}}},
      {.grants = {{.allowed = {.accounts = {account(2)}}},
                  {.allowed = {.zones = {zone(97), zone(404)}}}}},
      {.grants = {{.allowed = {.zones = {zone(99), zone(97), zone(404), "no id"}}},
                  {.allowed = {.zones = {zone(97), zone(90)}}, .denied = {.zones = {zone(90)}}}}},
      {.grants = {{.allowed = {.all = true}, .denied = {.all = true}}}},
  };
}

std::vector<model::zone_filter> zone_filters() {
  const auto text = [](text_comparison how, std::string value, bool with_case = false) {
    return model::text_filter{.how = how, .value = std::move(value), .with_case = with_case};
  };
  using enum text_comparison;
  std::vector<model::zone_filter> all{
      {},
      {.name = text(equal, "shared.example")},
      {.name = text(equal, "SHARED.example")},
      {.name = text(equal, "SHARED.example", true)},
      {.name = text(equal, "none.example")},
      {.name = text(not_equal, "shared.example")},
      {.name = text(starts_with, "ZONE9")},
      {.name = text(ends_with, "7.example")},
      {.name = text(contains, "hare", true)},
      {.name = text(contains, "\u00FCche")},
      {.name = text(starts_with, "b\u00FCCH")},
      {.name = text(ends_with, "\u00FCcher.example", true)},
      {.name = text(equal, "b\u00FCcher.example")},
      {.account = id_of('a', 2)},
      {.account = "no id"},
      {.account_name = text(equal, "BETA")},
      {.account_name = text(contains, "A", true)},
      {.status = model::zone_status::moved},
      {.any = true},
      {.any = true, .name = text(equal, "shared.example"), .status = model::zone_status::moved},
      {.any = true, .name = text(equal, "shared.example")},
      {.any = true, .account = id_of('a', 1), .account_name = text(starts_with, "al")},
      {.name = text(starts_with, "zone"), .account_name = text(equal, "alpha"),
       .status = model::zone_status::active},
  };
  const auto plain = all;
  for (const auto& visible : visibilities()) {
    for (auto filter : plain) {
      filter.visible = visible;
      all.push_back(std::move(filter));
    }
  }
  return all;
}

}  // namespace

// Every filter with every order, in one account and in all.
TEST_P(ControlListContract, ZonesAreThoseThatPassInTheOrderAskedFor) {
  must(put_many_zones);
  const auto now = store_->read();
  const auto filters = zone_filters();
  for (std::size_t i = 0; i < filters.size(); ++i) {
    for (const auto& account : {std::string(), id_of('a', 2), id_of('a', 4)}) {
      for (const auto by : {zone_order::name, zone_order::account, zone_order::account_name,
                            zone_order::status}) {
        for (const auto order : both_orders) {
          const auto got = every_page(4, order, [&](const model::page_query& page) {
            return now->zones(account, page, filters[i], by);
          });
          ASSERT_EQ(got, expected(*now, account, filters[i], by, order))
              << "filter " << i << " account " << account << " by " << static_cast<int>(by);
        }
      }
    }
  }
}

TEST_P(ControlListContract, AChangeListsWhatItHasWritten) {
  must(put_many_zones);
  must([](control_transaction& t) -> result<void> {
    SP_CHECK(t.remove_zone(id_of('z', 99)));
    auto zone = make_zone(1, 4);
    zone.name = "new.example";
    SP_CHECK(t.put(zone));
    for (const auto& filter : zone_filters()) {
      const auto listed = t.zones({}, {.per_page = 100}, filter);
      EXPECT_EQ(listed->items, expected(t, {}, filter, zone_order::name, sort_order::ascending));
    }
    return {};
  });
}

TEST_P(ControlListContract, AccountsAreThoseThatPassByCreation) {
  must(put_many_zones);
  const auto now = store_->read();
  const auto whole = now->accounts({.per_page = 100})->items;
  ASSERT_EQ(whole.size(), 4U);
  const std::vector<model::place_set> sets{
      {}, {.all = true}, {.accounts = {id_of('a', 3), id_of('a', 1), id_of('a', 3), "no id"}},
      {.zones = {id_of('z', 99)}}};
  std::vector<model::account_filter> filters{{.name = "beta"}, {.name = "Beta"}, {}};
  for (const auto& set : sets) {
    filters.push_back({.visible = set});
    filters.push_back({.name = "beta", .visible = set});
  }
  for (const auto& filter : filters) {
    for (const auto order : both_orders) {
      auto want = whole;
      std::erase_if(want, [&](const auto& a) { return !filter.passes(a); });
      if (order == sort_order::descending) std::ranges::reverse(want);
      EXPECT_EQ(every_page(2, order,
                           [&](const auto& page) { return now->accounts(page, filter); }),
                want);
    }
  }
}

TEST_P(ControlListContract, RulesOfAZoneInEitherOrderHaveTheCatchAllLast) {
  must([](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(make_account(1)));
    SP_CHECK(t.put(make_zone(1)));
    for (std::uint64_t n = 1; n <= 9; ++n) {
      auto rule = make_rule(1, n);
      rule.priority = static_cast<double>(n % 3) - 1;
      rule.created = start + seconds(n % 4);
      rule.enabled = n % 2 == 0;
      SP_CHECK(t.put(rule));
    }
    auto catch_all = make_catch_all(1);
    catch_all.priority = -7;
    return t.put(catch_all);
  });
  const auto now = store_->read();
  const auto zone = id_of('z', 1);
  const auto whole = now->all_rules(zone, 100).value();
  EXPECT_EQ(now->all_rules(zone, 9).error().code, errc::limit_exceeded);
  for (const auto& filter : {model::rule_filter{}, model::rule_filter{.enabled = true},
                             model::rule_filter{.enabled = false}}) {
    for (const auto by : {model::rule_order::priority, model::rule_order::created}) {
      for (const auto order : both_orders) {
        auto want = whole;
        std::erase_if(want, [&](const auto& r) { return !filter.passes(r); });
        model::sort_rules(want, by, order);
        EXPECT_EQ(every_page(
                      3, order,
                      [&](const auto& page) { return now->rules(zone, page, filter, by); }),
                  want);
      }
    }
  }
  EXPECT_EQ(now->rules(zone, {.order = sort_order::descending})->items.back(), whole.back());
}

TEST_P(ControlListContract, RulesOfAnAccountAreThoseOfVisibleZones) {
  must([](control_transaction& t) -> result<void> {
    SP_CHECK(put_many_zones(t));
    for (std::uint64_t n = 82; n <= 99; ++n) {
      for (std::uint64_t r = 0; r < n % 4; ++r) {
        auto rule = make_rule(n, r);
        rule.enabled = r != 1;
        SP_CHECK(t.put(rule));
      }
      if (n % 2 == 0) SP_CHECK(t.put(make_catch_all(n)));
    }
    return {};
  });
  const auto now = store_->read();
  const auto account = id_of('a', 2);
  const auto zones = now->zones(account, {.per_page = 100})->items;
  auto seen = visibilities();
  std::vector<std::optional<model::visibility>> all{std::nullopt};
  for (auto& one : seen) all.emplace_back(std::move(one));
  for (const auto& visible : all) {
    for (const auto& filter : {model::rule_filter{}, model::rule_filter{.enabled = false}}) {
      std::vector<model::rule_object> want;
      for (const auto& zone : zones) {
        if (visible && !visible->has(account, zone.id)) continue;
        const auto own = now->rules(zone.id, {.per_page = 100}, filter);
        std::ranges::copy(own->items, std::back_inserter(want));
      }
      const auto ask = [&](const auto& page) {
        return now->rules_of_account(account, page, filter, visible);
      };
      EXPECT_EQ(every_page(3, sort_order::ascending, ask), want);
      std::ranges::reverse(want);
      EXPECT_EQ(every_page(3, sort_order::descending, ask), want);
    }
  }
}

TEST_P(ControlListContract, AddressesAndTokensAreListedByCreation) {
  must([](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(make_account(1)));
    SP_CHECK(t.put(make_account(2)));
    for (std::uint64_t n = 9; n >= 1; --n) {
      auto address = make_address(1, n);
      if (n % 3 == 0) address.verified = start;
      SP_CHECK(t.put(address));
      SP_CHECK(t.put(make_token(n, n % 2)));
    }
    return t.put(make_address(2, 77));
  });
  const auto now = store_->read();
  const auto account = id_of('a', 1);
  for (const auto order : both_orders) {
    for (const auto verified : {std::optional<bool>(), std::optional(true), std::optional(false)}) {
      std::vector<model::destination_address> want;
      for (std::uint64_t n = 1; n <= 9; ++n) {
        auto one = now->address(account, id_of('d', n)).value();
        if (!verified || one.verified.has_value() == *verified) want.push_back(std::move(one));
      }
      if (order == sort_order::descending) std::ranges::reverse(want);
      EXPECT_EQ(every_page(2, order,
                           [&](const auto& page) {
                             return now->addresses(account, page, verified);
                           }),
                want);
    }
    for (const std::uint64_t owner : {0U, 1U}) {
      std::vector<model::api_token> want;
      for (std::uint64_t n = 1; n <= 9; ++n) {
        if (n % 2 == owner) want.push_back(make_token(n, owner));
      }
      if (order == sort_order::descending) std::ranges::reverse(want);
      const auto of = owner == 0 ? std::string() : account;
      EXPECT_EQ(every_page(2, order, [&](const auto& page) { return now->tokens(of, page); }),
                want);
    }
  }
}

TEST_P(ControlListContract, APagePastTheEndIsEmptyAndSaysHowLongTheListIs) {
  must(put_many_zones);
  const auto now = store_->read();
  for (const auto page : {std::uint64_t{6}, std::uint64_t{1'000'000}, UINT64_MAX}) {
    const auto zones = now->zones({}, {.page = page, .per_page = 5});
    EXPECT_TRUE(zones->items.empty());
    EXPECT_EQ(zones->total, 18U);
    const auto some = now->zones({}, {.page = page, .per_page = 5},
                                 {.status = model::zone_status::active});
    EXPECT_TRUE(some->items.empty());
    EXPECT_GT(some->total, 0U);
  }
  EXPECT_EQ(now->zones({}, {.page = 0, .per_page = 5})->items,
            now->zones({}, {.page = 1, .per_page = 5})->items);
  EXPECT_TRUE(now->zones({}, {.page = 2, .per_page = 0})->items.empty());
  EXPECT_TRUE(now->zones("no id", {})->items.empty());
  EXPECT_TRUE(now->rules("no id", {})->items.empty());
  EXPECT_TRUE(now->rules_of_account("no id", {})->items.empty());
}

TEST_P(ControlListContract, ListsRulesByPriorityAndTheCatchAllLast) {
  fill();
  auto negative = make_rule(1, 4);
  negative.priority = -1.5;
  must([&](control_transaction& t) { return t.put(negative); });
  const auto rules = store_->read()->rules(id_of('z', 1), {});
  ASSERT_EQ(rules->items.size(), 5U);
  EXPECT_EQ(rules->total, 5U);
  std::vector<double> priorities;
  for (const auto& r : rules->items) priorities.push_back(r.priority);
  EXPECT_EQ(priorities, (std::vector<double>{-1.5, 1, 2, 3, 999}));
  EXPECT_TRUE(rules->items.back().catch_all);
}

TEST_P(ControlListContract, EveryPageOfAListIsWhatItWouldBeInOneList) {
  constexpr std::uint64_t zones = 23;
  must([](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(make_account(1)));
    for (std::uint64_t z = 1; z <= zones; ++z) {
      SP_CHECK(t.put(make_zone(z)));
      for (std::uint64_t r = 0; r < z % 4; ++r) {
        auto rule = make_rule(z, r);
        rule.enabled = r != 1;
        SP_CHECK(t.put(rule));
      }
    }
    return {};
  });
  const auto now = store_->read();
  const auto account = id_of('a', 1);
  const model::rule_filter enabled{.enabled = true};
  for (const auto order : {sort_order::ascending, sort_order::descending}) {
    const auto all = now->zones(account, {.per_page = 1000, .order = order})->items;
    const auto all_rules =
        now->rules_of_account(account, {.per_page = 1000, .order = order})->items;
    const auto some =
        now->rules_of_account(account, {.per_page = 1000, .order = order}, enabled)->items;
    ASSERT_EQ(all.size(), zones);
    EXPECT_LT(some.size(), all_rules.size());
    for (const std::uint32_t size : {1U, 5U, 7U, 50U}) {
      std::vector<model::zone_object> paged;
      std::vector<model::rule_object> paged_rules;
      std::vector<model::rule_object> paged_some;
      for (std::uint64_t page = 1; page <= 60; ++page) {
        const model::page_query query{.page = page, .per_page = size, .order = order};
        std::ranges::copy(now->zones(account, query)->items, std::back_inserter(paged));
        const auto rules = now->rules_of_account(account, query);
        EXPECT_EQ(rules->total, all_rules.size());
        std::ranges::copy(rules->items, std::back_inserter(paged_rules));
        const auto filtered = now->rules_of_account(account, query, enabled);
        EXPECT_EQ(filtered->total, some.size());
        std::ranges::copy(filtered->items, std::back_inserter(paged_some));
      }
      EXPECT_EQ(paged, all);
      EXPECT_EQ(paged_rules, all_rules);
      EXPECT_EQ(paged_some, some);
    }
  }
  EXPECT_TRUE(now->zones(account, {.page = UINT64_MAX, .per_page = 50})->items.empty());
}

TEST_P(ControlListContract, TheAuditLogIsReadFromBothEndsPageByPage) {
  for (std::uint64_t n = 1; n <= 10; ++n) {
    ASSERT_TRUE(store_->commit([&](control_transaction& t) -> result<void> {
      auto entry = make_entry(n % 2, n <= 5 ? "create" : "update");
      entry.when = start + seconds(n / 3);
      t.audit(entry);
      return {};
    }));
  }
  store_->record_refusal(make_entry(1, "delete"));
  const auto now = store_->read();
  for (const auto order : {sort_order::ascending, sort_order::descending}) {
    model::audit_query query{.order = order, .max = 3};
    std::vector<model::audit_entry> paged;
    for (;;) {
      const auto page = now->audit_log(query);
      ASSERT_TRUE(page.has_value());
      std::ranges::copy(page->entries, std::back_inserter(paged));
      if (page->next.empty()) break;
      query.cursor = page->next;
    }
    const auto whole = now->audit_log({.order = order, .max = 100});
    EXPECT_EQ(paged, whole->entries);
    EXPECT_EQ(paged.size(), 11U);
    EXPECT_TRUE(std::ranges::is_sorted(paged, [&](const auto& a, const auto& b) {
      return order == sort_order::ascending ? a.when < b.when : a.when > b.when;
    }));
  }
  EXPECT_EQ(now->audit_log({.account = id_of('a', 1)})->entries.size(), 6U);
  EXPECT_EQ(
      now->audit_log({.since = start + seconds(1), .before = start + seconds(2)})->entries.size(),
      3U);
  const auto refusals = now->audit_log({.filter = with_result("failure")});
  ASSERT_EQ(refusals->entries.size(), 1U);
  EXPECT_EQ(refusals->entries[0].revision, 0U);
  EXPECT_EQ(now->audit_record(id_of('a', 2), refusals->entries[0].id).error().code,
            errc::not_found);
  EXPECT_EQ(now->audit_log({.cursor = "what"}).error().code, errc::malformed);
  EXPECT_EQ(store_->expire_audit(start + seconds(1), 100), 3U);
  EXPECT_EQ(store_->read()->audit_log({})->entries.size(), 8U);
}

// Every field by every text that it has anywhere, and by its opposite.
TEST_P(ControlListContract, TheAuditLogIsSearchedByEveryField) {
  must([](control_transaction& t) -> result<void> {
    for (std::uint64_t n = 0; n < 24; ++n) {
      auto e = make_entry(n % 3, n % 2 == 0 ? "create" : "delete");
      if (n % 3 == 0) e.account.clear();
      if (n % 3 == 1) e.zone = id_of('z', n % 4);
      e.zone_name = e.zone.empty() ? "" : "zone.example";
      e.resource_type = n % 5 == 0 ? "email_routing_rule" : n % 5 == 1 ? "token" : "zone";
      e.resource_id = id_of('z', n % 6);
      e.actor_id = n % 4 == 0 ? "cli" : n % 4 == 1 ? "signpostd" : id_of('t', n % 4);
      e.actor_name = "token " + std::to_string(n % 4);
      e.actor_ip = "192.0.2." + std::to_string(n % 2);
      e.method = "PUT";
      e.uri = "/zones/" + std::to_string(n % 2);
      e.http_status = n % 2 == 0 ? 200 : 409;
      t.audit(e);
    }
    return {};
  });
  store_->record_refusal(make_entry(1, "guess"));
  const auto now = store_->read();
  const auto whole = now->audit_log({.max = 1000})->entries;
  const auto matching = [&](const model::audit_filter& filter) {
    auto want = whole;
    std::erase_if(want, [&](const auto& e) { return !filter.passes(e); });
    return want;
  };
  const auto listed = [&](const model::audit_filter& filter) {
    return now->audit_log({.filter = filter, .max = 1000})->entries;
  };
  for (int f = 0; f <= static_cast<int>(audit_field::nothing); ++f) {
    const auto field = static_cast<audit_field>(f);
    std::set<std::string> texts{"", "no such text"};
    for (const auto& e : whole) texts.insert(text_of(e, field));
    for (const auto& text : texts) {
      const model::audit_filter is{.conditions = {{.field = field, .any_of = {text, "x"}}}};
      const model::audit_filter is_not{.conditions = {{.field = field, .none_of = {text}}}};
      EXPECT_EQ(listed(is), matching(is)) << f << " " << text;
      EXPECT_EQ(listed(is_not), matching(is_not)) << f << " " << text;
    }
  }
  for (const auto& visible : visibilities()) {
    for (const bool of_no_account : {false, true}) {
      const model::audit_filter filter{
          .conditions = {{.field = audit_field::action, .any_of = {"create", "guess"}}},
          .visible = visible,
          .of_no_account = of_no_account};
      EXPECT_EQ(listed(filter), matching(filter));
    }
  }
}

// Also if a page has to end before it is full.
TEST_P(ControlListContract, PagesOfTheAuditLogWithAFilterLoseNothingThatStays) {
  for (std::uint64_t n = 1; n <= 40; ++n) {
    must([&](control_transaction& t) -> result<void> {
      auto e = make_entry(1, n % 7 == 0 ? "delete" : "update");
      e.when = start + seconds(n);
      t.audit(e);
      return t.put_setting("n", std::to_string(n));
    });
  }
  for (const auto order : both_orders) {
    model::audit_query query{.order = order};
    query.filter.conditions = {{.field = audit_field::action, .any_of = {"delete"}}};
    query.max = 2;
    query.examine_max = 5;
    std::vector<model::audit_entry> paged;
    for (int pages = 0; pages < 100; ++pages) {
      const auto page = store_->read()->audit_log(query).value();
      EXPECT_LE(page.entries.size(), 2U);
      std::ranges::copy(page.entries, std::back_inserter(paged));
      if (page.next.empty()) break;
      query.cursor = page.next;
      // Somebody writes while another reads on.
      must([](control_transaction& t) { return t.put_setting("x", "y"); });
    }
    EXPECT_EQ(paged.size(), 5U);
  }
  model::audit_query all{.skip = 2, .max = 100};
  all.filter.conditions = {{.field = audit_field::action, .any_of = {"delete"}}};
  EXPECT_EQ(now()->audit_log(all)->entries.size(), 3U);
}

}  // namespace signpost::test

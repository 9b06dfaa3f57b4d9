// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <thread>

#include "base/log.hpp"
#include "base/text.hpp"
#include "storage/control/control_codec.hpp"
#include "storage/control/control_database.hpp"
#include "storage/control/control_rows.hpp"
#include "tests/support/control_samples.hpp"

namespace signpost::storage {
namespace {

using model::control_transaction;
using model::sort_order;

class ControlStore : public testing::Test {
 protected:
  ControlStore() {
    configure_logging({.level = log_level::off});
    reopen();
  }
  void reopen(std::uint64_t change_log_max = 1'000'000) {
    store_.reset();
    store_ = must_open_control({.path = folder_.path() + "/config",
                                .memory_octets = 1U << 20,
                                .change_log_max = change_log_max,
                                .import_memory_octets = 4096});
  }
  void must(const std::function<result<void>(control_transaction&)>& work) {
    const auto done = change(*store_, work);
    ASSERT_TRUE(done.has_value()) << to_string(done.error());
  }
  errc refused(const std::function<result<void>(control_transaction&)>& work) {
    const auto before = *store_->read()->revision();
    const auto done = change(*store_, work);
    EXPECT_FALSE(done.has_value());
    EXPECT_EQ(store_->read()->revision(), before);
    return done ? errc{} : done.error().code;
  }
  /// One account with one zone of three rules and a catch-all.
  void fill() {
    must([](control_transaction& t) -> result<void> {
      SP_CHECK(t.put(make_account(1)));
      SP_CHECK(t.put(make_zone(1)));
      for (const std::uint64_t n : {3U, 1U, 2U}) SP_CHECK(t.put(make_rule(1, n)));
      return t.put(make_catch_all(1));
    });
  }

  temporary_folder folder_;
  std::unique_ptr<model::control_store> store_;
};

TEST_F(ControlStore, GivesBackWhatWasPutAlsoAfterARestart) {
  fill();
  auto address = make_address(1, 1);
  address.verified = start;
  must([&](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(address));
    SP_CHECK(t.put(make_token(1)));
    return t.put_setting("key", std::string("\0\1", 2));
  });
  for (int life = 0; life < 2; ++life) {
    if (life > 0) reopen();
    const auto now = store_->read();
    EXPECT_EQ(now->account(id_of('a', 1)), make_account(1));
    EXPECT_EQ(now->zone(id_of('z', 1)), make_zone(1));
    EXPECT_EQ(now->rule(id_of('z', 1), id_of('r', 2)), make_rule(1, 2));
    EXPECT_EQ(now->catch_all(id_of('z', 1)), make_catch_all(1));
    EXPECT_EQ(now->address(id_of('a', 1), id_of('d', 1)), address);
    EXPECT_EQ(now->token_by_hash(make_token(1).secret_hash), make_token(1));
    EXPECT_EQ(now->setting("key"), std::string("\0\1", 2));
    EXPECT_EQ(now->revision(), 2U);
    EXPECT_EQ(disagreements(*store_), 0);
  }
}

TEST_F(ControlStore, ListsRulesByPriorityAndTheCatchAllLast) {
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

TEST_F(ControlStore, AMatcherIsTakenOnceInAZone) {
  fill();
  auto twin = make_rule(1, 7);
  twin.matchers = make_rule(1, 1).matchers;
  twin.matchers[0].value = to_upper(*twin.matchers[0].value);
  EXPECT_EQ(refused([&](control_transaction& t) { return t.put(twin); }), errc::conflict);
  EXPECT_EQ(store_->read()->rule_by_matcher(id_of('z', 1), "literal", *twin.matchers[0].value),
            make_rule(1, 1));
  EXPECT_EQ(refused([&](control_transaction& t) { return t.put(make_catch_all(1, 998)); }),
            errc::conflict);
  // The rule itself may keep its own, and what it gives up is free.
  auto moved = make_rule(1, 1);
  moved.matchers[0].value = "other@zone1.example";
  moved.priority = 77;
  must([&](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(make_rule(1, 1)));
    SP_CHECK(t.put(moved));
    return t.put(twin);
  });
  EXPECT_EQ(disagreements(*store_), 0);
}

TEST_F(ControlStore, MatchersAreTakenTogetherInWhateverOrder) {
  fill();
  const model::rule_matcher fails{.type = "authentication", .field = "dmarc", .value = "fail"};
  const model::rule_matcher large{.type = "size", .field = "over", .value = "1000"};
  auto conditional = make_rule(1, 7);
  conditional.matchers = make_rule(1, 1).matchers;
  conditional.matchers.push_back(fails);
  auto other_field = make_rule(1, 8);
  other_field.matchers = conditional.matchers;
  other_field.matchers[1].field = "spf";
  auto both = make_rule(1, 9);
  both.matchers = conditional.matchers;
  both.matchers.push_back(large);
  for (const auto& rule : {conditional, other_field, both}) {
    must([&](control_transaction& t) { return t.put(rule); });
  }
  auto turned = make_rule(1, 10);
  turned.matchers = {large, fails, make_rule(1, 1).matchers[0]};
  EXPECT_EQ(refused([&](control_transaction& t) { return t.put(turned); }), errc::conflict);
  // The one without conditions is still found by its address.
  EXPECT_EQ(
      store_->read()->rule_by_matcher(id_of('z', 1), "literal", *make_rule(1, 1).matchers[0].value),
      make_rule(1, 1));
  EXPECT_EQ(disagreements(*store_), 0);
  must([&](control_transaction& t) -> result<void> {
    SP_CHECK(t.remove_rule(both.zone, both.id));
    return t.put(turned);
  });
  EXPECT_EQ(disagreements(*store_), 0);
}

TEST_F(ControlStore, RulesAreFoundByTheirOwner) {
  fill();
  auto owned = make_rule(1, 1);
  owned.owner_worker_tag = "worker";
  owned.actions = {{.type = "failover", .value = std::vector<std::string>{"x@y.example"}}};
  must([&](control_transaction& t) { return t.put(owned); });
  const auto now = store_->read();
  const std::vector<model::rule_name> want{{owned.zone, owned.id}};
  EXPECT_EQ(now->rules_owned_by(id_of('a', 1), "worker", 10), want);
  EXPECT_EQ(now->rules_owned_by(id_of('a', 1), "work", 10)->size(), 0U);
  EXPECT_EQ(now->rules_owned_by(id_of('a', 2), "worker", 10)->size(), 0U);
  EXPECT_EQ(now->rules_forwarding_to(id_of('a', 1), "X@y.example", 10), want);
  EXPECT_EQ(disagreements(*store_), 0);
  must([&](control_transaction& t) { return t.put(make_rule(1, 1)); });
  EXPECT_EQ(store_->read()->rules_owned_by(id_of('a', 1), "worker", 10)->size(), 0U);
}

TEST_F(ControlStore, NamesEmailsAndSecretsAreUnique) {
  fill();
  must([](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(make_address(1, 1)));
    return t.put(make_token(1));
  });
  auto zone = make_zone(2);
  zone.name = make_zone(1).name;
  EXPECT_EQ(refused([&](control_transaction& t) { return t.put(zone); }), errc::conflict);
  auto address = make_address(1, 2);
  address.email = to_upper(make_address(1, 1).email);
  EXPECT_EQ(refused([&](control_transaction& t) { return t.put(address); }), errc::conflict);
  auto token = make_token(2);
  token.secret_hash = make_token(1).secret_hash;
  EXPECT_EQ(refused([&](control_transaction& t) { return t.put(token); }), errc::conflict);
}

TEST_F(ControlStore, SeveralAccountsMayHaveANameAndOneOfThemIsActive) {
  fill();
  auto other = make_zone(2, 2);
  other.name = make_zone(1).name;
  must([](control_transaction& t) { return t.put(make_account(2)); });
  EXPECT_EQ(refused([&](control_transaction& t) { return t.put(other); }), errc::conflict);
  other.ownership = {.status = model::zone_status::pending, .proof = model::zone_proof::none};
  must([&](control_transaction& t) { return t.put(other); });
  auto third = other;
  third.id = id_of('z', 3);
  EXPECT_EQ(refused([&](control_transaction& t) { return t.put(third); }), errc::conflict)
      << "a name is unique in the account";
  EXPECT_EQ(store_->read()->zones_named(other.name, 9), (std::vector{make_zone(1), other}));
  EXPECT_EQ(store_->read()->zones("", {})->items.size(), 2U);
  EXPECT_EQ(store_->read()->zone_by_name(other.name), make_zone(1));
  EXPECT_EQ(store_->read()->zones_to_check("", 9), std::vector{other});
  EXPECT_EQ(store_->read()->zones_to_check(other.id, 9), std::vector<model::zone_object>());
  EXPECT_EQ(disagreements(*store_), 0);

  auto first = make_zone(1);
  first.ownership.status = model::zone_status::moved;
  other.ownership = {.status = model::zone_status::active, .proof = model::zone_proof::txt};
  must([&](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(first));
    return t.put(other);
  });
  EXPECT_EQ(store_->read()->zone_by_name(other.name), other);
  EXPECT_EQ(store_->read()->zones_to_check("", 9)->size(), 2U) << "its proof stands in the DNS";
  EXPECT_EQ(disagreements(*store_), 0);
  must([&](control_transaction& t) -> result<void> {
    SP_CHECK(t.remove_zone(first.id));
    return t.remove_zone(other.id);
  });
  EXPECT_EQ(store_->read()->zones_named(other.name, 9)->size(), 0U);
  EXPECT_EQ(store_->read()->inactive_zones(id_of('a', 1)), 0U);
}

TEST_F(ControlStore, ActiveZonesOfOthersAreFoundAboveAndBelowAName) {
  const auto named = [](std::uint64_t number, std::uint64_t account, std::string name) {
    auto z = make_zone(number, account);
    z.name = std::move(name);
    return z;
  };
  const auto above = named(1, 1, "tenant.example");
  const auto below = named(2, 1, "a.b.mail.tenant.example");
  auto pending = named(3, 1, "x.mail.tenant.example");
  pending.ownership = {.status = model::zone_status::pending, .proof = model::zone_proof::none};
  must([&](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(make_account(1)));
    SP_CHECK(t.put(make_account(2)));
    for (const auto& z : {above, below, pending, named(4, 1, "notmail.tenant.example"),
                          named(5, 1, "mail.tenant.example"), named(6, 2, "c.mail.tenant.example"),
                          named(7, 1, "tenant.example.net")}) {
      SP_CHECK(t.put(z));
    }
    return {};
  });
  const auto now = store_->read();
  const auto two = id_of('a', 2);
  EXPECT_EQ(now->zones_around(two, "mail.tenant.example", 9), (std::vector{above, below}));
  EXPECT_EQ(now->zones_around(two, "mail.tenant.example", 1), std::vector{above});
  EXPECT_EQ(now->zones_around(two, "other.example", 9), std::vector<model::zone_object>());
  EXPECT_EQ(now->zones_around(id_of('a', 1), "mail.tenant.example", 9)->size(), 1U);
}

// A store of version 1: zones without a word on whose they are, and no index of what is below.
TEST_F(ControlStore, OfVersionOneKeepsItsZonesActive) {
  fill();
  store_.reset();
  {
    const auto raw = control_database::open({.path = folder_.path() + "/config"});
    ASSERT_TRUE(raw.has_value());
    auto& db = (*raw)->db();
    const auto zone = control_schema::key('z', packed(id_of('z', 1)));
    auto old = encode(make_zone(1));
    old.resize(old.size() - 4);  // status, proof, two times that are not set
    old[0] = '\x10';
    ASSERT_TRUE(db.Put({}, (*raw)->of(control_schema::family::object), zone, old).ok());
    const auto suffix = suffix_row(make_zone(1));
    ASSERT_TRUE(db.Delete({}, (*raw)->of(suffix.family), suffix.key).ok());
    ASSERT_TRUE(db.Put({}, (*raw)->of(control_schema::family::meta), "schema_version",
                       schema::be64(1))
                    .ok());
  }
  reopen();
  EXPECT_EQ(store_->read()->zone(id_of('z', 1)), make_zone(1));
  EXPECT_TRUE(store_->read()->zone(id_of('z', 1))->is_active());
  EXPECT_EQ(disagreements(*store_), 0);
}

TEST_F(ControlStore, WhatItBelongsToMustExist) {
  EXPECT_EQ(refused([](control_transaction& t) { return t.put(make_zone(1)); }), errc::not_found);
  EXPECT_EQ(refused([](control_transaction& t) { return t.put(make_rule(1, 1)); }),
            errc::not_found);
  EXPECT_EQ(refused([](control_transaction& t) { return t.put(make_address(1, 1)); }),
            errc::not_found);
  auto account = make_account(1);
  account.id = "no-id";
  EXPECT_EQ(refused([&](control_transaction& t) { return t.put(account); }), errc::malformed);
}

TEST_F(ControlStore, RemovingAZoneTakesItsRulesAlong) {
  fill();
  must([](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(make_zone(2)));
    SP_CHECK(t.put(make_rule(2, 1)));
    return t.remove_zone(id_of('z', 1));
  });
  const auto now = store_->read();
  EXPECT_EQ(now->zone(id_of('z', 1)).error().code, errc::not_found);
  EXPECT_EQ(now->rule(id_of('z', 1), id_of('r', 1)).error().code, errc::not_found);
  EXPECT_TRUE(now->rules(id_of('z', 1), {})->items.empty());
  EXPECT_EQ(*now->totals(), (model::control_totals{.accounts = 1, .zones = 1, .rules = 1}));
  EXPECT_EQ(now->rules_forwarding_to(id_of('a', 1), "dest1@example.net", 10)->size(), 1U);
  EXPECT_EQ(disagreements(*store_), 0);
  EXPECT_EQ(refused([](control_transaction& t) { return t.remove_account(id_of('a', 1)); }),
            errc::conflict);
  must([](control_transaction& t) -> result<void> {
    SP_CHECK(t.remove_zone(id_of('z', 2)));
    return t.remove_account(id_of('a', 1));
  });
  EXPECT_EQ(*store_->read()->totals(), model::control_totals{});
}

TEST_F(ControlStore, AChangeSeesItselfAndAFailedOneLeavesNothing) {
  fill();
  EXPECT_EQ(refused([](control_transaction& t) -> result<void> {
              SP_CHECK(t.remove_zone(id_of('z', 1)));
              EXPECT_FALSE(t.zone_by_name(make_zone(1).name).has_value());
              EXPECT_EQ(t.totals()->rules, 0U);
              SP_CHECK(t.put(make_zone(2)));
              EXPECT_EQ(t.zones("", {})->items.size(), 1U);
              return fail(errc::denied);
            }),
            errc::denied);
  EXPECT_EQ(store_->read()->zone(id_of('z', 1)), make_zone(1));
  EXPECT_EQ(disagreements(*store_), 0);
}

TEST_F(ControlStore, AChangeWithoutAnAuditEntryIsRefused) {
  const auto done = store_->commit([](control_transaction& t) { return t.put(make_account(1)); });
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, errc::malformed);
  EXPECT_FALSE(store_->read()->account(id_of('a', 1)).has_value());
  EXPECT_EQ(store_->commit([](control_transaction&) -> result<void> { return {}; }), 0U);
}

TEST_F(ControlStore, NoAccountReachesIntoAnother) {
  fill();
  must([](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(make_account(2)));
    SP_CHECK(t.put(make_address(1, 1)));
    return t.put(make_zone(2, 2));
  });
  const auto now = store_->read();
  EXPECT_TRUE(now->zone_of(id_of('a', 1), id_of('z', 1)).has_value());
  EXPECT_EQ(now->zone_of(id_of('a', 2), id_of('z', 1)).error().code, errc::not_found);
  EXPECT_EQ(now->address(id_of('a', 2), id_of('d', 1)).error().code, errc::not_found);
  EXPECT_EQ(now->address_by_email(id_of('a', 2), make_address(1, 1).email).error().code,
            errc::not_found);
  EXPECT_EQ(now->zones(id_of('a', 2), {})->items, std::vector{make_zone(2, 2)});
  EXPECT_TRUE(now->rules_of_account(id_of('a', 2), {})->items.empty());
  EXPECT_EQ(refused([](control_transaction& t) { return t.put(make_zone(1, 2)); }), errc::conflict);
}

TEST_F(ControlStore, EveryPageOfAListIsWhatItWouldBeInOneList) {
  constexpr std::uint64_t zones = 23;
  must([](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(make_account(1)));
    for (std::uint64_t z = 1; z <= zones; ++z) {
      SP_CHECK(t.put(make_zone(z)));
      for (std::uint64_t r = 0; r < z % 4; ++r) SP_CHECK(t.put(make_rule(z, r)));
    }
    return {};
  });
  const auto now = store_->read();
  const auto account = id_of('a', 1);
  const auto even = [](const model::rule_object& r) { return r.priority != 1; };
  for (const auto order : {sort_order::ascending, sort_order::descending}) {
    const auto all = now->zones(account, {.per_page = 1000, .order = order})->items;
    const auto all_rules =
        now->rules_of_account(account, {.per_page = 1000, .order = order})->items;
    const auto some =
        now->rules_of_account(account, {.per_page = 1000, .order = order}, even)->items;
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
        const auto filtered = now->rules_of_account(account, query, even);
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

TEST_F(ControlStore, ZonesAreTouchedByWhatConcernsTheirMail) {
  fill();
  std::vector<model::change_record> told;
  store_->on_change([&](const model::change_record& c) { told.push_back(c); });
  auto address = make_address(1, 1);
  must([&](control_transaction& t) { return t.put(address); });
  address.verified = start;
  must([&](control_transaction& t) { return t.put(address); });
  must([](control_transaction& t) { return t.remove_rule(id_of('z', 1), id_of('r', 2)); });
  must([&](control_transaction& t) { return t.remove_address(id_of('a', 1), address.id); });
  const std::vector<model::object_id> zone{id_of('z', 1)};
  ASSERT_EQ(told.size(), 4U);
  EXPECT_TRUE(told[0].zones.empty());
  for (std::size_t i = 1; i < told.size(); ++i) EXPECT_EQ(told[i].zones, zone) << i;
  EXPECT_EQ(store_->read()->changes_since(1, 100), told);
}

TEST_F(ControlStore, OldChangesAreForgottenAndThatIsTold) {
  reopen(3);
  for (std::uint64_t n = 1; n <= 5; ++n) {
    must([&](control_transaction& t) { return t.put(make_account(n)); });
  }
  const auto now = store_->read();
  EXPECT_EQ(now->changes_since(2, 10)->size(), 3U);
  EXPECT_EQ(now->changes_since(1, 10).error().code, errc::not_found);
  EXPECT_EQ(now->changes_since(6, 10).error().code, errc::not_found);
  EXPECT_TRUE(now->changes_since(5, 10)->empty());
}

TEST_F(ControlStore, ManyWritersLeaveNoGapInTheRevisions) {
  must([](control_transaction& t) { return t.put(make_account(1)); });
  std::vector<std::uint64_t> told;
  store_->on_change([&](const model::change_record& c) { told.push_back(c.revision); });
  std::vector<std::thread> writers;
  for (std::uint64_t w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      for (std::uint64_t n = 0; n < 50; ++n) {
        // Every fifth fails after it has written.
        (void)change(*store_, [&](control_transaction& t) -> result<void> {
          SP_CHECK(t.put(make_zone(w * 100 + n)));
          if (n % 5 == 4) return fail(errc::denied);
          return {};
        });
      }
    });
  }
  for (auto& w : writers) w.join();
  EXPECT_EQ(store_->read()->totals()->zones, 160U);
  EXPECT_EQ(store_->read()->revision(), 161U);
  ASSERT_EQ(told.size(), 160U);
  for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i], i + 2);
  EXPECT_EQ(disagreements(*store_), 0);
}

TEST_F(ControlStore, AReaderSeesOneMoment) {
  fill();
  const auto before = store_->read();
  must([](control_transaction& t) { return t.remove_zone(id_of('z', 1)); });
  EXPECT_EQ(before->rules(id_of('z', 1), {})->items.size(), 4U);
  EXPECT_EQ(before->revision(), 1U);
}

TEST_F(ControlStore, TheAuditLogIsReadFromBothEndsPageByPage) {
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
  const auto refusals = now->audit_log({.filter = [](const auto& e) { return !e.succeeded; }});
  ASSERT_EQ(refusals->entries.size(), 1U);
  EXPECT_EQ(refusals->entries[0].revision, 0U);
  EXPECT_EQ(now->audit_record(id_of('a', 2), refusals->entries[0].id).error().code,
            errc::not_found);
  EXPECT_EQ(now->audit_log({.cursor = "what"}).error().code, errc::malformed);
  EXPECT_EQ(store_->expire_audit(start + seconds(1), 100), 3U);
  EXPECT_EQ(store_->read()->audit_log({})->entries.size(), 8U);
}

TEST_F(ControlStore, AnImportIsOneChange) {
  fill();
  std::vector<model::change_record> told;
  store_->on_change([&](const model::change_record& c) { told.push_back(c); });
  {
    auto import = store_->begin_import();
    ASSERT_TRUE(import.has_value());
    EXPECT_EQ(store_->begin_import().error().code, errc::unavailable);
    EXPECT_EQ(
        change(*store_, [](control_transaction& t) { return t.put(make_account(9)); }).error().code,
        errc::unavailable);
    ASSERT_TRUE((*import)->add(make_account(2)));
    for (std::uint64_t z = 2; z < 60; ++z) {
      const auto added = (*import)->add(make_zone(z, 1 + z % 2),
                                        {make_rule(z, 1), make_rule(z, 2), make_catch_all(z)});
      ASSERT_TRUE(added.has_value()) << to_string(added.error());
    }
    auto address = make_address(2, 1);
    address.verified = start;
    ASSERT_TRUE((*import)->add(address));
    EXPECT_EQ(store_->read()->totals()->zones, 1U);
    const auto done = (*import)->finish(make_entry());
    ASSERT_TRUE(done.has_value()) << to_string(done.error());
    EXPECT_EQ(*done, 2U);
  }
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].all_zones);
  EXPECT_EQ(*store_->read()->totals(),
            (model::control_totals{.accounts = 2, .zones = 59, .rules = 4 + 58 * 3}));
  EXPECT_EQ(disagreements(*store_), 0);
  must([](control_transaction& t) { return t.remove_zone(id_of('z', 5)); });
  reopen();
  EXPECT_EQ(disagreements(*store_), 0);
}

TEST_F(ControlStore, AnImportThatIsNotFinishedLeavesNothing) {
  fill();
  {
    auto import = store_->begin_import();
    ASSERT_TRUE(import.has_value());
    for (std::uint64_t z = 2; z < 60; ++z) ASSERT_TRUE((*import)->add(make_zone(z), {}));
    EXPECT_EQ((*import)->add(make_zone(1), {}).error().code, errc::conflict);
    auto twin = make_zone(70);
    twin.name = make_zone(30).name;
    EXPECT_EQ((*import)->add(twin, {}).error().code, errc::conflict);
  }
  EXPECT_EQ(store_->read()->totals()->zones, 1U);
  must([](control_transaction& t) { return t.put(make_zone(2)); });
  EXPECT_EQ(disagreements(*store_), 0);
}

}  // namespace
}  // namespace signpost::storage

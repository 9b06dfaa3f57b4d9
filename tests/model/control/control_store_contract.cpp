// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a control store does with objects, changes and imports.
#include <algorithm>
#include <array>
#include <limits>
#include <thread>

#include "base/text.hpp"
#include "tests/model/control/control_contract.hpp"
#include "tests/storage/temporary_folder.hpp"

namespace signpost::test {
namespace {

using model::control_transaction;
using storage::start;

}  // namespace

TEST_P(ControlStoreContract, GivesBackWhatWasPutAlsoAfterARestart) {
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

TEST_P(ControlStoreContract, AMatcherIsTakenOnceInAZone) {
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

TEST_P(ControlStoreContract, MatchersAreTakenTogetherInWhateverOrder) {
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

TEST_P(ControlStoreContract, RulesAreFoundByTheirOwner) {
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

TEST_P(ControlStoreContract, NamesEmailsAndSecretsAreUnique) {
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

TEST_P(ControlStoreContract, SeveralAccountsMayHaveANameAndOneOfThemIsActive) {
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

TEST_P(ControlStoreContract, ActiveZonesOfOthersAreFoundAboveAndBelowAName) {
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

TEST_P(ControlStoreContract, WhatItBelongsToMustExist) {
  EXPECT_EQ(refused([](control_transaction& t) { return t.put(make_zone(1)); }), errc::not_found);
  EXPECT_EQ(refused([](control_transaction& t) { return t.put(make_rule(1, 1)); }),
            errc::not_found);
  EXPECT_EQ(refused([](control_transaction& t) { return t.put(make_address(1, 1)); }),
            errc::not_found);
  auto account = make_account(1);
  account.id = "no-id";
  EXPECT_EQ(refused([&](control_transaction& t) { return t.put(account); }), errc::malformed);
}

TEST_P(ControlStoreContract, RemovingAZoneTakesItsRulesAlong) {
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

TEST_P(ControlStoreContract, AChangeSeesItselfAndAFailedOneLeavesNothing) {
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

TEST_P(ControlStoreContract, AChangeWithoutAnAuditEntryIsRefused) {
  const auto done = store_->commit([](control_transaction& t) { return t.put(make_account(1)); });
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, errc::malformed);
  EXPECT_FALSE(store_->read()->account(id_of('a', 1)).has_value());
  EXPECT_EQ(store_->commit([](control_transaction&) -> result<void> { return {}; }), 0U);
}

TEST_P(ControlStoreContract, NoAccountReachesIntoAnother) {
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

TEST_P(ControlStoreContract, AReaderSeesOneMoment) {
  fill();
  const auto before = store_->read();
  EXPECT_TRUE(
      change(other(), [](control_transaction& t) { return t.remove_zone(id_of('z', 1)); }));
  EXPECT_EQ(before->rules(id_of('z', 1), {})->items.size(), 4U);
  EXPECT_EQ(before->revision(), 1U);
}

TEST_P(ControlStoreContract, AnImportIsOneChange) {
  fill();
  const auto before = now()->position().value();
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
  const auto news = store_->feed().after(before, 10);
  ASSERT_EQ(news->changes.size(), 1U);
  EXPECT_TRUE(news->changes[0].all_zones);
  EXPECT_EQ(*store_->read()->totals(),
            (model::control_totals{.accounts = 2, .zones = 59, .rules = 4 + 58 * 3}));
  EXPECT_EQ(disagreements(*store_), 0);
  must([](control_transaction& t) { return t.remove_zone(id_of('z', 5)); });
  reopen();
  EXPECT_EQ(disagreements(*store_), 0);
}

TEST_P(ControlStoreContract, AnImportThatIsNotFinishedLeavesNothing) {
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

// Each sees what the one before it has done, wherever that was.
TEST_P(ControlStoreContract, ChangesBuildOnEachOtherWhoeverMakesThem) {
  constexpr std::uint64_t each = 25;
  auto& beside = other();
  std::vector<std::thread> writers;
  for (std::uint64_t w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      for (std::uint64_t n = 0; n < each; ++n) {
        const auto done = change(w % 2 == 0 ? *store_ : beside, [](control_transaction& t) {
          auto usage = t.usage("counted").value();
          usage.until = start;
          ++usage.count;
          return t.put_usage("counted", usage);
        });
        EXPECT_TRUE(done.has_value()) << to_string(done.error());
      }
    });
  }
  for (auto& w : writers) w.join();
  EXPECT_EQ(now()->usage("counted")->count, 4 * each);
  EXPECT_EQ(now()->revision(), 4 * each);
}

// Two clients want the same at the same time: one of them gets it.
TEST_P(ControlStoreContract, WhatIsUniqueIsGivenOnceAlsoToThoseWhoAskAtOnce) {
  must([](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(make_account(1)));
    return t.put(make_account(2));
  });
  auto& beside = other();
  for (std::uint64_t n = 1; n <= 10; ++n) {
    std::vector<std::thread> clients;
    std::array<result<std::uint64_t>, 2> done;
    for (std::uint64_t c = 0; c < 2; ++c) {
      clients.emplace_back([&, c] {
        auto zone = make_zone(100 * n + c, 1 + c);
        zone.name = "wanted" + std::to_string(n) + ".example";
        done.at(c) = change(c == 0 ? *store_ : beside,
                            [&](control_transaction& t) { return t.put(zone); });
      });
    }
    for (auto& client : clients) client.join();
    ASSERT_NE(done[0].has_value(), done[1].has_value());
    EXPECT_EQ((done[0] ? done[1] : done[0]).error(), (error{errc::conflict, "name"}));
  }
  EXPECT_EQ(now()->totals()->zones, 10U);
  EXPECT_EQ(disagreements(*store_), 0);
}

TEST_P(ControlStoreContract, WhatIsNotThereCannotBeRemovedOrFound) {
  fill();
  const auto account = id_of('a', 1);
  const auto zone = id_of('z', 1);
  const work removals[] = {
      [](control_transaction& t) { return t.remove_account(id_of('a', 9)); },
      [](control_transaction& t) { return t.remove_zone(id_of('z', 9)); },
      [&](control_transaction& t) { return t.remove_rule(zone, id_of('r', 9)); },
      [](control_transaction& t) { return t.remove_rule(id_of('z', 9), id_of('r', 1)); },
      [&](control_transaction& t) { return t.remove_address(account, id_of('d', 9)); },
      [](control_transaction& t) { return t.remove_token(id_of('t', 9)); },
      [](control_transaction& t) { return t.remove_zone("no id"); },
  };
  for (const auto& removal : removals) EXPECT_EQ(refused(removal), errc::not_found);
  const auto now = store_->read();
  const errc answers[] = {now->account(id_of('a', 9)).error().code,
                          now->account("no id").error().code,
                          now->zone(id_of('z', 9)).error().code,
                          now->zone("").error().code,
                          now->zone_by_name("none.example").error().code,
                          now->zone_by_name(account, "none.example").error().code,
                          now->rule(zone, id_of('r', 9)).error().code,
                          now->catch_all(id_of('z', 9)).error().code,
                          now->rule_by_matcher(zone, "literal", "x@y.example").error().code,
                          now->address(account, id_of('d', 9)).error().code,
                          now->address_by_email(account, "x@y.example").error().code,
                          now->token(id_of('t', 9)).error().code,
                          now->token_by_hash(std::string(32, 'x')).error().code,
                          now->setting("none").error().code,
                          now->audit_record({}, id_of('e', 0)).error().code};
  for (const auto answer : answers) EXPECT_EQ(answer, errc::not_found);
  EXPECT_EQ(now->is_verified(account, "x@y.example"), false);
  EXPECT_EQ(now->is_verified("no id", "x@y.example"), false);
}

TEST_P(ControlStoreContract, RemovedObjectsLeaveNothingAndTheirNamesAreFree) {
  fill();
  auto address = make_address(1, 1);
  address.verified = start;
  must([&](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(address));
    return t.put(make_token(1));
  });
  must([&](control_transaction& t) -> result<void> {
    SP_CHECK(t.remove_rule(id_of('z', 1), id_of('r', 1)));
    SP_CHECK(t.remove_address(id_of('a', 1), address.id));
    return t.remove_token(make_token(1).id);
  });
  EXPECT_EQ(now()->rules(id_of('z', 1), {})->total, 3U);
  EXPECT_EQ(now()->is_verified(id_of('a', 1), address.email), false);
  EXPECT_EQ(now()->token_by_hash(make_token(1).secret_hash).error().code, errc::not_found);
  EXPECT_EQ(now()->tokens(id_of('a', 1), {})->total, 0U);
  EXPECT_EQ(disagreements(*store_), 0);
  must([&](control_transaction& t) -> result<void> {
    auto rule = make_rule(1, 50);
    rule.matchers = make_rule(1, 1).matchers;
    SP_CHECK(t.put(rule));
    address.id = id_of('d', 50);
    SP_CHECK(t.put(address));
    auto token = make_token(50);
    token.secret_hash = make_token(1).secret_hash;
    return t.put(token);
  });
  EXPECT_EQ(disagreements(*store_), 0);
}

TEST_P(ControlStoreContract, WhatIsTooLargeOrHasNulIsMalformed) {
  fill();
  using limits = model::control_limits;
  const std::string long_text(limits::name_octets_max + 1, 'x');
  const std::string nul("a\0b", 3);
  const auto put = [&](const auto& object) {
    return refused([&](control_transaction& t) { return t.put(object); });
  };
  for (const auto& text : {long_text, nul}) {
    auto account = make_account(2);
    account.name = text;
    EXPECT_EQ(put(account), errc::malformed);
    auto zone = make_zone(2);
    zone.name = text;
    EXPECT_EQ(put(zone), errc::malformed);
    auto rule = make_rule(1, 9);
    rule.owner_worker_tag = text;
    EXPECT_EQ(put(rule), errc::malformed);
    auto address = make_address(1, 9);
    address.email = text;
    EXPECT_EQ(put(address), errc::malformed);
    auto token = make_token(9);
    token.name = text;
    EXPECT_EQ(put(token), errc::malformed);
    EXPECT_EQ(refused([&](control_transaction& t) { return t.put_usage(text, {}); }),
              errc::malformed);
  }
  auto rule = make_rule(1, 9);
  rule.matchers[0].value = std::string(limits::value_octets_max + 1, 'x');
  EXPECT_EQ(put(rule), errc::malformed);
  rule = make_rule(1, 9);
  rule.matchers.resize(limits::list_max + 1, rule.matchers[0]);
  EXPECT_EQ(put(rule), errc::malformed);
  rule = make_rule(1, 9);
  rule.priority = std::numeric_limits<double>::infinity();
  EXPECT_EQ(put(rule), errc::malformed);
  auto token = make_token(9);
  token.secret_hash.pop_back();
  EXPECT_EQ(put(token), errc::malformed);
  const std::string large(limits::setting_octets_max + 1, 'x');
  EXPECT_EQ(refused([&](control_transaction& t) { return t.put_setting("large", large); }),
            errc::malformed);
}

// Texts in the audit log are cut, never refused: what was done has to be told.
TEST_P(ControlStoreContract, LongTextsOfAuditEntriesAreCut) {
  auto entry = make_entry(1);
  entry.after_json = std::string(model::control_limits::audit_octets_max + 100, 'x');
  ASSERT_TRUE(store_->commit([&](control_transaction& t) -> result<void> {
    t.audit(entry);
    return {};
  }));
  const auto stored = now()->audit_record(entry.account, entry.id);
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->after_json.size(), model::control_limits::audit_octets_max);
  EXPECT_EQ(stored->revision, 1U);
}

TEST_P(ControlStoreContract, EverythingIsVisitedInOrderUntilTheVisitorHasEnough) {
  must([](control_transaction& t) -> result<void> {
    for (const std::uint64_t a : {2U, 1U}) SP_CHECK(t.put(make_account(a)));
    for (const std::uint64_t z : {3U, 1U, 2U}) {
      SP_CHECK(t.put(make_zone(z, 1 + z % 2)));
      for (const std::uint64_t r : {2U, 1U}) SP_CHECK(t.put(make_rule(z, r)));
      SP_CHECK(t.put(make_catch_all(z)));
    }
    for (const std::uint64_t d : {2U, 3U, 1U}) {
      auto address = make_address(1 + d % 2, d);
      if (d != 3) address.verified = start;
      SP_CHECK(t.put(address));
    }
    return {};
  });
  const auto now = store_->read();
  std::vector<model::object_id> zones;
  EXPECT_TRUE(now->for_each_zone(
      [&](const model::zone_object& z, const std::vector<model::rule_object>& own) -> result<void> {
        zones.push_back(z.id);
        EXPECT_EQ(own, now->rules(z.id, {.per_page = 100})->items);
        return {};
      }));
  EXPECT_EQ(zones, (std::vector{id_of('z', 1), id_of('z', 2), id_of('z', 3)}));
  std::vector<std::pair<std::string, std::string>> verified;
  EXPECT_TRUE(now->for_each_verified_address(
      [&](std::string_view account, std::string_view email) -> result<void> {
        verified.emplace_back(account, email);
        return {};
      }));
  EXPECT_EQ(verified, (std::vector<std::pair<std::string, std::string>>{
                          {id_of('a', 1), "dest2@example.net"},
                          {id_of('a', 2), "dest1@example.net"}}));
  int visited = 0;
  const auto ended = now->for_each_zone([&](const auto&, const auto&) -> result<void> {
    return ++visited == 2 ? result<void>(fail(errc::denied, "enough")) : result<void>();
  });
  EXPECT_EQ(visited, 2);
  EXPECT_EQ(ended.error(), (error{errc::denied, "enough"}));
}

TEST_P(ControlStoreContract, EverySettingIsVisitedByItsName) {
  must([](control_transaction& t) -> result<void> {
    for (const auto* name : {"b", "a", "ab"}) SP_CHECK(t.put_setting(name, "value of it"));
    return t.put_setting("b", std::string("\0new", 4));
  });
  std::vector<std::pair<std::string, std::string>> seen;
  EXPECT_TRUE(now()->for_each_setting(
      [&](std::string_view name, std::string_view value) -> result<void> {
        seen.emplace_back(name, value);
        return {};
      }));
  EXPECT_EQ(seen, (std::vector<std::pair<std::string, std::string>>{
                      {"a", "value of it"}, {"ab", "value of it"}, {"b", {"\0new", 4}}}));
}

TEST_P(ControlStoreContract, AnImportNeedsTheAccountsOfItsZones) {
  fill();
  {
    auto import = store_->begin_import();
    ASSERT_TRUE(import.has_value());
    ASSERT_TRUE((*import)->add(make_zone(2, 7), {}));
    EXPECT_EQ((*import)->finish(make_entry()).error().code, errc::not_found);
  }
  EXPECT_EQ(now()->revision(), 1U);
  EXPECT_FALSE(now()->zone(id_of('z', 2)).has_value());
  EXPECT_EQ(store_->trouble(), "");
  EXPECT_EQ(store_->unaccounted(), 0U);
  EXPECT_FALSE(store_->is_failed());
  EXPECT_EQ(store_->waited(), milliseconds{0});
}

}  // namespace signpost::test

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A setup that goes from one store into another, and back: nothing of it is lost.
#include "storage/control/control_history.hpp"

#include "storage/postgres/postgres_store.hpp"
#include "tests/storage/control_support.hpp"
#include "tests/storage/postgres/postgres_server.hpp"

namespace signpost::storage {
namespace {

using model::control_transaction;
using test::postgres_server;

/// Everything that a store has.
struct contents {
  std::vector<model::account> accounts;
  std::vector<std::pair<model::zone_object, std::vector<model::rule_object>>> zones;
  std::vector<model::destination_address> addresses;
  std::vector<model::api_token> tokens;
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<model::audit_entry> audit;
  std::vector<model::change_record> changes;
  model::feed_position position;
  model::control_totals totals;
  friend bool operator==(const contents&, const contents&) = default;
};

contents contents_of(model::control_store& store) {
  const auto now = store.read();
  contents c;
  const model::page_query all{.per_page = 10'000};
  c.accounts = now->accounts(all)->items;
  c.tokens = now->tokens({}, all)->items;
  for (const auto& a : c.accounts) {
    const auto addresses = now->addresses(a.id, all).value();
    c.addresses.insert(c.addresses.end(), addresses.items.begin(), addresses.items.end());
    const auto tokens = now->tokens(a.id, all).value();
    c.tokens.insert(c.tokens.end(), tokens.items.begin(), tokens.items.end());
  }
  EXPECT_TRUE(now->for_each_zone([&](const auto& zone, const auto& rules) {
    c.zones.emplace_back(zone, rules);
    return result<void>();
  }));
  EXPECT_TRUE(now->for_each_setting([&](std::string_view name, std::string_view value) {
    c.settings.emplace_back(std::string(name), std::string(value));
    return result<void>();
  }));
  c.audit = now->audit_log({.max = 10'000})->entries;
  c.changes = store.feed().after({}, 10'000)->changes;
  c.position = now->position().value();
  c.totals = now->totals().value();
  return c;
}

class History : public testing::Test {
 protected:
  ~History() override { server_.run("DROP SCHEMA " + database_.schema + " CASCADE"); }
  std::unique_ptr<model::control_store> open(const char* name, std::uint64_t changes = 1'000'000) {
    return must_open_control({.path = folder_.path() + "/" + name,
                              .memory_octets = 1U << 20,
                              .change_log_max = changes,
                              .import_memory_octets = 4096});
  }
  static void fill(model::control_store& store) {
    for (std::uint64_t n = 1; n <= 8; ++n) {
      ASSERT_TRUE(change(store, [&](control_transaction& t) -> result<void> {
        SP_CHECK(t.put(make_account(n)));
        auto zone = make_zone(n, n);
        if (n % 3 == 0) zone.ownership.status = model::zone_status::pending;
        SP_CHECK(t.put(zone));
        for (std::uint64_t r = 1; r <= n; ++r) SP_CHECK(t.put(make_rule(n, r)));
        SP_CHECK(t.put(make_catch_all(n)));
        auto address = make_address(n, n);
        if (n % 2 == 0) address.verified = start;
        SP_CHECK(t.put(address));
        SP_CHECK(t.put(make_token(n, n % 4 == 0 ? 0 : n)));
        t.audit(make_entry(n, "create"));
        return t.put_setting("key " + std::to_string(n), std::string("\0x", 2));
      }));
    }
    ASSERT_TRUE(change(store, [](control_transaction& t) { return t.remove_zone(id_of('z', 5)); }));
    store.record_refusal(make_entry(1, "guess"));
  }

  postgres_server& server_ = postgres_server::shared();
  const postgres::connection_options database_ = server_.fresh_schema();
  temporary_folder folder_;
};

result<history_counts> move(model::control_store& from, model::control_store& to) {
  auto target = postgres::begin_history(to);
  if (!target && target.error().code == errc::unavailable) target = begin_history(to);
  if (!target) return tl::unexpected(target.error());
  return copy_history(*from.read(), from.feed(), **target);
}

}  // namespace

TEST_F(History, GoesToPostgresAndBackWithoutLoss) {
  const auto own = open("own");
  fill(*own);
  const auto before = contents_of(*own);
  ASSERT_EQ(before.audit.size(), 18U);
  const auto database = postgres::open_postgres_store({.database = database_}).value();
  const auto counts = move(*own, *database);
  ASSERT_TRUE(counts.has_value()) << to_string(counts.error());
  EXPECT_EQ(counts->revision, 9U);
  EXPECT_EQ(counts->tokens, 8U);
  EXPECT_EQ(contents_of(*database), before);
  EXPECT_EQ(disagreements(*database), 0);
  const auto again = open("again");
  const auto back = move(*database, *again);
  ASSERT_TRUE(back.has_value()) << to_string(back.error());
  EXPECT_EQ(contents_of(*again), before);
  EXPECT_EQ(disagreements(*again), 0);
  // Both go on from there, and readers of the feed with them.
  for (auto* store : {database.get(), again.get()}) {
    const auto done =
        change(*store, [](control_transaction& t) { return t.put(make_account(50)); });
    EXPECT_EQ(done, 10U);
    EXPECT_EQ(store->feed().after(before.position, 10)->changes.size(), 1U);
  }
  EXPECT_EQ(move(*own, *database).error().code, errc::conflict) << "it is not empty any more";
  EXPECT_EQ(move(*own, *again).error().code, errc::conflict);
}

TEST_F(History, ChangesThatAreNoLongerListedAreLeftOut) {
  const auto own = open("own", 3);
  fill(*own);
  const auto before = contents_of(*own);
  ASSERT_TRUE(before.changes.empty());
  const auto database = postgres::open_postgres_store({.database = database_}).value();
  ASSERT_TRUE(move(*own, *database));
  auto after = contents_of(*database);
  EXPECT_EQ(after.position, before.position);
  EXPECT_EQ(after.audit, before.audit);
  EXPECT_EQ(database->feed().after(before.position, 10)->changes.size(), 0U);
  EXPECT_FALSE(database->feed().after(before.position, 10)->reload);
}

TEST_F(History, AnEmptySetupIsMovedToo) {
  const auto own = open("own");
  const auto database = postgres::open_postgres_store({.database = database_}).value();
  ASSERT_TRUE(move(*own, *database));
  EXPECT_EQ(contents_of(*database), contents_of(*own));
}

}  // namespace signpost::storage

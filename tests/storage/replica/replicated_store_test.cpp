// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/replica/replicated_store.hpp"

#include <cstdlib>
#include <map>

#include "tests/storage/control_support.hpp"
#include "tests/storage/postgres/postgres_server.hpp"

namespace signpost::storage {
namespace {

using model::control_transaction;
using test::postgres_server;

const auto* const environment = testing::AddGlobalTestEnvironment(new test::needs_postgres);

/// Two nodes with a copy each, and the database itself.
class ReplicatedStore : public testing::Test {
 protected:
  ~ReplicatedStore() override {
    server_.run("DROP SCHEMA IF EXISTS " + database_.schema
                + " CASCADE; DROP SCHEMA IF EXISTS kept CASCADE");
  }

  result<std::unique_ptr<model::control_store>> open(const char* node,
                                                     milliseconds poll = milliseconds(20)) {
    return open_replicated_store(
        {.primary = {.database = database_},
         .copy = {.path = folder_.path() + "/" + node, .memory_octets = 1U << 20},
         .poll_every = poll});
  }
  std::unique_ptr<model::control_store> must(const char* node,
                                             milliseconds poll = milliseconds(20)) {
    auto opened = open(node, poll);
    if (!opened) {
      ADD_FAILURE() << to_string(opened.error());
      std::abort();
    }
    return std::move(*opened);
  }
  std::unique_ptr<model::control_store> database() {
    return postgres::open_postgres_store({.database = database_}).value();
  }
  /// Everything that the copy has, against the database.
  void expect_same(const model::control_store& node) {
    const auto db = database();
    const auto want = db->read();
    const auto have = node.read();
    EXPECT_EQ(have->totals(), want->totals());
    std::map<std::string, std::vector<model::rule_object>> rules;
    ASSERT_TRUE(want->for_each_zone([&](const model::zone_object& z, const auto& own) {
      EXPECT_EQ(have->zone(z.id), z);
      EXPECT_EQ(have->all_rules(z.id, 1000), own);
      return result<void>();
    }));
    const auto accounts = want->accounts({.per_page = 1000})->items;
    EXPECT_EQ(have->accounts({.per_page = 1000})->items, accounts);
    EXPECT_EQ(have->tokens({}, {.per_page = 1000})->items,
              want->tokens({}, {.per_page = 1000})->items);
    for (const auto& a : accounts) {
      EXPECT_EQ(have->addresses(a.id, {.per_page = 1000})->items,
                want->addresses(a.id, {.per_page = 1000})->items);
      EXPECT_EQ(have->tokens(a.id, {.per_page = 1000})->items,
                want->tokens(a.id, {.per_page = 1000})->items);
    }
    EXPECT_TRUE(want->for_each_setting([&](std::string_view name, std::string_view value) {
      EXPECT_EQ(have->setting(name), std::string(value));
      return result<void>();
    }));
  }
  template <typename Holds>
  static bool soon(const Holds& holds) {
    for (int i = 0; i < 250; ++i) {
      if (holds()) return true;
      postgres_server::pause(milliseconds(20));
    }
    return false;
  }

  postgres_server& server_ = postgres_server::shared();
  const postgres::connection_options database_ = server_.fresh_schema();
  temporary_folder folder_;
};

result<void> put_something(control_transaction& t) {
  for (std::uint64_t a = 1; a <= 2; ++a) SP_CHECK(t.put(make_account(a)));
  for (std::uint64_t z = 1; z <= 4; ++z) {
    SP_CHECK(t.put(make_zone(z, 1 + z % 2)));
    for (std::uint64_t r = 1; r <= 3; ++r) SP_CHECK(t.put(make_rule(z, r)));
    SP_CHECK(t.put(make_catch_all(z)));
  }
  SP_CHECK(t.put(make_address(1, 1)));
  SP_CHECK(t.put(make_token(1)));
  SP_CHECK(t.put(make_token(2, 0)));
  return t.put_setting("key", "value");
}

}  // namespace

TEST_F(ReplicatedStore, AChangeIsInTheOwnCopyWhenItIsAnsweredAndSoonInTheOthers) {
  const auto one = must("one", seconds(60));
  const auto two = must("two");
  ASSERT_TRUE(change(*one, put_something));
  expect_same(*one);
  EXPECT_TRUE(soon([&] { return two->read()->totals()->rules == 16; }));
  expect_same(*two);
  ASSERT_TRUE(change(*two, [](control_transaction& t) -> result<void> {
    SP_CHECK(t.remove_zone(id_of('z', 1)));
    SP_CHECK(t.remove_rule(id_of('z', 2), id_of('r', 1)));
    SP_CHECK(t.remove_token(id_of('t', 1)));
    auto address = make_address(1, 1);
    address.verified = start;
    SP_CHECK(t.put(address));
    // Two rules exchange what they are for.
    auto first = make_rule(3, 1);
    auto second = make_rule(3, 2);
    SP_CHECK(t.remove_rule(first.zone, first.id));
    std::swap(first.matchers, second.matchers);
    SP_CHECK(t.put(second));
    SP_CHECK(t.put(first));
    return t.put_setting("key", "another");
  }));
  expect_same(*two);
  EXPECT_EQ(one->read()->setting("key"), "value") << "it has not looked yet";
  EXPECT_EQ(disagreements(*database()), 0);
  EXPECT_EQ(two->read()->audit_log({})->entries.size(), 2U) << "asked of the database";
}

// Its lease of a name goes from one zone to another in one change.
TEST_F(ReplicatedStore, ANameThatChangesHandsArrives) {
  const auto one = must("one");
  const auto two = must("two");
  ASSERT_TRUE(change(*one, put_something));
  auto old = make_zone(1, 2);
  auto claim = make_zone(9, 1);
  claim.name = old.name;
  claim.ownership.status = model::zone_status::pending;
  ASSERT_TRUE(change(*one, [&](control_transaction& t) { return t.put(claim); }));
  old.ownership.status = model::zone_status::moved;
  claim.ownership.status = model::zone_status::active;
  ASSERT_TRUE(change(*one, [&](control_transaction& t) -> result<void> {
    SP_CHECK(t.put(old));
    return t.put(claim);
  }));
  expect_same(*one);
  EXPECT_TRUE(soon([&] { return two->read()->zone_by_name(old.name) == claim; }));
  expect_same(*two);
}

TEST_F(ReplicatedStore, WhileTheDatabaseIsAwayTheCopyAnswersAndChangesAreRefused) {
  EXPECT_TRUE(must("one") != nullptr);
  {
    const auto one = must("one");
    ASSERT_TRUE(change(*one, put_something));
    server_.kill();
    const auto done = change(*one, [](control_transaction& t) { return t.put(make_account(7)); });
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, errc::unavailable);
    EXPECT_NE(done.error().context.find("the control database cannot be reached"),
              std::string::npos);
    EXPECT_EQ(one->read()->zone(id_of('z', 1)), make_zone(1, 2));
    EXPECT_EQ(one->read()->audit_log({}).error().code, errc::unavailable);
    EXPECT_EQ(one->trouble(), "");
  }
  const auto again = must("one");
  EXPECT_EQ(again->read()->totals()->rules, 16U) << "after a restart";
  EXPECT_EQ(again->feed().last_known(), *again->read()->revision());
  EXPECT_EQ(open("a new node").error().code, errc::unavailable) << "it knows nothing yet";
  server_.start();
  EXPECT_TRUE(soon([&] {
    return change(*again, [](control_transaction& t) { return t.put(make_account(7)); })
        .has_value();
  }));
  expect_same(*again);
}

// A standby took over that lacked the last changes, and others were made since.
TEST_F(ReplicatedStore, ADatabaseThatWentBackIsCopiedAsAWhole) {
  const auto one = must("one");
  ASSERT_TRUE(change(*one, put_something));
  std::string keep = "CREATE SCHEMA kept; ";
  std::string back = "BEGIN; ";
  for (const auto* table : {"head", "change_log", "account", "zone", "rule", "address", "token",
                            "setting", "audit"}) {
    const auto whole = database_.schema + "." + table;
    keep += std::string("CREATE TABLE kept.") + table + " AS TABLE " + whole + "; ";
    back += "TRUNCATE " + whole + "; INSERT INTO " + whole + " SELECT * FROM kept." + table + "; ";
  }
  server_.run(keep);
  ASSERT_TRUE(change(*one, [](control_transaction& t) -> result<void> {
    SP_CHECK(t.remove_zone(id_of('z', 2)));
    SP_CHECK(t.put(make_account(5)));
    SP_CHECK(t.put(make_zone(50, 5)));
    SP_CHECK(t.put(make_address(5, 6)));
    return t.put(make_token(9, 5));
  }));
  server_.run(back + "COMMIT");
  ASSERT_TRUE(change(*database(), [](control_transaction& t) {
    return t.put(make_rule(1, 77));
  }));
  EXPECT_TRUE(soon([&] { return one->read()->rule(id_of('z', 1), id_of('r', 77)).has_value(); }));
  expect_same(*one);
  EXPECT_EQ(one->read()->account(id_of('a', 5)).error().code, errc::not_found);
}

TEST_F(ReplicatedStore, AnImportArrivesAsAWhole) {
  const auto one = must("one");
  ASSERT_TRUE(change(*one, put_something));
  {
    auto import = one->begin_import();
    ASSERT_TRUE(import.has_value());
    for (std::uint64_t n = 100; n < 700; ++n) {
      ASSERT_TRUE((*import)->add(make_zone(n), {make_rule(n, 1)}));
    }
    ASSERT_TRUE((*import)->finish(make_entry()));
  }
  EXPECT_TRUE(soon([&] { return one->read()->zone(id_of('z', 699)).has_value(); }));
  EXPECT_TRUE(soon([&] { return one->read()->totals()->zones == 604; }));
  expect_same(*one);
}

}  // namespace signpost::storage

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What no contract covers: a database that goes away, that somebody else writes, that is newer or
// older, and the secrets in it.
#include "storage/postgres/postgres_store.hpp"

#include <cstdlib>
#include <thread>

#include "storage/postgres/connection_pool.hpp"
#include "storage/postgres/database_health.hpp"
#include "storage/postgres/migrations.hpp"

#include "tests/storage/control_support.hpp"
#include "tests/storage/postgres/postgres_server.hpp"

namespace signpost::storage::postgres {
namespace {

using model::control_transaction;
using test::postgres_server;

const auto* const environment = testing::AddGlobalTestEnvironment(new test::needs_postgres);

std::unique_ptr<model::control_store> must_open(postgres_store_options options) {
  auto opened = open_postgres_store(std::move(options));
  if (!opened) {
    ADD_FAILURE() << to_string(opened.error());
    std::abort();
  }
  return std::move(*opened);
}

result<std::uint64_t> put_account(model::control_store& store, std::uint64_t n) {
  return change(store, [&](control_transaction& t) { return t.put(make_account(n)); });
}

/// A connection beside the store, in its schema.
class PostgresStore : public testing::Test {
 protected:
  ~PostgresStore() override { server_.run("DROP SCHEMA " + database_.schema + " CASCADE"); }
  std::string table(const char* name) const { return database_.schema + "." + name; }

  postgres_server& server_ = postgres_server::shared();
  connection_options database_ = server_.fresh_schema();
};

bool says(const error& e, std::string_view words) {
  return e.context.find(words) != std::string::npos;
}

}  // namespace

TEST_F(PostgresStore, WhileItIsAwayChangesAreRefusedAndThenGoOn) {
  auto& server = server_;
  const auto store = must_open({.database = database_});
  ASSERT_TRUE(put_account(*store, 1));
  const auto reader = store->read();
  server.kill();
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    const auto done = put_account(*store, 2);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, errc::unavailable);
    EXPECT_TRUE(says(done.error(), "the control database cannot be reached"));
    EXPECT_EQ(store->read()->revision().error().code, errc::unavailable);
    EXPECT_EQ(store->feed().after({}, 1).error().code, errc::unavailable);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
  EXPECT_EQ(reader->account(id_of('a', 1)).error().code, errc::unavailable);
  EXPECT_EQ(store->feed().last_known(), 1U);
  store->record_refusal(make_entry());
  EXPECT_EQ(store->trouble(), "") << "mail goes on as before";
  server.start();
  server_.pause(connection_pool::retry_after);
  const auto again = put_account(*store, 2);
  ASSERT_TRUE(again.has_value()) << to_string(again.error());
  EXPECT_EQ(*again, 2U);
  EXPECT_EQ(store->read()->totals()->accounts, 2U);
  EXPECT_EQ(disagreements(*store), 0);
}

// Idle connections were cut: that is noticed, and costs no failure.
TEST_F(PostgresStore, AStaleConnectionIsReplaced) {
  const auto store = must_open({.database = database_});
  for (std::uint64_t n = 1; n <= 5; ++n) {
    server_.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                "application_name = 'signpost' AND pid <> pg_backend_pid()");
    server_.pause(milliseconds(20));
    EXPECT_EQ(put_account(*store, n), n);
    EXPECT_EQ(store->read()->revision(), n);
  }
}

TEST_F(PostgresStore, AServerThatDoesNotAnswerIsGivenUp) {
  database_.answer_timeout = milliseconds(200);
  database_.statement_timeout = seconds(20);
  const auto c = connection::open(database_).value();
  const auto began = std::chrono::steady_clock::now();
  const auto slept = c->run("SELECT pg_sleep(10)");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
  EXPECT_EQ(slept.error().code, errc::unavailable);
  EXPECT_FALSE(c->usable());
  EXPECT_EQ(c->run("SELECT 1").error().code, errc::unavailable);
  server_.run("CREATE SCHEMA " + database_.schema);
}

TEST_F(PostgresStore, WhatTheServerRefusesBecomesWhatTheApiKnows) {
  database_.statement_timeout = milliseconds(100);
  const auto store = must_open({.database = database_});
  const auto c = connection::open(database_).value();
  const auto refused = [&](std::string_view sql) { return c->run(sql).error(); };
  EXPECT_TRUE(says(refused("SELECT pg_sleep(5)"), "took too long"));
  EXPECT_TRUE(c->usable());
  EXPECT_EQ(refused("INSERT INTO head (singular) VALUES (true)").code, errc::conflict);
  EXPECT_EQ(refused("SELECT 1/0").code, errc::unavailable);
  statement bad("SELECT length(");
  bad.bind(text("\xFF")).add(")");
  EXPECT_EQ(c->run(bad).error().code, errc::malformed);
  EXPECT_EQ(refused("SELECT * FROM no_such_table").code, errc::unavailable);
  ASSERT_TRUE(c->script("CREATE ROLE nobody_here; SET ROLE nobody_here"));
  EXPECT_TRUE(says(refused("SELECT * FROM " + table("head")), "does not let this node"));
  ASSERT_TRUE(c->script("RESET ROLE; DROP ROLE nobody_here; BEGIN READ ONLY"));
  const auto read_only = refused("UPDATE head SET revision = 9");
  EXPECT_EQ(read_only.code, errc::unavailable);
  EXPECT_TRUE(says(read_only, "read-only"));
  EXPECT_FALSE(c->usable()) << "another server takes the writes now";
}

// An account whose name is not UTF-8 is refused, and the next change is not affected.
TEST_F(PostgresStore, TextThatIsNotUtf8IsMalformed) {
  const auto store = must_open({.database = database_});
  auto account = make_account(1);
  account.name = "\xC3(";
  const auto done = change(*store, [&](control_transaction& t) { return t.put(account); });
  EXPECT_EQ(done.error().code, errc::malformed);
  EXPECT_EQ(put_account(*store, 1), 1U);
}

TEST_F(PostgresStore, AnotherNodesChangeIsWaitedForAndNotForEver) {
  const auto store = must_open({.database = database_});
  database_.lock_timeout = milliseconds(100);
  const auto hasty = must_open({.database = database_});
  const auto c = connection::open(database_).value();
  ASSERT_TRUE(c->script("BEGIN; SELECT 1 FROM head FOR UPDATE"));
  const auto done = put_account(*hasty, 1);
  EXPECT_EQ(done.error().code, errc::unavailable);
  EXPECT_TRUE(says(done.error(), "another change is in progress")) << done.error().context;
  std::thread other([&] { EXPECT_EQ(put_account(*store, 1), 1U); });
  server_.pause(milliseconds(50));
  ASSERT_TRUE(c->script("COMMIT"));
  other.join();
}

// A node that was stopped in the middle of a change does not hold up the others.
TEST_F(PostgresStore, AnAbandonedTransactionIsEnded) {
  database_.idle_timeout = milliseconds(150);
  const auto store = must_open({.database = database_});
  const auto c = connection::open(database_).value();
  ASSERT_TRUE(c->script("BEGIN; SELECT 1 FROM head FOR UPDATE"));
  EXPECT_EQ(put_account(*store, 1), 1U);
  EXPECT_EQ(c->script("COMMIT").error().code, errc::unavailable);
}

TEST_F(PostgresStore, ACommitThatDidNotTakePlaceIsAFailure) {
  const auto store = must_open({.database = database_});
  server_.run("CREATE FUNCTION " + table("cut")
              + "() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM "
                "pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$; "
                "CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON "
              + table("account") + " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
              + table("cut") + "()");
  EXPECT_EQ(put_account(*store, 1).error().code, errc::unavailable);
  EXPECT_EQ(store->read()->revision(), 0U);
  server_.run("DROP TRIGGER cut ON " + table("account"));
  EXPECT_EQ(put_account(*store, 1), 1U);
}

TEST_F(PostgresStore, AChangeThatWasAlteredAfterwardsIsNoticed) {
  const auto store = must_open({.database = database_});
  for (std::uint64_t n = 1; n <= 3; ++n) ASSERT_TRUE(put_account(*store, n));
  const auto last = store->read()->position().value();
  server_.run("UPDATE " + table("change_log") + " SET mark = '\\x00' WHERE revision = 2");
  EXPECT_EQ(store->feed().after({}, 10).error().code, errc::corrupt);
  server_.run("UPDATE " + table("change_log") + " SET mark = '\\x00' WHERE revision = 3");
  EXPECT_EQ(store->feed().after(last, 10)->reload, model::reload_reason::other_history);
}

TEST_F(PostgresStore, NodesOfOneVersionAndTheNextWorkSideBySide) {
  std::vector<std::thread> nodes;
  for (int n = 0; n < 3; ++n) {
    nodes.emplace_back([&] { EXPECT_TRUE(open_postgres_store({.database = database_})); });
  }
  for (auto& n : nodes) n.join();
  server_.run("INSERT INTO " + table("migration") + " VALUES (98, 1); ALTER TABLE " + table("zone")
              + " ADD COLUMN later text");
  const auto store = must_open({.database = database_});
  EXPECT_EQ(put_account(*store, 1), 1U);
  server_.run("INSERT INTO " + table("migration") + " VALUES (99, 99)");
  const auto refused = open_postgres_store({.database = database_}).error();
  EXPECT_EQ(refused.code, errc::malformed);
  EXPECT_TRUE(says(refused, "needs a newer Signpost"));
}

TEST_F(PostgresStore, SettingsAreSealedAtTheirPlace) {
  const auto keys = secret_box::parse(std::string(64, '1')).value();
  const auto store = must_open({.database = database_, .secrets = keys});
  const auto put = [&](std::string_view name, std::string_view value) {
    EXPECT_TRUE(change(*store, [&](control_transaction& t) { return t.put_setting(name, value); }));
  };
  put("one", "first secret");
  put("two", "second secret");
  const auto c = connection::open(database_).value();
  const auto stored = c->run("SELECT value FROM setting WHERE name = 'one'").value();
  EXPECT_EQ(stored.octets(0, 0).find("secret"), std::string_view::npos);
  EXPECT_EQ(store->read()->setting("one"), "first secret");
  // As somebody who may write the database but has no key would do it.
  server_.run("CREATE TABLE " + table("kept") + " AS TABLE " + table("setting"));
  server_.run("UPDATE " + table("setting") + " s SET value = k.value, version = k.version FROM "
              + table("kept") + " k WHERE s.name = 'one' AND k.name = 'two'");
  EXPECT_EQ(store->read()->setting("one").error().code, errc::corrupt);
  put("one", "third secret");
  server_.run("UPDATE " + table("setting") + " s SET value = k.value FROM " + table("kept")
              + " k WHERE s.name = k.name AND k.name = 'one'");
  EXPECT_EQ(store->read()->setting("one").error().code, errc::corrupt) << "an older version";
  EXPECT_EQ(store->read()->setting("two"), "second secret");
  server_.run("UPDATE " + table("setting") + " SET sealed = false, value = 'my own key'");
  EXPECT_EQ(store->read()->setting("two").error().code, errc::corrupt);
  server_.run("UPDATE " + table("setting") + " s SET sealed = true, value = k.value FROM "
              + table("kept") + " k WHERE s.name = k.name AND k.name = 'two'");
  const auto bare = must_open({.database = database_});
  EXPECT_EQ(bare->read()->setting("two").error().code, errc::unavailable);
}

TEST_F(PostgresStore, ItsHealthIsTold) {
  const auto empty = look_at_database(database_).value();
  EXPECT_EQ(empty.schema, 0U);
  EXPECT_TRUE(empty.may_create);
  EXPECT_FALSE(empty.commits_synced) << "the server of the tests does not sync";
  EXPECT_EQ(empty.standbys, 0U);
  EXPECT_EQ(empty.synchronous_standbys, 0U);
  EXPECT_FALSE(empty.version.empty());
  const auto store = must_open({.database = database_});
  EXPECT_EQ(look_at_database(database_)->schema, schema_version);
  const auto none = look_at_database({.url = "host=127.0.0.1 port=1 user=x dbname=x"});
  EXPECT_EQ(none.error().code, errc::unavailable);
  EXPECT_TRUE(says(none.error(), "127.0.0.1")) << "the operator is told where";
}

// What clients of the API are told does not name servers.
TEST_F(PostgresStore, ErrorsDoNotNameTheServer) {
  connection_pool pool({.url = "host=127.0.0.1 port=1 user=x dbname=x"});
  EXPECT_EQ(pool.take().error(),
            (error{errc::unavailable, "the control database cannot be reached"}));
  const auto store = must_open({.database = database_});
}

TEST(PostgresOptions, AreRefusedWithTheFault) {
  const auto why = [](std::string url, std::string schema = "signpost") {
    return check_options({.url = std::move(url), .schema = std::move(schema)});
  };
  EXPECT_TRUE(why("postgresql://signpost@db1,db2/signpost?sslmode=verify-full"));
  EXPECT_TRUE(why("host=/run/postgresql dbname=signpost"));
  EXPECT_TRUE(says(why("postgresql://signpost@db/signpost?sslmod=x").error(), "query parameter"));
  for (const auto* url : {"postgresql://signpost:100%s3cret@db/x", "password=my s3cret",
                          "postgresql://signpost:p@s3cret@localhost/x"}) {
    EXPECT_EQ(why(url).error().code, errc::malformed) << url;
    EXPECT_FALSE(says(why(url).error(), "s3cret")) << why(url).error().context;
  }
  EXPECT_EQ(why("hello").error().code, errc::malformed);
  for (const auto* schema : {"", "Signpost", "a-b", "x; DROP TABLE zone", "1a"}) {
    EXPECT_EQ(why("dbname=x", schema).error().code, errc::malformed) << schema;
  }
  EXPECT_EQ(connection::open({.url = "host=127.0.0.1 port=1 user=x dbname=x"}).error().code,
            errc::unavailable);
}

}  // namespace signpost::storage::postgres

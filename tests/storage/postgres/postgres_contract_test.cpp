// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "storage/postgres/postgres_store.hpp"
#include "tests/model/control/control_contract.hpp"
#include "tests/storage/postgres/postgres_server.hpp"

namespace signpost::test {
namespace {

/// A schema of its own, with the copy in another one.
class postgres_place final : public control_place {
 public:
  ~postgres_place() override {
    server_.run("DROP SCHEMA IF EXISTS " + database_.schema + " CASCADE; DROP SCHEMA IF EXISTS "
                + copy() + " CASCADE");
  }

  std::unique_ptr<model::control_store> open(const control_place_options& options) override {
    auto opened = storage::postgres::open_postgres_store(
        {.database = database_, .change_log_max = options.change_log_max});
    if (!opened) {
      ADD_FAILURE() << to_string(opened.error());
      std::abort();
    }
    return std::move(*opened);
  }
  std::unique_ptr<model::control_store> open_beside() override { return open({}); }

  void keep_copy(model::control_store& /*store*/) override {
    auto sql = "BEGIN ISOLATION LEVEL REPEATABLE READ; CREATE SCHEMA " + copy() + "; ";
    for (const auto* table : tables) {
      sql += "CREATE TABLE " + copy() + "." + table + " AS TABLE " + database_.schema + "." + table
             + "; ";
    }
    server_.run(sql + "COMMIT");
  }
  void put_copy_back() override {
    std::string sql = "BEGIN; ";
    for (const auto* table : tables) {
      const auto whole = database_.schema + "." + table;
      sql += "TRUNCATE " + whole + "; INSERT INTO " + whole + " SELECT * FROM " + copy() + "."
             + table + "; ";
    }
    server_.run(sql + "COMMIT");
  }

 private:
  static constexpr const char* tables[] = {"head", "change_log", "account", "zone",  "rule",
                                           "address", "token", "setting", "usage", "audit"};
  [[nodiscard]] std::string copy() const { return database_.schema + "_copy"; }

  postgres_server& server_ = postgres_server::shared();
  const storage::postgres::connection_options database_ = server_.fresh_schema();
};

const auto* const environment = testing::AddGlobalTestEnvironment(new needs_postgres);

const control_implementation postgres_store{"Postgres", [] {
                                              return std::make_unique<postgres_place>();
                                            }};
INSTANTIATE_TEST_SUITE_P(Postgres, ControlStoreContract, testing::Values(postgres_store), named);
INSTANTIATE_TEST_SUITE_P(Postgres, ControlListContract, testing::Values(postgres_store), named);
INSTANTIATE_TEST_SUITE_P(Postgres, ChangeFeedContract, testing::Values(postgres_store), named);

}  // namespace
}  // namespace signpost::test

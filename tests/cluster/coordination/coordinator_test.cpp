// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "cluster/coordination/postgres_coordinator.hpp"
#include "cluster/coordination/single_coordinator.hpp"
#include "tests/cluster/coordination/coordinator_contract.hpp"
#include "tests/storage/postgres/postgres_server.hpp"

namespace signpost::test {
namespace {

class single_place final : public coordinator_place {
 public:
  std::shared_ptr<cluster::coordinator> reach() override { return only_; }

 private:
  std::shared_ptr<cluster::coordinator> only_ = std::make_shared<cluster::single_coordinator>();
};

class postgres_place final : public coordinator_place {
 public:
  ~postgres_place() override { server_.run("DROP SCHEMA " + database_.schema + " CASCADE"); }
  std::shared_ptr<cluster::coordinator> reach() override {
    auto opened = cluster::postgres_coordinator::open(database_);
    if (!opened) {
      ADD_FAILURE() << to_string(opened.error());
      std::abort();
    }
    return std::move(*opened);
  }

 private:
  postgres_server& server_ = postgres_server::shared();
  const storage::postgres::connection_options database_ = server_.fresh_schema();
};

const auto* const environment = testing::AddGlobalTestEnvironment(new needs_postgres);

const coordinator_implementation single{"Single", [] { return std::make_unique<single_place>(); }};
const coordinator_implementation postgres{"Postgres",
                                          [] { return std::make_unique<postgres_place>(); }};
INSTANTIATE_TEST_SUITE_P(Each, CoordinatorContract, testing::Values(single, postgres),
                         coordinator_named);

}  // namespace

// Renewals stop while the database is away, and go on when it is back.
TEST(PostgresCoordinator, IsAwayAndBack) {
  auto& server = postgres_server::shared();
  auto c = cluster::postgres_coordinator::open(server.fresh_schema()).value();
  const std::string name(32, 'a');
  const auto m = c->enroll(name).value();
  const auto lease = c->begin({.number = m.number, .boot = name, .disk = name}).value();
  const cluster::coordinator::holder who{.name = {m.number, lease.tenure}, .boot = name};
  server.kill();
  EXPECT_EQ(c->renew(who, {}).error().code, errc::unavailable);
  EXPECT_EQ(c->fence(who.name, lease.renewals).error().code, errc::unavailable);
  server.start();
  result<std::uint64_t> renewed = 0;
  for (int i = 0; i < 30; ++i) {
    renewed = c->renew(who, {});
    if (renewed) break;
    server.pause(milliseconds(100));
  }
  ASSERT_TRUE(renewed.has_value()) << to_string(renewed.error());
  EXPECT_EQ(*renewed, lease.renewals + 1);
}

}  // namespace signpost::test

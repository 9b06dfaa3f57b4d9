// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The coordinator in the control database. Each method is one statement, which PostgreSQL commits
// by itself: there is no transaction that a node could leave open, and no lock that outlives it.
// Nothing asks the database what time it is.
//
//     SP_TRY(const auto c, postgres_coordinator::open({.url = "postgresql:///signpost"}));
//
// Every method fails with errc::unavailable while the database is away; `renew` may then have been
// done or not, which the next one shows.
//
// Threads: all from any.
#pragma once

#include <memory>

#include "cluster/coordinator.hpp"
#include "storage/postgres/connection_pool.hpp"

namespace signpost::cluster {

class postgres_coordinator final : public coordinator {
 public:
  /// Connects, and creates or upgrades the tables; fails as these do.
  static result<std::unique_ptr<postgres_coordinator>> open(
      storage::postgres::connection_options options);

  result<member> enroll(std::string_view node) override;
  result<node_lease> begin(const beginning& b) override;
  result<std::uint64_t> renew(const holder& who, const node_facts& facts) override;
  result<bool> fence(const tenure_name& whose, std::uint64_t renewals_seen) override;
  result<void> restore_fences(const std::vector<tenure_name>& fences) override;
  result<std::vector<tenure_name>> fences() override;
  result<void> remove(std::uint16_t number) override;
  result<std::vector<member>> members() override;
  result<leadership> lead(std::string_view task, const tenure_name& who) override;
  result<void> resign(std::string_view task, const tenure_name& who) override;

 private:
  explicit postgres_coordinator(storage::postgres::connection_options options)
      : pool_(std::move(options)) {}
  result<storage::postgres::rows> run(const storage::postgres::statement& s);
  result<member> member_where(std::string_view column, storage::postgres::parameter value);

  storage::postgres::connection_pool pool_;
};

}  // namespace signpost::cluster

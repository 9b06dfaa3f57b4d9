// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The control plane's store in PostgreSQL, which several nodes share.
//
//     SP_TRY(const auto store, open_postgres_store({.database = {.url = url}}));
//
// A change is one transaction: it locks the row `head`, which has the last revision, writes
// objects, audit entries and its own record, and commits. So changes follow one another, whichever
// node makes them, without gaps; one that does not get the lock in time fails with
// errc::unavailable.
//
// A reader is a transaction that sees one moment; it must ask its next question within
// `connection_options::idle_timeout`, or the server ends it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/control/control_store.hpp"
#include "storage/control/control_history.hpp"
#include "storage/postgres/connection.hpp"
#include "storage/postgres/secret_box.hpp"

namespace signpost::storage::postgres {

struct postgres_store_options {
  connection_options database;
  /// How many changes the change feed can return at least.
  std::uint64_t change_log_max = 1'000'000;
  /// Seals what nodes keep secret; not set: it is stored as it is.
  std::optional<secret_box> secrets = {};
  /// Stamps changes; nullptr = the machine's.
  const clock* time = nullptr;
};

/// Connects, and creates or upgrades the tables. As `connection::open` and `migrate` fail. No
/// reader may outlive the store.
result<std::unique_ptr<model::control_store>> open_postgres_store(postgres_store_options options);

/// As the function of this name for RocksDB (storage/control/control_history.hpp).
result<std::unique_ptr<control_history>> begin_history(model::control_store& store);

}  // namespace signpost::storage::postgres

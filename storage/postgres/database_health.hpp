// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an operator should know about a control database before its first failover.
//
// Threads: functions of their arguments; they block as `connection` does.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "storage/postgres/connection.hpp"

namespace signpost::storage::postgres {

struct database_health {
  std::string version;        ///< as PostgreSQL says it: `15.18`
  std::uint64_t schema = 0;   ///< the version of our tables; 0: there are none yet
  bool may_create = false;    ///< the role may create our tables
  bool commits_synced = true;  ///< false: changes that were answered can be lost in a crash
  std::uint64_t standbys = 0;
  std::uint64_t synchronous_standbys = 0;
};

/// errc::unavailable, errc::denied, errc::malformed as `connection::open`, with libpq's words.
result<database_health> look_at_database(const connection_options& options);

}  // namespace signpost::storage::postgres

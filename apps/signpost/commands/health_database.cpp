// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/signpost/commands/health_checks.hpp"
#include "apps/signpost/terminal/display_text.hpp"
#include "base/text.hpp"
#include "storage/postgres/database_health.hpp"
#include "storage/postgres/secret_box.hpp"

namespace signpost::cli {
namespace {

constexpr const char* check_name = "control database";

void add_safety(findings& out, const storage::postgres::database_health& about) {
  if (!about.commits_synced) {
    out.push_back({health::fail, check_name,
                   "it does not sync its commits: changes that were answered can be lost",
                   "set fsync and synchronous_commit to on in postgresql.conf"});
  }
  if (about.standbys == 0) {
    out.push_back({health::warn, check_name, "no standby is connected to it",
                   "without one, changes are refused for as long as its machine is away"});
  } else if (about.synchronous_standbys == 0) {
    out.push_back({health::warn, check_name,
                   fmt::format("{}, none of them synchronous: a failover can lose the last changes",
                               count_of(about.standbys, "standby")),
                   "set synchronous_standby_names in postgresql.conf"});
  }
}

}  // namespace

findings check_control_database(const daemon_settings& s) {
  findings out;
  if (!s.api.from_store() || !s.control.in_postgres()) return out;
  if (s.control.secret_file.empty()) {
    out.push_back({health::warn, check_name,
                   "secrets are readable by whoever can read the database or its backups",
                   "set cluster.secret_file on all nodes; `openssl rand -hex 32` makes a key"});
  } else if (const auto box = storage::postgres::secret_box::load(s.control.secret_file); !box) {
    out.push_back({health::fail, "cluster.secret_file", printable(box.error().context),
                   "the same file belongs on all nodes, readable by the node's user alone"});
  }
  const auto about = storage::postgres::look_at_database(
      {.url = s.control.database_url, .schema = s.control.database_schema});
  if (!about) {
    out.push_back({health::fail, check_name, printable(about.error().context),
                   "mail goes on by this node's copy; check control.database_url, the server, and "
                   "its pg_hba.conf"});
    return out;
  }
  add_safety(out, *about);
  if (about->schema == 0 && !about->may_create) {
    out.push_back({health::fail, check_name, "the role may not create Signpost's tables",
                   fmt::format("CREATE SCHEMA {} AUTHORIZATION its role, as a superuser",
                               s.control.database_schema)});
    return out;
  }
  const auto text = fmt::format("PostgreSQL {} answers and takes changes", about->version);
  out.push_back({health::ok, check_name, printable(text)});
  return out;
}

}  // namespace signpost::cli

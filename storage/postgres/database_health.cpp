// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/database_health.hpp"

namespace signpost::storage::postgres {

result<database_health> look_at_database(const connection_options& options) {
  SP_TRY(const auto c, connection::open(options));
  statement s("SELECT current_setting('server_version'), current_setting('synchronous_commit') <> "
              "'off' AND current_setting('fsync') = 'on', "
              "has_database_privilege(current_database(), 'CREATE') OR "
              "coalesce(has_schema_privilege(to_regnamespace(");
  s.bind(text(options.schema)).add(")::oid, 'CREATE'), false), to_regclass(");
  s.bind(text(options.schema + ".migration")).add(") IS NOT NULL");
  SP_TRY(const auto about, c->run(s));
  database_health health;
  health.version = about.octets(0, 0);
  health.commits_synced = about.flag(0, 1);
  health.may_create = about.flag(0, 2);
  if (about.flag(0, 3)) {
    SP_TRY(const auto version, c->run("SELECT max(version) FROM migration"));
    health.schema = version.number(0, 0);
  }
  // Who waits for a standby sets it; which of them it is may be hidden from this role.
  SP_TRY(const auto standbys,
         c->run("SELECT count(*), CASE WHEN current_setting('synchronous_standby_names') = '' OR "
                "current_setting('synchronous_commit') IN ('off', 'local') THEN 0 ELSE count(*) "
                "END FROM pg_stat_replication"));
  health.standbys = standbys.number(0, 0);
  health.synchronous_standbys = standbys.number(0, 1);
  return health;
}

}  // namespace signpost::storage::postgres

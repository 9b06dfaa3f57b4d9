// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/control_settings.hpp"

#include "storage/postgres/connection.hpp"

namespace signpost {

void declare_settings(settings_table& t, control_settings& s) {
  t.add("control.store", s.store,
        {.help = "Where the setup is kept if config.source is store. rocksdb: in the data "
                 "directory of this node. postgres: in control.database_url, which several nodes "
                 "may share; mail goes on by a copy in the data directory while it is away."});
  t.add("control.database_url", s.database_url,
        {.help = "The PostgreSQL database, as libpq takes it: "
                 "\"postgresql://signpost@db1,db2/signpost?sslmode=verify-full\". The server "
                 "itself, not a connection pooler. Keep the password in a file of mode 0600 and "
                 "name it with passfile=PATH. See docs/operating/control-database.md."});
  t.add("control.database_schema", s.database_schema,
        {.help = "The schema with Signpost's tables; it is created at the first start."});
  t.add("cluster.secret_file", s.secret_file,
        {.help = "The file with the keys under which secrets are kept in the control database, the "
                 "same on all nodes: one key of 64 hexadecimal digits per line. The first seals, "
                 "all of them open. Empty: secrets are stored as they are."});
}

void check(const control_settings& s, std::vector<std::string>& faults) {
  if (s.store != "rocksdb" && s.store != "postgres") {
    faults.emplace_back("control.store: must be rocksdb or postgres");
  }
  if (!s.in_postgres()) return;
  if (s.database_url.empty()) {
    faults.emplace_back("control.database_url: required if control.store is postgres, for example "
                        "postgresql://signpost@db/signpost");
    return;
  }
  const auto fine = storage::postgres::check_options(
      {.url = s.database_url, .schema = s.database_schema});
  if (!fine) faults.push_back("control.database_url: " + fine.error().context);
}

}  // namespace signpost

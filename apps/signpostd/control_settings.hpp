// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an operator can set about where the setup is kept, if config.source is `store`: in a
// database of this node's own, or in PostgreSQL, which several nodes share.
//
// Threads: values and functions of their arguments.
#pragma once

#include <string>
#include <vector>

#include "base/settings.hpp"

namespace signpost {

struct control_settings {
  std::string store = "rocksdb";  ///< `rocksdb` or `postgres`
  std::string database_url;
  std::string database_schema = "signpost";
  std::string secret_file;  ///< empty: what nodes keep secret is stored as it is

  [[nodiscard]] bool in_postgres() const { return store == "postgres"; }
};

void declare_settings(settings_table& table, control_settings& s);
/// Adds what is wrong, each naming the setting.
void check(const control_settings& s, std::vector<std::string>& faults);

}  // namespace signpost

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How a copy becomes what the control database is: by what changes have touched, or by comparing
// everything. For the files of storage/ only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "model/control/control_store.hpp"
#include "storage/postgres/postgres_queries.hpp"

namespace signpost::storage {

/// Threads: one at a time. `copy` and `time` must outlive it.
class replica_copy {
 public:
  replica_copy(model::control_store& copy, const clock& time) : copy_(copy), time_(time) {}

  /// The position in the history of the database; nothing if it was not read completely.
  result<std::optional<model::feed_position>> position() const;
  /// Reads these objects (postgres_queries::touched_since) and writes them, in one change.
  /// errc::conflict, errc::not_found: they do not fit what the copy has; everything has to be read.
  result<void> take(const postgres::postgres_queries& from, const std::vector<std::string>& names,
                    const model::feed_position& position);
  /// Compares everything, in several changes; the copy keeps what is the same.
  result<void> take_all(const postgres::postgres_queries& from,
                        const model::feed_position& position);

 private:
  using work = std::function<result<void>(model::control_transaction&)>;
  result<void> write(const work& what);
  result<void> begin_reload();
  result<void> remove_gone_zones(const postgres::postgres_queries& from);
  result<void> take_accounts(const postgres::postgres_queries& from);
  result<void> take_account(const postgres::postgres_queries& from, const model::account& account);
  result<void> take_tokens(const postgres::postgres_queries& from, std::string_view account);
  result<void> take_zones(const postgres::postgres_queries& from);
  result<void> remove_gone_accounts(const postgres::postgres_queries& from);

  model::control_store& copy_;
  const clock& time_;
  system_random random_;
};

}  // namespace signpost::storage

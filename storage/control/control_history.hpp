// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A whole setup as it goes from one store into another, empty one: with its ids, its audit log, its
// revisions and their marks, so that readers of the change feed can go on where they were.
//
//     SP_TRY(const auto to, begin_history(*store));
//     SP_TRY(const auto moved, copy_history(*from.read(), from.feed(), *to));
//
// *Not moved:* counts of limits over days, which begin again. Changes that the source no longer
// lists are not listed by the other store either.
//
// Threads: one.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/control/control_store.hpp"

namespace signpost::storage {

/// Takes everything, and makes it visible at once. Destroyed without `finish`: nothing happened.
/// After an error it can only be destroyed.
class control_history {
 public:
  virtual ~control_history() = default;
  virtual result<void> add(const model::account& account) = 0;
  virtual result<void> add(const model::destination_address& address) = 0;
  virtual result<void> add(const model::api_token& token) = 0;
  /// Its account has been added before.
  virtual result<void> add(const model::zone_object& zone,
                           const std::vector<model::rule_object>& rules) = 0;
  virtual result<void> add_setting(std::string_view name, std::string_view value) = 0;
  /// `place`: what distinguishes the entries of one millisecond (control_schema::audit_order).
  virtual result<void> add(const model::audit_entry& entry, std::string_view place) = 0;
  /// In order, the last one being that of the position.
  virtual result<void> add(const model::change_record& change) = 0;
  virtual result<void> finish(const model::feed_position& last) = 0;
};

struct history_counts {
  model::control_totals totals;
  std::uint64_t addresses = 0;
  std::uint64_t tokens = 0;
  std::uint64_t audit_entries = 0;
  std::uint64_t changes = 0;
  std::uint64_t revision = 0;
};

/// Everything that the reader sees; nothing may be changed meanwhile. Ends with `finish`.
result<history_counts> copy_history(const model::control_reader& from,
                                    const model::change_feed& feed, control_history& to);

/// Of a store in RocksDB. errc::conflict: it is not empty; errc::unavailable: it is another kind of
/// store. `store` must outlive it.
result<std::unique_ptr<control_history>> begin_history(model::control_store& store);

}  // namespace signpost::storage

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One change in the making, over a batch that several changes may share.
#pragma once

#include <rocksdb/utilities/write_batch_with_index.h>

#include <set>
#include <string>
#include <vector>

#include "storage/control/control_queries.hpp"
#include "storage/control/control_rows.hpp"

namespace signpost::storage {

/// As `model::control_transaction` says. Threads: one.
class control_writing final : public control_reading<model::control_transaction, control_queries> {
 public:
  /// Zones that a change names; with more it says all_zones.
  static constexpr std::size_t zones_named_max = 10'000;

  /// `batch` must outlive it; `revision` is the one that this change will have.
  control_writing(const control_database& database, rocksdb::WriteBatchWithIndex& batch,
                  std::uint64_t revision);

  result<void> put(const model::account& account) override;
  result<void> remove_account(std::string_view id) override;
  result<void> put(const model::zone_object& zone) override;
  result<void> remove_zone(std::string_view id) override;
  result<void> put(const model::rule_object& rule) override;
  result<void> remove_rule(std::string_view zone, std::string_view id) override;
  result<void> put(const model::destination_address& address) override;
  result<void> remove_address(std::string_view account, std::string_view id) override;
  result<void> put(const model::api_token& token) override;
  result<void> remove_token(std::string_view id) override;
  result<void> put_setting(std::string_view name, std::string_view value) override;
  result<void> put_usage(std::string_view name, const model::usage_count& usage) override;
  void audit(model::audit_entry entry) override { entries_.push_back(std::move(entry)); }

  /// Adds revision, change record and audit entries to the batch; what the change was, with
  /// revision 0 if nothing was written. errc::malformed: no audit entry, or a bad one.
  result<model::change_record> finish(wall_time now);

 private:
  /// errc::conflict if somebody but `owner` (packed) has a unique key of these.
  result<void> check_unique(const control_rows& rows, std::string_view owner) const;
  /// Writes `rows` and removes those of `old` that are not among them.
  result<void> replace(const control_rows& old, const control_rows& rows);
  result<void> add_to(const std::string& counter, std::int64_t by);
  result<void> count_rule(std::string_view account, std::string_view zone, std::int64_t by);
  result<void> require_account(std::string_view id) const;
  /// The zones whose rules forward to this address.
  result<void> touch_users_of(const model::destination_address& address);
  void touch(std::string zone);
  result<void> write_audit();

  rocksdb::ColumnFamilyHandle* of(control_schema::family f) const { return database_.of(f); }

  const control_database& database_;
  rocksdb::WriteBatchWithIndex& batch_;
  const std::uint64_t revision_;
  bool wrote_ = false;
  std::set<std::string, std::less<>> touched_;
  bool all_touched_ = false;
  std::vector<model::audit_entry> entries_;
};

/// What `finish` and imports write for a change in addition to its objects and audit entries.
control_rows rows_of(const model::change_record& change);

}  // namespace signpost::storage

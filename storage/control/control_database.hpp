// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The RocksDB of the control plane with the column families of control_schema.hpp, and views of it:
// as it was at one moment, or as it would be after a batch that is not yet written.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/utilities/write_batch_with_index.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "storage/control/control_schema.hpp"
#include "storage/control/control_store.hpp"

namespace signpost::storage {

/// Threads: any, as RocksDB itself.
class control_database {
 public:
  /// Opens or creates, and brings the schema up to date. Fails as `open_control_store` does.
  /// `log_sizes_hold` is as in `database_extras`.
  static result<std::unique_ptr<control_database>> open(const control_store_options& options,
                                                        bool log_sizes_hold = true);
  /// Closes. No view may be alive.
  ~control_database();
  control_database(const control_database&) = delete;
  control_database& operator=(const control_database&) = delete;

  [[nodiscard]] rocksdb::DB& db() const { return *db_; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* of(control_schema::family f) const {
    return handles_[static_cast<std::size_t>(f)];
  }

 private:
  control_database() = default;
  result<void> upgrade();

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::string path_;
};

/// The keys of one family that begin with a prefix, in order or against it.
class control_scan {
 public:
  control_scan(std::string prefix, std::unique_ptr<rocksdb::Iterator> iterator)
      : prefix_(std::move(prefix)), iterator_(std::move(iterator)) {}

  void to_first() { iterator_->Seek(prefix_); }
  void to_last();
  /// To the first key that is not less than the prefix followed by `tail`.
  void seek(std::string_view tail) { iterator_->Seek(prefix_ + std::string(tail)); }
  /// To the last key that is less than that.
  void seek_before(std::string_view tail);
  void next() { iterator_->Next(); }
  void previous() { iterator_->Prev(); }
  [[nodiscard]] bool valid() const {
    return iterator_->Valid() && whole_key().starts_with(prefix_);
  }
  /// What follows the prefix.
  [[nodiscard]] std::string_view tail() const { return whole_key().substr(prefix_.size()); }
  [[nodiscard]] std::string_view value() const { return iterator_->value().ToStringView(); }
  /// Why the scan ended: no error, errc::corrupt or errc::unavailable.
  [[nodiscard]] result<void> finish() const;

 private:
  [[nodiscard]] std::string_view whole_key() const { return iterator_->key().ToStringView(); }

  std::string prefix_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

/// Threads: one at a time.
class control_view {
 public:
  using family = control_schema::family;

  /// The state of now, for as long as the view lives.
  static control_view snapshot(const control_database& database);
  /// The state after `batch` is written; it must outlive the view.
  control_view(const control_database& database, rocksdb::WriteBatchWithIndex& batch);

  /// The value, or nothing if the key does not exist.
  [[nodiscard]] result<std::optional<std::string>> get(family f, std::string_view key) const;
  /// Has no position at first. Empty `prefix`: the whole family.
  [[nodiscard]] control_scan scan(family f, std::string prefix) const;
  /// A be64; 0 if the key does not exist.
  [[nodiscard]] result<std::uint64_t> number(family f, std::string_view key) const;

 private:
  explicit control_view(const control_database& database) : database_(&database) {}

  using snapshot_ptr =
      std::unique_ptr<const rocksdb::Snapshot, std::function<void(const rocksdb::Snapshot*)>>;
  const control_database* database_;
  rocksdb::WriteBatchWithIndex* batch_ = nullptr;
  snapshot_ptr snapshot_;
};

}  // namespace signpost::storage

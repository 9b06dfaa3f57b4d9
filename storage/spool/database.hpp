// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One open RocksDB with the column families of the schema, and bounded scans over it.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "storage/spool/schema.hpp"
#include "storage/spool/spool_options.hpp"

namespace signpost::storage {

/// Makes the kernel drop its cache of a file, so that the next read comes from the disk.
void forget_cached_file(const std::string& path);

/// Records that stored data turned out to be damaged. Threads: any.
class damage_flag {
 public:
  /// The first one counts.
  void raise(const std::string& why);
  /// Empty: no damage is known.
  [[nodiscard]] std::string why() const;

 private:
  std::atomic<bool> raised_{false};
  mutable std::mutex mutex_;
  std::string why_;  // guarded by mutex_
};

/// What is known about the database before it is opened.
struct database_extras {
  /// False: the write-ahead log was repaired, and its files no longer have the length stated in the
  /// MANIFEST.
  bool log_sizes_hold = true;
  std::vector<std::shared_ptr<rocksdb::EventListener>> listeners = {};
};

/// Threads: any, as RocksDB itself.
class database {
 public:
  /// Opens or creates; fails as `spool::open` does, except for the schema, which is not checked.
  static result<std::unique_ptr<database>> open(const spool_options& options,
                                                const database_extras& extras = {});
  /// Closes. No scan may be alive.
  ~database();
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  [[nodiscard]] rocksdb::DB& db() const { return *db_; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* of(schema::family f) const {
    return handles_[static_cast<std::size_t>(f)];
  }
  /// Those of the schema, without an old log.
  [[nodiscard]] const std::vector<rocksdb::ColumnFamilyHandle*>& families() const {
    return handles_;
  }
  /// The value, or nothing if the key does not exist.
  [[nodiscard]] result<std::optional<std::string>> get(schema::family f,
                                                       std::string_view key) const;
  /// The result of `read`; if that is errc::corrupt, its result when reading from the disk itself.
  /// A
  /// database whose folder is missing (unmounted, for example) is errc::unavailable.
  template <typename Read>
  [[nodiscard]] auto read_surely(Read read) const -> decltype(read()) {
    auto first = read();
    if (first || first.error().code != errc::corrupt) return first;
    forget_cached();
    auto second = read();
    if (!second && second.error().code == errc::corrupt && !is_there()) {
      second.error().code = errc::unavailable;
    }
    return second;
  }
  /// A be64 of `meta`.
  [[nodiscard]] result<std::optional<std::uint64_t>> meta_number(std::string_view key) const;
  result<void> put_meta_number(std::string_view key, std::uint64_t value);
  /// The family in which spools up to version 3 had their log; nullptr if it does not exist.
  [[nodiscard]] rocksdb::ColumnFamilyHandle* old_log() const { return old_log_; }
  result<void> drop_old_log();
  /// Raised when a row cannot be read, or a file cannot be rewritten for that reason.
  [[nodiscard]] damage_flag& damage() const { return *damage_; }
  /// Raises it if an error of reading the family is about a sorted file: any other damage concerns
  /// a single message.
  void note_damage(schema::family f, const error& met) const;

 private:
  database() = default;
  /// Makes the kernel drop its cache of our files, unless it did so shortly before.
  void forget_cached() const;
  [[nodiscard]] bool is_there() const;

  const std::unique_ptr<damage_flag> damage_ = std::make_unique<damage_flag>();
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  rocksdb::ColumnFamilyHandle* old_log_ = nullptr;
  std::string path_;
  mutable std::atomic<std::int64_t> forgot_at_{0};  ///< of the steady clock; 0 = never
};

/// True if there was a database and its file CURRENT is missing. RocksDB would take the folder for
/// an empty one and remove everything in it.
bool lacks_current(const std::string& path);

/// The keys of one family from `lower` up to, but without, `upper`, in order. Both bounds are
/// always set: otherwise RocksDB would skip the tombstones of everything beyond.
class range_scan {
 public:
  range_scan(const database& database, schema::family family, std::string lower, std::string upper);
  range_scan(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string lower,
             std::string upper);
  range_scan(const range_scan&) = delete;
  range_scan& operator=(const range_scan&) = delete;

  [[nodiscard]] bool valid() const { return iterator_->Valid(); }
  void next() { iterator_->Next(); }
  [[nodiscard]] std::string_view key() const { return iterator_->key().ToStringView(); }
  [[nodiscard]] std::string_view value() const { return iterator_->value().ToStringView(); }
  /// Why the scan ended: no error, errc::corrupt or errc::unavailable.
  [[nodiscard]] result<void> finish() const;
  [[nodiscard]] rocksdb::Status status() const { return iterator_->status(); }

 private:
  std::string lower_;
  std::string upper_;
  rocksdb::Slice lower_slice_;
  rocksdb::Slice upper_slice_;
  const database* database_ = nullptr;  ///< notified of damage; nullptr: nobody
  schema::family family_{};
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

/// Greater than every key of `body`, `env`, `rcpt` and `sched`: they begin with a time that is far
/// from all ones.
inline std::string end_of_keys() {
  return std::string(8, '\xFF');
}

}  // namespace signpost::storage

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A scan that continues after unreadable data, and reports where that was.
//
//     skipping_scan scan(db, family, lower, upper);
//     for (; scan.valid(); scan.next()) use(scan.key(), scan.value());
//     for (const auto& gap : scan.gaps()) tell(gap.behind, gap.before);
//
// RocksDB ends a scan at the first block with a wrong checksum. It does not report where the next
// one begins, only whether it can be read from a given key on: the end of the gap is searched for
// between keys, taken as numbers.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::storage {

/// Keys that could not be read: greater than `behind` (or equal, if nothing was read before) and
/// smaller than `before`.
struct key_gap {
  std::string behind;
  std::string before;
  std::string reason;
};

/// How many gaps of one scan are listed; further ones are only counted.
inline constexpr std::size_t listed_gaps_max = 1000;

/// Threads: one.
class skipping_scan {
 public:
  /// The keys from `lower` up to, but without, `upper`.
  skipping_scan(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string lower,
                std::string upper);
  skipping_scan(const skipping_scan&) = delete;
  skipping_scan& operator=(const skipping_scan&) = delete;

  [[nodiscard]] bool valid() const { return iterator_->Valid(); }
  void next();
  [[nodiscard]] std::string_view key() const { return iterator_->key().ToStringView(); }
  [[nodiscard]] std::string_view value() const { return iterator_->value().ToStringView(); }
  [[nodiscard]] const std::vector<key_gap>& gaps() const { return gaps_; }
  [[nodiscard]] std::uint64_t gap_count() const { return gap_count_; }

 private:
  /// Moves past unreadable data, if the iterator is before it.
  void step_over(const std::string& from);
  [[nodiscard]] bool can_read_from(const std::string& key);
  std::string find_end_of_gap(const std::string& from);

  std::string lower_;
  std::string upper_;
  rocksdb::Slice lower_slice_;
  rocksdb::Slice upper_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  std::vector<key_gap> gaps_;
  std::uint64_t gap_count_ = 0;
};

}  // namespace signpost::storage

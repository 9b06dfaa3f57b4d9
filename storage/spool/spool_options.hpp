// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of a spool. Separate from spool.hpp, so that code that only configures it need not
// know its contents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "storage/format/volume.hpp"

namespace rocksdb {
class Env;
}

namespace signpost::storage {

struct spool_options {
  std::string path;
  /// Writes that stall longer than this fail with errc::unavailable; one that does not return at
  /// all makes the store `failed` after this time.
  milliseconds commit_deadline = std::chrono::seconds(30);
  /// Accepting stops (errc::no_space) while less than this is free on the disk, and every change
  /// while less than half of it is, or less than `memory_octets` if that is smaller.
  std::uint64_t free_octets_min = 256ULL << 20;
  /// Maximum octets of the write-ahead log; 0 = four times `memory_octets`.
  std::uint64_t wal_octets_max = 0;
  /// Octets reserved for emergencies (space_reserve.hpp) in `<path>.reserve`; 0 = none.
  std::uint64_t reserve_octets = 0;
  /// A disk that has space again but still refuses writes for this time has failed.
  milliseconds full_deadline = std::chrono::seconds(30);
  /// Dead data is released to the disk when nothing has been written for this time.
  milliseconds idle_after = std::chrono::seconds(10);
  /// Where the activity log is; empty = beside the spool, see `activity_path_of`.
  std::string activity_path = {};
  /// How often the activity log is synced: how much of it a power cut can cost.
  milliseconds log_sync_interval = std::chrono::seconds(1);
  /// Approximate octets of the activity log's files, above which its oldest events are removed. 0 =
  /// no limit.
  std::uint64_t log_octets_max = 0;
  /// How long the activity log is kept.
  milliseconds log_retention = std::chrono::hours(24 * 31);
  /// In every id (cluster/membership.hpp): no two disks may have had the same pair.
  std::uint16_t node = 1;
  std::uint32_t incarnation = 0;  ///< 24 bits
  /// False only for tests that measure: commits are then not durable and receipts prove nothing.
  bool sync = true;
  /// Tests put a file system here that loses unsynced bytes or injects errors; otherwise nullptr.
  rocksdb::Env* env = nullptr;
  /// Tests check a volume of their own, and at every change; not set: the disk, from time to time.
  volume_look look_at_volume = {};
  /// Octets of all write buffers. Read caches take a quarter of that in addition.
  std::size_t memory_octets = 64U << 20;
  /// Files that RocksDB keeps open; it writes a few more.
  std::size_t open_files_max = 512;
  /// The loss that the operator has accepted, as it was reported when it was found; empty = none.
  std::string accept_loss = {};
  /// How many accepted or ended messages are remembered by name outside the database.
  std::size_t record_entries = 131'072;
  /// The speed at which live data is read to check that it is readable; 0 = never.
  std::uint64_t scrub_octets_per_second = 0;
  milliseconds scrub_interval = std::chrono::hours(24);
  /// The clock for the log's age; nullptr = the machine's.
  const clock* time = nullptr;
};

/// The folder of the reserve.
inline std::string reserve_path_of(const spool_options& options) {
  return options.path + ".reserve";
}

/// `<path>-activity` unless the options name another.
std::string activity_path_of(const spool_options& options);

}  // namespace signpost::storage

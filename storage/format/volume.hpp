// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The file system that a store is on: how much room it has, and how large logs, buffers and reserve
// may be there.
//
// Threads: any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace signpost::storage {

struct volume_state {
  std::optional<std::uint64_t> octets = {};  ///< of the whole file system; nothing: unknown
  /// Available to everybody. The file system's reserve for root is not counted, even if we are
  /// root, because it is needed to repair a full disk. (RocksDB's GetFreeSpace would count it.)
  std::optional<std::uint64_t> free_octets = {};
  std::optional<std::uint64_t> files = {};  ///< inodes; nothing: no fixed number
  std::optional<std::uint64_t> free_files = {};
  bool read_only = false;
};

/// For the file system that contains `path`, or the nearest existing folder above it.
volume_state look_at_volume(const std::string& path);

using volume_look = std::function<volume_state(const std::string&)>;

/// How often a store that is written to checks its volume. statvfs(2) costs a microsecond on a
/// local disk, a round trip on a remote one: too much for each commit. In this time, a
/// disk that writes a gigabyte per second fills 10 MiB, and writing stops while more than that is
/// left (`spool_options::free_octets_min`).
inline constexpr milliseconds volume_look_every{10};

/// What a store knows about its volume.
class volume_watch {
 public:
  /// `look` not set: look_at_volume().
  volume_watch(std::string path, volume_look look, milliseconds every);

  /// What was found within the last `every`, or now.
  volume_state look();
  volume_state look_now();

 private:
  const std::string path_;
  const volume_look look_;
  const milliseconds every_;
  std::mutex mutex_;
  volume_state seen_;                                            // guarded by mutex_
  std::optional<std::chrono::steady_clock::time_point> seen_at_;  // guarded by mutex_
};

/// For a store: every `volume_look_every`, or each time if tests set `look`.
volume_watch watch_volume(std::string path, volume_look look);

/// With fewer inodes free no mail is accepted.
std::uint64_t files_low(const volume_state& volume);
/// With fewer than these nothing is written: RocksDB must not run into the limit.
std::uint64_t files_none(const volume_state& volume);

/// Suitable values for a volume of a given size; on 4 GiB and more the largest of each except the
/// log's.
struct volume_plan {
  std::size_t memory_octets = 0;      ///< write buffers of the spool: what a flush writes at most
  std::uint64_t wal_octets_max = 0;   ///< write-ahead log of the spool
  std::uint64_t free_octets_min = 0;  ///< with less, no mail is accepted
  std::uint64_t reserve_octets = 0;   ///< see space_reserve.hpp
  std::uint64_t log_octets_max = 0;   ///< files of the activity log
};
volume_plan plan_for_volume(std::optional<std::uint64_t> octets);

/// Octets of the write-ahead log of the database in `folder`.
std::uint64_t wal_octets(const std::string& folder);

/// Why the databases in `folders` cannot be opened yet, for human readers; empty: they can. Opening
/// writes the contents of their logs to files, and RocksDB may abort if there is no room for that.
std::string why_no_room_to_open(const std::string& data_dir,
                                const std::vector<std::string>& folders);

}  // namespace signpost::storage

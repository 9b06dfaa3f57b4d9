// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Returns dead space to the disk: delivered mail stays in the write-ahead log until the buffers are
// flushed, and in files until they are rewritten, and RocksDB does neither while nothing is
// written.
//
// Threads: `look` from one at a time. Files are rewritten in a separate thread.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace signpost::storage {

struct space_keeper_options {
  std::string folder;  ///< of the database
  /// Nothing written for this time: idle.
  std::chrono::milliseconds idle_after = std::chrono::seconds(10);
  /// The shortest interval between two flushes, or between two rewritings of files.
  std::chrono::milliseconds pause = std::chrono::seconds(30);
  /// A log, or files, of fewer octets are left alone.
  std::uint64_t wal_octets_min = 2U << 20;
  std::uint64_t file_octets_min = 8U << 20;
};

class space_keeper {
 public:
  space_keeper(rocksdb::DB& db, std::vector<rocksdb::ColumnFamilyHandle*> families,
               space_keeper_options options);
  /// Ends a rewriting under way.
  ~space_keeper();
  space_keeper(const space_keeper&) = delete;
  space_keeper& operator=(const space_keeper&) = delete;

  struct situation {
    bool low = false;            ///< space is short
    std::uint64_t writes = 0;    ///< so far: a different number than last time = not idle
    std::uint64_t messages = 0;  ///< what the files have to contain
    std::optional<std::uint64_t> free_octets = {};
  };
  /// Called every second while the database can be written to.
  void look(const situation& now);

 private:
  using steady = std::chrono::steady_clock;

  void flush();
  void rewrite(bool has_room);
  [[nodiscard]] std::uint64_t file_octets() const;
  [[nodiscard]] bool is_mostly_dead(std::uint64_t octets, const situation& now) const;

  rocksdb::DB& db_;
  const std::vector<rocksdb::ColumnFamilyHandle*> families_;
  const space_keeper_options options_;
  std::uint64_t writes_ = 0;
  steady::time_point written_at_ = steady::now();
  std::optional<steady::time_point> flushed_at_;
  std::optional<steady::time_point> rewritten_at_;
  std::chrono::milliseconds rewrite_pause_;
  /// What the files had, and had to contain, when they were last rewritten.
  std::uint64_t octets_then_ = 0;
  std::uint64_t messages_then_ = 0;
  std::uint64_t octets_before_ = 0;
  bool measured_ = false;
  std::atomic<bool> running_{false};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace signpost::storage

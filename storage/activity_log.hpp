// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The log of what happened to the mail, in a RocksDB of its own: nothing that befalls it reaches
// the mail.
//
// Events are written after the commit that they belong to, without a sync: a process that is killed
// loses none, a machine that loses power those of about the last second (`log_sync_interval`). What
// cannot be written is counted and dropped. A log that fails is opened anew now and then; one that
// is damaged is set aside as `<path>.damaged-<seconds>` and another one is begun.
//
// Threads: any; `write` from one at a time. A thread of its own syncs and mends.
// Limits: `damaged_logs_kept` logs that were set aside; a write waits `patience` for a stall;
// `log_octets_max` of files, then the oldest events go.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "storage/activity_space.hpp"
#include "storage/spool.hpp"

namespace signpost::storage {

/// How many logs that were set aside are kept; older ones are removed.
inline constexpr std::size_t damaged_logs_kept = 2;

class activity_log {
 public:
  /// Opens or creates. That cannot fail: without a disk for it, events are counted and dropped.
  explicit activity_log(const spool_options& options);
  /// Syncs and closes. No reader may be under way.
  ~activity_log();
  activity_log(const activity_log&) = delete;
  activity_log& operator=(const activity_log&) = delete;

  /// Writes `batch`, which holds `events` of them.
  void write(rocksdb::WriteBatch& batch, std::uint64_t events);
  /// Counts events that are not to be written, there being no room.
  void drop(std::uint64_t events) { lost_ += events; }

  /// What can be read: rows that are damaged are left out. errc::unavailable without a log.
  result<std::vector<model::activity_event>> timeline(const model::queue_id& id);
  result<std::vector<model::activity_event>> recent_events(std::string_view zone, std::size_t max);
  result<std::vector<model::activity_event>> recent_events_of(const model::zone_scope& owner,
                                                              std::size_t max);
  [[nodiscard]] activity_log_state state() const;
  /// The disk is short of space.
  void set_low(bool low) { low_ = low; }
  /// Copies what is there into `folder`, which must not exist; as `make_checkpoint`.
  /// errc::unavailable without a log.
  result<void> checkpoint(const std::string& folder);

  /// Takes over all rows of `old`, a family of the mail's database in which spools up to version 3
  /// had their log. Goes on where an earlier call ended. What is damaged is left out. On an error
  /// (no room, say) everything has to stay where it is until the next call.
  result<void> take_over(rocksdb::DB& mail, rocksdb::ColumnFamilyHandle* old);

 private:
  using handle = std::shared_ptr<rocksdb::DB>;

  [[nodiscard]] handle current() const;
  /// With an owner, what is its own of what has the zone's name.
  result<std::vector<model::activity_event>> events_of(std::string_view zone,
                                                       const model::zone_scope* owner,
                                                       std::size_t max);
  void open();
  /// What keeps the log from being opened now; ok = nothing. RocksDB may abort on a full disk.
  [[nodiscard]] rocksdb::Status look_for_room() const;
  /// Makes room at our path; false if that failed.
  bool set_aside(const std::string& why);
  void failed(const rocksdb::Status& status);
  void note_damage(const rocksdb::Status& status);
  void run();
  void tend();
  /// True once nobody has the failed log open any more.
  bool let_go();
  void open_again();

  const spool_options options_;
  const std::string path_;
  mutable std::mutex mutex_;
  handle db_;                     // guarded by mutex_
  std::weak_ptr<rocksdb::DB> gone_;
  std::string trouble_;           // guarded by mutex_; empty = well
  bool damaged_ = false;          // guarded by mutex_
  bool stopping_ = false;         // guarded by mutex_
  std::chrono::steady_clock::time_point retry_at_{};
  milliseconds retry_after_;
  std::condition_variable wake_;
  std::atomic<bool> unwell_{false};
  std::atomic<bool> unsynced_{false};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<std::uint64_t> damaged_rows_{0};
  std::atomic<std::uint64_t> set_aside_{0};
  std::atomic<bool> low_{false};
  activity_space space_;  ///< the keeper's
  std::thread keeper_;
};

}  // namespace signpost::storage

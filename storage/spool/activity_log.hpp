// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The log of what happened to mail, in a RocksDB of its own: nothing that befalls it reaches
// the mail.
//
// A commit passes its events on and continues; a thread of the log's own writes them, those of many
// commits at once. A process that is killed loses the events of the last hundredth of a second
// (`log_write_pause`), a machine that loses power those of about the last second
// (`log_sync_interval`). What cannot be written is counted and dropped. A log that fails is
// reopened now and then; one that is damaged is set aside as `<path>.damaged-<seconds>` and another
// one is begun.
//
// Threads: any. Two of its own: one writes, the other one syncs and repairs. Limits:
// `damaged_logs_kept` logs that were set aside; `pending_events_max` events that wait to be
// written, a second at most; `log_octets_max` of files, then the oldest events go.
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

#include "base/result.hpp"
#include "model/control/zone_scope.hpp"
#include "model/queue/activity_event.hpp"
#include "storage/spool/activity_space.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::storage {

/// How many logs that were set aside are kept; older ones are removed.
inline constexpr std::size_t damaged_logs_kept = 2;

/// How many events wait to be written; what comes on top is dropped.
inline constexpr std::size_t pending_events_max = 16'384;
/// How long events wait for others to be written with them.
inline constexpr milliseconds log_write_pause{10};

class activity_log {
 public:
  /// Opens or creates. That cannot fail: without a disk for it, events are counted and dropped.
  explicit activity_log(const spool_options& options);
  /// Writes what waits, syncs and closes. No reader may be under way.
  ~activity_log();
  activity_log(const activity_log&) = delete;
  activity_log& operator=(const activity_log&) = delete;

  /// Takes events to be written; their numbers begin with `first`. Readers see them at once.
  void add(std::vector<model::activity_event> events, std::uint64_t first);
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
  /// had their log. Continues where an earlier call ended. What is damaged is left out. On an error
  /// (no room, say) everything has to stay where it is until the next call.
  result<void> take_over(rocksdb::DB& mail, rocksdb::ColumnFamilyHandle* old);

 private:
  using handle = std::shared_ptr<rocksdb::DB>;

  /// The events of one commit.
  struct recorded {
    std::vector<model::activity_event> events;
    std::uint64_t first = 0;
  };

  [[nodiscard]] handle current() const;
  /// As `current`, with all events in it that were handed over before.
  handle up_to_date();
  void write_pending();
  void write(rocksdb::WriteBatch& batch, std::uint64_t events);
  void run_writer();
  /// With an owner, only those of the zone's name that belong to it.
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

  std::mutex pending_mutex_;
  std::vector<recorded> pending_;     // guarded by pending_mutex_
  std::size_t pending_events_ = 0;    // guarded by pending_mutex_
  bool writer_stops_ = false;         // guarded by pending_mutex_
  std::condition_variable pending_some_;
  std::mutex one_writes_;
  std::thread keeper_;
  std::thread writer_;
};

}  // namespace signpost::storage

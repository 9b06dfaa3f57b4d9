// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The log of what happened to mail, in a separate RocksDB: its failures do not affect mail.
//
// A commit passes its events on and continues; the log's own thread writes them, those of many
// commits together. A process that is killed loses the events of the last hundredth of a second
// (`log_write_pause`), a machine that loses power those of about the last second
// (`log_sync_interval`). Events that cannot be written are counted and dropped. A log that fails is
// reopened from time to time; a damaged one is set aside as `<path>.damaged-<seconds>` and a new
// one is begun.
//
// Threads: any. Two of its own: one writes, the other one syncs and repairs. Limits:
// `damaged_logs_kept` logs that were set aside; `pending_events_max` events that wait to be
// written, for at most a second; `log_octets_max` of files, above which the oldest events are
// removed.
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

/// How many set-aside logs are kept; older ones are removed.
inline constexpr std::size_t damaged_logs_kept = 2;

/// How many events wait to be written; further ones are dropped.
inline constexpr std::size_t pending_events_max = 16'384;
/// How long events wait to be written together with others.
inline constexpr milliseconds log_write_pause{10};

class activity_log {
 public:
  /// Opens or creates. This cannot fail: without a disk, events are counted and dropped.
  explicit activity_log(const spool_options& options);
  /// Writes waiting events, syncs and closes. No reader may be active.
  ~activity_log();
  activity_log(const activity_log&) = delete;
  activity_log& operator=(const activity_log&) = delete;

  /// Accepts events to be written; their numbers begin with `first`. Readers see them immediately.
  void add(std::vector<model::activity_event> events, std::uint64_t first);
  /// Counts events that are not written because there is no room.
  void drop(std::uint64_t events) { lost_ += events; }

  /// What can be read: damaged rows are omitted. errc::unavailable without a log.
  result<std::vector<model::activity_event>> timeline(const model::queue_id& id);
  result<std::vector<model::activity_event>> recent_events(std::string_view zone, std::size_t max);
  result<std::vector<model::activity_event>> recent_events_of(const model::zone_scope& owner,
                                                              std::size_t max);
  [[nodiscard]] activity_log_state state() const;
  /// The disk is short of space.
  void set_low(bool low) { low_ = low; }
  /// Copies the log into `folder`, which must not exist; as `make_checkpoint`.
  /// errc::unavailable without a log.
  result<void> checkpoint(const std::string& folder);

  /// Takes over all rows of `old`, a family of the mail's database in which spools up to version 3
  /// had their log. Continues where an earlier call ended. Damaged rows are omitted. On an error
  /// (no room, for example) everything has to stay where it is until the next call.
  result<void> take_over(rocksdb::DB& mail, rocksdb::ColumnFamilyHandle* old);

 private:
  using handle = std::shared_ptr<rocksdb::DB>;

  /// The events of one commit.
  struct recorded {
    std::vector<model::activity_event> events;
    std::uint64_t first = 0;
  };

  [[nodiscard]] handle current() const;
  /// As `current`, including all events that were handed over before.
  handle up_to_date();
  void write_pending();
  void write(rocksdb::WriteBatch& batch, std::uint64_t events);
  void run_writer();
  /// With an owner, only the events of the zone's name that belong to it.
  result<std::vector<model::activity_event>> events_of(std::string_view zone,
                                                       const model::zone_scope* owner,
                                                       std::size_t max);
  void open();
  /// What keeps the log from being opened now; ok = nothing. RocksDB may abort on a full disk.
  [[nodiscard]] rocksdb::Status look_for_room() const;
  /// Moves the present log out of the way; false if that failed.
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

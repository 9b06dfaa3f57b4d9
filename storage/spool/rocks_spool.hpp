// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The spool over RocksDB. Reading is in spool_reading.cpp, writing in spool.cpp.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "base/call_watch.hpp"
#include "storage/format/volume.hpp"
#include "storage/spool/acknowledger.hpp"
#include "storage/spool/activity_log.hpp"
#include "storage/spool/batch_builder.hpp"
#include "storage/spool/database.hpp"
#include "storage/spool/due_watermark.hpp"
#include "storage/spool/repair/rewrite_guard.hpp"
#include "storage/spool/scrubber.hpp"
#include "storage/spool/space_keeper.hpp"
#include "storage/spool/space_reserve.hpp"
#include "storage/spool/spool.hpp"
#include "storage/spool/totals_counter.hpp"
#include "storage/spool/unreadable_register.hpp"

namespace signpost::storage {

class rocks_spool final : public spool {
 public:
  rocks_spool(const spool_options& options, std::unique_ptr<database> database,
              std::unique_ptr<acknowledger> acknowledger, rewrite_guard guard);

  /// Brings schema, sequence and totals up; call once before anything else. errc::corrupt: rows
  /// cannot be read.
  result<void> start();
  /// After a failed start: closes the database and returns what was found before.
  std::unique_ptr<acknowledger> give_up();
  /// The damage to stored data; empty if none is known. Any thread.
  [[nodiscard]] std::string damage() const { return database_->damage().why(); }

  model::queue_id next_id(wall_time now) override;
  result<std::vector<write_receipt>> commit(change_set changes) override;
  void poll_health() override;
  result<void> copy_to(const std::string& folder) override;

  result<due_page> scan_due(const scan_position& position, wall_time until, std::size_t max,
                            const next_hop_set& leave_out) override;
  result<due_page> scan_origin(std::string_view origin, const scan_position& position,
                               std::size_t max) override;
  result<due_page> scan_next_hop(std::string_view next_hop, const scan_position& position,
                                 wall_time until, std::size_t max) override;
  result<model::message_record> message(const model::queue_id& id) override;
  result<body_ptr> body_of(const model::message_record& record, memory_budget& budget) override;
  result<std::string> body_part(const model::queue_id& id, std::uint64_t part) override;
  result<std::vector<model::envelope>> envelopes(const model::queue_id& id) override;
  result<queue_page> list(const queue_filter& filter, const std::string& from,
                          std::size_t max) override;
  result<std::vector<model::activity_event>> timeline(const model::queue_id& id) override;
  result<std::vector<model::activity_event>> recent_events(std::string_view zone,
                                                           std::size_t max) override;
  result<std::vector<model::activity_event>> recent_events_of(const model::zone_scope& owner,
                                                              std::size_t max) override;
  [[nodiscard]] spool_totals totals() const override { return totals_.current(); }
  [[nodiscard]] spool_health health() const override;
  [[nodiscard]] spool_waits waits() const override {
    return {.write = writing_.oldest(), .read = reading_.oldest()};
  }
  [[nodiscard]] std::string trouble() const override;
  [[nodiscard]] std::uint64_t unaccounted() const override {
    return acknowledger_->gate().unaccounted();
  }
  [[nodiscard]] activity_log_state log_state() const override { return activity_.state(); }
  result<void> note_unreadable(const std::vector<unreadable_recipient>& recipients,
                               wall_time now) override {
    return unreadable_.note(recipients, now);
  }
  [[nodiscard]] scrub_state scrub() const override {
    return scrubber_ ? scrubber_->state() : scrub_state{};
  }
  std::vector<model::queue_id> take_damaged() override;
  /// How often files could not be rewritten because of damage.
  [[nodiscard]] std::uint64_t damage_met() const { return guard_.met(); }
  [[nodiscard]] std::uint64_t unreadable() const override { return unreadable_.messages(); }

 private:
  /// Why writing is impossible, according to the last answer of the disk.
  enum class latch { open, disk_full, failed };

  /// Moves the log of an older version to its present place; later, if that is not possible now.
  void move_old_log();
  result<void> may_commit(const change_set& changes);
  /// Whether there is room for mail, and for anything.
  void judge(const volume_state& volume);
  /// If necessary, records in the batch that sequence numbers up to a new mark are reserved;
  /// returns the mark in force after the write.
  std::uint64_t reserve_sequence(rocksdb::WriteBatch& batch) const;
  /// Writes and syncs; waits out stalls for as long as `patience`.
  result<void> write(rocksdb::WriteBatch& batch, milliseconds patience);
  result<void> write_failed(const rocksdb::Status& status);
  /// Writes something small to find out whether that is possible, and how fast.
  void probe();
  void recover();
  /// After a check of a full disk that is latched: whether it has had room for too long.
  void judge_full_disk();
  void note_duration(milliseconds took);

  /// The envelope named by the last 28 octets of a key of `sched` or `dest`, if it still has that
  /// place in the schedule.
  result<std::optional<model::envelope>> scheduled(std::string_view key);
  /// One broken row must neither delay everyone else's mail nor be forgotten.
  void give_up_row(const schema::row_name& name, const error& why);
  result<std::vector<model::envelope>> read_envelopes(const model::queue_id& id) const;
  /// One value of `body`.
  result<std::string> stored_octets(const model::queue_id& id, std::uint64_t part) const;
  /// Appends the other parts to the first one in `octets`.
  result<void> read_further_parts(const model::queue_id& id, std::uint64_t size,
                                  std::string& octets) const;
  /// True if the row of `sched` under the scan is for a next hop that is to be left out, which is
  /// then recorded in `page`.
  bool is_left_out(const range_scan& row, const next_hop_set& leave_out, due_page& page) const;
  bool matches(const queue_filter& filter, const model::envelope& envelope,
               std::optional<model::message_record>& record);

  const spool_options options_;
  rewrite_guard guard_;
  /// Outlives the database, which notifies it of flushes.
  std::unique_ptr<acknowledger> acknowledger_;
  std::unique_ptr<database> database_;
  activity_log activity_;
  std::unique_ptr<space_keeper> keeper_;  ///< from the end of `start`
  volume_watch volume_;
  space_reserve reserve_;
  unreadable_register unreadable_;
  std::mutex damaged_mutex_;
  std::vector<model::queue_id> damaged_;  // guarded by damaged_mutex_
  std::uint64_t damage_seen_ = 0;         ///< of damage_met()
  std::unique_ptr<scrubber> scrubber_;    ///< from the end of `start`
  std::mutex write_mutex_;
  std::atomic<std::uint64_t> sequence_{1};
  std::uint64_t sequence_reserved_ = 0;
  recent_sizes recent_sizes_;  ///< guarded by write_mutex_
  due_watermark watermark_;
  totals_counter totals_;
  std::atomic<latch> latch_{latch::open};
  std::atomic<bool> low_space_{false};
  std::atomic<bool> no_room_{false};
  std::atomic<bool> slow_{false};
  std::uint64_t writes_ = 0;  ///< so far
  /// Since when a disk with room refuses writes.
  std::optional<std::chrono::steady_clock::time_point> refused_since_;
  bool outlasted_ = false;  ///< it did so for too long; until a write succeeds
  /// Covers a whole commit or check of the disk, because each of their steps may hang: free space,
  /// rows that are read, the write itself.
  call_watch writing_;
  mutable call_watch reading_;  ///< steps of reading: single values, the start of a scan
  mutable std::mutex failure_mutex_;
  std::string failure_;  // guarded by failure_mutex_; of the write that set the latch
  std::string lack_;     // guarded by failure_mutex_; what is short
};

}  // namespace signpost::storage

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The control plane's store over RocksDB: who writes when. For the files of storage/ only.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/call_watch.hpp"
#include "base/clock.hpp"
#include "model/control/control_store.hpp"
#include "storage/control/control_acknowledger.hpp"
#include "storage/control/control_change_feed.hpp"
#include "storage/control/control_database.hpp"

namespace signpost::storage {

/// Callers queue; one of them leads: it runs the work of all who wait, each on top of what the ones
/// before wrote, and writes the outcome of all with one sync.
class control_rocks_store final : public model::control_store {
 public:
  control_rocks_store(control_store_options options, std::unique_ptr<control_database> database,
                      std::unique_ptr<control_acknowledger> acknowledger);

  /// Reads where the last run ended; call once before anything else.
  result<void> start();

  [[nodiscard]] std::unique_ptr<const model::control_reader> read() const override;
  using work_function = std::function<result<void>(model::control_transaction&)>;
  result<std::uint64_t> commit(const work_function& work) override;
  void record_refusal(model::audit_entry entry) override;
  [[nodiscard]] model::change_feed& feed() override { return feed_; }
  result<std::unique_ptr<model::control_import>> begin_import() override;
  /// Copies everything that is committed into `folder`, which must not be there.
  result<void> checkpoint(const std::string& folder);
  result<std::size_t> expire_audit(wall_time before, std::size_t max) override;
  result<std::size_t> expire_refusals(wall_time before, std::size_t max) override;
  result<std::size_t> expire_usage(wall_time before, std::size_t max) override;
  bool is_failed() override;
  [[nodiscard]] milliseconds waited() const override { return writing_.oldest(); }

  [[nodiscard]] std::string trouble() const override;
  [[nodiscard]] std::uint64_t unaccounted() const override {
    return acknowledger_->gate().unaccounted();
  }

  // For the import, which is the only writer while it lives.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  [[nodiscard]] const control_store_options& options() const { return options_; }
  [[nodiscard]] wall_time now() const;
  result<void> may_write();
  /// After a failed write: errc::unavailable until RocksDB writes again.
  result<void> resume();
  void import_committed(const model::change_record& change);
  void import_ended();

 private:
  struct waiting_change {
    const work_function* work;
    bool done = false;
    result<std::uint64_t> outcome = 0;
    model::change_record change{};
  };
  using group = std::vector<waiting_change*>;

  group take_group();
  void run_group(const group& changes);
  /// Runs one change on top of the batch, which is as before if it fails.
  void run_change(waiting_change& change, rocksdb::WriteBatchWithIndex& batch,
                  std::uint64_t revision);
  result<void> write(rocksdb::WriteBatch& batch, bool sync);
  /// What waits for the operator's word; empty: nothing does.
  [[nodiscard]] std::string missing() const;
  void write_refusals(std::vector<model::audit_entry> entries);
  /// Removes the audit entry at which the scan of all of them is.
  result<void> remove_entry(const control_view& view, const control_scan& at,
                            rocksdb::WriteBatch& batch) const;
  void forget_old_changes(rocksdb::WriteBatch& batch, std::uint64_t revision) const;

  const control_store_options options_;
  const std::unique_ptr<control_acknowledger> acknowledger_;
  const std::unique_ptr<control_database> database_;
  control_change_feed feed_;
  volume_watch volume_;

  std::mutex mutex_;  ///< of everything down to the blank line
  std::condition_variable turn_;
  std::deque<waiting_change*> queue_;
  bool leading_ = false;
  bool importing_ = false;

  std::atomic<std::uint64_t> revision_{0};
  /// The disk refused a write: RocksDB accepts no further one until it has been resumed.
  std::atomic<bool> failed_{false};
  /// It accepts no more until it is reopened.
  std::atomic<bool> beyond_resuming_{false};
  std::mutex resume_mutex_;

  call_watch writing_;  ///< checks free space, too

  std::mutex refusal_mutex_;
  std::vector<model::audit_entry> refusals_;
  bool writing_refusals_ = false;

  std::string refusals_expired_;  ///< up to here; of the thread that expires
};

}  // namespace signpost::storage

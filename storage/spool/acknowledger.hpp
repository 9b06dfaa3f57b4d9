// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Ensures that what was acknowledged exists after a start, or that its absence is reported and
// nothing new is accepted until the operator accepts the loss (`storage.accept_loss`).
//
//     SP_TRY(auto acknowledger, acknowledger::prepare(options));  // before the database is opened
//     SP_TRY(auto database, database::open(options, acknowledger->extras()));
//     SP_TRY(bool repaired, acknowledger->compare(*database));
//     … totals are counted …
//     SP_CHECK(acknowledger->begin(*database, totals.messages));  // before the spool is used
//     batch.PutLogData(acknowledger->mark(change));
//     … written …
//     acknowledger->committed(batch, ids_reserved);
//
// Threads: `prepare`, `compare`, `mark`, `committed` one at a time; `sync` and what is const any.
#pragma once

#include <rocksdb/listener.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "storage/losses/acknowledged_record.hpp"
#include "storage/losses/log_recovery.hpp"
#include "storage/losses/loss_gate.hpp"
#include "storage/spool/batch_builder.hpp"
#include "storage/spool/database.hpp"
#include "storage/spool/repair/table_mending.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::storage {

class acknowledger {
 public:
  /// Reads the record, checks the log and repairs it. Fails as `recover_log` and
  /// `acknowledged_record::open`.
  static result<std::unique_ptr<acknowledger>> prepare(const spool_options& options);

  /// Rows of the database are missing, which `compare` and `begin` must know.
  void tables_mended(table_damage damage);

  /// How the database has to be opened.
  [[nodiscard]] database_extras extras() const;

  /// Compares the database with what was acknowledged, and repairs what a hole left incomplete.
  /// True if anything may have changed: count again, and check the whole schedule.
  result<bool> compare(database& database);
  /// Registers a loss, if there is one, and continues the record from here; `messages` exist.
  result<void> begin(database& database, std::uint64_t messages);

  /// Ids below this were issued before.
  [[nodiscard]] std::uint64_t ids_reserved() const { return numbers_.ids_reserved; }

  /// The mark, for the log, of the batch with `change`.
  std::string mark(const totals_change& change);
  /// The batch is durable.
  void committed(const rocksdb::WriteBatch& batch, std::uint64_t ids_reserved);

  [[nodiscard]] const loss_gate& gate() const { return gate_; }
  /// Checks whether the operator has decided.
  void look();

 private:
  explicit acknowledger(const spool_options& options);

  struct verdict {
    std::vector<model::queue_id> lost;
    std::vector<model::queue_id> bodiless;  ///< they are queued, but their octets are missing
    std::vector<model::queue_id> ended;     ///< ascending
  };

  void read_record();
  /// A commit found in the log: completes the ring.
  void saw_batch(std::uint64_t sequence, std::string_view batch);
  void complete_record();
  result<void> know_identity(database& database);
  [[nodiscard]] bool is_of_another_store() const;
  [[nodiscard]] bool damaged() const { return recovery_.damaged() || tables_.any(); }
  /// Where the damaged files are; empty: nowhere.
  [[nodiscard]] const std::string& kept() const {
    return recovery_.kept.empty() ? tables_.kept : recovery_.kept;
  }
  /// Messages of the record that should be here, and those that should not.
  [[nodiscard]] verdict expected() const;
  result<void> keep_missing(const database& database, bool thoroughly);
  [[nodiscard]] loss describe_loss(std::uint64_t messages) const;
  result<void> register_loss(loss found);
  void begin_record();

  const std::string folder_;
  const bool enforced_;
  const clock& time_;
  loss_gate gate_;
  std::shared_ptr<acknowledged_record> record_;
  std::optional<acknowledged_record::contents> contents_;
  using coming_or_going = std::pair<model::queue_id, acknowledged_record::entry::kind>;
  std::vector<coming_or_going> in_ring_;  ///< ascending
  std::vector<acknowledged_record::entry> not_in_ring_;
  std::uint64_t marks_missing_ = 0;  ///< accepted between marks that do not follow each other
  std::optional<std::uint64_t> last_total_;
  bool marks_are_ours_ = false;  ///< the log has commits of the record's database
  log_recovery recovery_;
  table_damage tables_;
  std::vector<std::string> partial_;  ///< messages that lack recipients
  verdict verdict_;
  std::vector<std::string> broken_;
  bool had_identity_ = false;
  bool record_rests_ = false;  ///< it is about a database that may come back
  database* database_ = nullptr;
  acknowledged_numbers numbers_;
  acknowledged_mark mark_;  ///< of the commit under way
  std::vector<acknowledged_record::entry> entries_;
};

}  // namespace signpost::storage

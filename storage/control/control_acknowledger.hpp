// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What `acknowledger` is for the spool, for the control store: a change that was answered is
// present after a start, or its loss is reported and no further change is made until the operator
// has accepted it. Changes build on each other, so what follows a gap is not applied: the store is
// as it was before the gap. A store that is missing as a whole is not created again: a node without
// zones would reject all mail permanently.
//
// Threads: one at a time, except for `gate`.
#pragma once

#include <rocksdb/write_batch.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.hpp"
#include "storage/control/control_database.hpp"
#include "storage/control/control_store.hpp"
#include "storage/losses/acknowledged_record.hpp"
#include "storage/losses/log_recovery.hpp"
#include "storage/losses/loss_gate.hpp"

namespace signpost::storage {

class control_acknowledger {
 public:
  /// Before the database is opened. errc::unavailable: the store that was here is missing;
  /// otherwise as `recover_log` and `acknowledged_record::open`.
  static result<std::unique_ptr<control_acknowledger>> prepare(
      const control_store_options& options);

  [[nodiscard]] bool log_sizes_hold() const { return recovery_.sizes_hold; }
  /// True if families may disagree about the last revision.
  [[nodiscard]] bool damaged() const { return recovery_.damaged(); }

  /// Compares; `revision` is the last existing one.
  result<void> begin(control_database& database, std::uint64_t revision);
  /// Changes up to `revision` are durable, the last of them in `batch`.
  void committed(const rocksdb::WriteBatch& batch, std::uint64_t revision);
  /// An import, which is not in any log, is durable.
  void imported(std::uint64_t revision);

  [[nodiscard]] loss_gate& gate() { return gate_; }
  [[nodiscard]] const loss_gate& gate() const { return gate_; }

 private:
  explicit control_acknowledger(const control_store_options& options);
  result<void> know_identity(control_database& database);
  [[nodiscard]] loss describe_gone() const;
  [[nodiscard]] bool is_of_another_store() const {
    return contents_ && contents_->numbers.identity != numbers_.identity;
  }

  const std::string folder_;
  const clock& time_;
  loss_gate gate_;
  std::unique_ptr<acknowledged_record> record_;
  std::optional<acknowledged_record::contents> contents_;
  log_recovery recovery_;
  bool had_identity_ = false;
  acknowledged_numbers numbers_;
};

}  // namespace signpost::storage

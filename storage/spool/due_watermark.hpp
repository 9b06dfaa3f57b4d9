// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A lower bound of all live keys of the schedule, kept in memory, so that a scan from the beginning
// need not skip the tombstones of everything that was delivered before.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace signpost::storage {

/// The writer brackets each write with `begin_write` and `end_write`, a reader each scan from the
/// beginning with `begin_scan` and `end_scan`. A key whose write overlaps a scan counts as unseen
/// by it, whether it was or not.
///
/// Threads: one writer, any number of readers.
class due_watermark {
 public:
  /// The smallest key that the write adds; empty = none.
  void begin_write(std::string key) {
    const std::lock_guard lock(mutex_);
    if (key.empty()) return;
    if (key < lowest_) lowest_ = key;
    if (scans_ > 0) unseen(key);
    being_written_ = std::move(key);
  }
  void end_write() {
    const std::lock_guard lock(mutex_);
    being_written_.reset();
  }
  /// Where to begin; call before the scan takes its view of the database.
  [[nodiscard]] std::string begin_scan() {
    const std::lock_guard lock(mutex_);
    ++scans_;
    if (being_written_) unseen(*being_written_);
    return lowest_;
  }
  /// `first`: nothing that the scan could see is before it. Empty = unknown.
  void end_scan(std::string first) {
    const std::lock_guard lock(mutex_);
    if (!first.empty()) {
      if (unseen_ && *unseen_ < first) first = *unseen_;
      if (first > lowest_) lowest_ = std::move(first);
    }
    if (--scans_ == 0) unseen_.reset();
  }

 private:
  void unseen(const std::string& key) {
    if (!unseen_ || key < *unseen_) unseen_ = key;
  }

  std::mutex mutex_;
  std::string lowest_;
  std::optional<std::string> being_written_;
  std::optional<std::string> unseen_;  ///< the smallest key that a scan under way may have missed
  int scans_ = 0;
};

}  // namespace signpost::storage

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How many transactions a destination gets at once, and when it is left alone: Postfix's
// concurrency feedback, as a value without actors, clocks or sockets.
//
// A destination starts with a few connections. Every success opens the window by 1/N, a failure of
// the host (connect, greeting, handshake; never of a recipient) closes it by 1/N. When whole
// cohorts fail the destination is dead for a while and is then probed with a single transaction.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/clock.hpp"

namespace signpost::actors {

struct window_options {
  std::size_t initial = 5;
  std::size_t max = 20;
  /// How many cohorts of failures in a row make a destination dead.
  std::size_t dead_after_cohorts = 1;
  milliseconds suspend_first = std::chrono::seconds(30);
  milliseconds suspend_max = std::chrono::minutes(10);
};

class destination_window {
 public:
  explicit destination_window(const window_options& options)
      : options_(options), size_(static_cast<double>(options.initial)) {}

  /// How many transactions may run now.
  [[nodiscard]] std::size_t size(steady_time now) const {
    if (now < suspended_until_) return 0;
    return probing_ ? 1 : static_cast<std::size_t>(size_);
  }
  [[nodiscard]] steady_time suspended_until() const { return suspended_until_; }
  /// True from a suspension until the destination answers again: one transaction goes at a time.
  [[nodiscard]] bool probing() const { return probing_; }

  void succeeded() {
    failed_cohorts_ = 0;
    suspensions_ = 0;
    probing_ = false;
    suspended_until_ = {};
    size_ = std::min(static_cast<double>(options_.max), size_ + 1 / size_);
  }

  /// The outcome of running transactions is unknown: one at a time until the destination answers.
  void hangs() {
    size_ = 1;
    probing_ = true;
  }
  /// The next transaction may be tried now.
  void end_suspension() { suspended_until_ = {}; }

  /// True if the destination is dead from now on, until suspended_until().
  bool host_failed(steady_time now) {
    // The rest of the cohort that made it dead adds no information.
    if (now < suspended_until_) return false;
    failed_cohorts_ += 1 / size_;
    size_ = std::max(1.0, size_ - 1 / size_);
    if (!probing_ && failed_cohorts_ < static_cast<double>(options_.dead_after_cohorts)) {
      return false;
    }
    const auto factor = 1LL << std::min<std::size_t>(suspensions_++, 10);
    suspended_until_ =
        now + std::min<milliseconds>(options_.suspend_first * factor, options_.suspend_max);
    // The first transaction after the pause runs alone.
    probing_ = true;
    failed_cohorts_ = 0;
    return true;
  }

 private:
  window_options options_;
  double size_;
  double failed_cohorts_ = 0;
  bool probing_ = false;
  std::size_t suspensions_ = 0;
  steady_time suspended_until_{};
};

}  // namespace signpost::actors

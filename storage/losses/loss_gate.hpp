// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Stays closed while a loss of a store waits for the operator's decision.
//
// Threads: `announce`, `begin` one at a time; all else any.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/result.hpp"
#include "storage/format/loss_register.hpp"

namespace signpost::storage {

class loss_gate {
 public:
  /// `accepted`: the loss that the settings name. `store` is the first word of log events. Not
  /// `durable`: nothing is synced.
  loss_gate(const std::string& store_folder, std::string accepted, std::string store,
            bool durable)
      : register_(store_folder, durable),
        accepted_(std::move(accepted)),
        store_(std::move(store)) {}

  /// Registers and logs a loss. Without `ask` it is accepted immediately. errc::no_space,
  /// errc::unavailable.
  result<void> announce(const loss& found, bool ask);
  /// Accepts the loss named in the settings, and closes losses of a database that is back. Call
  /// when all losses are announced.
  void begin(const std::string& identity);

  [[nodiscard]] bool waits() const { return waits_; }
  /// Of all waiting losses.
  [[nodiscard]] std::uint64_t unaccounted() const { return unaccounted_; }
  /// For human readers; empty if nothing waits.
  [[nodiscard]] std::string trouble() const;
  /// True if the operator has decided since.
  bool look();

  [[nodiscard]] const loss_register& losses() const { return register_; }

 private:
  void look_at_pending();

  loss_register register_;
  const std::string accepted_;
  const std::string store_;
  std::atomic<bool> waits_{false};
  std::atomic<std::uint64_t> unaccounted_{0};
  mutable std::mutex mutex_;
  std::string trouble_;  // guarded by mutex_
};

}  // namespace signpost::storage

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How much is queued: counted once when the spool is opened, then kept up to date by commits.
#pragma once

#include <mutex>
#include <optional>

#include "storage/spool/batch_builder.hpp"
#include "storage/spool/database.hpp"

namespace signpost::storage {

/// Threads: any.
class totals_counter {
 public:
  explicit totals_counter(const database& database) : database_(database) {}

  /// Reads all rows once. errc::corrupt, errc::unavailable.
  result<void> count();
  void apply(const totals_change& change);
  [[nodiscard]] spool_totals current() const;

 private:
  void find_oldest() const;

  const database& database_;
  mutable std::mutex mutex_;
  std::int64_t messages_ = 0;
  std::int64_t envelopes_ = 0;
  std::int64_t deferred_ = 0;
  /// The message that has waited longest. When it has left, the next one is searched for on
  /// request, starting after it: nothing older is left.
  mutable std::optional<model::queue_id> oldest_;
  mutable std::string search_from_;
};

}  // namespace signpost::storage

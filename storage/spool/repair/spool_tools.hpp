// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an operator can do with a spool that nobody has open: check whether it is intact, and copy
// everything readable into a new one.
//
// Threads: one, while no node runs on the folder.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/spool/repair/damaged_spool.hpp"

namespace signpost::storage {

struct spool_report {
  std::uint64_t messages = 0;    ///< whole
  std::uint64_t recipients = 0;  ///< of those, still waiting
  std::uint64_t octets = 0;
  std::uint64_t files = 0;
  /// Damage to files, and to what can be rebuilt from the rest; for human readers.
  std::vector<std::string> damage;
  /// One line each: `QUEUE-ID sender=<…> recipients=… why`, for what cannot be delivered.
  std::vector<std::string> lost;

  [[nodiscard]] bool is_well() const { return damage.empty() && lost.empty(); }
};

/// Changes nothing. Fails as damaged_spool::open.
result<spool_report> check_spool(const std::string& folder);

/// Copies every message that is intact enough to be delivered into a spool at `to`, which must not
/// exist: unreadable recipients are omitted and named. Messages with octets but no record, or no
/// recipient, are kept in `aside` as ID.eml. errc::conflict: `to` exists; otherwise as check_spool.
result<spool_report> salvage_spool(const std::string& folder, const std::string& to,
                                   const std::string& aside);

/// Discards the schedule and rebuilds it from the recipients, whose number is returned. Can be
/// repeated after an interruption. errc::conflict; errc::corrupt: recipients cannot be read, a
/// salvage can help; errc::unavailable.
result<std::uint64_t> rebuild_schedule(const std::string& folder);

/// Puts `fresh`, a spool that salvage_spool made, in the place of `folder`, whose files go to
/// `old`; the next start begins a new record of what was acknowledged. The report goes to where
/// losses are kept, as one that the operator has accepted.
result<void> exchange_spool(const std::string& folder, const std::string& fresh,
                            const std::string& old, const spool_report& report, wall_time now);

}  // namespace signpost::storage

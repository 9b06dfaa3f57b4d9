// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Makes a spool consistent that has lost commits: the rows of one message are written together, but
// a hole can have taken those of some families only.
//
// Threads: one, before the spool is used.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/spool/database.hpp"

namespace signpost::storage {

struct repair_report {
  /// Messages of which something was left, but not enough to deliver: id and what is known.
  std::vector<std::string> broken;
  /// Messages that are delivered to fewer recipients than they had: id and how many are missing.
  std::vector<std::string> partial;
  std::uint64_t ended_again = 0;  ///< had ended in the lost commits
  std::uint64_t keys_removed = 0;
};

/// Removes
///   * what is left of messages that had `ended` (ascending);
///   * recipients without their message, and messages without recipients: their octets are kept in
///     `kept` as ID.eml, if it is not empty;
///   * places in the schedule that no recipient has.
/// Then `check_schedule` has to be run. errc::corrupt, errc::unavailable, errc::no_space.
result<repair_report> repair_after_loss(database& database,
                                        const std::vector<model::queue_id>& ended,
                                        const std::string& kept);

/// What is missing from a message whose record exists: nothing, any recipient, its octets.
enum class missing_part { none, rows, body };
result<missing_part> what_is_missing(const database& database, const model::queue_id& id);

}  // namespace signpost::storage

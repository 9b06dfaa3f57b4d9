// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A recipient without a key in the schedule would wait forever, and nobody would notice. This
// checks for such recipients when the spool is opened, and restores their keys.
#pragma once

#include "base/result.hpp"
#include "storage/spool/database.hpp"

namespace signpost::storage {

/// Counts the schedule; if it does not have `open_envelopes` keys, or in any case `thoroughly`,
/// adds the missing keys of every row that is not final. Returns the number of such rows.
/// errc::corrupt, errc::unavailable.
result<std::uint64_t> check_schedule(database& database, std::uint64_t open_envelopes,
                                     bool thoroughly = false);

}  // namespace signpost::storage

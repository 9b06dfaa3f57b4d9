// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A recipient without a key in the schedule would wait forever, and nobody would notice. This looks
// whether there is one when the spool is opened, and puts its keys back.
#pragma once

#include "base/result.hpp"
#include "storage/spool/database.hpp"

namespace signpost::storage {

/// Counts the schedule; if it does not have `open_envelopes` keys, or in any case `thoroughly`,
/// gives every row that is not final the keys it lacks. Returns how many rows that were.
/// errc::corrupt, errc::unavailable.
result<std::uint64_t> check_schedule(database& database, std::uint64_t open_envelopes,
                                     bool thoroughly = false);

}  // namespace signpost::storage

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Brings a spool of an older schema up to date.
#pragma once

#include "base/result.hpp"
#include "storage/spool/database.hpp"

namespace signpost::storage {

/// Marks a new spool with our schema version, or runs the steps from its version to ours, each of
/// which can safely be run again after a crash. errc::malformed if the spool is newer than this
/// program.
result<void> upgrade_schema(database& database);

}  // namespace signpost::storage

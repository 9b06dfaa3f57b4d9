// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The tables of the control database, and how they become those of a newer program. Migrations are
// numbered and only go forward. A migration says which program it leaves working: nodes of the
// version before it go on while the others are replaced.
//
// A new migration is a new element at the end of `migrations`; what was released is never edited.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "storage/postgres/connection.hpp"

namespace signpost::storage::postgres {

/// What this program writes.
inline constexpr std::uint64_t schema_version = 2;

/// Brings the schema up to date, creating it if there is none; several nodes may do so at once.
/// errc::malformed: a newer program has changed it so that this one can no longer work with it;
/// errc::denied: the role may not create tables.
result<void> migrate(connection& c, const std::string& schema);

}  // namespace signpost::storage::postgres

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The control store of a node whose setup is in the control database: a copy of it on this node's
// disk answers questions and feeds the mail path; changes are made in the database and are in the
// copy before they are answered. While the database is away mail goes on by the copy, also after a
// restart, and changes are refused with errc::unavailable.
//
//     SP_TRY(const auto store,
//            open_replicated_store({.primary = {.database = {.url = url}},
//                                   .copy = {.path = "/var/lib/signpost/replica"}}));
//
// *Following.* Every `poll_every` the copy asks for changes after its position, and reads what they
// touched, all as it is at one moment. If the database has another history than the copy (a backup
// was restored, or a standby took over that lacked the last changes), the copy is compared with it
// as a whole, which is an error in the log: changes that were answered may be gone.
//
// *Revisions* and the feed are those of the copy: each step in which it follows is one of its
// changes. They are this node's own.
//
// *Not in the copy:* the audit log and the counts of limits; questions about them fail while the
// database is away.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/control/control_store.hpp"
#include "storage/control/control_store.hpp"
#include "storage/postgres/postgres_store.hpp"

namespace signpost::storage {

struct replicated_store_options {
  postgres::postgres_store_options primary;
  control_store_options copy;
  milliseconds poll_every = seconds(2);
};

/// Opens the copy, and the database if it can be reached. errc::unavailable: it cannot, and there
/// is no copy yet; otherwise as `open_control_store` and `open_postgres_store`.
result<std::unique_ptr<model::control_store>> open_replicated_store(
    replicated_store_options options);

}  // namespace signpost::storage

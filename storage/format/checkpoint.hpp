// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Copies of open stores as they are at one moment, for backups.
#pragma once

#include <string>

#include "base/result.hpp"
#include "model/control/control_store.hpp"

namespace rocksdb {
class DB;
}

namespace signpost::storage {

/// Copies a control store as `spool::copy_to` does a spool, into `folder` itself.
result<void> copy_control_store(model::control_store& from, const std::string& folder);

/// Makes `folder`, which must not exist, with everything that was committed before the call, and
/// possibly some of what is committed meanwhile: whole commits, in order. Sorted files are linked
/// if that is possible, so it is quick and takes little space; what it has written is synced. Any
/// thread. errc::conflict: the folder exists; errc::no_space; errc::unavailable; errc::corrupt.
result<void> make_checkpoint(rocksdb::DB& db, const std::string& folder);

}  // namespace signpost::storage

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A copy of an open database at one moment, for backups.
#pragma once

#include <string>

#include "base/result.hpp"

namespace rocksdb {
class DB;
}

namespace signpost::storage {

/// Creates `folder`, which must not exist, with everything that was committed before the call, and
/// possibly some of what is committed in the meantime: whole commits, in order. Sorted files are
/// linked if possible, so it is quick and takes little space; everything written is synced. Any
/// thread. errc::conflict: the folder exists; errc::no_space; errc::unavailable;
/// errc::corrupt.
result<void> make_checkpoint(rocksdb::DB& db, const std::string& folder);

}  // namespace signpost::storage

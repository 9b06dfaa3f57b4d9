// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// RocksDB's statuses as our errors.
#pragma once

#include <rocksdb/status.h>

#include <string_view>

#include "base/result.hpp"

namespace signpost::storage {

/// The error for a status that is not ok; `what` is the operation.
error to_error(const rocksdb::Status& status, std::string_view what);

/// The same for a read: the octets of a missing file are lost, which is errc::corrupt.
error to_read_error(const rocksdb::Status& status, std::string_view what);

/// True if stored data is damaged, or its file is missing.
bool tells_of_damage(const rocksdb::Status& status);

/// True if the text of a status names a sorted file.
bool names_a_table(std::string_view text);

/// True if `status` means a full disk, an exceeded quota, or a read-only mount.
bool is_no_space(const rocksdb::Status& status);

/// True if a file of the write-ahead log that RocksDB's MANIFEST names is missing or has a
/// different length.
bool is_log_check(const rocksdb::Status& status);

/// True if a file could not be opened because there is no descriptor left.
bool is_out_of_descriptors(const rocksdb::Status& status);

}  // namespace signpost::storage

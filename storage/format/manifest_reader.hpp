// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The contents of RocksDB's MANIFEST: from which file on the write-ahead log is still needed, which
// files were closed and how long they were, and which sorted files exist. Read before the database
// is opened, which would flush what it can read and forget the rest.
//
// Threads: any.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signpost::storage {

/// A sorted file.
struct live_table {
  std::uint32_t family = 0;
  std::uint32_t level = 0;
  std::uint64_t octets = 0;
};

struct log_needs {
  /// Files with lower numbers are leftovers: their contents are in sorted files.
  std::uint64_t oldest = 0;
  /// Closed files by number, with the octets that were synced (0 = unknown).
  std::map<std::uint64_t, std::uint64_t> closed;
  std::uint64_t last_sequence = 0;
  /// From which file on each column family needs the log.
  std::map<std::uint32_t, std::uint64_t> families;
  std::map<std::uint32_t, std::string> family_names;
  std::map<std::uint64_t, live_table> tables;  ///< by number
  std::uint64_t next_file_number = 0;
};

/// errc::not_found: there is no database in the folder; errc::corrupt, errc::unavailable.
result<log_needs> read_log_needs(rocksdb::FileSystem& files, const std::string& folder);

/// The path of the MANIFEST in use. Fails as `read_log_needs`.
result<std::string> manifest_path(rocksdb::FileSystem& files, const std::string& folder);

/// Makes the database forget these sorted files, by a new MANIFEST; their contents are then gone.
/// Atomic. Nobody may have it open. Fails as `read_log_needs`;
/// errc::no_space.
result<void> forget_tables(rocksdb::FileSystem& files, const std::string& folder,
                           const std::vector<std::uint64_t>& numbers);

/// One version edit, applied; errc::corrupt.
result<void> apply_edit(std::string_view edit, log_needs& needs);

}  // namespace signpost::storage

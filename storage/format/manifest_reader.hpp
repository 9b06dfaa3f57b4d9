// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What RocksDB's MANIFEST says: of the write-ahead log, from which file on it is still needed, and
// which files were closed and how long they were; which sorted files there are. Read before the
// database is opened, which would flush what it can read and forget the rest.
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
  /// Files with lower numbers are left over: all they hold is in sorted files.
  std::uint64_t oldest = 0;
  /// Closed files by number, with the octets that were synced (0 = not known).
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

/// The path of the MANIFEST that counts. Fails as `read_log_needs`.
result<std::string> manifest_path(rocksdb::FileSystem& files, const std::string& folder);

/// Makes the database forget these sorted files, by a new MANIFEST; what was in them is not there
/// any more. Whole or not at all. Nobody may have it open. Fails as `read_log_needs`;
/// errc::no_space.
result<void> forget_tables(rocksdb::FileSystem& files, const std::string& folder,
                           const std::vector<std::uint64_t>& numbers);

/// One version edit, applied; errc::corrupt.
result<void> apply_edit(std::string_view edit, log_needs& needs);

}  // namespace signpost::storage

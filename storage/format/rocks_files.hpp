// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Files beside RocksDB's own, by the file system that RocksDB has: so that a test's faults affect
// them, too.
//
//     auto status = put_file(files, folder + "/NOTE", "what was found");
//     if (status.ok()) status = sync_folder(files, folder);   // now it outlives a loss of power
//
// Threads: any.
#pragma once

#include <rocksdb/file_system.h>

#include <string>

namespace signpost::storage {

/// Writes `octets`, synced. Whole or not at all: by way of `path`.new.
rocksdb::IOStatus put_file(rocksdb::FileSystem& files, const std::string& path,
                           const std::string& octets);
/// Copies, synced. Whole or not at all: by way of `to`.new.
rocksdb::IOStatus copy_file(rocksdb::FileSystem& files, const std::string& from,
                            const std::string& to);
/// What was made, renamed or removed in the folder is durable.
rocksdb::IOStatus sync_folder(rocksdb::FileSystem& files, const std::string& folder);

}  // namespace signpost::storage

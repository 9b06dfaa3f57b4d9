// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Files beside RocksDB's own, through RocksDB's file system, so that a test's faults affect them,
// too.
//
//     auto status = put_file(files, folder + "/NOTE", "what was found");
//     if (status.ok()) status = sync_folder(files, folder);   // now it outlives a loss of power
//
// Threads: any.
#pragma once

#include <rocksdb/file_system.h>

#include <string>

namespace signpost::storage {

/// Writes `octets`, synced and atomically, through `path`.new.
rocksdb::IOStatus put_file(rocksdb::FileSystem& files, const std::string& path,
                           const std::string& octets);
/// Copies, synced and atomically, through `to`.new.
rocksdb::IOStatus copy_file(rocksdb::FileSystem& files, const std::string& from,
                            const std::string& to);
/// Makes creations, renames and removals in the folder durable.
rocksdb::IOStatus sync_folder(rocksdb::FileSystem& files, const std::string& folder);

}  // namespace signpost::storage

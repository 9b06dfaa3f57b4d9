// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How RocksDB is set up for both stores, with the reason for each option. For what the spool needs
// in addition see storage/spool/rocks_setup.hpp.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/options.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signpost::storage {

/// What all our databases have in common. `env`: nullptr = the machine's.
rocksdb::DBOptions common_db_options(rocksdb::Env* env, std::size_t memory_octets,
                                     std::size_t open_files_max);

/// How a file's index and filter are read: as one block, or in parts of a few kilobytes. A file of
/// a large import has megabytes of them: as one block, they would push each other out of the cache,
/// and every read would fetch and unpack megabytes.
enum class table_index { whole, partitioned };
rocksdb::ColumnFamilyOptions common_family_options(std::size_t write_buffer_octets,
                                                   const std::shared_ptr<rocksdb::Cache>& cache,
                                                   table_index index = table_index::whole);

/// Creates the folder with mode 0700, if it does not exist: mail is private. errc::denied,
/// errc::unavailable; `what` names it in the error.
result<void> make_private_folder(const std::string& path, std::string_view what);

}  // namespace signpost::storage

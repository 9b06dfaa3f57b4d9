// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How RocksDB is set up: the one place for its knobs, with the reason beside each.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/options.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "storage/spool/schema.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::storage {

struct rocks_setup {
  rocksdb::DBOptions db;
  /// In the order of `schema::family_names`.
  std::vector<rocksdb::ColumnFamilyOptions> families;
};

/// Stands in a spool's folder from when references to blobs were lost with damaged files. RocksDB
/// counts such blobs as alive for ever; when it looks for the oldest one that is worth collecting,
/// and no file refers to any, it ends the process. It does not look with this file there.
inline constexpr std::string_view blobs_unaccounted = "BLOBS_UNACCOUNTED";

/// For a spool.
rocks_setup make_rocks_setup(const spool_options& options);
/// For the family in which spools up to version 3 had their log.
rocksdb::ColumnFamilyOptions old_log_family();
/// For the activity log; `forget_before` as in log_expiry.hpp.
rocksdb::Options make_log_options(
    const spool_options& options,
    std::shared_ptr<const std::atomic<std::uint64_t>> forget_before = nullptr);
/// For looking at single sorted files of a spool.
rocksdb::Options table_reading_options(rocksdb::Env* env);
/// The environment of a spool's databases.
rocksdb::Env* env_of(const spool_options& options);

/// What all of our databases have in common. `env`: nullptr = the machine's.
rocksdb::DBOptions common_db_options(rocksdb::Env* env, std::size_t memory_octets,
                                     std::size_t open_files_max);

/// How a file's index and filter are read: as one block, or in parts of a few kilobytes. A file of
/// a large import has megabytes of them: whole, they would push each other out of the cache, and
/// every read would fetch and unpack megabytes.
enum class table_index { whole, partitioned };
rocksdb::ColumnFamilyOptions common_family_options(std::size_t write_buffer_octets,
                                                   const std::shared_ptr<rocksdb::Cache>& cache,
                                                   table_index index = table_index::whole);

/// Makes the folder with mode 0700, if there is none: mail is nobody else's business. errc::denied,
/// errc::unavailable; `what` names it in the error.
result<void> make_private_folder(const std::string& path, std::string_view what);

}  // namespace signpost::storage

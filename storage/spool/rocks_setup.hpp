// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The options of RocksDB for the spool and its activity log, with the reason for each. For what all
// databases have in common see storage/format/rocks_options.hpp.
#pragma once

#include <rocksdb/options.h>

#include <atomic>
#include <memory>
#include <vector>

#include "storage/spool/schema.hpp"
#include "storage/spool/spool_options.hpp"

namespace signpost::storage {

struct rocks_setup {
  rocksdb::DBOptions db;
  /// In the order of `schema::family_names`.
  std::vector<rocksdb::ColumnFamilyOptions> families;
};

/// Created in a spool's folder when references to blobs were lost with damaged files. RocksDB
/// counts such blobs as live forever; if it searches for the oldest one worth collecting, and no
/// file refers to any, it ends the process. It does not search while this file exists.
inline constexpr std::string_view blobs_unaccounted = "BLOBS_UNACCOUNTED";

/// For a spool.
rocks_setup make_rocks_setup(const spool_options& options);
/// For the family in which spools up to version 3 had their log.
rocksdb::ColumnFamilyOptions old_log_family();
/// For the activity log; `forget_before` as in log_expiry.hpp.
rocksdb::Options make_log_options(
    const spool_options& options,
    std::shared_ptr<const std::atomic<std::uint64_t>> forget_before = nullptr);
/// For reading single sorted files of a spool.
rocksdb::Options table_reading_options(rocksdb::Env* env);
/// The environment of a spool's databases.
rocksdb::Env* env_of(const spool_options& options);

}  // namespace signpost::storage

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/rocks_options.hpp"

#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <filesystem>

#include "storage/format/patient_file_system.hpp"
#include "storage/format/rocks_logger.hpp"

namespace signpost::storage {
namespace {

/// Keeps RocksDB from recovering by itself: it would poll every five seconds in its own thread and
/// refuse `Resume` in the meantime. The writer's poll_health() decides when to try again.
class manual_recovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

}  // namespace

rocksdb::DBOptions common_db_options(rocksdb::Env* env, std::size_t memory_octets,
                                     std::size_t open_files_max) {
  rocksdb::DBOptions db;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  db.env = env != nullptr ? env : patient_env();
  db.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(memory_octets);
  // A restart has to replay the log, and delivered mail occupies it until it is cut.
  db.max_total_wal_size = 4 * memory_octets;
  // A crash leaves a torn tail; everything before it was synced and is kept.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.listeners = {std::make_shared<manual_recovery>()};
  db.max_bgerror_resume_count = 0;
  db.max_background_jobs = 2;
  // Blob files are many: keep descriptors and their readers bounded.
  db.max_open_files = static_cast<int>(open_files_max);
  // Spreads the writing of large files, so that a commit's sync does not wait for all of them.
  db.bytes_per_sync = 1U << 20;
  db.info_log = make_rocks_logger();
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  return db;
}

rocksdb::ColumnFamilyOptions common_family_options(std::size_t write_buffer_octets,
                                                   const std::shared_ptr<rocksdb::Cache>& cache,
                                                   table_index index) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  // Index and filter blocks count against the cache too: memory stays bounded however many files
  // there are.
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  if (index == table_index::partitioned) {
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.partition_filters = true;
    table.cache_index_and_filter_blocks_with_high_priority = true;
  }
  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.write_buffer_size = std::max<std::size_t>(write_buffer_octets, 64U << 10);
  family.arena_block_size = std::min<std::size_t>(family.write_buffer_size / 8, 256U << 10);
  family.compression = rocksdb::kLZ4Compression;
  return family;
}

result<void> make_private_folder(const std::string& path, std::string_view what) {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (fs::exists(path, failed)) return {};
  if (fs::create_directories(path, failed); !failed) {
    fs::permissions(path, fs::perms::owner_all, failed);
  }
  if (!failed) return {};
  const bool denied = failed == std::errc::permission_denied;
  return fail(denied ? errc::denied : errc::unavailable,
              std::string(what) + ": " + failed.message());
}

}  // namespace signpost::storage

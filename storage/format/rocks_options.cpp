// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/rocks_options.hpp"

#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "storage/format/patient_file_system.hpp"
#include "storage/format/rocks_logger.hpp"
#include "storage/spool/log_expiry.hpp"

namespace signpost::storage {
namespace {

const system_clock machine_clock;

/// Keeps RocksDB from recovering behind our back: it would poll every five seconds in a thread of
/// its own and refuse `Resume` meanwhile. The writer's poll_health() decides when to try again.
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
  // The log is what a restart has to replay, and what delivered mail occupies until it is cut.
  db.max_total_wal_size = 4 * memory_octets;
  // A torn tail is what a crash leaves; everything before it was synced and is kept.
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
  // Index and filter blocks count against the cache too: memory stays bounded however many files.
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

namespace {

/// Rows are mostly put beside the last one that began with the same `octets`: from there, the
/// search in the buffer for the place of a row is short.
void search_from_the_last(rocksdb::ColumnFamilyOptions& family, std::size_t octets) {
  family.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(octets));
}

rocksdb::ColumnFamilyOptions small_family(const spool_options& options,
                                          const std::shared_ptr<rocksdb::Cache>& cache) {
  // With a large queue the index and the filter of one file in one piece would each be larger than
  // a shard of the cache: every look-up would read them anew.
  auto family =
      common_family_options(options.memory_octets / 16, cache, table_index::partitioned);
  // Rows live for seconds. Where many have died together the file is rewritten soon: scans would
  // have to step over every tombstone.
  family.table_properties_collector_factories = {
      rocksdb::NewCompactOnDeletionCollectorFactory(10'000, 5'000, 0.5)};
  return family;
}

void make_record_family(rocksdb::ColumnFamilyOptions& records) {
  // Each accepted message is looked up to see that its id is not taken. It never is, and with a
  // filter over what is not in a file yet the answer costs a hash instead of a search.
  records.memtable_whole_key_filtering = true;
  records.memtable_prefix_bloom_size_ratio = 0.02;
}

void make_body_family(rocksdb::ColumnFamilyOptions& body, const spool_options& options) {
  // A large buffer: what is delivered before it is flushed never becomes a file.
  body.write_buffer_size = std::max<std::size_t>(options.memory_octets / 2, 64U << 10);
  body.arena_block_size = std::min<std::size_t>(body.write_buffer_size / 8, 1U << 20);
  body.enable_blob_files = true;
  body.min_blob_size = 2048;
  body.blob_file_size = 32U << 20;
  body.enable_blob_garbage_collection = true;
  // Messages that stay for days would pin whole blob files: all of them may be collected, small
  // ones when half of the octets are dead.
  body.blob_garbage_collection_age_cutoff = 1.0;
  body.blob_garbage_collection_force_threshold = 0.5;
  std::error_code failed;
  if (std::filesystem::exists(options.path + "/" + std::string(blobs_unaccounted), failed)) {
    body.blob_garbage_collection_force_threshold = 1.0;
  }
  body.compression = rocksdb::kNoCompression;
}

/// What the log gets of the memory and of the files that are kept open.
constexpr std::size_t log_share = 8;

}  // namespace

rocks_setup make_rocks_setup(const spool_options& options) {
  const auto cache =
      rocksdb::NewLRUCache(std::max<std::size_t>(options.memory_octets / 4, 1U << 20));
  rocks_setup setup{.db = common_db_options(options.env, options.memory_octets,
                                            options.open_files_max
                                                - options.open_files_max / log_share),
                   .families = {}};
  if (options.wal_octets_max > 0) setup.db.max_total_wal_size = options.wal_octets_max;
  setup.families.assign(schema::family_names.size(), small_family(options, cache));
  for (auto& family : setup.families) search_from_the_last(family, 0);  // in order of acceptance
  make_record_family(setup.families[static_cast<std::size_t>(schema::family::env)]);
  make_body_family(setup.families[static_cast<std::size_t>(schema::family::body)], options);
  return setup;
}

rocksdb::ColumnFamilyOptions old_log_family() {
  rocksdb::ColumnFamilyOptions family;
  // Nothing is written there any more, and a file of it that is damaged must not stop the mail.
  family.disable_auto_compactions = true;
  return family;
}

rocksdb::Options make_log_options(
    const spool_options& options,
    std::shared_ptr<const std::atomic<std::uint64_t>> forget_before) {
  const auto memory = options.memory_octets / log_share;
  const auto cache = rocksdb::NewLRUCache(std::max<std::size_t>(memory / 2, 512U << 10));
  rocksdb::Options log(common_db_options(options.env, memory, options.open_files_max / log_share),
                       common_family_options(memory / 2, cache));
  // No event depends on another one, and yet what is behind damage in the write-ahead log is given
  // up: told to skip damage, RocksDB before 8.9 never comes to an end of some of it (its issue
  // 11968), and a node would not start for its log.
  log.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  log.compression = rocksdb::kZSTD;
  search_from_the_last(log, 1);  // events, and the two indices of them, are in order of time
  log.compaction_filter_factory = make_log_expiry(
      options.time != nullptr ? *options.time : machine_clock, options.log_retention,
      std::move(forget_before));
  // Files that nothing else would rewrite are rewritten daily, or the filter never sees them.
  log.periodic_compaction_seconds = 24 * 60 * 60;
  // A commit waits for the log but for moments: rather many files for a while than a stall.
  log.level0_slowdown_writes_trigger = 64;
  log.level0_stop_writes_trigger = 128;
  log.soft_pending_compaction_bytes_limit = 0;
  log.hard_pending_compaction_bytes_limit = 0;
  return log;
}

rocksdb::Options table_reading_options(rocksdb::Env* env) {
  rocksdb::Options options({}, common_family_options(0, nullptr, table_index::partitioned));
  options.env = env;
  return options;
}

rocksdb::Env* env_of(const spool_options& options) {
  return options.env != nullptr ? options.env : patient_env();
}

}  // namespace signpost::storage

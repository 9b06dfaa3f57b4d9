// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/rocks_setup.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "storage/format/patient_file_system.hpp"
#include "storage/format/rocks_options.hpp"
#include "storage/spool/log_expiry.hpp"
#include "storage/spool/repair/table_mending.hpp"

namespace signpost::storage {
namespace {

const system_clock machine_clock;

/// Most rows are written next to the last one with the same first `octets`: from there, the search
/// for a row's place in the buffer is short.
void search_from_the_last(rocksdb::ColumnFamilyOptions& family, std::size_t octets) {
  family.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(octets));
}

rocksdb::ColumnFamilyOptions small_family(const spool_options& options,
                                          const std::shared_ptr<rocksdb::Cache>& cache) {
  // With a large queue the index and the filter of one file in one piece would each be larger than
  // a shard of the cache: every look-up would read them again.
  auto family =
      common_family_options(options.memory_octets / 16, cache, table_index::partitioned);
  // Rows live for seconds. Where many were deleted together the file is rewritten soon; otherwise
  // scans would have to skip every tombstone.
  family.table_properties_collector_factories = {
      rocksdb::NewCompactOnDeletionCollectorFactory(10'000, 5'000, 0.5)};
  return family;
}

void make_record_family(rocksdb::ColumnFamilyOptions& records) {
  // Each accepted message is looked up to see that its id is not taken. It never is, and with a
  // filter over what is not yet in a file the answer costs a hash instead of a search.
  records.memtable_whole_key_filtering = true;
  records.memtable_prefix_bloom_size_ratio = 0.02;
}

void make_body_family(rocksdb::ColumnFamilyOptions& body, const spool_options& options) {
  // A large buffer, because mail delivered before a flush never becomes a file.
  body.write_buffer_size = std::max<std::size_t>(options.memory_octets / 2, 64U << 10);
  body.arena_block_size = std::min<std::size_t>(body.write_buffer_size / 8, 1U << 20);
  body.enable_blob_files = true;
  body.min_blob_size = 2048;
  body.blob_file_size = 32U << 20;
  body.enable_blob_garbage_collection = true;
  // Messages that stay for days would pin whole blob files, so all files may be collected, small
  // ones when half of the octets are dead.
  body.blob_garbage_collection_age_cutoff = 1.0;
  body.blob_garbage_collection_force_threshold = 0.5;
  std::error_code failed;
  if (std::filesystem::exists(options.path + "/" + std::string(blobs_unaccounted), failed)) {
    body.blob_garbage_collection_force_threshold = 1.0;
  }
  body.compression = rocksdb::kNoCompression;
}

/// The log's share of the memory and of the files that are kept open.
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
  // Nothing is written there any more, and a damaged file of it must not stop the mail.
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
  // Events do not depend on each other, and yet everything after damage in the write-ahead log is
  // given up: if told to skip damage, RocksDB before 8.9 may loop forever (its issue 11968), and
  // the log would keep a node from starting.
  log.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  log.compression = rocksdb::kZSTD;
  search_from_the_last(log, 1);  // events and their two indexes are in order of time
  log.compaction_filter_factory = make_log_expiry(
      options.time != nullptr ? *options.time : machine_clock, options.log_retention,
      std::move(forget_before));
  // Files that nothing else would rewrite are rewritten daily; otherwise the filter never sees
  // them.
  log.periodic_compaction_seconds = 24 * 60 * 60;
  // A commit waits for the log only briefly: many files for a while are better than a stall.
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

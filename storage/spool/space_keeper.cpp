// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/space_keeper.hpp"

#include <rocksdb/options.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "storage/format/volume.hpp"

namespace signpost::storage {
namespace {

const logger log_("storage.space");

/// Files that shrank by less than a tenth had hardly any dead data: the next check comes after
/// twice the time.
constexpr std::uint64_t worth_it = 10;
constexpr auto longest_pause = std::chrono::hours(1);

std::uint64_t property(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                       const std::string& name) {
  std::uint64_t value = 0;
  return db.GetIntProperty(family, name, &value) ? value : 0;
}

}  // namespace

space_keeper::space_keeper(rocksdb::DB& db, std::vector<rocksdb::ColumnFamilyHandle*> families,
                           space_keeper_options options)
    : db_(db),
      families_(std::move(families)),
      options_(std::move(options)),
      rewrite_pause_(options_.pause) {}

space_keeper::~space_keeper() {
  if (!thread_.joinable()) return;
  ended_ = true;
  db_.DisableManualCompaction();
  thread_.join();
}

void space_keeper::look(const situation& now) {
  const auto time = steady::now();
  if (std::exchange(writes_, now.writes) != now.writes) written_at_ = time;
  const bool idle = time - written_at_ >= options_.idle_after;
  if (!idle && !now.low) return;
  if ((!flushed_at_ || time - *flushed_at_ >= options_.pause)
      && wal_octets(options_.folder) >= options_.wal_octets_min) {
    flushed_at_ = time;
    flush();
  }
  if (running_) return;
  const auto octets = file_octets();
  if (octets_before_ != 0) {
    const auto gained = octets_before_ - std::min(octets, octets_before_);
    const bool was_worth_it = gained * worth_it >= octets_before_;
    rewrite_pause_ = was_worth_it ? options_.pause
                                  : std::min<std::chrono::milliseconds>(2 * rewrite_pause_,
                                                                        longest_pause);
    octets_then_ = octets;
    octets_before_ = 0;
  }
  if (rewritten_at_ && time - *rewritten_at_ < rewrite_pause_) return;
  if (!is_mostly_dead(octets, now)) return;
  rewritten_at_ = time;
  measured_ = true;
  octets_before_ = octets;
  messages_then_ = now.messages;
  // Live data is rewritten before the old files are removed.
  rewrite(now.messages == 0 || !now.free_octets || *now.free_octets > octets);
}

bool space_keeper::is_mostly_dead(std::uint64_t octets, const situation& now) const {
  if (octets < options_.file_octets_min) return false;
  if (now.messages == 0) return true;
  // How much of it is alive is unknown, and is only determined if it matters.
  if (!measured_ || messages_then_ == 0) return now.low;
  const auto alive = octets_then_ / messages_then_ * std::min(now.messages, messages_then_);
  return octets > 2 * alive + options_.file_octets_min;
}

std::uint64_t space_keeper::file_octets() const {
  std::uint64_t sum = 0;
  for (auto* family : families_) {
    sum += property(db_, family, rocksdb::DB::Properties::kTotalSstFilesSize);
    sum += property(db_, family, rocksdb::DB::Properties::kTotalBlobFileSize);
  }
  return sum;
}

void space_keeper::flush() {
  rocksdb::FlushOptions options;
  options.wait = false;
  options.allow_write_stall = true;
  const auto status = db_.Flush(options, families_);
  log_.debug("storage.flushed", {{"folder", options_.folder}, {"status", status.ToString()}});
}

void space_keeper::rewrite(bool has_room) {
  if (thread_.joinable()) thread_.join();
  running_ = true;
  thread_ = std::thread([this, has_room] {
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    if (!has_room) {
      options.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kDisable;
    }
    for (auto* family : families_) {
      if (ended_) break;
      const auto status = db_.CompactRange(options, family, nullptr, nullptr);
      if (!status.ok()) {
        log_.debug("storage.not_rewritten", {{"error", status.ToString()}});
        break;
      }
    }
    running_ = false;
  });
}

}  // namespace signpost::storage

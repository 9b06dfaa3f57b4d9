// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/activity_space.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "storage/spool/schema.hpp"

namespace signpost::storage {
namespace {

const logger log_("storage.activity_log");

/// The fraction of the limit that stays; otherwise files would be rewritten again and again.
constexpr double kept_part = 0.75;

std::uint64_t octets_of(rocksdb::DB& log) {
  std::uint64_t octets = 0;
  return log.GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &octets) ? octets : 0;
}

/// Key times of the oldest and the newest event; nothing if there are no events, or they cannot be
/// read.
std::optional<std::pair<std::uint64_t, std::uint64_t>> ends_of(rocksdb::DB& log) {
  const std::unique_ptr<rocksdb::Iterator> row(log.NewIterator({}));
  const std::string first(1, schema::log_event);
  const auto position = [&] {
    return row->Valid() ? schema::parse_log_key(row->key().ToStringView()) : std::nullopt;
  };
  row->Seek(first);
  const auto newest = position();
  row->SeekForPrev(schema::after_prefix(first));
  const auto oldest = position();
  if (!newest || !oldest || oldest->time > newest->time) return std::nullopt;
  return std::pair(oldest->time, newest->time);
}

}  // namespace

void activity_space::look(const std::shared_ptr<rocksdb::DB>& log, bool written, bool low) {
  const auto now = steady::now();
  if (written) {
    written_at_ = now;
    flushed_ = false;
  }
  if (!flushed_ && (low || now - written_at_ >= limits_.idle_after)) {
    flushed_ = true;
    rocksdb::FlushOptions behind_us;
    behind_us.wait = false;
    log->Flush(behind_us).PermitUncheckedError();
  }
  if (running_ || now < next_look_) return;
  if (thread_.joinable()) thread_.join();
  being_rewritten_.reset();
  next_look_ = now + limits_.pause;
  const auto octets = octets_of(*log);
  if (limits_.octets_max > 0 && octets > limits_.octets_max) shorten(log, octets);
}

// The size of events hardly changes over time: a fraction of the time is that fraction of the
// octets.
void activity_space::shorten(const std::shared_ptr<rocksdb::DB>& log, std::uint64_t octets) {
  const auto ends = ends_of(*log);
  if (!ends) return;
  const auto [oldest, newest] = *ends;
  const auto part = kept_part * static_cast<double>(limits_.octets_max)
                    / static_cast<double>(octets);
  const auto from = newest
                    - static_cast<std::uint64_t>(part * static_cast<double>(newest - oldest));
  *forget_before_ = std::max(forget_before_->load(), from);
  log_.info("activity_log.shortened", {{"octets", octets},
                                       {"octets_max", limits_.octets_max},
                                       {"oldest_kept", to_rfc3339(schema::from_key_time(from))},
                                       {"hint", "to keep more, raise storage.log_max"}});
  being_rewritten_ = log;
  running_ = true;
  thread_ = std::thread([this, log = log.get()] {
    rocksdb::CompactRangeOptions all;
    all.exclusive_manual_compaction = false;
    all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    // Damage is detected by the next write and is set aside then.
    log->CompactRange(all, nullptr, nullptr).PermitUncheckedError();
    running_ = false;
  });
}

void activity_space::end() {
  if (thread_.joinable()) {
    if (being_rewritten_ != nullptr) being_rewritten_->DisableManualCompaction();
    thread_.join();
  }
  being_rewritten_.reset();
}

}  // namespace signpost::storage

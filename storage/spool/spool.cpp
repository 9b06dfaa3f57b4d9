// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/spool.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "storage/format/checkpoint.hpp"
#include "storage/format/status.hpp"
#include "storage/format/volume.hpp"
#include "storage/spool/repair/mending_spool.hpp"
#include "storage/spool/repair/schedule_check.hpp"
#include "storage/spool/rocks_setup.hpp"
#include "storage/spool/rocks_spool.hpp"
#include "storage/spool/upgrade.hpp"
#include "storage/spool/write_receipt_maker.hpp"

namespace signpost::storage {
namespace {

const logger log_("storage.spool");

/// How many sequence numbers are reserved at once. After a crash up to this many are skipped, out
/// of 2^64.
constexpr std::uint64_t sequence_block = 1ULL << 20;
constexpr auto first_pause = std::chrono::microseconds(500);
/// How many damaged messages wait to be fetched; the next pass finds the others again.
constexpr std::size_t damaged_kept_max = 10'000;
constexpr auto longest_pause = std::chrono::microseconds(50'000);

milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
}

/// What would repair a store whose write ended like this.
std::string advice_for(const rocksdb::Status& status) {
  if (is_out_of_descriptors(status)) {
    return "no file descriptor was left; the store continues as soon as there is one; see "
           "LimitNOFILE";
  }
  return "a write failed; if this persists although the disk works again, restart the node to "
         "reopen the store";
}

/// The age of a call that does not return, if it is worth reporting.
std::string told_of(const spool_waits& waits) {
  if (waits.write < slow_write) return {};
  return " (a write has not returned for " + std::to_string(waits.write.count() / 1000) + " s)";
}

/// Messages from outside can be refused; our own (bounces) are part of a settlement and free space.
bool is_from_outside(const new_message& m) {
  return !m.envelopes.empty() && !m.message.own;
}

}  // namespace

std::string_view to_string(spool_health h) {
  switch (h) {
    case spool_health::well:
      return "well";
    case spool_health::slow:
      return "slow";
    case spool_health::full:
      return "full";
    case spool_health::failed:
      return "failed";
    case spool_health::incomplete:
      return "incomplete";
  }
  return "unknown";
}

std::size_t change_set::event_count() const {
  std::size_t count = events_.size();
  for (const auto& m : accepted_) count += m.events.size();
  for (const auto& u : updates_) count += u.events.size();
  return count;
}

std::vector<model::activity_event> change_set::take_events() && {
  std::vector<model::activity_event> all;
  all.reserve(event_count());
  const auto take = [&all](std::vector<model::activity_event>& some) {
    std::ranges::move(some, std::back_inserter(all));
  };
  for (auto& m : accepted_) take(m.events);
  for (auto& u : updates_) take(u.events);
  take(events_);
  return all;
}

result<body_ptr> spool::body(const model::queue_id& id, memory_budget& budget) {
  SP_TRY(const auto record, message(id));
  return body_of(record, budget);
}

std::string activity_path_of(const spool_options& options) {
  return options.activity_path.empty() ? options.path + "-activity" : options.activity_path;
}

result<std::unique_ptr<spool>> spool::open(const spool_options& options) {
  auto opened = std::make_unique<mending_spool>(options);
  SP_CHECK(opened->open(false));
  return std::unique_ptr<spool>(std::move(opened));
}

rocks_spool::rocks_spool(const spool_options& options, std::unique_ptr<database> database,
                         std::unique_ptr<acknowledger> acknowledger, rewrite_guard guard)
    : options_(options),
      guard_(std::move(guard)),
      acknowledger_(std::move(acknowledger)),
      database_(std::move(database)),
      activity_(options_),
      volume_(watch_volume(options.path, options.look_at_volume)),
      reserve_(reserve_path_of(options), options.reserve_octets),
      unreadable_(options.path, options.env == nullptr),
      totals_(*database_) {}

result<void> rocks_spool::start() {
  SP_CHECK(upgrade_schema(*database_));
  SP_TRY(const auto reserved, database_->meta_number(schema::meta::sequence_reserved));
  // Numbers below the mark may have been used by the previous run: start after it, whatever the
  // clock says. That is what makes ids unique across restarts.
  const auto first = std::uint64_t{options_.incarnation} << schema::incarnation_shift | 1U;
  sequence_ = std::max({reserved.value_or(0), acknowledger_->ids_reserved(), first});
  sequence_reserved_ = sequence_ + sequence_block;
  SP_CHECK(database_->put_meta_number(schema::meta::sequence_reserved, sequence_reserved_));
  SP_TRY(const bool repaired, acknowledger_->compare(*database_));
  SP_CHECK(totals_.count());
  const auto counted = totals_.current();
  SP_CHECK(check_schedule(*database_, counted.envelopes, repaired));
  SP_CHECK(acknowledger_->begin(*database_, counted.messages));
  judge(volume_.look_now());
  move_old_log();
  keeper_ = std::make_unique<space_keeper>(
      database_->db(), database_->families(),
      space_keeper_options{.folder = options_.path, .idle_after = options_.idle_after});
  scrubber_ = std::make_unique<scrubber>(
      *database_,
      scrub_options{.octets_per_second = options_.scrub_octets_per_second,
                    .interval = options_.scrub_interval},
      [this](const model::queue_id& id) {
        const std::lock_guard lock(damaged_mutex_);
        if (damaged_.size() < damaged_kept_max) damaged_.push_back(id);
      });
  log_.info(
      "spool.open",
      {{"path", options_.path}, {"messages", counted.messages}, {"envelopes", counted.envelopes}});
  return {};
}

std::unique_ptr<acknowledger> rocks_spool::give_up() {
  scrubber_.reset();
  keeper_.reset();
  database_.reset();
  return std::move(acknowledger_);
}

void rocks_spool::move_old_log() {
  auto* const old = database_->old_log();
  if (old == nullptr) return;
  auto moved = low_space_ ? fail(errc::no_space, "there is too little space to move the log")
                          : activity_.take_over(database_->db(), old);
  if (moved) moved = database_->drop_old_log();
  if (moved) return;
  log_.warning("spool.old_log_stays",
               {{"error", to_string(moved.error())},
                {"hint", "it is moved when the spool is next opened; mail is not affected"}});
}

model::queue_id rocks_spool::next_id(wall_time now) {
  return model::queue_id::make(now, options_.node,
                               sequence_.fetch_add(1, std::memory_order_relaxed));
}

result<std::vector<write_receipt>> rocks_spool::commit(change_set changes) {
  std::vector<write_receipt> receipts;
  if (changes.empty()) return receipts;
  const auto watched = writing_.begin();
  const std::lock_guard lock(write_mutex_);
  SP_CHECK(may_commit(changes));
  batch_builder builder(*database_, recent_sizes_);
  SP_CHECK(builder.add(changes));
  const auto first_event = sequence_.fetch_add(changes.event_count(), std::memory_order_relaxed);
  const auto reserved = reserve_sequence(builder.batch());
  // A set without mail (refusals, for example) is for the log alone.
  if (builder.batch().Count() > 0) {
    builder.batch().PutLogData(acknowledger_->mark(builder.change()));
    watermark_.begin_write(builder.first_due());
    const auto written = write(builder.batch(), options_.commit_deadline);
    watermark_.end_write();
    SP_CHECK(written);
    acknowledger_->committed(builder.batch(), reserved);
  }
  // RFC 5321 §6.1: only from here on may anybody say 250.
  sequence_reserved_ = reserved;
  totals_.apply(builder.change());
  receipts.reserve(changes.accepted().size());
  for (const auto& m : changes.accepted()) {
    receipts.push_back(write_receipt_maker::make(m.message.id));
  }
  // After the mail: whatever happens to the log, the mail is safe.
  if (no_room_) {
    activity_.drop(changes.event_count());
  } else {
    activity_.add(std::move(changes).take_events(), first_event);
  }
  return receipts;
}

result<void> rocks_spool::may_commit(const change_set& changes) {
  if (latch_ == latch::failed) return fail(errc::unavailable, "the spool has failed");
  judge(volume_.look());
  if (no_room_) return fail(errc::no_space, "no space is left on the spool's disk for any change");
  if (low_space_ && std::ranges::any_of(changes.accepted(), is_from_outside)) {
    return fail(errc::no_space, "too little free space on the spool's disk");
  }
  if (acknowledger_->gate().waits() && std::ranges::any_of(changes.accepted(), is_from_outside)) {
    return fail(errc::unavailable, "acknowledged mail is missing from the spool");
  }
  return {};
}

std::uint64_t rocks_spool::reserve_sequence(rocksdb::WriteBatch& batch) const {
  const auto next = sequence_.load();
  if (next + sequence_block / 2 < sequence_reserved_) return sequence_reserved_;
  const auto mark = next + sequence_block;
  batch.Put(database_->of(schema::family::meta), rocksdb::Slice(schema::meta::sequence_reserved),
            schema::be64(mark));
  return mark;
}

result<void> rocks_spool::write(rocksdb::WriteBatch& batch, milliseconds patience) {
  rocksdb::WriteOptions durable;
  durable.sync = options_.sync;
  // RocksDB would block for an unlimited time, so we wait ourselves, with a limit.
  durable.no_slowdown = true;
  const auto start = std::chrono::steady_clock::now();
  for (auto pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
    const auto status = database_->db().Write(durable, &batch);
    if (status.ok()) {
      ++writes_;
      note_duration(since(start));
      return {};
    }
    if (!status.IsIncomplete()) return write_failed(status);
    if (since(start) >= patience) {
      note_duration(std::max(since(start), slow_write));
      return fail(errc::unavailable, "the spool's disk has fallen behind");
    }
    std::this_thread::sleep_for(pause);
  }
}

result<void> rocks_spool::write_failed(const rocksdb::Status& status) {
  auto e = to_error(status, "commit");
  latch_ = e.code == errc::no_space && !outlasted_ ? latch::disk_full : latch::failed;
  {
    const std::lock_guard lock(failure_mutex_);
    failure_ = advice_for(status) + " (" + e.context + ")";
  }
  log_.error("spool.write_failed", {{"error", to_string(e)}});
  return tl::unexpected(std::move(e));
}

void rocks_spool::note_duration(milliseconds took) {
  const bool slow = took >= slow_write;
  if (slow && !slow_.exchange(true)) log_.warning("spool.slow", {{"took_ms", took.count()}});
  if (!slow && slow_.exchange(false)) log_.info("spool.fast_again", {{"took_ms", took.count()}});
}

spool_health rocks_spool::health() const {
  const auto latched = latch_.load();
  const auto waiting = writing_.oldest();
  if (latched == latch::failed || waiting > options_.commit_deadline) return spool_health::failed;
  if (latched == latch::disk_full || low_space_) return spool_health::full;
  if (acknowledger_->gate().waits()) return spool_health::incomplete;
  return slow_ || waiting >= slow_write ? spool_health::slow : spool_health::well;
}

std::string rocks_spool::trouble() const {
  switch (health()) {
    case spool_health::well:
      return {};
    case spool_health::slow:
      return "slow: writes take seconds; check what else is using the disk" + told_of(waits());
    case spool_health::full: {
      const std::lock_guard lock(failure_mutex_);
      if (!lack_.empty()) return "full: " + lack_;
      return "full: a write found no space (" + failure_ + ")";
    }
    case spool_health::incomplete:
      return acknowledger_->gate().trouble();
    case spool_health::failed:
      break;
  }
  if (latch_ != latch::failed) {
    return "failed: the disk does not answer; waiting for it" + told_of(waits());
  }
  const std::lock_guard lock(failure_mutex_);
  return "failed: " + failure_;
}

// The last octets are never used. RocksDB 7.8 may not come back from a full disk: when its log
// finds no space while a flush is about to begin, that flush stays queued but is never run, and
// Resume() waits for it forever, with our lock.
void rocks_spool::judge(const volume_state& volume) {
  const auto free = volume.free_octets;
  const bool few_files = volume.free_files && *volume.free_files < files_low(volume);
  const bool no_files = volume.free_files && *volume.free_files < files_none(volume);
  no_room_ = volume.read_only || no_files
             || (free
                 && *free < std::min<std::uint64_t>(options_.memory_octets,
                                                    options_.free_octets_min / 2));
  const bool low = volume.read_only || few_files || (free && *free < options_.free_octets_min);
  activity_.set_low(low);
  if (low == low_space_.exchange(low)) return;
  {
    const std::lock_guard lock(failure_mutex_);
    lack_.clear();
    if (few_files) lack_ = "almost no inodes are free on the disk; remove files";
    if (low && !few_files) lack_ = "free space on the disk, or lower storage.free_space_min";
    if (volume.read_only) lack_ = "the file system is read-only; see dmesg, then remount it";
  }
  log_.warning(low ? "spool.low_space" : "spool.space_again",
               {{"free_octets", free.value_or(0)},
                {"free_octets_min", options_.free_octets_min},
                {"free_files", volume.free_files.value_or(0)},
                {"read_only", volume.read_only}});
}

void rocks_spool::poll_health() {
  const auto watched = writing_.begin();
  const std::lock_guard lock(write_mutex_);
  judge(volume_.look_now());
  if (no_room_ && reserve_.give_up()) judge(volume_.look_now());
  acknowledger_->look();
  unreadable_.look();
  guard_.tend(*database_);
  // Whose message was hit is determined immediately: once it has left the queue, nothing reads it.
  if (scrubber_ && std::exchange(damage_seen_, guard_.met()) != guard_.met()) {
    scrubber_->begin_now();
  }
  // After a flush that could not open its files, RocksDB accepts writes until its buffers are full,
  // and then neither writes nor flushes until told to, which looks like a slow disk.
  if (latch_ != latch::open || slow_) recover();
  judge_full_disk();
  if (latch_ != latch::open || no_room_) return;
  const auto free = volume_.look().free_octets;
  keeper_->look({.low = low_space_,
                 .writes = writes_,
                 .messages = totals_.current().messages,
                 .free_octets = free});
  if (!low_space_ && free) reserve_.take(*free, options_.free_octets_min + options_.reserve_octets);
}

// There is space, and yet it cannot be written to: RocksDB did not come back, or a quota is used
// up.
// A restart reopens the store, which checks the disk by itself.
void rocks_spool::judge_full_disk() {
  if (latch_ == latch::open) {
    outlasted_ = false;
    refused_since_.reset();
    return;
  }
  if (latch_ != latch::disk_full) return;
  const auto now = std::chrono::steady_clock::now();
  if (low_space_) {
    refused_since_.reset();
  } else if (!refused_since_) {
    refused_since_ = now;
  } else if (now - *refused_since_ >= options_.full_deadline) {
    outlasted_ = true;
    latch_ = latch::failed;
    log_.error("spool.full_outlasted",
               {{"hint", "there is space again, but writes are still refused"}});
  }
}

// A full disk and errors that a file system calls retryable can be resumed from. After any other
// failed sync it is unknown what the kernel still has of the file, so RocksDB refuses to continue:
// the latch stays, and the node ends and is started again, which reads what is really there.
void rocks_spool::recover() {
  if (no_room_) return;
  const auto status = database_->db().Resume();
  if (!status.ok()) {
    log_.debug("spool.still_failed", {{"error", status.ToString()}});
    return;
  }
  probe();
}

void rocks_spool::probe() {
  rocksdb::WriteBatch batch;
  batch.Put(database_->of(schema::family::meta), rocksdb::Slice(schema::meta::probe),
            rocksdb::Slice());
  if (!write(batch, milliseconds(0))) return;
  if (latch_.exchange(latch::open) != latch::open) log_.info("spool.recovered", {});
}

std::vector<model::queue_id> rocks_spool::take_damaged() {
  const std::lock_guard lock(damaged_mutex_);
  return std::exchange(damaged_, {});
}

result<void> rocks_spool::copy_to(const std::string& folder) {
  SP_CHECK(make_checkpoint(database_->db(), folder + "/spool"));
  const auto note = "/" + std::string(blobs_unaccounted);
  std::error_code failed;
  if (std::filesystem::exists(options_.path + note, failed)) {
    std::filesystem::copy_file(options_.path + note, folder + "/spool" + note, failed);
    if (failed) return fail(errc::unavailable, folder + note + ": " + failed.message());
  }
  const auto name = std::filesystem::path(activity_path_of(options_)).filename().string();
  if (const auto copied = activity_.checkpoint(folder + "/" + name); !copied) {
    // A copy of the mail is useful even without the log.
    log_.warning("spool.copied_without_log", {{"error", to_string(copied.error())}});
    std::error_code ignored;
    std::filesystem::remove_all(folder + "/" + name, ignored);
  }
  return {};
}

}  // namespace signpost::storage

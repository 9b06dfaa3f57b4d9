// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/activity_log.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/log.hpp"
#include "model/queue/codec.hpp"
#include "storage/format/checkpoint.hpp"
#include "storage/format/rocks_options.hpp"
#include "storage/format/status.hpp"
#include "storage/format/volume.hpp"
#include "storage/spool/database.hpp"
#include "storage/spool/rocks_setup.hpp"
#include "storage/spool/schema.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

const logger log_("storage.activity_log");

/// How long a write waits for a log that has fallen behind; after that its events are dropped.
constexpr auto patience = seconds(1);
constexpr auto pause_between_tries = milliseconds(2);
constexpr auto longest_retry = std::chrono::minutes(1);

/// True if waiting and reopening it does not help.
bool is_damage(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsPathNotFound() || status.IsNotFound()
         || status.IsInvalidArgument();
}

/// The suffix of the folder of a log that was set aside, before the time.
constexpr std::string_view damaged_mark = ".damaged-";

/// Removes all but the newest logs that were set aside.
void forget_old(const std::string& path) {
  std::error_code failed;
  const auto prefix = fs::path(path).filename().string() + std::string(damaged_mark);
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(fs::path(path).parent_path(), failed)) {
    if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  for (std::size_t i = 0; i + damaged_logs_kept < found.size(); ++i) {
    fs::remove_all(found[i], failed);
  }
}

std::string free_name_beside(const std::string& path) {
  const auto now = std::chrono::duration_cast<seconds>(system_clock().now().time_since_epoch());
  auto at = now.count();
  std::error_code failed;
  while (fs::exists(path + std::string(damaged_mark) + std::to_string(at), failed)) ++at;
  return path + std::string(damaged_mark) + std::to_string(at);
}

}  // namespace

activity_log::activity_log(const spool_options& options)
    : options_(options),
      path_(activity_path_of(options)),
      retry_after_(options.log_sync_interval),
      space_({.folder = path_,
              .octets_max = options.log_octets_max,
              .idle_after = options.idle_after,
              .pause = 30 * options.log_sync_interval}) {
  open();
  keeper_ = std::thread([this] { run(); });
  writer_ = std::thread([this] { run_writer(); });
}

activity_log::~activity_log() {
  {
    const std::lock_guard lock(pending_mutex_);
    writer_stops_ = true;
  }
  pending_some_.notify_all();
  writer_.join();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  keeper_.join();
  space_.end();
  // A log whose file failed must not be synced again: RocksDB aborts.
  if (db_ != nullptr && !unwell_) db_->FlushWAL(true).PermitUncheckedError();
}

activity_log::handle activity_log::current() const {
  const std::lock_guard lock(mutex_);
  return db_;
}

// ---- writing -----------------------------------------------------------------------------------

void activity_log::add(std::vector<model::activity_event> events, std::uint64_t first) {
  if (events.empty()) return;
  if (unwell_) return drop(events.size());
  bool wake = false;
  {
    const std::lock_guard lock(pending_mutex_);
    if (pending_events_ + events.size() > pending_events_max) return drop(events.size());
    wake = pending_.empty();
    pending_events_ += events.size();
    pending_.push_back({std::move(events), first});
  }
  if (wake) pending_some_.notify_one();
}

namespace {

void put(rocksdb::WriteBatch& batch, const model::activity_event& event, std::uint64_t number) {
  batch.Put(schema::event_key(event.at, number), encode(event)).PermitUncheckedError();
  // A zone with NUL is not a name and would break the order of the index.
  if (!event.zone.empty() && event.zone.find('\0') == std::string::npos) {
    batch.Put(schema::zone_key(event.zone, event.at, number), event.zone_id).PermitUncheckedError();
  }
  if (event.id != model::queue_id{}) {
    batch.Put(schema::message_key(event.id, event.at, number), rocksdb::Slice())
        .PermitUncheckedError();
  }
}

}  // namespace

void activity_log::write_pending() {
  const std::lock_guard one(one_writes_);
  std::vector<recorded> taken;
  {
    const std::lock_guard lock(pending_mutex_);
    taken.swap(pending_);
    pending_events_ = 0;
  }
  std::uint64_t count = 0;
  rocksdb::WriteBatch batch;
  for (const auto& [events, first] : taken) {
    auto number = first;
    for (const auto& event : events) put(batch, event, number++);
    count += events.size();
  }
  if (count > 0) write(batch, count);
}

void activity_log::run_writer() {
  std::unique_lock lock(pending_mutex_);
  while (!writer_stops_) {
    pending_some_.wait(lock, [this] { return writer_stops_ || !pending_.empty(); });
    lock.unlock();
    write_pending();
    lock.lock();
    pending_some_.wait_for(lock, log_write_pause, [this] { return writer_stops_; });
  }
  lock.unlock();
  write_pending();
}

activity_log::handle activity_log::up_to_date() {
  write_pending();
  return current();
}

void activity_log::write(rocksdb::WriteBatch& batch, std::uint64_t events) {
  const auto db = unwell_ ? nullptr : current();
  if (db == nullptr) return drop(events);
  rocksdb::WriteOptions unsynced;
  unsynced.no_slowdown = true;
  const auto start = std::chrono::steady_clock::now();
  auto status = db->Write(unsynced, &batch);
  while (status.IsIncomplete() && std::chrono::steady_clock::now() - start < patience) {
    // Polled, because RocksDB does not signal when it accepts writes again.
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, pause_between_tries, [this] { return stopping_; })) break;
    lock.unlock();
    status = db->Write(unsynced, &batch);
  }
  if (status.ok()) {
    unsynced_ = true;
    return;
  }
  drop(events);
  if (!status.IsIncomplete()) failed(status);
}

void activity_log::failed(const rocksdb::Status& status) {
  {
    const std::lock_guard lock(mutex_);
    trouble_ = status.ToString();
    damaged_ = damaged_ || is_damage(status);
  }
  if (unwell_.exchange(true)) return;
  log_.error("activity_log.failed",
             {{"path", path_},
              {"error", status.ToString()},
              {"hint", "mail is not affected; events are dropped until the log is reopened"}});
}

// ---- the keeper --------------------------------------------------------------------------------

void activity_log::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, options_.log_sync_interval, [this] { return stopping_; })) {
    lock.unlock();
    tend();
    lock.lock();
  }
}

void activity_log::tend() {
  if (unwell_) {
    if (let_go() && std::chrono::steady_clock::now() >= retry_at_) open_again();
    return;
  }
  const auto db = current();
  if (db == nullptr) return;
  const bool written = unsynced_.exchange(false);
  if (written) {
    if (const auto status = db->FlushWAL(true); !status.ok()) return failed(status);
  }
  space_.look(db, written, low_);
}

bool activity_log::let_go() {
  space_.end();
  handle mine;
  {
    const std::lock_guard lock(mutex_);
    if (db_ != nullptr) gone_ = db_;
    mine = std::exchange(db_, nullptr);
  }
  mine.reset();
  return gone_.expired();
}

void activity_log::open_again() {
  retry_after_ = std::min<milliseconds>(2 * retry_after_, longest_retry);
  retry_at_ = std::chrono::steady_clock::now() + retry_after_;
  bool damaged = false;
  std::string why;
  {
    const std::lock_guard lock(mutex_);
    damaged = std::exchange(damaged_, false);
    why = trouble_;
  }
  if (damaged && !set_aside(why)) return;
  open();
  if (unwell_) return;
  retry_after_ = options_.log_sync_interval;
  log_.info("activity_log.open_again", {{"path", path_}, {"events_lost", lost_.load()}});
}

// ---- opening -----------------------------------------------------------------------------------

rocksdb::Status activity_log::look_for_room() const {
  const auto volume =
      options_.look_at_volume ? options_.look_at_volume(path_) : look_at_volume(path_);
  if (volume.free_octets && *volume.free_octets < log_opening_octets + wal_octets(path_)) {
    return rocksdb::Status::NoSpace("to open " + path_);
  }
  return rocksdb::Status::OK();
}

void activity_log::open() {
  if (const auto made = make_private_folder(path_, "activity log " + path_); !made) {
    return failed(rocksdb::Status::IOError(made.error().context));
  }
  auto status = lacks_current(path_) ? rocksdb::Status::Corruption(path_ + "/CURRENT is missing")
                                     : rocksdb::Status::OK();
  if (status.ok()) status = look_for_room();
  const auto log_options = make_log_options(options_, space_.forget_before());
  rocksdb::DB* raw = nullptr;
  if (status.ok()) status = rocksdb::DB::Open(log_options, path_, &raw);
  if (is_damage(status) && set_aside(status.ToString())) {
    status = rocksdb::DB::Open(log_options, path_, &raw);
  }
  if (!status.ok()) return failed(status);
  const std::lock_guard lock(mutex_);
  db_.reset(raw);
  trouble_.clear();
  damaged_ = false;
  unwell_ = false;
}

bool activity_log::set_aside(const std::string& why) {
  const auto beside = free_name_beside(path_);
  std::error_code failed;
  fs::rename(path_, beside, failed);
  if (failed) {
    log_.error("activity_log.not_set_aside", {{"path", path_}, {"error", failed.message()}});
    return false;
  }
  ++set_aside_;
  log_.error("activity_log.set_aside",
             {{"path", path_},
              {"kept_as", beside},
              {"error", why},
              {"hint", "the log was damaged and a new one was created; mail is not affected"}});
  forget_old(path_);
  return true;
}

// ---- reading -----------------------------------------------------------------------------------

void activity_log::note_damage(const rocksdb::Status& status) {
  if (damaged_rows_++ > 0) return;
  log_.error("activity_log.damaged",
             {{"path", path_},
              {"error", status.ToString()},
              {"hint", "some events cannot be read; mail is not affected"}});
}

namespace {

using events = std::vector<model::activity_event>;

/// The event that a key of an index names; a status that is not ok if it cannot be read.
rocksdb::Status event_at(rocksdb::DB& db, const schema::log_position& at,
                         std::optional<model::activity_event>& event) {
  std::string value;
  const auto key = schema::event_key(schema::from_key_time(at.time), at.sequence);
  const auto status = db.Get({}, db.DefaultColumnFamily(), key, &value);
  if (status.IsNotFound()) return rocksdb::Status::OK();  // removed in the meantime
  if (!status.ok()) return status;
  if (auto decoded = model::decode_event(value)) event = std::move(*decoded);
  return status;
}

}  // namespace

result<events> activity_log::timeline(const model::queue_id& id) {
  const auto db = up_to_date();
  if (db == nullptr) return fail(errc::unavailable, "the activity log is not available");
  events found;
  const auto prefix = schema::message_prefix(id);
  range_scan index(*db, db->DefaultColumnFamily(), prefix, schema::after_prefix(prefix));
  for (; index.valid() && found.size() < timeline_events_max; index.next()) {
    const auto at = schema::parse_log_key(index.key());
    if (!at) continue;
    std::optional<model::activity_event> event;
    if (const auto status = event_at(*db, *at, event); !status.ok()) note_damage(status);
    if (event) found.push_back(std::move(*event));
  }
  if (!index.status().ok()) note_damage(index.status());
  return found;
}

result<events> activity_log::recent_events(std::string_view zone, std::size_t max) {
  if (!zone.empty()) return events_of(zone, nullptr, max);
  const auto db = up_to_date();
  if (db == nullptr) return fail(errc::unavailable, "the activity log is not available");
  events found;
  const std::string prefix(1, schema::log_event);
  range_scan scan(*db, db->DefaultColumnFamily(), prefix, schema::after_prefix(prefix));
  for (; scan.valid() && found.size() < std::min(max, recent_events_max); scan.next()) {
    if (auto event = model::decode_event(scan.value())) found.push_back(std::move(*event));
  }
  if (!scan.status().ok()) note_damage(scan.status());
  return found;
}

result<events> activity_log::recent_events_of(const model::zone_scope& owner, std::size_t max) {
  return events_of(owner.name, &owner, max);
}

result<events> activity_log::events_of(std::string_view zone, const model::zone_scope* owner,
                                       std::size_t max) {
  if (zone.find('\0') != std::string_view::npos) return fail(errc::malformed, "zone");
  const auto db = up_to_date();
  if (db == nullptr) return fail(errc::unavailable, "the activity log is not available");
  events found;
  std::size_t examined = 0;
  const auto prefix = schema::zone_prefix(zone);
  range_scan index(*db, db->DefaultColumnFamily(), prefix, schema::after_prefix(prefix));
  for (; index.valid() && found.size() < std::min(max, recent_events_max); index.next()) {
    if (examined++ >= owner_events_examined_max) break;
    const auto at = schema::parse_log_key(index.key());
    if (!at || (owner != nullptr && !owner->may_have(index.value()))) continue;
    std::optional<model::activity_event> event;
    if (const auto status = event_at(*db, *at, event); !status.ok()) note_damage(status);
    if (event && (owner == nullptr || owner->has(*event))) found.push_back(std::move(*event));
  }
  if (!index.status().ok()) note_damage(index.status());
  return found;
}

result<void> activity_log::checkpoint(const std::string& folder) {
  const auto db = unwell_ ? nullptr : up_to_date();
  if (db == nullptr) return fail(errc::unavailable, "the activity log is not available");
  return make_checkpoint(*db, folder);
}

activity_log_state activity_log::state() const {
  activity_log_state s{.well = !unwell_,
                       .trouble = {},
                       .lost = lost_,
                       .damaged_rows = damaged_rows_,
                       .set_aside = set_aside_};
  if (!unwell_) return s;
  const std::lock_guard lock(mutex_);
  s.trouble = trouble_;
  return s;
}

}  // namespace signpost::storage

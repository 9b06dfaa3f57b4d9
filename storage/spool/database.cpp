// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/database.hpp"

#include <fcntl.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/log.hpp"
#include "storage/format/rocks_options.hpp"
#include "storage/format/status.hpp"
#include "storage/spool/rocks_setup.hpp"

namespace signpost::storage {
namespace {

const logger log_("storage.database");

/// How often, at most, what the kernel has cached is read from the disk again, for everything found
/// damaged in the meantime.
constexpr milliseconds forget_pause = std::chrono::seconds(5);

error open_error(const rocksdb::Status& status, const std::string& path) {
  auto e = to_error(status, "spool " + path);
  // The folder exists: a file that others refer to is missing.
  if (status.IsPathNotFound()) e.code = errc::corrupt;
  if (e.code == errc::conflict) e.context = "another signpostd has the spool " + path + " open";
  if (e.code == errc::malformed) {
    e.context = "the spool " + path + " was written by a newer version: " + status.ToString();
  }
  return e;
}

bool has_old_log(const rocksdb::DBOptions& options, const std::string& path) {
  std::vector<std::string> names;
  // A database that does not exist yet has none; opening it will report anything else.
  rocksdb::DB::ListColumnFamilies(options, path, &names).PermitUncheckedError();
  return std::ranges::find(names, schema::old_log_family_name) != names.end();
}

}  // namespace

void forget_cached_file(const std::string& path) {
  const file_descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.open()) (void)posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
}

void damage_flag::raise(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (why_.empty()) why_ = why;
  raised_ = true;
}

std::string damage_flag::why() const {
  if (!raised_) return {};
  const std::lock_guard lock(mutex_);
  return why_;
}

bool lacks_current(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (fs::exists(fs::path(path) / "CURRENT", failed)) return false;
  for (const auto& entry : fs::directory_iterator(path, failed)) {
    const auto name = entry.path().filename();
    const auto kind = name.extension();
    if (kind == ".sst" || kind == ".blob" || kind == ".log"
        || name.string().starts_with("MANIFEST-")) {
      return true;
    }
  }
  return false;
}

result<std::unique_ptr<database>> database::open(const spool_options& options,
                                                 const database_extras& extras) {
  SP_CHECK(make_private_folder(options.path, "spool " + options.path));
  if (lacks_current(options.path)) {
    return fail(errc::corrupt, "spool " + options.path + ": its file CURRENT is missing");
  }
  auto setup = make_rocks_setup(options);
  setup.db.track_and_verify_wals_in_manifest = extras.log_sizes_hold;
  for (const auto& listener : extras.listeners) setup.db.listeners.push_back(listener);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (std::size_t i = 0; i < setup.families.size(); ++i) {
    families.emplace_back(std::string(schema::family_names[i]), setup.families[i]);
  }
  const bool old_log = has_old_log(setup.db, options.path);
  if (old_log) families.emplace_back(std::string(schema::old_log_family_name), old_log_family());
  std::unique_ptr<database> opened(new database);
  opened->path_ = options.path;
  rocksdb::DB* raw = nullptr;
  auto status = rocksdb::DB::Open(setup.db, options.path, families, &opened->handles_, &raw);
  if (is_log_check(status) && extras.log_sizes_hold) {
    // The log was already checked, and what is needed from it exists.
    log_.warning("spool.log_check_set_aside", {{"error", status.ToString()}});
    setup.db.track_and_verify_wals_in_manifest = false;
    status = rocksdb::DB::Open(setup.db, options.path, families, &opened->handles_, &raw);
  }
  if (!status.ok()) return tl::unexpected(open_error(status, options.path));
  opened->db_.reset(raw);
  if (old_log) {
    opened->old_log_ = opened->handles_.back();
    opened->handles_.pop_back();
  }
  return opened;
}

database::~database() {
  if (db_ == nullptr) return;
  // Nothing is left to sync: every write was synced. (Syncing a log that has failed once aborts
  // RocksDB.)
  for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  if (old_log_ != nullptr) db_->DestroyColumnFamilyHandle(old_log_);
  if (const auto status = db_->Close(); !status.ok()) {
    log_.error("spool.close_failed", {{"error", status.ToString()}});
  }
}

result<void> database::drop_old_log() {
  if (old_log_ == nullptr) return {};
  if (const auto status = db_->DropColumnFamily(old_log_); !status.ok()) {
    return tl::unexpected(to_error(status, "drop the old log"));
  }
  db_->DestroyColumnFamilyHandle(std::exchange(old_log_, nullptr));
  return {};
}

result<std::optional<std::string>> database::get(schema::family f, std::string_view key) const {
  const auto read = [&]() -> result<std::optional<std::string>> {
    std::string value;
    const auto status = db_->Get(rocksdb::ReadOptions(), of(f), rocksdb::Slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return tl::unexpected(to_read_error(status, "read"));
    return value;
  };
  auto value = read_surely(read);
  if (!value) note_damage(f, value.error());
  return value;
}

// Faulty memory looks like a faulty disk. RocksDB does not cache anything it found damaged.
void database::forget_cached() const {
  using std::chrono::steady_clock;
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       steady_clock::now().time_since_epoch()).count();
  const auto before = forgot_at_.load();
  if (before != 0 && now - before < forget_pause.count()) return;
  forgot_at_ = now;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(path_, failed), end; !failed && at != end;
       at.increment(failed)) {
    const auto ending = at->path().extension();
    if (ending != ".sst" && ending != ".blob") continue;
    forget_cached_file(at->path());
  }
}

bool database::is_there() const {
  return db_->GetEnv()->FileExists(path_ + "/CURRENT").ok();
}

void database::note_damage(schema::family f, const error& met) const {
  if (met.code != errc::corrupt || !is_there()) return;
  const bool of_a_message = f == schema::family::body;
  if (of_a_message && !names_a_table(met.context)) return;
  damage_->raise(met.context);
}

result<std::optional<std::uint64_t>> database::meta_number(std::string_view key) const {
  SP_TRY(const auto value, get(schema::family::meta, key));
  if (!value) return std::nullopt;
  if (value->size() != 8) return fail(errc::corrupt, "meta " + std::string(key));
  return schema::read_big_endian(*value);
}

result<void> database::put_meta_number(std::string_view key, std::uint64_t value) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const auto status =
      db_->Put(synced, of(schema::family::meta), rocksdb::Slice(key), schema::be64(value));
  if (!status.ok()) return tl::unexpected(to_error(status, "write meta"));
  return {};
}

range_scan::range_scan(const database& database, schema::family family, std::string lower,
                       std::string upper)
    : range_scan(database.db(), database.of(family), std::move(lower), std::move(upper)) {
  database_ = &database;
  family_ = family;
}

range_scan::range_scan(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string lower,
                       std::string upper)
    : lower_(std::move(lower)),
      upper_(std::move(upper)),
      lower_slice_(lower_),
      upper_slice_(upper_) {
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower_slice_;
  options.iterate_upper_bound = &upper_slice_;
  iterator_.reset(db.NewIterator(options, family));
  iterator_->Seek(lower_slice_);
}

result<void> range_scan::finish() const {
  if (iterator_->status().ok()) return {};
  auto e = to_read_error(iterator_->status(), "scan");
  if (database_ != nullptr) database_->note_damage(family_, e);
  return tl::unexpected(std::move(e));
}

}  // namespace signpost::storage

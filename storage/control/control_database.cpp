// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/control/control_database.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/log.hpp"
#include "storage/control/control_codec.hpp"
#include "storage/control/control_rows.hpp"
#include "storage/format/rocks_options.hpp"
#include "storage/format/spare_files.hpp"
#include "storage/format/status.hpp"

namespace signpost::storage {
namespace {

using family = control_schema::family;

const logger log_("storage.control");

rocksdb::ColumnFamilyOptions make_family(const control_store_options& options,
                                         const std::shared_ptr<rocksdb::Cache>& cache) {
  auto f = common_family_options(options.memory_octets / 8, cache, table_index::partitioned);
  f.level_compaction_dynamic_level_bytes = true;
  // An import adds many files at once: changes must not wait until these are merged.
  f.level0_slowdown_writes_trigger = 1000;
  f.level0_stop_writes_trigger = 2000;
  f.soft_pending_compaction_bytes_limit = 0;
  f.hard_pending_compaction_bytes_limit = 0;
  return f;
}

error open_error(const rocksdb::Status& status, const std::string& path) {
  auto e = to_error(status, "control store " + path);
  if (status.IsPathNotFound()) e.code = errc::corrupt;
  if (e.code == errc::conflict) e.context = "another signpostd has " + path + " open";
  if (e.code == errc::malformed) e.context = path + " was written by a newer version";
  return e;
}

/// Step `i` leads from version `i + 1` to `i + 2`, and is safe to be run again after a crash.
using upgrade_step = result<void> (*)(control_database&);

constexpr std::size_t upgrade_rows_at_once = 10'000;

result<void> write(control_database& database, rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const auto status = database.db().Write(synced, &batch);
  batch.Clear();
  if (!status.ok()) return tl::unexpected(to_error(status, "upgrade"));
  return {};
}

/// 1 to 2: zones of version 1 are read as such, active and owned by their accounts. Names below a
/// name are found by an index that did not exist before.
result<void> index_suffixes(control_database& database) {
  const auto view = control_view::snapshot(database);
  rocksdb::WriteBatch batch;
  auto scan = view.scan(family::object, std::string(1, control_schema::object::zone));
  for (scan.to_first(); scan.valid(); scan.next()) {
    SP_TRY(const auto zone, decode_zone(control_schema::unpack_id(scan.tail()), scan.value()));
    const auto row = suffix_row(zone);
    batch.Put(database.of(row.family), row.key, row.value);
    if (batch.Count() >= upgrade_rows_at_once) SP_CHECK(write(database, batch));
  }
  SP_CHECK(scan.finish());
  return write(database, batch);
}

constexpr std::array<upgrade_step, control_schema::version - 1> steps{index_suffixes};

result<void> put_version(control_database& database, std::uint64_t version) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const auto status = database.db().Put(synced, database.of(family::meta),
                                        rocksdb::Slice(control_schema::meta::schema_version),
                                        schema::be64(version));
  if (!status.ok()) return tl::unexpected(to_error(status, "write schema version"));
  return {};
}

}  // namespace

result<std::unique_ptr<control_database>> control_database::open(
    const control_store_options& options, bool log_sizes_hold) {
  SP_CHECK(make_private_folder(options.path, options.path));
  const auto cache = rocksdb::NewLRUCache(std::max<std::size_t>(options.memory_octets, 1U << 20));
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const auto name : control_schema::family_names) {
    families.emplace_back(std::string(name), make_family(options, cache));
  }
  std::unique_ptr<control_database> opened(new control_database);
  opened->path_ = options.path;
  rocksdb::DB* raw = nullptr;
  auto* const env = options.env != nullptr ? options.env : sparing_env();
  auto db = common_db_options(env, options.memory_octets, options.open_files_max);
  db.track_and_verify_wals_in_manifest = log_sizes_hold;
  auto status = rocksdb::DB::Open(db, options.path, families, &opened->handles_, &raw);
  if (is_log_check(status) && log_sizes_hold) {
    log_.warning("control.log_check_set_aside", {{"error", status.ToString()}});
    db.track_and_verify_wals_in_manifest = false;
    status = rocksdb::DB::Open(db, options.path, families, &opened->handles_, &raw);
  }
  if (!status.ok()) return tl::unexpected(open_error(status, options.path));
  opened->db_.reset(raw);
  SP_CHECK(opened->upgrade());
  return opened;
}

control_database::~control_database() {
  if (db_ == nullptr) return;
  for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  if (const auto status = db_->Close(); !status.ok()) {
    log_.error("control.close_failed", {{"error", status.ToString()}});
  }
}

result<void> control_database::upgrade() {
  const auto view = control_view::snapshot(*this);
  SP_TRY(const auto stored, view.get(family::meta, control_schema::meta::schema_version));
  if (!stored) return put_version(*this, control_schema::version);
  if (stored->size() != 8) return fail(errc::corrupt, "schema version of the control store");
  auto version = schema::read_big_endian(*stored);
  if (version == 0) return fail(errc::corrupt, "the control store has schema version 0");
  if (version > control_schema::version) {
    return fail(errc::malformed, "the control store has schema version " + std::to_string(version)
                                     + ", and this program supports up to "
                                     + std::to_string(control_schema::version)
                                     + ": run a newer version");
  }
  for (; version < control_schema::version; ++version) {
    log_.info("control.upgrade", {{"from", version}, {"to", version + 1}});
    SP_CHECK(steps.at(version - 1)(*this));
    SP_CHECK(put_version(*this, version + 1));
  }
  return {};
}

void control_scan::to_last() {
  const auto end = schema::after_prefix(prefix_);
  if (end.empty()) {
    iterator_->SeekToLast();
  } else {
    iterator_->SeekForPrev(end);
    if (iterator_->Valid() && whole_key() == end) iterator_->Prev();
  }
}

void control_scan::seek_before(std::string_view tail) {
  const auto bound = prefix_ + std::string(tail);
  iterator_->SeekForPrev(bound);
  if (iterator_->Valid() && whole_key() == bound) iterator_->Prev();
}

result<void> control_scan::finish() const {
  if (iterator_->status().ok()) return {};
  return tl::unexpected(to_error(iterator_->status(), "scan"));
}

control_view control_view::snapshot(const control_database& database) {
  control_view view(database);
  auto& db = database.db();
  view.snapshot_ =
      snapshot_ptr(db.GetSnapshot(), [&db](const rocksdb::Snapshot* s) { db.ReleaseSnapshot(s); });
  return view;
}

control_view::control_view(const control_database& database, rocksdb::WriteBatchWithIndex& batch)
    : database_(&database), batch_(&batch) {}

result<std::optional<std::string>> control_view::get(family f, std::string_view key) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_.get();
  std::string value;
  auto& db = database_->db();
  const auto status = batch_ != nullptr
                          ? batch_->GetFromBatchAndDB(&db, options, database_->of(f), key, &value)
                          : db.Get(options, database_->of(f), key, &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return tl::unexpected(to_error(status, "read"));
  return value;
}

control_scan control_view::scan(family f, std::string prefix) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_.get();
  auto* iterator = database_->db().NewIterator(options, database_->of(f));
  if (batch_ != nullptr) iterator = batch_->NewIteratorWithBase(database_->of(f), iterator);
  return {std::move(prefix), std::unique_ptr<rocksdb::Iterator>(iterator)};
}

result<std::uint64_t> control_view::number(family f, std::string_view key) const {
  SP_TRY(const auto value, get(f, key));
  if (!value) return 0;
  if (value->size() != 8) return fail(errc::corrupt, "a number");
  return schema::read_big_endian(*value);
}

}  // namespace signpost::storage

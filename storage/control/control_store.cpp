// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/control/control_store.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "storage/control/control_codec.hpp"
#include "storage/control/control_import.hpp"
#include "storage/control/control_rocks_store.hpp"
#include "storage/control/control_writing.hpp"
#include "storage/format/checkpoint.hpp"
#include "storage/format/status.hpp"
#include "storage/format/volume.hpp"

namespace signpost::storage {
namespace {

using control_schema::family;

const logger log_("storage.control");
const system_clock machine_clock;

/// Changes that share a sync, at most: bounds the memory of a batch and the wait of the first.
constexpr std::size_t group_max = 128;

}  // namespace

result<std::unique_ptr<model::control_store>> open_control_store(
    const control_store_options& options) {
  remove_unfinished_imports(options.path);
  SP_TRY(auto acknowledger, control_acknowledger::prepare(options));
  SP_TRY(auto database, control_database::open(options, acknowledger->log_sizes_hold()));
  auto store = std::make_unique<control_rocks_store>(options, std::move(database),
                                                     std::move(acknowledger));
  SP_CHECK(store->start());
  return std::unique_ptr<model::control_store>(std::move(store));
}

control_rocks_store::control_rocks_store(control_store_options options,
                                         std::unique_ptr<control_database> database,
                                         std::unique_ptr<control_acknowledger> acknowledger)
    : options_(std::move(options)),
      acknowledger_(std::move(acknowledger)),
      database_(std::move(database)),
      feed_(*database_),
      volume_(watch_volume(options_.path, options_.look_at_volume)) {}

result<void> control_rocks_store::start() {
  const control_queries queries(control_view::snapshot(*database_));
  SP_TRY(const auto last, queries.revision());
  auto changes = queries.view().scan(family::change, {});
  changes.to_last();
  SP_CHECK(changes.finish());
  const auto listed = changes.valid() ? schema::read_big_endian(changes.tail()) : 0;
  if (listed != last && !acknowledger_->damaged()) {
    return fail(errc::corrupt, "control store: the revision does not match the changes");
  }
  SP_TRY(const auto totals, queries.totals());
  revision_ = std::max(last, listed);
  SP_TRY(auto position, queries.position());
  feed_.begin(std::move(position));
  SP_CHECK(acknowledger_->begin(*database_, revision_));
  log_.info("control.open", {{"path", options_.path},
                             {"revision", last},
                             {"zones", totals.zones},
                             {"rules", totals.rules}});
  return {};
}

wall_time control_rocks_store::now() const {
  return options_.time != nullptr ? options_.time->now() : machine_clock.now();
}

std::unique_ptr<const model::control_reader> control_rocks_store::read() const {
  return std::make_unique<control_reading<model::control_reader, control_queries>>(
      control_queries(control_view::snapshot(*database_)));
}

result<std::uint64_t> control_rocks_store::commit(const work_function& work) {
  waiting_change mine{.work = &work};
  std::unique_lock lock(mutex_);
  if (importing_) return fail(errc::unavailable, "an import is in progress");
  queue_.push_back(&mine);
  while (!mine.done) {
    if (leading_) {
      turn_.wait(lock);
      continue;
    }
    leading_ = true;
    const auto changes = take_group();
    lock.unlock();
    run_group(changes);
    lock.lock();
    for (auto* change : changes) change->done = true;
    leading_ = false;
    turn_.notify_all();
  }
  return std::move(mine.outcome);
}

control_rocks_store::group control_rocks_store::take_group() {
  const auto count = std::min(queue_.size(), group_max);
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  group changes(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  return changes;
}

void control_rocks_store::run_group(const group& changes) {
  const auto fail_all = [&](const error& why) {
    for (auto* change : changes) {
      if (change->outcome) change->outcome = tl::unexpected(why);
    }
  };
  if (const auto able = may_write(); !able) return fail_all(able.error());
  rocksdb::WriteBatchWithIndex batch(rocksdb::BytewiseComparator(), 0, true);
  auto revision = revision_.load();
  for (auto* change : changes) {
    run_change(*change, batch, revision + 1);
    if (change->outcome && change->change.position.revision != 0) ++revision;
  }
  if (revision == revision_) return;
  forget_old_changes(*batch.GetWriteBatch(), revision);
  if (const auto done = write(*batch.GetWriteBatch(), true); !done) {
    // What wrote nothing has not failed, but it may have seen what now never was.
    return fail_all(done.error());
  }
  revision_ = revision;
  acknowledger_->committed(*batch.GetWriteBatch(), revision);
  const auto last = std::ranges::find(
      changes, revision, [](const auto* change) { return change->change.position.revision; });
  feed_.committed((*last)->change.position);
}

void control_rocks_store::run_change(waiting_change& change, rocksdb::WriteBatchWithIndex& batch,
                                     std::uint64_t revision) {
  batch.SetSavePoint();
  control_writing transaction(*database_, batch, revision);
  auto made = (*change.work)(transaction);
  if (made) {
    if (auto finished = transaction.finish(now())) {
      change.change = std::move(*finished);
      change.outcome = change.change.position.revision;
      (void)batch.PopSavePoint();
      return;
    } else {
      made = tl::unexpected(std::move(finished).error());
    }
  }
  change.outcome = tl::unexpected(std::move(made).error());
  (void)batch.RollbackToSavePoint();
}

// One key is removed for each one added, so the log keeps its length. One more than those that can
// be returned: by its mark a reader proves that it was there.
void control_rocks_store::forget_old_changes(rocksdb::WriteBatch& batch,
                                             std::uint64_t revision) const {
  const auto keep = std::max<std::uint64_t>(options_.change_log_max, 1) + 1;
  for (auto r = revision_ + 1; r <= revision; ++r) {
    if (r > keep) batch.Delete(database_->of(family::change), schema::be64(r - keep));
  }
}

// The last octets are never used up: see judge() of the spool, whose reasons hold
// here.
result<void> control_rocks_store::may_write() {
  const auto watched = writing_.begin();
  if (auto why = missing(); !why.empty()) return fail(errc::unavailable, std::move(why));
  const auto volume = volume_.look();
  if (volume.free_octets && *volume.free_octets < options_.free_octets_min) {
    return fail(errc::no_space, "too little free space on the control store's disk");
  }
  if (volume.read_only) return fail(errc::no_space, "the control store's disk is read-only");
  if (volume.free_files && *volume.free_files < files_none(volume)) {
    return fail(errc::no_space, "almost no inodes are left on the control store's disk");
  }
  return resume();
}

result<void> control_rocks_store::resume() {
  if (!failed_) return {};
  const std::lock_guard lock(resume_mutex_);
  if (!failed_) return {};
  if (const auto status = database_->db().Resume(); !status.ok()) {
    if (is_no_space(status)) return fail(errc::no_space, "the control store: " + status.ToString());
    beyond_resuming_ = true;
    return fail(errc::unavailable, "the control store has failed: " + status.ToString());
  }
  failed_ = false;
  beyond_resuming_ = false;
  log_.info("control.recovered", {});
  return {};
}

// As in the spool: after a failed sync RocksDB refuses to continue, whatever the disk does then.
bool control_rocks_store::is_failed() {
  if (!beyond_resuming_) return false;
  const auto watched = writing_.begin();
  return !resume();
}

result<void> control_rocks_store::write(rocksdb::WriteBatch& batch, bool sync) {
  const auto watched = writing_.begin();
  rocksdb::WriteOptions options;
  options.sync = sync;
  const auto status = database_->db().Write(options, &batch);
  if (status.ok()) return {};
  auto e = to_error(status, "change");
  failed_ = true;
  // After a failed sync it is unknown what the kernel still holds of the log: only reading it again
  // shows what is on the disk. Descriptors become free again.
  if (e.code != errc::no_space && !is_out_of_descriptors(status)) beyond_resuming_ = true;
  log_.error("control.write_failed", {{"error", to_string(e)}});
  return tl::unexpected(std::move(e));
}

std::string control_rocks_store::missing() const {
  (void)acknowledger_->gate().look();
  return acknowledger_->gate().waits() ? acknowledger_->gate().trouble() : std::string();
}

std::string control_rocks_store::trouble() const {
  if (auto why = missing(); !why.empty()) return why;
  if (!beyond_resuming_) return {};
  return "failed: a write failed; mail is still routed by the rules in force; a restart reopens "
         "the store";
}

void control_rocks_store::record_refusal(model::audit_entry entry) {
  entry.revision = 0;
  entry.succeeded = false;
  std::unique_lock lock(refusal_mutex_);
  if (refusals_.size() >= pending_refusals_max) {
    log_.warning("control.refusal_not_recorded", {{"action", entry.action}});
    return;
  }
  refusals_.push_back(std::move(entry));
  // The thread that is writing now writes this one too, before it returns.
  if (writing_refusals_) return;
  writing_refusals_ = true;
  while (!refusals_.empty()) {
    auto entries = std::exchange(refusals_, {});
    lock.unlock();
    write_refusals(std::move(entries));
    lock.lock();
  }
  writing_refusals_ = false;
}

void control_rocks_store::write_refusals(std::vector<model::audit_entry> entries) {
  rocksdb::WriteBatch batch;
  for (const auto& entry : entries) {
    if (!check(entry)) {
      log_.error("control.refusal_not_recorded", {{"reason", "its id is not valid"}});
      continue;
    }
    const auto order = control_schema::audit_order_of_refusal(packed(entry.id));
    for (const auto& row : rows_of(entry, order)) {
      batch.Put(database_->of(row.family), row.key, row.value);
    }
  }
  // While the disk is sick the log line of write() has to do.
  if (may_write()) (void)write(batch, false);
}

result<void> control_rocks_store::checkpoint(const std::string& folder) {
  return make_checkpoint(database_->db(), folder);
}

result<std::unique_ptr<model::control_import>> control_rocks_store::begin_import() {
  std::unique_lock lock(mutex_);
  if (importing_) return fail(errc::unavailable, "an import is in progress");
  importing_ = true;
  turn_.wait(lock, [&] { return !leading_ && queue_.empty(); });
  lock.unlock();
  auto import = start_import(*this, *database_);
  if (!import) import_ended();
  return import;
}

void control_rocks_store::import_committed(const model::change_record& change) {
  revision_ = change.position.revision;
  acknowledger_->imported(revision_);
  feed_.committed(change.position);
}

void control_rocks_store::import_ended() {
  const std::lock_guard lock(mutex_);
  importing_ = false;
  turn_.notify_all();
}

result<void> control_rocks_store::remove_entry(const control_view& view, const control_scan& at,
                                               rocksdb::WriteBatch& batch) const {
  namespace audit = control_schema::audit;
  const auto place = std::string(at.value()) + std::string(at.tail());
  const auto entry = control_schema::key(audit::entry, place);
  SP_TRY(const auto value, view.get(family::audit, entry));
  if (value) {
    if (const auto decoded = decode_audit_entry(*value)) {
      batch.Delete(database_->of(family::index),
                   control_schema::key(control_schema::index::audit_by_id, packed(decoded->id)));
    }
  }
  batch.Delete(database_->of(family::audit), entry);
  batch.Delete(database_->of(family::audit), control_schema::key(audit::everywhere, at.tail()));
  return {};
}

result<std::size_t> control_rocks_store::expire_audit(wall_time before, std::size_t max) {
  SP_CHECK(may_write());
  const auto view = control_view::snapshot(*database_);
  auto scan = view.scan(family::audit, control_schema::key(control_schema::audit::everywhere));
  const auto bound = control_schema::time_octets(before);
  rocksdb::WriteBatch batch;
  std::size_t removed = 0;
  for (scan.to_first(); scan.valid() && scan.tail() < bound && removed < max; scan.next()) {
    SP_CHECK(remove_entry(view, scan, batch));
    ++removed;
  }
  SP_CHECK(scan.finish());
  if (removed > 0) SP_CHECK(write(batch, false));
  return removed;
}

// What stays is stepped over once, not again in every call.
result<std::size_t> control_rocks_store::expire_refusals(wall_time before, std::size_t max) {
  constexpr std::size_t steps_for_each = 10;
  SP_CHECK(may_write());
  const auto view = control_view::snapshot(*database_);
  auto scan = view.scan(family::audit, control_schema::key(control_schema::audit::everywhere));
  const auto bound = control_schema::time_octets(before);
  rocksdb::WriteBatch batch;
  std::size_t removed = 0;
  auto steps = steps_for_each * max;
  std::string reached = refusals_expired_;
  for (scan.seek(reached); scan.valid() && scan.tail() < bound && removed < max && steps > 0;
       scan.next(), --steps) {
    if (control_schema::is_order_of_refusal(scan.tail())) {
      SP_CHECK(remove_entry(view, scan, batch));
      ++removed;
    }
    reached = std::string(scan.tail());
  }
  SP_CHECK(scan.finish());
  if (removed > 0) SP_CHECK(write(batch, false));
  refusals_expired_ = std::move(reached);
  return removed;
}

result<std::size_t> control_rocks_store::expire_usage(wall_time before, std::size_t max) {
  SP_CHECK(may_write());
  const auto view = control_view::snapshot(*database_);
  auto scan = view.scan(family::counter, control_schema::key(control_schema::usage::by_end));
  const auto bound = control_schema::time_octets(before);
  rocksdb::WriteBatch batch;
  std::size_t removed = 0;
  for (scan.to_first(); scan.valid() && scan.tail() < bound && removed < max; scan.next()) {
    const auto end = scan.tail().substr(0, bound.size());
    const auto name = scan.tail().substr(end.size());
    batch.Delete(database_->of(family::counter),
                 control_schema::usage_prefix(name) + std::string(end));
    batch.Delete(database_->of(family::counter),
                 control_schema::key(control_schema::usage::by_end, scan.tail()));
    ++removed;
  }
  SP_CHECK(scan.finish());
  if (removed > 0) SP_CHECK(write(batch, false));
  return removed;
}

result<void> copy_control_store(model::control_store& from, const std::string& folder) {
  auto* const ours = dynamic_cast<control_rocks_store*>(&from);
  if (ours == nullptr) return fail(errc::unavailable, "this store cannot be copied");
  return ours->checkpoint(folder);
}

}  // namespace signpost::storage

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/acknowledger.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "storage/format/status.hpp"
#include "storage/spool/repair/loss_repair.hpp"

namespace signpost::storage {
namespace {

using entry = acknowledged_record::entry;
using schema::family;

const logger log_("storage.spool");

/// How many messages of a loss the log names; the report names all.
constexpr std::size_t named_in_log_max = 1000;
const system_clock machine_clock;

/// Flushed data may leave the write-ahead log, and its marks with it, so the record has to be on
/// the disk first.
class record_keeper final : public rocksdb::EventListener {
 public:
  explicit record_keeper(std::shared_ptr<acknowledged_record> record)
      : record_(std::move(record)) {}
  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { record_->sync(); }

 private:
  std::shared_ptr<acknowledged_record> record_;
};

void append_entries(std::vector<entry>& out, const acknowledged_mark& mark,
                    std::uint64_t sequence) {
  for (const auto& id : mark.accepted) out.push_back({id, entry::kind::accepted, sequence});
  for (const auto& id : mark.ended) out.push_back({id, entry::kind::ended, sequence});
}

}  // namespace

acknowledger::acknowledger(const spool_options& options)
    : folder_(options.path),
      enforced_(options.sync),
      time_(options.time != nullptr ? *options.time : machine_clock),
      gate_(options.path, options.accept_loss, "spool", options.env == nullptr) {}

// ---- before the database is opened -------------------------------------------------------------

result<std::unique_ptr<acknowledger>> acknowledger::prepare(const spool_options& options) {
  std::unique_ptr<acknowledger> made(new acknowledger(options));
  // The file system of a test decides for itself what survives.
  const bool durable = options.sync && options.env == nullptr;
  SP_TRY(made->record_, acknowledged_record::open(acknowledged_path(options.path),
                                                  options.record_entries, durable));
  made->read_record();
  const auto& contents = made->contents_;
  recovery_options recovery{.folder = options.path, .env = options.env};
  if (contents) recovery.acknowledged = contents->numbers.sequence;
  recovery.on_batch = [&](auto sequence, auto batch) { made->saw_batch(sequence, batch); };
  SP_TRY(made->recovery_, recover_log(recovery));
  made->complete_record();
  return made;
}

void acknowledger::read_record() {
  contents_ = record_->take_contents();
  if (!contents_) {
    if (record_->was_there()) {
      log_.warning("spool.record_unreadable", {{"path", acknowledged_path(folder_)}});
    }
    return;
  }
  numbers_ = contents_->numbers;
  for (const auto& e : contents_->entries) in_ring_.emplace_back(e.id, e.what);
  std::ranges::sort(in_ring_);
}

void acknowledger::saw_batch(std::uint64_t sequence, std::string_view batch) {
  const auto mark = mark_of(batch);
  if (!mark) return;
  const auto before = mark->accepted_total - mark->accepted.size();
  if (last_total_ && before > *last_total_) marks_missing_ += before - *last_total_;
  last_total_ = mark->accepted_total;
  if (!contents_ || mark->store != shortened(contents_->numbers.identity)) return;
  marks_are_ours_ = true;
  if (sequence >= numbers_.sequence) {
    numbers_.sequence = sequence;
    numbers_.messages = mark->messages;
    numbers_.accepted_total = mark->accepted_total;
  }
  std::vector<entry> entries;
  append_entries(entries, *mark, sequence);
  for (auto& e : entries) {
    const coming_or_going key(e.id, e.what);
    if (!std::ranges::binary_search(in_ring_, key)) not_in_ring_.push_back(std::move(e));
  }
}

// Opening the database flushes and forgets the log: what only its marks contain is saved first.
void acknowledger::complete_record() {
  in_ring_.clear();
  if (!contents_) return;
  contents_->numbers = numbers_;
  if (not_in_ring_.empty()) return;
  record_->note(numbers_, not_in_ring_);
  record_->sync();
  std::ranges::move(not_in_ring_, std::back_inserter(contents_->entries));
  std::ranges::stable_sort(contents_->entries, {}, &entry::sequence);
  not_in_ring_.clear();
}

void acknowledger::tables_mended(table_damage damage) {
  std::ranges::move(damage.damaged, std::back_inserter(tables_.damaged));
  if (tables_.kept.empty()) tables_.kept = std::move(damage.kept);
}

database_extras acknowledger::extras() const {
  return {.log_sizes_hold = recovery_.sizes_hold,
          .listeners = {std::make_shared<record_keeper>(record_)}};
}

// ---- what exists -----------------------------------------------------------------------------

result<void> acknowledger::know_identity(database& database) {
  auto& identity = numbers_.identity;
  SP_TRY(const auto stored, database.get(family::meta, schema::meta::identity));
  had_identity_ = stored && stored->size() == identity.size();
  if (had_identity_) {
    std::copy(stored->begin(), stored->end(), identity.begin());
    return {};
  }
  // If the log has commits of the record's database, only the name was lost, even if it was in a
  // damaged file.
  const bool same = marks_are_ours_ || (contents_ && tables_.concerns(family::meta));
  if (!same) identity = make_store_identity();
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const auto status = database.db().Put(synced, database.of(family::meta),
                                        rocksdb::Slice(schema::meta::identity),
                                        rocksdb::Slice(identity.data(), identity.size()));
  if (!status.ok()) return tl::unexpected(to_error(status, "write identity"));
  // Not in the log alone: damage to the log must not give this database another identity.
  const auto flushed = database.db().Flush(rocksdb::FlushOptions(), database.of(family::meta));
  if (!flushed.ok()) return tl::unexpected(to_error(flushed, "write identity"));
  return {};
}

bool acknowledger::is_of_another_store() const {
  return contents_ && contents_->numbers.identity != numbers_.identity;
}

// A message that has left stays so, whatever follows: after a loss, commit numbers are used again.
acknowledger::verdict acknowledger::expected() const {
  verdict found;
  auto entries = contents_->entries;
  std::ranges::stable_sort(entries, {}, &entry::id);
  for (auto at = entries.begin(); at != entries.end();) {
    const auto end = std::find_if(at, entries.end(), [&](const auto& e) { return e.id != at->id; });
    const bool ended =
        std::any_of(at, end, [](const auto& e) { return e.what == entry::kind::ended; });
    (ended ? found.ended : found.lost).push_back(at->id);
    at = end;
  }
  return found;
}

/// Keeps in `verdict_` those of the expected messages that are missing.
result<void> acknowledger::keep_missing(const database& database, bool thoroughly) {
  std::vector<model::queue_id> missing;
  for (const auto& id : verdict_.lost) {
    SP_TRY(const auto record, database.get(family::env, id.octets()));
    if (!record) {
      missing.push_back(id);
    } else if (thoroughly) {
      SP_TRY(const auto part, what_is_missing(database, id));
      if (part == missing_part::rows) missing.push_back(id);
      if (part == missing_part::body) verdict_.bodiless.push_back(id);
    }
  }
  verdict_.lost = std::move(missing);
  return {};
}

result<bool> acknowledger::compare(database& database) {
  SP_CHECK(know_identity(database));
  bool doubtful = damaged();
  if (contents_) verdict_ = expected();
  if (contents_ && !is_of_another_store()) {
    doubtful = doubtful || database.db().GetLatestSequenceNumber() < contents_->numbers.sequence;
    const auto all = verdict_;
    SP_CHECK(keep_missing(database, doubtful));
    if (!doubtful && !verdict_.lost.empty()) {
      doubtful = true;
      verdict_ = all;
      SP_CHECK(keep_missing(database, true));
    }
  }
  if (!doubtful) return false;
  if (is_of_another_store()) verdict_.ended.clear();
  SP_TRY(auto repaired, repair_after_loss(database, verdict_.ended, kept()));
  log_.warning("spool.repaired", {{"messages_broken", repaired.broken.size()},
                                  {"messages_ended", repaired.ended_again},
                                  {"schedule_keys", repaired.keys_removed}});
  broken_ = std::move(repaired.broken);
  // Commits exist as a whole or not at all: only damaged files lose some recipients of a message.
  if (tables_.any()) partial_ = std::move(repaired.partial);
  return true;
}

loss acknowledger::describe_loss(std::uint64_t messages) const {
  loss found{.unit = "messages", .kept = kept()};
  for (const auto& hole : recovery_.survey.holes) found.causes.push_back(hole.to_string());
  for (const auto& table : tables_.damaged) found.causes.push_back(table.to_string());
  const std::string perhaps = contents_ && !contents_->whole ? " perhaps" : "";
  for (const auto& id : verdict_.lost) found.items.push_back(id.to_string() + perhaps);
  if (is_of_another_store()) {
    found.count = contents_->numbers.messages;
    found.gone = text_of(contents_->numbers.identity);
    found.causes.assign(1, folder_ + ": the database that was here has disappeared");
  } else if (contents_) {
    const auto should = contents_->numbers.messages;
    const auto fewer = should > messages ? should - messages : 0;
    // A record with gaps does not have all departures: then the number has to tell.
    const bool named = contents_->whole || damaged();
    found.count = std::max<std::uint64_t>(named ? verdict_.lost.size() : 0, fewer)
                  + verdict_.bodiless.size() + partial_.size();
    for (const auto& id : verdict_.bodiless) found.items.push_back(id.to_string() + " body");
  } else {
    found.count = marks_missing_ + partial_.size();
    found.at_least = std::ranges::any_of(recovery_.survey.holes,
                                         [](const log_hole& hole) {
                                           return hole.from == 0 || hole.behind == 0;
                                         })
                     || tables_.concerns(family::env) || tables_.concerns(family::rcpt);
  }
  for (const auto& text : partial_) found.items.push_back(text);
  for (const auto& text : broken_) found.items.push_back(text);
  const auto& numbers = contents_ ? contents_->numbers : numbers_;
  found.id = make_loss_id(text_of(numbers.identity), numbers.sequence, found);
  return found;
}

result<void> acknowledger::register_loss(loss found) {
  if (found.count == 0 && !found.at_least) {
    if (damaged()) log_.warning("spool.hole_without_loss", {{"kept", kept()}});
    return {};
  }
  found.found = time_.now();
  for (std::size_t i = 0; i < std::min(found.items.size(), named_in_log_max); ++i) {
    log_.error("spool.message_missing", {{"loss", found.id}, {"message", found.items[i]}});
  }
  return gate_.announce(found, enforced_);
}

// ---- from here on ------------------------------------------------------------------------------

result<void> acknowledger::begin(database& database, std::uint64_t messages) {
  database_ = &database;
  if (contents_ || damaged()) SP_CHECK(register_loss(describe_loss(messages)));
  if (!contents_ && had_identity_) {
    log_.warning("spool.record_missing",
                 {{"path", acknowledged_path(folder_)},
                  {"hint", "the spool cannot be compared with what was acknowledged"}});
  } else if (!contents_ && messages > 0) {
    log_.info("spool.record_begun", {{"path", acknowledged_path(folder_)}});
  }
  gate_.begin(text_of(numbers_.identity));
  // A database that disappeared may come back as long as nothing was accepted without it.
  record_rests_ = is_of_another_store() && gate_.waits();
  if (last_total_) numbers_.accepted_total = std::max(numbers_.accepted_total, *last_total_);
  numbers_.messages = messages;
  if (!record_rests_) begin_record();
  contents_.reset();
  return {};
}

void acknowledger::begin_record() {
  numbers_.sequence = database_->db().GetLatestSequenceNumber();
  std::vector<entry> gone;
  for (const auto& id : verdict_.lost) gone.push_back({id, entry::kind::ended, numbers_.sequence});
  verdict_ = {};
  if (const auto begun = record_->begin(numbers_, gone); !begun) {
    log_.warning("spool.record_not_kept",
                 {{"error", to_string(begun.error())},
                  {"hint", "a loss of acknowledged mail might go unnoticed"}});
  }
}

std::string acknowledger::mark(const totals_change& change) {
  mark_.store = shortened(numbers_.identity);
  mark_.messages = numbers_.messages + static_cast<std::uint64_t>(change.messages);
  mark_.accepted_total = numbers_.accepted_total + change.added.size();
  mark_.accepted = change.added;
  mark_.ended = change.removed;
  return mark_.encode();
}

void acknowledger::committed(const rocksdb::WriteBatch& batch, std::uint64_t ids_reserved) {
  numbers_.messages = mark_.messages;
  numbers_.accepted_total = mark_.accepted_total;
  numbers_.ids_reserved = ids_reserved;
  numbers_.sequence = last_sequence_of(batch);
  if (record_rests_) return;
  entries_.clear();
  append_entries(entries_, mark_, numbers_.sequence);
  record_->note(numbers_, entries_);
}

void acknowledger::look() {
  if (gate_.look() && std::exchange(record_rests_, false)) begin_record();
}

}  // namespace signpost::storage

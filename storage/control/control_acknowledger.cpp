// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/control/control_acknowledger.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "storage/format/status.hpp"

namespace signpost::storage {
namespace {

using control_schema::family;

const logger log_("storage.control");
const system_clock machine_clock;

}  // namespace

control_acknowledger::control_acknowledger(const control_store_options& options)
    : folder_(options.path),
      time_(options.time != nullptr ? *options.time : machine_clock),
      gate_(options.path, options.accept_loss, "control", options.env == nullptr) {}

loss control_acknowledger::describe_gone() const {
  const auto& numbers = contents_->numbers;
  loss found{.found = time_.now(),
             .unit = "changes",
             .count = numbers.messages,
             .gone = text_of(numbers.identity),
             .causes = {folder_ + ": the database that was here has disappeared"}};
  found.id = make_loss_id(found.gone, numbers.sequence, found);
  return found;
}

result<std::unique_ptr<control_acknowledger>> control_acknowledger::prepare(
    const control_store_options& options) {
  std::unique_ptr<control_acknowledger> made(new control_acknowledger(options));
  SP_TRY(made->record_,
         acknowledged_record::open(acknowledged_path(options.path), 0, options.env == nullptr));
  made->contents_ = made->record_->take_contents();
  const auto& contents = made->contents_;
  SP_TRY(made->recovery_, recover_log({.folder = options.path,
                                       .env = options.env,
                                       .acknowledged = contents ? contents->numbers.sequence : 0,
                                       .numbers_may_skip = true,
                                       .only_before_hole = true,
                                       .spares = spared::all_files}));
  if (made->recovery_.exists || !contents || contents->numbers.messages == 0) return made;
  auto& gate = made->gate_;
  SP_CHECK(gate.announce(made->describe_gone(), true));
  gate.begin({});
  if (gate.waits()) {
    return fail(errc::unavailable, options.path + " has disappeared: " + gate.trouble());
  }
  return made;
}

result<void> control_acknowledger::know_identity(control_database& database) {
  auto& identity = numbers_.identity;
  const auto view = control_view::snapshot(database);
  SP_TRY(const auto stored, view.get(family::meta, control_schema::meta::identity));
  had_identity_ = stored && stored->size() == identity.size();
  if (had_identity_) {
    std::copy(stored->begin(), stored->end(), identity.begin());
    return {};
  }
  identity = make_store_identity();
  rocksdb::WriteOptions synced;
  synced.sync = true;
  auto status = database.db().Put(synced, database.of(family::meta),
                                  rocksdb::Slice(control_schema::meta::identity),
                                  rocksdb::Slice(identity.data(), identity.size()));
  // Not only in the log, which may be what is lost.
  if (status.ok()) status = database.db().Flush(rocksdb::FlushOptions(), database.of(family::meta));
  if (!status.ok()) return tl::unexpected(to_error(status, "write identity"));
  return {};
}

result<void> control_acknowledger::begin(control_database& database, std::uint64_t revision) {
  SP_CHECK(know_identity(database));
  if (is_of_another_store()) {
    SP_CHECK(gate_.announce(describe_gone(), true));
  } else if (contents_ && revision < contents_->numbers.messages) {
    loss found{.found = time_.now(),
               .unit = "changes",
               .count = contents_->numbers.messages - revision,
               .kept = recovery_.kept};
    for (const auto& hole : recovery_.survey.holes) found.causes.push_back(hole.to_string());
    for (auto r = revision + 1; r <= contents_->numbers.messages; ++r) {
      if (found.items.size() >= loss_register::items_max) break;
      found.items.push_back("revision " + std::to_string(r));
    }
    found.id = make_loss_id(text_of(numbers_.identity), contents_->numbers.sequence, found);
    SP_CHECK(gate_.announce(found, true));
  } else if (!contents_ && had_identity_) {
    log_.warning("control.record_missing", {{"path", acknowledged_path(folder_)}});
  }
  gate_.begin(text_of(numbers_.identity));
  contents_.reset();
  numbers_.messages = revision;
  numbers_.sequence = 0;
  if (const auto begun = record_->begin(numbers_); !begun) {
    log_.warning("control.record_not_kept", {{"error", to_string(begun.error())},
                                             {"hint", "a loss of changes might go unnoticed"}});
  }
  return {};
}

void control_acknowledger::committed(const rocksdb::WriteBatch& batch, std::uint64_t revision) {
  numbers_.sequence = last_sequence_of(batch);
  numbers_.messages = revision;
  record_->note(numbers_, {});
}

void control_acknowledger::imported(std::uint64_t revision) {
  numbers_.messages = revision;
  record_->note(numbers_, {});
}

}  // namespace signpost::storage

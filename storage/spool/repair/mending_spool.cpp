// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/repair/mending_spool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.hpp"
#include "storage/spool/repair/table_mending.hpp"

namespace signpost::storage {
namespace {

const logger log_("storage.spool");

/// The interval between two times that a store is closed because of damage; doubled as long as that
/// does not help.
constexpr milliseconds first_pause = std::chrono::seconds(10);
constexpr milliseconds longest_pause = std::chrono::hours(1);
/// The interval while it cannot be opened.
constexpr milliseconds longest_pause_closed = std::chrono::minutes(1);

/// Opens; `known` is handed over, and returned if that fails.
result<std::unique_ptr<rocks_spool>> open_once(const spool_options& options,
                                               std::unique_ptr<acknowledger>& known) {
  rewrite_guard guard;
  auto extras = known->extras();
  extras.listeners.push_back(guard.listener());
  SP_TRY(auto database, database::open(options, extras));
  auto opened = std::make_unique<rocks_spool>(options, std::move(database), std::move(known),
                                              std::move(guard));
  if (auto started = opened->start(); !started) {
    known = opened->give_up();
    return tl::unexpected(std::move(started.error()));
  }
  return opened;
}

table_options tables_of(const spool_options& options) {
  return {.folder = options.path, .env = options.env};
}

/// Takes out what is damaged; returns in how many files.
result<std::uint64_t> mend_files(const spool_options& options, acknowledger& known) {
  SP_TRY(auto damage, mend_tables(tables_of(options)));
  const auto count = damage.damaged.size();
  log_.warning("spool.files_checked", {{"path", options.path},
                                       {"files", damage.files},
                                       {"octets", damage.octets},
                                       {"damaged", count}});
  known.tables_mended(std::move(damage));
  return count;
}

/// `files`: how many had damage.
result<std::unique_ptr<rocks_spool>> open_mended(const spool_options& options, bool doubtful,
                                                 std::uint64_t& files) {
  SP_TRY(auto known, acknowledger::prepare(options));
  // A repair that did not finish: what is missing has not been reported.
  doubtful = doubtful || is_mending_noted(tables_of(options));
  if (doubtful) {
    SP_TRY(files, mend_files(options, *known));
  }
  auto opened = open_once(options, known);
  if (opened && doubtful) forget_mending(tables_of(options));
  if (opened || doubtful || opened.error().code != errc::corrupt) return opened;
  log_.error("spool.damaged", {{"error", to_string(opened.error())}});
  const auto mended = mend_files(options, *known);
  // Opening has reported any other problem.
  if (!mended || *mended == 0) return opened;
  files = *mended;
  opened = open_once(options, known);
  if (opened) forget_mending(tables_of(options));
  return opened;
}

// What a closed store had counted still counts.

void add(activity_log_state& to, const activity_log_state& more) {
  to.lost += more.lost;
  to.damaged_rows += more.damaged_rows;
  to.set_aside += more.set_aside;
}

void add(scrub_state& to, const scrub_state& more) {
  to.octets += more.octets;
  to.passes += more.passes;
  to.findings += more.findings;
}

}  // namespace

result<void> mending_spool::open(bool doubtful) {
  std::uint64_t files = 0;
  auto opened = open_mended(options_, doubtful, files);
  damaged_files_ += files;
  if (!opened) return tl::unexpected(std::move(opened.error()));
  inner_ = std::move(*opened);
  return {};
}

mending_spool::account mending_spool::account_of(const rocks_spool& store) {
  return {.totals = store.totals(),
          .unaccounted = store.unaccounted(),
          .unreadable = store.unreadable(),
          .log = store.log_state(),
          .scrub = store.scrub()};
}

// Delayed after the first time: damage that a repair does not remove must not close the store again
// and again.
void mending_spool::poll_health() {
  std::string why;
  {
    const auto lock = enter();
    if (inner_ != nullptr) {
      inner_->poll_health();
      why = inner_->damage();
      const std::lock_guard text(text_mutex_);
      last_ = account_of(*inner_);
    } else {
      why = "it could not be reopened";
    }
  }
  if (why.empty() || steady::now() < next_mending_) return;
  mend(why);
}

/// Keeps what the store has and nobody has fetched yet.
void mending_spool::close() {
  if (inner_ == nullptr) return;
  auto found = inner_->take_damaged();
  const auto now = account_of(*inner_);
  {
    const std::lock_guard text(text_mutex_);
    std::ranges::move(found, std::back_inserter(damaged_));
    add(earlier_.log, now.log);
    add(earlier_.scrub, now.scrub);
    last_ = {.totals = now.totals, .unaccounted = now.unaccounted, .unreadable = now.unreadable};
  }
  inner_.reset();
}

void mending_spool::mend(const std::string& why) {
  log_.error("spool.damaged", {{"error", why}, {"hint", "it is closed, repaired and reopened"}});
  {
    const std::lock_guard text(text_mutex_);
    trouble_ = "failed: files are damaged and are being repaired (" + why + ")";
  }
  const std::lock_guard gate(gate_);
  closing_ = true;
  const std::unique_lock lock(mutex_);
  close();
  // If the process is ended in the meantime, the next start continues.
  note_mending(tables_of(options_));
  const auto before = damaged_files_.load();
  const auto opened = open(true);
  const auto longest = opened ? longest_pause : longest_pause_closed;
  pause_ = std::clamp<milliseconds>(2 * pause_, first_pause, longest);
  // No sorted file was the cause: closing the store does not help.
  if (opened && damaged_files_ == before) pause_ = longest_pause;
  next_mending_ = steady::now() + pause_;
  {
    const std::lock_guard text(text_mutex_);
    trouble_ = opened ? std::string() : "failed: " + to_string(opened.error());
  }
  if (opened) {
    log_.warning("spool.mended", {{"path", options_.path}});
  } else {
    log_.error("spool.not_mended", {{"error", to_string(opened.error())}});
  }
  closing_ = false;
}

// ---- passed on to the store ------------------------------------------------------------

model::queue_id mending_spool::next_id(wall_time now) {
  const auto lock = enter();
  if (inner_ != nullptr) return inner_->next_id(now);
  // Nothing can be committed meanwhile.
  return model::queue_id::make(now, options_.node, next_number_++);
}

result<std::vector<write_receipt>> mending_spool::commit(change_set changes) {
  return ask([&](rocks_spool& s) { return s.commit(std::move(changes)); });
}

result<void> mending_spool::copy_to(const std::string& folder) {
  return ask([&](rocks_spool& s) { return s.copy_to(folder); });
}

result<due_page> mending_spool::scan_due(const scan_position& position, wall_time until,
                                         std::size_t max, const next_hop_set& leave_out) {
  return ask([&](rocks_spool& s) { return s.scan_due(position, until, max, leave_out); });
}

result<due_page> mending_spool::scan_next_hop(std::string_view next_hop,
                                              const scan_position& position, wall_time until,
                                              std::size_t max) {
  return ask([&](rocks_spool& s) { return s.scan_next_hop(next_hop, position, until, max); });
}

result<due_page> mending_spool::scan_origin(std::string_view origin,
                                            const scan_position& position, std::size_t max) {
  return ask([&](rocks_spool& s) { return s.scan_origin(origin, position, max); });
}

result<model::message_record> mending_spool::message(const model::queue_id& id) {
  return ask([&](rocks_spool& s) { return s.message(id); });
}

result<body_ptr> mending_spool::body_of(const model::message_record& record,
                                        memory_budget& budget) {
  return ask([&](rocks_spool& s) { return s.body_of(record, budget); });
}

result<std::string> mending_spool::body_part(const model::queue_id& id, std::uint64_t part) {
  return ask([&](rocks_spool& s) { return s.body_part(id, part); });
}

result<std::vector<model::envelope>> mending_spool::envelopes(const model::queue_id& id) {
  return ask([&](rocks_spool& s) { return s.envelopes(id); });
}

result<queue_page> mending_spool::list(const queue_filter& filter, const std::string& from,
                                       std::size_t max) {
  return ask([&](rocks_spool& s) { return s.list(filter, from, max); });
}

result<std::vector<model::activity_event>> mending_spool::timeline(const model::queue_id& id) {
  return ask([&](rocks_spool& s) { return s.timeline(id); });
}

result<std::vector<model::activity_event>> mending_spool::recent_events(std::string_view zone,
                                                                        std::size_t max) {
  return ask([&](rocks_spool& s) { return s.recent_events(zone, max); });
}

result<std::vector<model::activity_event>> mending_spool::recent_events_of(
    const model::zone_scope& owner, std::size_t max) {
  return ask([&](rocks_spool& s) { return s.recent_events_of(owner, max); });
}

result<void> mending_spool::note_unreadable(const std::vector<unreadable_recipient>& recipients,
                                            wall_time now) {
  return ask([&](rocks_spool& s) { return s.note_unreadable(recipients, now); });
}

std::vector<model::queue_id> mending_spool::take_damaged() {
  std::vector<model::queue_id> found;
  {
    const std::lock_guard text(text_mutex_);
    found = std::exchange(damaged_, {});
  }
  const auto lock = enter();
  if (inner_ == nullptr) return found;
  auto more = inner_->take_damaged();
  std::ranges::move(more, std::back_inserter(found));
  return found;
}

// ---- its own state --------------------------------------------------------------------

template <typename Answer>
Answer mending_spool::said(Answer account::* what) const {
  if (auto now = peek([&](const rocks_spool& s) { return account_of(s).*what; })) return *now;
  const std::lock_guard text(text_mutex_);
  return last_.*what;
}

std::uint64_t mending_spool::damage_met() const {
  return peek([](const rocks_spool& s) { return s.damage_met(); }).value_or(0);
}

spool_totals mending_spool::totals() const {
  if (const auto now = peek([](const rocks_spool& s) { return s.totals(); })) return *now;
  const std::lock_guard text(text_mutex_);
  return last_.totals;
}

spool_health mending_spool::health() const {
  return peek([](const rocks_spool& s) { return s.health(); }).value_or(spool_health::failed);
}

spool_waits mending_spool::waits() const {
  return peek([](const rocks_spool& s) { return s.waits(); }).value_or(spool_waits{});
}

std::string mending_spool::trouble() const {
  if (auto now = peek([](const rocks_spool& s) { return s.trouble(); })) return std::move(*now);
  const std::lock_guard text(text_mutex_);
  return trouble_;
}

std::uint64_t mending_spool::unaccounted() const { return said(&account::unaccounted); }

std::uint64_t mending_spool::unreadable() const { return said(&account::unreadable); }

activity_log_state mending_spool::log_state() const {
  auto state = said(&account::log);
  const std::lock_guard text(text_mutex_);
  add(state, earlier_.log);
  return state;
}

scrub_state mending_spool::scrub() const {
  auto state = said(&account::scrub);
  const std::lock_guard text(text_mutex_);
  add(state, earlier_.scrub);
  return state;
}

}  // namespace signpost::storage

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/postgres_store.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/log.hpp"
#include "storage/control/control_rows.hpp"
#include "storage/control/control_schema.hpp"
#include "storage/postgres/migrations.hpp"
#include "storage/postgres/postgres_control_store.hpp"

namespace signpost::storage::postgres {
namespace {

const logger log_("storage.postgres");
const system_clock machine_clock;

/// How long a change waits for others of this node.
constexpr seconds turn_wait{3};
/// A commit that waits for a standby may still be under way when its connection is lost.
constexpr seconds looked_up_within{8};
constexpr milliseconds look_again_after{200};

}  // namespace

result<std::unique_ptr<model::control_store>> open_postgres_store(postgres_store_options options) {
  auto store = std::make_unique<postgres_control_store>(std::move(options));
  SP_CHECK(store->start());
  return std::unique_ptr<model::control_store>(std::move(store));
}

postgres_control_store::postgres_control_store(postgres_store_options options)
    : options_(std::move(options)), pool_(options_.database), feed_(pool_) {}

result<void> postgres_control_store::start() {
  {
    SP_TRY(auto lease, pool_.take());
    SP_CHECK(migrate(*lease, options_.database.schema));
  }
  const auto reader = read();
  SP_TRY(const auto position, reader->position());
  SP_TRY(const auto totals, reader->totals());
  feed_.begin(position.revision);
  log_.info("control.open", {{"path", "postgresql"},
                             {"revision", position.revision},
                             {"zones", totals.zones},
                             {"rules", totals.rules}});
  return {};
}

wall_time postgres_control_store::now() const {
  return options_.time != nullptr ? options_.time->now() : machine_clock.now();
}

// ---- reading -----------------------------------------------------------------------------------

// The moment is that of the first statement.
std::shared_ptr<session> postgres_control_store::session_at_one_moment() const {
  for (;;) {
    auto lease = pool_.take();
    if (!lease) return std::make_shared<session>(std::move(lease.error()));
    const bool fresh = lease->fresh();
    auto made = std::make_shared<session>(std::move(*lease), true);
    const auto begun = made->script(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1 FROM head");
    if (begun) return made;
    if (fresh || made->usable()) return std::make_shared<session>(begun.error());
  }
}

std::unique_ptr<const model::control_reader> postgres_control_store::read() const {
  return std::make_unique<control_reading<model::control_reader, postgres_queries>>(queries());
}

postgres_queries postgres_control_store::queries() const {
  const auto* secrets = options_.secrets ? &*options_.secrets : nullptr;
  return postgres_queries(session_at_one_moment(), secrets);
}

// ---- changing ----------------------------------------------------------------------------------

result<open_change> postgres_control_store::begin() {
  for (;;) {
    SP_TRY(auto lease, pool_.take());
    const bool fresh = lease.fresh();
    auto at = std::make_shared<session>(std::move(lease), false);
    auto begun = at->script("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    if (begun) {
      const auto head = at->run("SELECT revision, mark FROM head FOR UPDATE");
      if (head && head->count() == 1) {
        return open_change{.at = std::move(at),
                           .before = {.revision = head->number(0, 0),
                                      .mark = std::string(head->octets(0, 1))}};
      }
      if (head) return fail(errc::corrupt, "the control database has lost its head");
      begun = tl::unexpected(head.error());
    }
    // Nothing was done yet: a connection that had gone stale is no reason to fail.
    if (fresh || at->usable()) return tl::unexpected(std::move(begun.error()));
  }
}

postgres_writing postgres_control_store::writing(const open_change& change) const {
  const auto* secrets = options_.secrets ? &*options_.secrets : nullptr;
  return postgres_writing(postgres_queries(change.at, secrets), change.before, random_);
}

result<std::uint64_t> postgres_control_store::end(const open_change& change,
                                                  postgres_writing& writing,
                                                  const result<void>& made) {
  const auto give_up = [&](error why) -> result<std::uint64_t> {
    if (change.at->usable()) (void)change.at->script("ROLLBACK");
    return tl::unexpected(std::move(why));
  };
  if (!made) return give_up(made.error());
  const auto keep = std::max<std::uint64_t>(options_.change_log_max, 1) + 1;
  auto record = writing.finish(now(), keep);
  if (!record) return give_up(std::move(record.error()));
  const auto& position = record->position;
  auto done = change.at->script("COMMIT");
  if (position.revision == 0) return done ? result<std::uint64_t>(0) : give_up(done.error());
  if (!done) {
    if (change.at->usable()) return give_up(done.error());
    SP_TRY(const bool there, took_place(position));
    if (!there) return tl::unexpected(std::move(done.error()));
  }
  feed_.committed(position.revision);
  return position.revision;
}

// Whoever holds the lock of the head knows that no earlier transaction is still about to commit.
result<bool> postgres_control_store::took_place(const model::feed_position& change) {
  const auto until = std::chrono::steady_clock::now() + looked_up_within;
  auto look = begin();
  std::mutex mutex;
  std::unique_lock lock(mutex);
  for (std::condition_variable never; !look && std::chrono::steady_clock::now() < until;) {
    never.wait_for(lock, look_again_after);
    look = begin();
  }
  if (!look) {
    log_.error("postgres.commit_unknown", {{"revision", change.revision}});
    return fail(errc::unavailable, "it is not known whether the change was made; look before you "
                                   "repeat it");
  }
  statement s("SELECT 1 FROM change_log WHERE revision = ");
  s.bind(number(change.revision)).add(" AND mark = ").bind(octets(change.mark));
  SP_TRY(const auto found, look->at->run(s));
  (void)look->at->script("ROLLBACK");
  log_.warning("postgres.commit_looked_up",
               {{"revision", change.revision}, {"took_place", found.count() > 0}});
  return found.count() > 0;
}

result<std::uint64_t> postgres_control_store::commit(const work_function& work) {
  if (importing_) return fail(errc::unavailable, "an import is in progress");
  const std::unique_lock turn(turn_, turn_wait);
  if (!turn) return fail(errc::unavailable, "other changes are in progress");
  const auto watched = writing_.begin();
  SP_TRY(const auto change, begin());
  auto transaction = writing(change);
  const auto made = work(transaction);
  return end(change, transaction, made);
}

result<std::unique_ptr<model::control_import>> postgres_control_store::begin_import() {
  if (importing_.exchange(true)) return fail(errc::unavailable, "an import is in progress");
  auto import = start_import(*this);
  if (!import) import_ended();
  return import;
}

void postgres_control_store::import_ended() {
  importing_ = false;
}

// ---- what is not a change ----------------------------------------------------------------------

void postgres_control_store::record_refusal(model::audit_entry entry) {
  entry.revision = 0;
  entry.succeeded = false;
  const auto note = [&](std::string_view why) {
    log_.warning("control.refusal_not_recorded",
                 {{"action", entry.action}, {"reason", std::string(why)}});
  };
  if (!check(entry)) return note("its id is not valid");
  auto lease = pool_.take();
  if (!lease) return note(to_string(lease.error()));
  session at(std::move(*lease), false);
  const auto place = control_schema::audit_order_of_refusal(packed(entry.id));
  const auto done = write_entries(at, {{.entry = entry, .place = place, .refused = true}});
  if (!done) note(to_string(done.error()));
}

result<std::size_t> postgres_control_store::remove(const statement& s) {
  SP_TRY(auto lease, pool_.take());
  SP_TRY(const auto done, lease->run(s));
  return static_cast<std::size_t>(done.changed());
}

// Nodes that do so at once remove different rows.
result<std::size_t> postgres_control_store::expire_audit(wall_time before, std::size_t max) {
  statement s("DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE happened < ");
  s.bind(time(before)).add(" ORDER BY happened, place LIMIT ").bind(count_of(max));
  return remove(s.add(" FOR UPDATE SKIP LOCKED)"));
}

result<std::size_t> postgres_control_store::expire_refusals(wall_time before, std::size_t max) {
  statement s("DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE refused AND happened < ");
  s.bind(time(before)).add(" ORDER BY happened, place LIMIT ").bind(count_of(max));
  return remove(s.add(" FOR UPDATE SKIP LOCKED)"));
}

result<std::size_t> postgres_control_store::expire_usage(wall_time before, std::size_t max) {
  statement s("DELETE FROM usage WHERE (name, until) IN (SELECT name, until FROM usage "
              "WHERE until < ");
  s.bind(time(before)).add(" ORDER BY until LIMIT ").bind(count_of(max));
  return remove(s.add(" FOR UPDATE SKIP LOCKED)"));
}

}  // namespace signpost::storage::postgres

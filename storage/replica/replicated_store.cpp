// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/replica/replicated_store.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "storage/postgres/postgres_control_store.hpp"
#include "storage/replica/replica_copy.hpp"
#include "storage/replica/replica_queries.hpp"

namespace signpost::storage {
namespace {

using postgres::postgres_control_store;

const logger log_("storage.replica");
const system_clock machine_clock;

/// How long the copy's own notes in its audit log are kept.
constexpr seconds notes_kept{3600};
/// After the database could not be opened: others are refused at once until then.
constexpr seconds open_again_after{1};
/// What a change waits at most until it is in the copy.
constexpr seconds followed_within{1};

steady_time steady_now() {
  return std::chrono::time_point_cast<steady_time::duration>(std::chrono::steady_clock::now());
}

class replicated_store final : public model::control_store {
 public:
  replicated_store(replicated_store_options options, std::unique_ptr<model::control_store> copy)
      : options_(std::move(options)), copy_store_(std::move(copy)), copy_(*copy_store_, time()) {}
  ~replicated_store() override {
    {
      const std::lock_guard lock(wake_mutex_);
      ended_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  result<void> start();

  [[nodiscard]] std::unique_ptr<const model::control_reader> read() const override;
  result<std::uint64_t> commit(
      const std::function<result<void>(model::control_transaction&)>& work) override;
  void record_refusal(model::audit_entry entry) override;
  [[nodiscard]] model::change_feed& feed() override { return copy_store_->feed(); }
  result<std::unique_ptr<model::control_import>> begin_import() override;
  [[nodiscard]] std::string trouble() const override { return copy_store_->trouble(); }
  [[nodiscard]] std::string away() const override {
    const std::lock_guard lock(told_mutex_);
    return told_;
  }
  [[nodiscard]] std::uint64_t unaccounted() const override { return copy_store_->unaccounted(); }
  result<std::size_t> expire_audit(wall_time before, std::size_t max) override;
  result<std::size_t> expire_refusals(wall_time before, std::size_t max) override;
  result<std::size_t> expire_usage(wall_time before, std::size_t max) override;
  bool is_failed() override { return copy_store_->is_failed(); }
  [[nodiscard]] milliseconds waited() const override { return copy_store_->waited(); }

 private:
  [[nodiscard]] const clock& time() const {
    return options_.primary.time != nullptr ? *options_.primary.time : machine_clock;
  }
  /// The control database, opened at the first call that can reach it.
  result<postgres_control_store*> primary() const;
  /// Brings the copy up to date.
  result<void> follow();
  result<void> take_everything(const postgres::postgres_queries& from,
                               const model::feed_position& now,
                               std::optional<model::reload_reason> why);
  void run();
  void note(const result<void>& followed);

  const replicated_store_options options_;
  const std::unique_ptr<model::control_store> copy_store_;

  std::timed_mutex follow_mutex_;  ///< of the next two
  replica_copy copy_;
  std::optional<model::feed_position> position_;

  mutable std::mutex primary_mutex_;  ///< of the next three
  mutable std::unique_ptr<postgres_control_store> primary_;
  mutable std::optional<error> fault_;
  mutable steady_time open_again_at_{};

  std::mutex wake_mutex_;  ///< of the next
  bool ended_ = false;
  std::condition_variable wake_;
  mutable std::mutex told_mutex_;
  std::string told_;  ///< why the copy does not follow
  std::thread thread_;
};

result<postgres_control_store*> replicated_store::primary() const {
  const std::lock_guard lock(primary_mutex_);
  if (primary_) return primary_.get();
  if (fault_ && steady_now() < open_again_at_) return tl::unexpected(*fault_);
  auto made = std::make_unique<postgres_control_store>(options_.primary);
  if (const auto started = made->start(); !started) {
    fault_ = started.error();
    open_again_at_ = steady_now() + open_again_after;
    return tl::unexpected(*fault_);
  }
  primary_ = std::move(made);
  return primary_.get();
}

result<void> replicated_store::start() {
  SP_TRY(position_, copy_.position());
  const auto followed = follow();
  if (!followed && (!position_ || followed.error().code != errc::unavailable)) {
    return followed;
  }
  note(followed);
  thread_ = std::thread([this] { run(); });
  return {};
}

void replicated_store::run() {
  for (;;) {
    {
      std::unique_lock lock(wake_mutex_);
      if (wake_.wait_for(lock, options_.poll_every, [&] { return ended_; })) return;
    }
    note(follow());
    (void)copy_store_->expire_audit(time().now() - notes_kept, 500);
  }
}

// Each fault once, however long it lasts.
void replicated_store::note(const result<void>& followed) {
  const auto fault = followed ? std::string() : to_string(followed.error());
  {
    const std::lock_guard lock(told_mutex_);
    if (fault == std::exchange(told_, fault)) return;
  }
  if (followed) return log_.info("replica.follows", {});
  log_.error("replica.not_followed",
             {{"error", fault}, {"hint", "mail goes on by the last known rules"}});
}

result<void> replicated_store::follow() {
  // While everything is read, changes are not held up until that is over.
  const std::unique_lock lock(follow_mutex_, followed_within);
  if (!lock) return fail(errc::unavailable, "the copy is being read");
  SP_TRY(auto* database, primary());
  const auto from = database->queries();
  SP_TRY(const auto now, from.position());
  if (!position_) return take_everything(from, now, std::nullopt);
  if (now == *position_) return {};
  SP_TRY(const auto touched, from.touched_since(*position_));
  if (touched.reload || touched.all) return take_everything(from, now, touched.reload);
  const auto taken = copy_.take(from, touched.names, now);
  if (!taken && (taken.error().code == errc::conflict || taken.error().code == errc::not_found)) {
    return take_everything(from, now, std::nullopt);
  }
  if (taken) position_ = now;
  return taken;
}

result<void> replicated_store::take_everything(const postgres::postgres_queries& from,
                                               const model::feed_position& now,
                                               std::optional<model::reload_reason> why) {
  if (why == model::reload_reason::other_history) {
    log_.error("replica.other_history",
               {{"revision", position_ ? position_->revision : 0},
                {"database_revision", now.revision},
                {"hint", "the control database has gone back: changes may be lost"}});
  }
  position_.reset();
  SP_CHECK(copy_.take_all(from, now));
  position_ = now;
  log_.info("replica.read", {{"revision", now.revision}});
  return {};
}

std::unique_ptr<const model::control_reader> replicated_store::read() const {
  const auto ask = [this]() -> result<replica_queries::reader_ptr> {
    SP_TRY(const auto* database, primary());
    return replica_queries::reader_ptr(database->read());
  };
  return std::make_unique<control_reading<model::control_reader, replica_queries>>(
      replica_queries(copy_store_->read(), ask));
}

// What the copy does not get now it gets with the next look.
result<std::uint64_t> replicated_store::commit(
    const std::function<result<void>(model::control_transaction&)>& work) {
  SP_TRY(auto* database, primary());
  SP_TRY(const auto revision, database->commit(work));
  if (revision > 0) (void)follow();
  return revision;
}

void replicated_store::record_refusal(model::audit_entry entry) {
  const auto database = primary();
  if (database) return (*database)->record_refusal(std::move(entry));
  log_.warning("control.refusal_not_recorded",
               {{"action", entry.action}, {"reason", to_string(database.error())}});
}

result<std::unique_ptr<model::control_import>> replicated_store::begin_import() {
  SP_TRY(auto* database, primary());
  return database->begin_import();
}

result<std::size_t> replicated_store::expire_audit(wall_time before, std::size_t max) {
  SP_TRY(auto* database, primary());
  return database->expire_audit(before, max);
}
result<std::size_t> replicated_store::expire_refusals(wall_time before, std::size_t max) {
  SP_TRY(auto* database, primary());
  return database->expire_refusals(before, max);
}
result<std::size_t> replicated_store::expire_usage(wall_time before, std::size_t max) {
  SP_TRY(auto* database, primary());
  return database->expire_usage(before, max);
}

}  // namespace

result<std::unique_ptr<model::control_store>> open_replicated_store(
    replicated_store_options options) {
  SP_TRY(auto copy, open_control_store(options.copy));
  auto store = std::make_unique<replicated_store>(std::move(options), std::move(copy));
  SP_CHECK(store->start());
  return std::unique_ptr<model::control_store>(std::move(store));
}

}  // namespace signpost::storage

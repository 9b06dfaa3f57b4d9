// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "routing/store_routing_source.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/log.hpp"

namespace signpost::routing {
namespace {

const logger log_("config.control");

/// The wait after the store did not answer.
constexpr seconds retry_after{1};
/// How often a long reading reports its progress.
constexpr seconds progress_every{5};
/// What `reasons` can contain.
constexpr std::size_t reasons_max = 100;

}  // namespace

/// What is to be done next.
struct store_routing_source::work {
  std::set<model::object_id> zones;
  bool all = false;
  bool marks = false;  ///< what is in force is to be published once more, with the current marks
  std::optional<model::reload_reason> reload = {};
  model::feed_position position = {};  ///< up to which changes are in it
  std::optional<steady_time> since = {};  ///< when the first of it was noticed

  void add(const model::change_record& change) {
    position = change.position;
    zones.insert(change.zones.begin(), change.zones.end());
    if (change.all_zones || zones.size() > zones_waiting_max) want_all();
  }
  void want_all() {
    all = true;
    zones.clear();
  }
};

/// Where requests wait, and what is in force for callers that wait for it.
class store_routing_source::inbox {
 public:
  /// There may be changes.
  void look(steady_time now) {
    want([](work&) {}, now);
  }
  void want_all(steady_time now) {
    want([](work& w) { w.want_all(); }, now);
  }
  void want_marks(steady_time now) {
    want([](work& w) { w.marks = true; }, now);
  }
  /// What could not be done yet.
  void put_back(const work& todo) {
    const std::lock_guard lock(mutex_);
    waiting_.all = waiting_.all || todo.all;
    waiting_.marks = waiting_.marks || todo.marks;
    waiting_.since = todo.since;
    heard_ = true;
  }
  void end() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
  }
  [[nodiscard]] bool ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

  /// Waits for a request, at most for `at_most`; nothing at the end.
  std::optional<work> take(milliseconds at_most) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, at_most, [&] { return ended_ || heard_; });
    if (ended_) return std::nullopt;
    heard_ = false;
    return std::exchange(waiting_, {});
  }
  /// Whether changes were announced; leaves the other requests.
  std::optional<work> take_news() {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(heard_, waiting_.all || waiting_.marks)) return std::nullopt;
    return work{.since = std::exchange(waiting_.since, std::nullopt)};
  }
  void pause(milliseconds wait) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait, [&] { return ended_; });
  }

  void set_in_force(std::uint64_t revision, const control_table& table) {
    {
      const std::lock_guard lock(mutex_);
      in_force_ = revision;
      left_out_ = table.left_out();
      reasons_ = table.reasons(reasons_max);
    }
    changed_.notify_all();
  }
  bool wait_for(std::uint64_t revision, milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return ended_ || in_force_ >= revision; })
           && in_force_ >= revision;
  }
  [[nodiscard]] std::uint64_t in_force() const {
    const std::lock_guard lock(mutex_);
    return in_force_;
  }
  [[nodiscard]] left_out_counts left_out() const {
    const std::lock_guard lock(mutex_);
    return left_out_;
  }
  [[nodiscard]] std::vector<std::string> reasons(std::size_t max) const {
    const std::lock_guard lock(mutex_);
    const auto count = std::min(max, reasons_.size());
    return {reasons_.begin(), reasons_.begin() + static_cast<std::ptrdiff_t>(count)};
  }

 private:
  template <typename Wish>
  void want(const Wish& wish, steady_time now) {
    {
      const std::lock_guard lock(mutex_);
      wish(waiting_);
      heard_ = true;
      if (!waiting_.since) waiting_.since = now;
    }
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  work waiting_;
  bool heard_ = false;  ///< something waits, or there may be changes
  bool ended_ = false;
  std::uint64_t in_force_ = 0;
  left_out_counts left_out_;
  std::vector<std::string> reasons_;
};

store_routing_source::store_routing_source(model::control_store& store, model::change_feed& feed,
                                           store_routing_options options)
    : store_(store),
      feed_(feed),
      options_(std::move(options)),
      inbox_(std::make_shared<inbox>()) {}

store_routing_source::~store_routing_source() {
  inbox_->end();
  if (thread_.joinable()) thread_.join();
}

result<std::unique_ptr<store_routing_source>> store_routing_source::open(
    model::control_store& store, model::change_feed& feed, store_routing_options options) {
  std::unique_ptr<store_routing_source> made(
      new store_routing_source(store, feed, std::move(options)));
  SP_CHECK(made->start());
  return made;
}

result<void> store_routing_source::start() {
  subscription_ = feed_.subscribe([inbox = inbox_, &time = options_.time] {
    inbox->look(time.steady_now());
  });
  SP_CHECK(read_everything({.all = true, .since = options_.time.steady_now()}));
  thread_ = std::thread([this] { run(); });
  return {};
}

std::shared_ptr<const model::routing_snapshot> store_routing_source::current() const {
  return current_.get();
}

void store_routing_source::read_all() {
  inbox_->want_all(options_.time.steady_now());
}

void store_routing_source::look_for_doubt() {
  const auto now = current();
  if (now && now->doubtful == store_.trouble().empty()) {
    inbox_->want_marks(options_.time.steady_now());
  }
}

std::uint64_t store_routing_source::last_change() const {
  return feed_.last_known();
}

bool store_routing_source::wait_for(std::uint64_t revision, milliseconds timeout) const {
  // The caller knows of a change, whether the feed has announced it or not.
  if (inbox_->in_force() < revision) inbox_->look(options_.time.steady_now());
  return inbox_->wait_for(revision, timeout);
}

left_out_counts store_routing_source::left_out() const {
  return inbox_->left_out();
}

std::vector<std::string> store_routing_source::reasons(std::size_t max) const {
  return inbox_->reasons(max);
}

void store_routing_source::run() {
  while (auto todo = inbox_->take(options_.poll_every)) {
    const auto done = follow(*todo);
    if (inbox_->ended()) return;
    note(done);
    if (done) continue;
    inbox_->put_back(*todo);
    inbox_->pause(std::min<milliseconds>(retry_after, options_.poll_every));
  }
}

// Logs each fault once, however often reading is retried.
void store_routing_source::note(const result<void>& done) {
  const auto fault = done ? std::string() : to_string(done.error());
  if (fault == std::exchange(fault_, fault)) return;
  if (done) return log_.info("config.read_again", {{"revision", position_.revision}});
  log_.error("config.read_failed",
             {{"error", fault}, {"hint", "the previous rules stay in force"}});
}

result<void> store_routing_source::follow(work todo) {
  if (!todo.since) todo.since = options_.time.steady_now();
  todo.position = position_;
  // Reading everything includes all changes.
  if (!todo.all) SP_CHECK(take_news(todo));
  if (todo.all) return read_everything(todo);
  if (todo.marks || todo.position != position_) apply(todo);
  // After what has changed in the meantime.
  if (table_->has_more()) inbox_->want_marks(options_.time.steady_now());
  return {};
}

result<void> store_routing_source::take_news(work& todo) const {
  while (!todo.all) {
    SP_TRY(const auto news, feed_.after(todo.position, changes_at_once_max));
    if (news.reload) {
      todo.reload = news.reload;
      todo.want_all();
    }
    for (const auto& change : news.changes) todo.add(change);
    if (news.changes.size() < changes_at_once_max) break;
  }
  return {};
}

void store_routing_source::apply(const work& todo) {
  table_->update(*store_.read(), todo.zones);
  position_ = todo.position;
  publish(todo);
}

// The old table takes single changes between the steps; what they touched is read once more into
// the new one, which shows the store as it was at the beginning.
result<void> store_routing_source::read_everything(const work& todo) {
  if (todo.reload) tell_of_reload(*todo.reload);
  std::set<model::object_id> meanwhile;
  auto told = options_.time.steady_now();
  const auto between = [&](std::size_t zones) {
    if (table_ && !todo.reload) take_single_changes(meanwhile);
    if (const auto now = options_.time.steady_now(); now - told >= progress_every) {
      told = now;
      log_.info("config.reading", {{"zones", zones}});
    }
    return !inbox_->ended();
  };
  auto all = todo;
  std::unique_ptr<control_table> made;
  {
    const auto now = store_.read();
    SP_TRY(all.position, now->position());
    auto read = control_table::read(*now, options_.node,
                                    {.zones_at_once = options_.zones_at_once, .between = between});
    if (!read) return tl::unexpected(std::move(read.error()));
    made = std::make_unique<control_table>(std::move(*read));
  }
  // From the position of the new table, not of the old one: they may have different histories.
  work rest{.position = all.position};
  if (take_news(rest) && !rest.all) {
    meanwhile.insert(rest.zones.begin(), rest.zones.end());
    all.position = rest.position;
  } else {
    inbox_->look(options_.time.steady_now());
  }
  if (!meanwhile.empty()) made->update(*store_.read(), meanwhile);
  table_ = std::move(made);
  position_ = all.position;
  publish(all);
  return {};
}

// Errors are not lost: the feed is read again when everything has been read.
void store_routing_source::take_single_changes(std::set<model::object_id>& zones) {
  auto some = inbox_->take_news();
  if (!some) return;
  some->position = position_;
  if (!take_news(*some) || some->all || some->position == position_) return;
  apply(*some);
  zones.insert(some->zones.begin(), some->zones.end());
}

void store_routing_source::tell_of_reload(model::reload_reason why) const {
  const bool strange = why == model::reload_reason::other_history;
  log_.write(strange ? log_level::error : log_level::warning, "config.reload",
             {{"reason", to_string(why)},
              {"revision", position_.revision},
              {"hint", strange ? "the control store has gone back: changes may be lost"
                               : "everything is read again"}});
}

void store_routing_source::publish(const work& todo) {
  const auto& t = table_->table();
  const auto revision = position_.revision;
  // Changes are missing: zones and rules among them.
  const bool lossy = !store_.trouble().empty();
  current_.set(std::make_shared<const model::routing_snapshot>(model::routing_snapshot{
      .revision = revision, .table = t, .doubtful = lossy, .incomplete = lossy}));
  const auto took = todo.since ? options_.time.steady_now() - *todo.since : steady_time::duration{};
  const table_in_force told{.revision = revision,
                            .zones = t->zone_count(),
                            .rules = t->rule_count(),
                            .zones_read = table_->zones_read(),
                            .left_out = table_->left_out(),
                            .everything = todo.all,
                            .reload = todo.reload,
                            .took = took};
  log_.write(todo.all ? log_level::info : log_level::debug, "config.in_force",
             {{"revision", revision},
              {"zones", told.zones},
              {"rules", told.rules},
              {"zones_read", told.zones_read},
              {"zones_left_out", told.left_out.zones},
              {"rules_left_out", told.left_out.rules},
              {"took_ms", std::chrono::duration<double, std::milli>(took).count()}});
  if (options_.in_force) options_.in_force(told);
  // Last, so that a caller that waited for it sees the rest as well.
  inbox_->set_in_force(revision, *table_);
}

}  // namespace signpost::routing

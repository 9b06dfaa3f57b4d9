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
  std::uint64_t revision = 0;
  std::optional<steady_time> since;  ///< when the first of it was committed

  [[nodiscard]] bool empty() const { return zones.empty() && !all && !since; }
  void add(const work& other) {
    zones.insert(other.zones.begin(), other.zones.end());
    all = all || other.all;
    revision = std::max(revision, other.revision);
    if (!since) since = other.since;
  }
};

/// Where changes wait, and what is in force for callers that wait for it.
class store_routing_source::inbox {
 public:
  void add(const model::change_record& change, steady_time now) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.revision = last_change_ = change.revision;
      if (!waiting_.since) waiting_.since = now;
      waiting_.zones.insert(change.zones.begin(), change.zones.end());
      if (change.all_zones || waiting_.zones.size() > zones_waiting_max) {
        waiting_.all = true;
        waiting_.zones.clear();
      }
    }
    changed_.notify_all();
  }
  void put_back(const work& todo) {
    const std::lock_guard lock(mutex_);
    waiting_.add(todo);
  }
  void want_all(steady_time now) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.add({.zones = {}, .all = true, .revision = last_change_, .since = now});
    }
    changed_.notify_all();
  }
  /// What is in force is to be published once more, with the current marks.
  void want_marks(steady_time now) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.add({.zones = {}, .all = false, .revision = last_change_, .since = now});
    }
    changed_.notify_all();
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

  /// Waits for work; nothing at the end.
  std::optional<work> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
    if (ended_) return std::nullopt;
    return std::exchange(waiting_, {});
  }
  /// Single zones that have changed, without waiting; a request for everything stays.
  std::optional<work> take_zones() {
    const std::lock_guard lock(mutex_);
    if (waiting_.zones.empty() || waiting_.all) return std::nullopt;
    return std::exchange(waiting_, {});
  }
  void pause(milliseconds wait) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait, [&] { return ended_; });
  }

  void set_in_force(std::uint64_t revision, const control_table& table) {
    {
      const std::lock_guard lock(mutex_);
      in_force_ = std::max(in_force_, revision);
      last_change_ = std::max(last_change_, revision);
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
  [[nodiscard]] std::uint64_t last_change() const {
    const std::lock_guard lock(mutex_);
    return last_change_;
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
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  work waiting_;
  bool ended_ = false;
  std::uint64_t last_change_ = 0;
  std::uint64_t in_force_ = 0;
  left_out_counts left_out_;
  std::vector<std::string> reasons_;
};

store_routing_source::store_routing_source(model::control_store& store,
                                           store_routing_options options)
    : store_(store), options_(std::move(options)), inbox_(std::make_shared<inbox>()) {}

store_routing_source::~store_routing_source() {
  inbox_->end();
  if (thread_.joinable()) thread_.join();
}

result<std::unique_ptr<store_routing_source>> store_routing_source::open(
    model::control_store& store, store_routing_options options) {
  std::unique_ptr<store_routing_source> made(new store_routing_source(store, std::move(options)));
  SP_CHECK(made->start());
  return made;
}

result<void> store_routing_source::start() {
  // Before anything is read: changes in the meantime are reported.
  store_.on_change([inbox = inbox_, &time = options_.time](const model::change_record& change) {
    inbox->add(change, time.steady_now());
  });
  work everything{.zones = {}, .all = true, .revision = 0, .since = options_.time.steady_now()};
  SP_CHECK(read_everything(everything));
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
  return inbox_->last_change();
}

bool store_routing_source::wait_for(std::uint64_t revision, milliseconds timeout) const {
  return inbox_->wait_for(revision, timeout);
}

left_out_counts store_routing_source::left_out() const {
  return inbox_->left_out();
}

std::vector<std::string> store_routing_source::reasons(std::size_t max) const {
  return inbox_->reasons(max);
}

void store_routing_source::run() {
  while (auto todo = inbox_->take()) {
    if (!todo->all) {
      apply(*todo);
      // After what has changed in the meantime.
      if (table_->has_more()) inbox_->want_marks(options_.time.steady_now());
      continue;
    }
    const auto done = read_everything(*todo);
    if (done || inbox_->ended()) continue;
    log_.error("config.read_failed",
               {{"error", to_string(done.error())}, {"hint", "the previous rules stay in force"}});
    inbox_->put_back(*todo);
    inbox_->pause(retry_after);
  }
}

void store_routing_source::apply(const work& todo) {
  table_->update(*store_.read(), todo.zones);
  publish(*table_, todo);
}

// The old table takes single changes between the steps; what they touched is read once more into
// the new one, which shows the store as it was at the beginning.
result<void> store_routing_source::read_everything(const work& todo) {
  work meanwhile;
  auto told = options_.time.steady_now();
  const auto between = [&](std::size_t zones) {
    if (table_) {
      if (auto some = inbox_->take_zones()) {
        apply(*some);
        meanwhile.add(*some);
      }
    }
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
    SP_TRY(const auto revision, now->revision());
    auto read = control_table::read(*now, options_.node,
                                    {.zones_at_once = options_.zones_at_once, .between = between});
    if (!read) return tl::unexpected(std::move(read.error()));
    made = std::make_unique<control_table>(std::move(*read));
    all.revision = std::max(all.revision, revision);
  }
  if (!meanwhile.zones.empty()) made->update(*store_.read(), meanwhile.zones);
  all.revision = std::max(all.revision, meanwhile.revision);
  table_ = std::move(made);
  publish(*table_, all);
  return {};
}

void store_routing_source::publish(const control_table& table, const work& todo) {
  const auto& t = table.table();
  const auto old = current_.get();
  const auto revision = std::max(todo.revision, old ? old->revision : 0);
  // Changes are missing: zones and rules among them.
  const bool lossy = !store_.trouble().empty();
  current_.set(std::make_shared<const model::routing_snapshot>(model::routing_snapshot{
      .revision = revision, .table = t, .doubtful = lossy, .incomplete = lossy}));
  const auto took = todo.since ? options_.time.steady_now() - *todo.since : steady_time::duration{};
  const table_in_force told{.revision = revision,
                            .zones = t->zone_count(),
                            .rules = t->rule_count(),
                            .zones_read = table.zones_read(),
                            .left_out = table.left_out(),
                            .everything = todo.all,
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
  inbox_->set_in_force(revision, table);
}

}  // namespace signpost::routing

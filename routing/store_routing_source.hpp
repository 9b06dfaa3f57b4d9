// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The routing source for the control plane's store: everything is read at the start, then each
// change is in force some milliseconds after its commit.
//
//     SP_TRY(auto config, store_routing_source::open(store, store.feed(),
//                                                    {.node = identity, .time = time}));
//     …                                             // somebody changes a rule
//     config->wait_for(config->last_change(), 1s);  // mail is now treated by it
//
// A separate thread builds the tables: whatever changes while it builds one goes into the next.
// While everything is read again (after an import) single changes still come into force between the
// steps of that. It reads the change feed when notified and every `poll_every`; if the feed asks
// for a reload (model/control/change_feed.hpp), everything is read again.
//
// Threads: `open` and destruction by one, before and after all use; the rest from any. Store and
// feed must outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/shared_slot.hpp"
#include "model/control/change_feed.hpp"
#include "model/control/control_store.hpp"
#include "model/routing/routing_source.hpp"
#include "routing/control_table.hpp"

namespace signpost::routing {

/// A table that has come into force.
struct table_in_force {
  std::uint64_t revision = 0;
  std::size_t zones = 0;
  std::size_t rules = 0;
  std::size_t zones_read = 0;  ///< from the store, for this table
  left_out_counts left_out;
  bool everything = false;        ///< all zones were read, not only those that changed
  /// Set if the feed asked for everything to be read.
  std::optional<model::reload_reason> reload = {};
  steady_time::duration took{0};  ///< from the commit of the first change that is in it
};

struct store_routing_options {
  model::node_identity node;
  const clock& time;
  /// Called after `current` returns the new table, on the thread that built it.
  std::function<void(const table_in_force&)> in_force = {};
  std::size_t zones_at_once = 4096;
  /// How often the feed is polled without a notification.
  milliseconds poll_every{2000};
};

class store_routing_source final : public model::routing_source {
 public:
  /// How many zones may wait to be read again; if there are more, everything is read again.
  static constexpr std::size_t zones_waiting_max = 50'000;
  /// Changes that are taken from the feed in one step.
  static constexpr std::size_t changes_at_once_max = 1000;

  /// Reads everything. Fails only as the store does: unusable objects are left out.
  static result<std::unique_ptr<store_routing_source>> open(model::control_store& store,
                                                            model::change_feed& feed,
                                                            store_routing_options options);
  ~store_routing_source() override;
  store_routing_source(const store_routing_source&) = delete;
  store_routing_source& operator=(const store_routing_source&) = delete;

  [[nodiscard]] std::shared_ptr<const model::routing_snapshot> current() const override;
  /// Causes everything to be read again, in the background.
  void read_all();
  /// Checks, in the background, whether the store still misses changes; the routing in force is
  /// then doubtful.
  void look_for_doubt();

  /// The newest revision that this node knows of: not older than any change committed through it.
  [[nodiscard]] std::uint64_t last_change() const;
  /// True when the routing in force is at least of this revision; false if that takes longer.
  [[nodiscard]] bool wait_for(std::uint64_t revision, milliseconds timeout) const;

  [[nodiscard]] left_out_counts left_out() const;
  /// What is configured but has no effect, and why; `max` at most.
  [[nodiscard]] std::vector<std::string> reasons(std::size_t max) const;

 private:
  class inbox;
  struct work;

  store_routing_source(model::control_store& store, model::change_feed& feed,
                       store_routing_options options);
  result<void> start();
  void run();
  void note(const result<void>& done);
  /// Reads what has changed, or everything if it has to be.
  result<void> follow(work todo);
  /// Adds what has come after `position_`.
  result<void> take_news(work& todo) const;
  void apply(const work& todo);
  result<void> read_everything(const work& todo);
  /// Puts into force what has changed while everything is read; adds the zones.
  void take_single_changes(std::set<model::object_id>& zones);
  void tell_of_reload(model::reload_reason why) const;
  void publish(const work& todo);

  model::control_store& store_;
  model::change_feed& feed_;
  const store_routing_options options_;
  /// Shared with what the feed calls, which may outlive us.
  std::shared_ptr<inbox> inbox_;
  model::change_feed::subscription subscription_;
  std::unique_ptr<control_table> table_;  ///< touched by `thread_` alone once that runs
  model::feed_position position_;         ///< of `table_`, in the same way
  std::string fault_;                     ///< why the last reading failed, in the same way
  shared_slot<model::routing_snapshot> current_;
  std::thread thread_;
};

}  // namespace signpost::routing

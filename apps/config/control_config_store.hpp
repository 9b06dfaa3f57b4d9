// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The routing set-up from the control plane's store: everything is read at start, then each change
// is in force some milliseconds after its commit.
//
//     SP_TRY(auto config, control_config_store::open(store, {.node = identity, .time = time}));
//     …                                             // somebody changes a rule
//     config->wait_for(config->last_change(), 1s);  // mail is now treated by it
//
// A thread of its own makes the tables: whatever has changed while it made one goes into the next.
// While everything is read again (after an import) single changes still come into force between the
// steps of that.
//
// Threads: `open` and destruction by one, before and after all use; the rest from any. The control
// store must outlive it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "apps/config/control_table.hpp"
#include "base/clock.hpp"
#include "model/config_store.hpp"

namespace signpost::config {

/// A table that has come into force.
struct table_in_force {
  std::uint64_t revision = 0;
  std::size_t zones = 0;
  std::size_t rules = 0;
  std::size_t zones_read = 0;  ///< from the store, for this table
  left_out_counts left_out;
  bool everything = false;        ///< all zones were read, not only those that changed
  steady_time::duration took{0};  ///< from the commit of the first change that is in it
};

struct control_config_options {
  model::node_identity node;
  const clock& time;
  /// Called after `current` shows the new table, on the thread that made it.
  std::function<void(const table_in_force&)> in_force = {};
  std::size_t zones_at_once = 4096;
};

class control_config_store final : public model::config_store {
 public:
  /// Zones that wait to be read again; of more, everything is.
  static constexpr std::size_t zones_waiting_max = 50'000;

  /// Reads everything. Fails only as the store does: what cannot be used is left out.
  static result<std::unique_ptr<control_config_store>> open(model::control_store& store,
                                                            control_config_options options);
  ~control_config_store() override;
  control_config_store(const control_config_store&) = delete;
  control_config_store& operator=(const control_config_store&) = delete;

  [[nodiscard]] std::shared_ptr<const model::config_snapshot> current() const override;
  /// Changes come by themselves: always false.
  result<bool> refresh() override { return false; }
  /// Has everything read again, in the background.
  void read_all();
  /// Looks whether the store still misses changes; then what is in force is doubtful, in the
  /// background.
  void look_for_doubt();

  /// The revision of the last change that was committed.
  [[nodiscard]] std::uint64_t last_change() const;
  /// True when what mail meets is at least of this revision; false if that takes longer.
  [[nodiscard]] bool wait_for(std::uint64_t revision, milliseconds timeout) const;

  [[nodiscard]] left_out_counts left_out() const;
  /// What is set up but does nothing, and why; `max` at most.
  [[nodiscard]] std::vector<std::string> reasons(std::size_t max) const;

 private:
  class inbox;
  struct work;

  control_config_store(model::control_store& store, control_config_options options);
  result<void> start();
  void run();
  void apply(const work& todo);
  result<void> read_everything(const work& todo);
  void publish(const control_table& table, const work& todo);

  model::control_store& store_;
  const control_config_options options_;
  /// Shared with what the store calls, which may outlive us.
  std::shared_ptr<inbox> inbox_;
  std::unique_ptr<control_table> table_;  ///< touched by `thread_` alone once that runs
  std::atomic<std::shared_ptr<const model::config_snapshot>> current_;
  std::thread thread_;
};

}  // namespace signpost::config

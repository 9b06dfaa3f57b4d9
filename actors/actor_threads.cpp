// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/actor_threads.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>

namespace signpost::actors {
namespace {

class system_config : public caf::actor_system_config {
 public:
  explicit system_config(std::size_t threads) {
    // One queue with a condition variable: no polling while idle and no waking lag, which with the
    // stealing scheduler is up to 10 ms a hop.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", threads);
  }
};

// A system refers to its configuration.
struct configured_system {
  explicit configured_system(std::size_t threads) : config(threads), system(config) {}
  system_config config;
  caf::actor_system system;
};

}  // namespace

std::shared_ptr<caf::actor_system> make_actor_system(std::size_t threads) {
  auto both = std::make_shared<configured_system>(threads);
  auto& system = both->system;
  return {std::move(both), &system};
}

}  // namespace signpost::actors

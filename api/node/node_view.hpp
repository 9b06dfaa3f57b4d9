// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The state of the running node as JSON.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "api/frame/json.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/routing/routing_source.hpp"
#include "monitoring/health.hpp"

namespace signpost::storage {
class spool;
}

namespace signpost::api {

/// Events of one answer; without `max`: `events_default`.
inline constexpr std::size_t events_max = 1000;
inline constexpr std::size_t events_default = 100;

/// What the state of the node is made of; all references must outlive it. The functions may be
/// called on any thread.
struct node_facts {
  const storage::spool& spool;
  const model::routing_source& routing;
  const monitoring::health_state& health;
  const clock& time;
  std::string host_name;
  std::string version;
  wall_time started;
  /// Named numbers of the running node.
  std::function<std::vector<std::pair<std::string, std::int64_t>>()> numbers;
  /// What is set up but does nothing, one reason each; nothing if nobody can tell.
  std::function<std::vector<std::string>()> left_out = {};
};

/// Version, readiness with its reasons, the spool, the zones in force and named numbers. Waits for
/// `numbers`.
[[nodiscard]] json node_status(const node_facts& node);

}  // namespace signpost::api

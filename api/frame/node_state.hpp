// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The state of a running node at one moment.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "storage/spool/spool_state.hpp"

namespace signpost::api {

/// The routing setup in force.
struct routing_state {
  std::uint64_t revision = 0;
  std::uint64_t zones = 0;
  std::uint64_t rules = 0;
  /// What is set up but does nothing, one reason each; not set: nobody can tell.
  std::optional<std::vector<std::string>> left_out = {};
};

struct node_state {
  std::string host_name;
  std::string version;
  wall_time started;
  seconds uptime{0};
  bool live = true;
  bool ready = false;
  std::vector<std::string> reasons;  ///< why it is not ready
  std::vector<std::string> remarks;
  storage::spool_health spool = storage::spool_health::well;
  storage::spool_totals totals;
  storage::activity_log_state activity_log;
  std::optional<routing_state> routing;  ///< not set: none is in force yet
  /// Named numbers of its parts.
  std::vector<std::pair<std::string, std::int64_t>> numbers;
};

}  // namespace signpost::api

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How much the SCHEDULER holds in memory, and how often it reads.
//
// Threads: a value.
#pragma once

#include <cstddef>

#include "base/clock.hpp"

namespace signpost::actors {

struct scheduler_options {
  /// Envelopes in memory at once, in all and for one next hop.
  std::size_t active_max = 20'000;
  std::size_t active_per_next_hop_max = 2'000;
  milliseconds scan_interval = std::chrono::seconds(1);
  std::size_t scan_page = 1'000;
  /// The schedule is read from its beginning this often, in case anything was skipped.
  milliseconds rescan_interval = std::chrono::minutes(30);
  /// A plan is requested again after its DNS TTL, within these bounds.
  seconds plan_ttl_min{60};
  seconds plan_ttl_max{3600};
};

}  // namespace signpost::actors

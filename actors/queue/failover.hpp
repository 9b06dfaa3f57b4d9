// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a recipient goes next after its destination has failed permanently, if a rule lists further
// ones.
//
// Threads: pure functions.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "model/queue/envelope.hpp"
#include "model/queue/retry.hpp"

namespace signpost::actors {

struct failover_facts {
  wall_time now;
  bool null_sender = false;
  const model::retry_policy& policy;
};

/// `failed`, redirected to the first of its fallbacks: due now, with a new lifetime and no
/// attempts. It is remembered that the sender was told of a delay. Nothing if no fallback that is a
/// mailbox is left.
std::optional<model::envelope> next_destination(const model::envelope& failed,
                                                const failover_facts& facts);

/// True if `after` goes elsewhere than `before` did.
[[nodiscard]] inline bool goes_elsewhere(const model::envelope& before,
                                         const model::envelope& after) {
  return !model::is_final(after.state) && after.fallbacks.size() < before.fallbacks.size();
}

}  // namespace signpost::actors

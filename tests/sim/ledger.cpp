// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/ledger.hpp"

#include <algorithm>

namespace signpost::sim {

void run_result::add(const run_result& o) {
  acknowledged += o.acknowledged;
  refused += o.refused;
  delivered += o.delivered;
  duplicated += o.duplicated;
  reports += o.reports;
  adopted += o.adopted;
  fences += o.fences;
  faults += o.faults;
  wiped += o.wiped;
  drains += o.drains;
  drained += o.drained;
  quarantined += o.quarantined;
  events += o.events;
  lost += o.lost;
  stuck += o.stuck;
  left_over += o.left_over;
  needless += o.needless;
  revived += o.revived;
  unjust += o.unjust;
}

bool ledger::settled(const recipient& r) const {
  if (r.delivered > 0 || r.removed) return true;
  return std::ranges::any_of(r.reports, [this](const queue_id& id) { return settled(id); });
}

bool ledger::settled(const queue_id& id) const {
  const auto at = messages_.find(id);
  return at != messages_.end()
         && std::ranges::all_of(at->second.recipients,
                                [this](const recipient& r) { return settled(r); });
}

}  // namespace signpost::sim

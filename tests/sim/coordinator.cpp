// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/coordinator.hpp"

#include <algorithm>

namespace signpost::sim {

std::vector<member_row> coordinator::all() const {
  std::vector<member_row> out;
  out.reserve(rows_.size());
  for (const auto& [node, r] : rows_) out.push_back(r.is);
  return out;
}

coordinator::outcome coordinator::renew(const identity& self, std::span<const member_row> known,
                                        std::int64_t now_ms) {
  for (const auto& k : known) {
    const auto found = rows_.find(k.node);
    if (found == rows_.end()) {
      rows_[k.node] = {k, 0, 0};
      continue;
    }
    auto& is = found->second.is;
    is.ended = std::max(is.ended, k.ended);
    is.tenure = std::max(is.tenure, k.tenure);
    is.removed = is.removed || k.removed;
    is.draining = is.draining || (k.draining && is.removed);
    if (k.node != self.node && k.starts > is.starts) {
      is.starts = k.starts;
      is.disk = k.disk;
    }
  }
  auto& mine = rows_[self.node];
  mine.is.node = self.node;
  if (mine.boot != self.boot) {
    if (mine.is.starts > self.starts) {
      return outcome::replaced;
    }
    mine.boot = self.boot;
    mine.is.starts = self.starts;
    mine.is.disk = self.disk;
  }
  if (self.tenure <= mine.is.ended || mine.is.removed) return outcome::ended;
  mine.is.tenure = std::max(mine.is.tenure, self.tenure);
  mine.is.renewals = self.renewals;
  mine.renewed_at = clock(now_ms);
  return outcome::renewed;
}

bool coordinator::fence(const observation& seen) {
  auto& is = rows_.at(seen.node).is;
  if (is.tenure != seen.tenure || is.starts != seen.starts || is.renewals != seen.renewals
      || is.ended >= seen.tenure || seen.timeline != timeline_) {
    return false;
  }
  is.ended = seen.tenure;
  return true;
}

tenure_number coordinator::raise(const identity& self, tenure_number above) {
  auto& is = rows_.at(self.node).is;
  is.ended = std::max(is.ended, above);
  is.tenure = std::max(is.tenure, above + 1);
  return is.tenure;
}

}  // namespace signpost::sim

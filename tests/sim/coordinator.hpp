// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The table of members in a database that can be away, go back in time, and whose clock jumps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <vector>

#include "cluster/leases/lease_machine.hpp"

namespace signpost::sim {

using cluster::leases::identity;
using cluster::leases::member_row;
using cluster::leases::observation;
using cluster::wire::node_number;
using cluster::wire::tenure_number;

class coordinator {
 public:
  struct row {
    member_row is;
    std::uint64_t boot = 0;
    std::int64_t renewed_at = 0;  ///< by the database's clock, in ms; only a control reads it
  };
  enum class outcome : std::uint8_t { renewed, ended, replaced };

  void add(const member_row& is, std::uint64_t boot) { rows_[is.node] = {is, boot, 0}; }
  [[nodiscard]] row& of(node_number node) { return rows_.at(node); }
  [[nodiscard]] std::vector<member_row> all() const;
  /// One statement each.
  outcome renew(const identity& self, std::span<const member_row> known, std::int64_t now_ms);
  bool fence(const observation& seen);
  tenure_number raise(const identity& self, tenure_number above);

  // ---- what goes wrong -------------------------------------------------------------------------
  void remember() {
    past_.push_back(rows_);
    if (past_.size() > 12) past_.pop_front();
  }
  /// A standby that lacks the last writes takes over.
  void go_back(std::size_t steps) {
    if (past_.empty()) return;
    const auto i = past_.size() - 1 - std::min(steps, past_.size() - 1);
    rows_ = past_[i];
    ++timeline_;
    past_.clear();
  }
  [[nodiscard]] std::uint64_t timeline() const { return timeline_; }
  void jump(std::int64_t ms) { clock_offset_ += ms; }
  [[nodiscard]] std::int64_t clock(std::int64_t now_ms) const { return now_ms + clock_offset_; }

 private:
  std::map<node_number, row> rows_;
  std::deque<std::map<node_number, row>> past_;
  std::int64_t clock_offset_ = 0;
  std::uint64_t timeline_ = 1;
};

}  // namespace signpost::sim

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How the node is, as its parts and its disks show: for /readyz, for gauges, and for the decision
// that only a restart can help. What hangs is node_watch.hpp's.
//
// Threads: `look` and `beyond_repair` from one; all else from any.
#pragma once

#include <optional>

#include "actors/node.hpp"
#include "apps/signpostd/node/dns_probe.hpp"
#include "apps/signpostd/node/node_parts.hpp"
#include "apps/signpostd/node/node_watch.hpp"
#include "base/clock.hpp"

namespace signpost {

class node_health {
 public:
  /// A refusal that lasts only a moment is no reason for clients to send mail elsewhere.
  static constexpr milliseconds refusing_ready{10'000};

  /// Both must outlive it.
  node_health(const node_parts& parts, actors::node& node);

  /// To be called about twice a second.
  void look();
  /// Asks no disk, so that it can be asked while one hangs.
  void look_at_disks();
  /// Brings the gauges up to date that are read when somebody asks.
  void publish() const;
  /// True when a store has failed for storage.failed_exit_after.
  [[nodiscard]] bool beyond_repair() const;

 private:
  /// Ready if there is no trouble.
  void tell(std::string_view component, std::string_view trouble);
  void tell_of_waits();
  void look_at_stores();
  void look_at_dns();
  void look_at_refusals();

  const node_parts& parts_;
  actors::node& node_;
  monitoring::health_state& health_;
  dns_probe dns_;
  lasting refusing_{refusing_ready};
  std::optional<steady_time> failed_since_;
  bool disk_hangs_ = false;
};

}  // namespace signpost

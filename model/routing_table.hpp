// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a recipient's mail goes: an immutable table made from the zones, and the decision `route()`.
//
// Threads: a table never changes; any number of threads may read it. A new set-up is a new table.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/zone.hpp"
#include "proto/smtp/path.hpp"
#include "proto/smtp/reply.hpp"

namespace signpost::model {

enum class route_kind : std::uint8_t {
  forward,      ///< to `destinations`
  drop,         ///< accepted and dropped
  reject,       ///< refused with `reply`
  unknown,      ///< no such address: 550 5.1.1
  not_ours,     ///< no zone of ours: 550 5.7.1, never relayed
  postmaster,   ///< to the postmaster of the zone or the node (`destinations`)
};

/// The decision and how it came about.
struct route_decision {
  route_kind kind = route_kind::not_ours;
  std::string zone;      ///< the zone's name; empty if none
  std::string rule;      ///< id of the rule, `catch-all`, or empty
  std::vector<address::mailbox> destinations;
  smtp::reply reply;     ///< of reject, unknown and not_ours
  /// One line per step, for `signpost rules test`; only filled by explain().
  std::vector<std::string> steps;
};

struct node_identity {
  address::domain host_name;
  /// Where `postmaster@<host name>`, `postmaster` without domain and `abuse@<host name>` go.
  std::vector<address::mailbox> postmaster;
};

class routing_table {
 public:
  /// errc::conflict names two zones or rules that claim the same name; errc::malformed a rule outside
  /// its zone, a forward without destination, or a destination that is an address of its own rule.
  static result<std::shared_ptr<const routing_table>> build(std::vector<zone> zones,
                                                            node_identity node);
  ~routing_table();

  /// The matching order: exact address, then (subaddressing on) exact `user+detail`, then `user`,
  /// then the catch-all, then postmaster, then 550 5.1.1. Disabled rules and zones do not exist.
  [[nodiscard]] route_decision route(const smtp::forward_path& recipient) const;
  /// The same with `steps`.
  [[nodiscard]] route_decision explain(const smtp::forward_path& recipient) const;

  /// The zone that routes mail for `name`, or nullptr.
  [[nodiscard]] const zone* find_zone(const address::domain& name) const;
  [[nodiscard]] std::size_t zone_count() const;
  [[nodiscard]] std::size_t rule_count() const;
  [[nodiscard]] const node_identity& node() const;

 private:
  struct impl;
  explicit routing_table(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

}  // namespace signpost::model

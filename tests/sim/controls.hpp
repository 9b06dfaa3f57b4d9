// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Counter-proofs: one safeguard at a time replaced by what looks as good. The simulation must find
// what each of them loses, or it proves nothing.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "cluster/leases/lease_machine.hpp"
#include "cluster/replication/safeguards.hpp"

namespace signpost::sim {

class coordinator;

/// What one run is held to.
struct rule_set {
  std::unique_ptr<cluster::replication::safeguards> copies;
  std::unique_ptr<cluster::leases::fencing_rule> leases;
};

struct control {
  std::string_view name;
  std::string_view what;  ///< is different
  /// `now_ms`: the time of the simulation.
  std::function<rule_set(coordinator& shared, const std::int64_t& now_ms)> rules;
};

/// The rules as they are.
rule_set sound_rules();
const std::vector<control>& controls();
/// Nothing if there is none of that name.
const control* find_control(std::string_view name);

}  // namespace signpost::sim

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Which of a zone's rules decides on an address. routing_table handles the catch-all, which comes
// after all of them, and the postmaster's last resorts.
//
// The candidates are the plain rule of the address (otherwise of `user` in `user+detail`) and all
// ordered rules that match. The lowest priority goes first; among equals the more specific, then
// one with conditions, then the older. A candidate whose conditions are not met is skipped.
//
// Threads: a function of its arguments.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "model/routing/message_facts.hpp"
#include "model/routing/pattern_supply.hpp"
#include "model/routing/step_list.hpp"
#include "model/routing/zone_routes.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::model {

struct rule_question {
  const std::shared_ptr<const zone_routes>& zone;
  const address::mailbox& to;
  /// nullptr: nothing is known of the message yet.
  const message_facts* facts = nullptr;
  /// `to` is a postmaster's address, which must not be refused (RFC 5321 §4.5.1): rules that
  /// reject, and rules for many addresses that drop, are skipped.
  bool postmaster = false;
  /// The budget, and the source of the zone's compiled patterns.
  pattern_supply& patterns;
};

struct rule_choice {
  /// The rule that decides; nothing if none does. Without facts: if no condition holds.
  std::optional<zone_routes::packed_rule> rule;
  /// The first rule that would precede it if its conditions hold; only without facts.
  std::optional<zone_routes::packed_rule> waiting;
  /// All such rules refuse the message.
  bool waiting_refuse = true;
  /// No existing rule decides before the first missing one (zone::missing_from), or the zone's
  /// patterns cannot be matched: it is unknown what should happen to the mail.
  bool unknowable = false;
};

/// If the budget was used up on the way, the choice is meaningless.
rule_choice choose_rule(const rule_question& question, step_list& steps);

}  // namespace signpost::model

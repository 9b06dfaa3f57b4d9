// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the mail path makes of a zone of the control plane and its rules.
//
// Threads: functions of their arguments.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/control/control_objects.hpp"
#include "model/routing/zone.hpp"
#include "model/routing/zone_routes.hpp"

namespace signpost::model {

struct zone_reading {
  zone routed;
  /// Enabled rules that do nothing, each as `<rule id>: why`: their destinations are not verified,
  /// or this node does not know what they ask for. Mail for their addresses is treated as if they
  /// were disabled. Rules over a limit are among them; from the first of these on, mail is deferred
  /// (zone::missing_from).
  std::vector<std::string> left_out;
};

/// `email` as in the rule.
using verified_question = std::function<bool(std::string_view email)>;

/// `rules`: of this zone, the older first (of rules with one priority that goes first, and of two
/// plain ones for one address the first counts). An unverified destination is left out, and with
/// its last destination the rule. `before`: the zone's previous routes, whose compiled patterns are
/// reused. Fails with errc::malformed only if the zone's own name or a subdomain's
/// is not a domain name.
///
/// docs/operating/rules.md describes the matchers and actions.
result<zone_reading> zone_of(const zone_object& object, const std::vector<rule_object>& rules,
                             const verified_question& is_verified,
                             const zone_routes* before = nullptr);

/// Whether the mail path can do what an enabled `rule` requires, apart from verification of its
/// destinations: a rule that zone_of() would leave out is errc::malformed here, with the same
/// reason. `object` is the rule's zone.
result<void> check_rule(const rule_object& rule, const zone_object& object);

/// Whether the rule is one of those that are tried one after the other: it has a pattern or
/// conditions. Whether these are valid is not checked.
[[nodiscard]] bool is_ordered(const rule_object& rule);

/// How much of their zone's limits ordered rules use.
struct pattern_use {
  std::size_t rules = 0;
  std::uint64_t regex_steps = 0;
  friend bool operator==(const pattern_use&, const pattern_use&) = default;
};
/// Nothing if the rule is disabled or plain.
[[nodiscard]] pattern_use use_of(const rule_object& rule);
/// Whether `rule` fits into its zone with what the others use. errc::limit_exceeded names the
/// limit.
result<void> check_room(const rule_object& rule, const pattern_use& others);
/// The same with the zone's rules; one with the same id is the previous version of the rule.
result<void> check_room(const rule_object& rule, const std::vector<rule_object>& others);

}  // namespace signpost::model

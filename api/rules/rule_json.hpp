// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Rules and catch-alls: in the form in which the client API shows and accepts them.
//
// Members that were not sent are not shown, and those that were sent are shown unchanged: clients
// compare both and treat a difference as someone else's change.
//
// Threads: functions of their arguments.
#pragma once

#include "api/frame/json.hpp"
#include "api/frame/rest_problem.hpp"
#include "model/control/control_fwd.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::api {

inline constexpr std::size_t rule_name_characters_max = 256;
/// For a matcher and for a destination.
inline constexpr std::size_t rule_value_characters_max = 90;
/// The place of a catch-all in a list of rules: after all others.
inline constexpr double catch_all_list_priority = 2147483647;

/// A rule without its owner's tag; a catch-all without a priority.
[[nodiscard]] json rule_json(const model::rule_object& rule);
/// The same in a list: a catch-all has the priority of its place.
[[nodiscard]] json listed_rule_json(const model::rule_object& rule);
[[nodiscard]] json matchers_json(const std::vector<model::rule_matcher>& matchers);
[[nodiscard]] json actions_json(const std::vector<model::rule_object_action>& actions);

/// The parts of a rule that a body contains; omitted ones have their default. Ids and times are
/// left empty.
///
/// Refuses with 2007 (Cloudflare's texts where they are known) and with 2020 for a matcher `all`
/// that does not belong to a catch-all, or the other way around.
[[nodiscard]] answer<model::rule_object> rule_of(const json& body, const model::zone_object& zone,
                                                 bool catch_all);
/// The same for `matchers` and `actions` alone, whatever their zone, and whatever the action.
[[nodiscard]] answer<std::vector<model::rule_matcher>> matchers_of(const json& body);
[[nodiscard]] answer<std::vector<model::rule_object_action>> actions_of(const json& body);

/// One matcher, as sent; only its form is checked.
[[nodiscard]] answer<model::rule_matcher> matcher_of(const json& one,
                                                     std::size_t value_characters_max);
/// Refuses a matcher of one address that the zone does not route; `at` is its place in the body.
[[nodiscard]] answer<void> check_literal(const model::rule_matcher& matcher,
                                         const model::zone_object& zone, const std::string& at);
/// `name`, `enabled` and `priority` of a body into the rule.
[[nodiscard]] answer<void> take_head(const json& body, model::rule_object& rule);

/// 2054 with the first destination, including those of a failover, that is not a verified address
/// of the account. `before`: the rule as it was, whose destinations may stay unless this enables
/// it.
[[nodiscard]] answer<void> check_destinations(const model::control_reader& now,
                                              const model::object_id& account,
                                              const model::rule_object& rule,
                                              const model::rule_object* before = nullptr);

}  // namespace signpost::api

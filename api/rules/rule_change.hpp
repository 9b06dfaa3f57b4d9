// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What changes of rules under both prefixes have in common. For the files
// `*rule_endpoints.cpp` only.
//
// Threads: functions of their arguments, called within one transaction.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "api/frame/rest_call.hpp"
#include "api/frame/rest_problem.hpp"
#include "model/control/control_fwd.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::api {

/// For audit entries.
inline constexpr std::string_view rule_resource = "email_routing_rule";
inline constexpr std::string_view catch_all_resource = "email_routing_catch_all";

/// The stored one, or the disabled one that every zone begins with.
[[nodiscard]] answer<model::rule_object> catch_all_of(const model::control_reader& now,
                                                      const model::zone_object& zone);

/// 9403 if the zone already has as many rules as allowed.
[[nodiscard]] answer<void> check_rule_limit(const rest_call& call,
                                            const model::control_reader& now);

/// 9403 if an enabled rule with a pattern or conditions does not fit into the zone with the others
/// (model::check_room); `before` is the rule that it replaces, or nullptr. It uses the zone's rules
/// at the time of the request, so call it before a transaction, for which others wait. For a zone
/// with very many rules it relies on the table in force.
[[nodiscard]] answer<void> check_rule_room(const rest_call& call, const model::rule_object& rule,
                                           const model::rule_object* before);

/// The zone's rule with this matcher alone, whichever form of the domain it was made with.
[[nodiscard]] answer<std::optional<model::rule_object>> rule_by_any_form(
    const model::control_reader& now, const model::object_id& zone,
    const model::rule_matcher& matcher);

/// For a rule with one literal matcher: 2014 if another one has the address in any form of its
/// domain, 2007 if the domain is not in the form that is looked up. A rule that keeps the matcher
/// of `before`, which may be nullptr, passes: it may have been made when neither was asked.
[[nodiscard]] answer<void> check_address(const model::control_reader& now,
                                         const model::rule_object& rule,
                                         const model::rule_object* before);

/// 2014 if the zone has a rule with these matchers.
[[nodiscard]] answer<void> write_rule(model::control_transaction& t,
                                      const model::rule_object& rule);

/// How a prefix represents rules.
using rule_view = json (*)(const model::rule_object& rule);
/// The rule concerned, in its current state.
using rule_finder = std::function<answer<model::rule_object>(const model::control_reader& now,
                                                             const model::zone_object& zone)>;
/// The rule in `zone` that the body describes; `before` is what it replaces, or nullptr. Id and
/// times are filled in.
using rule_maker = std::function<answer<model::rule_object>(const model::zone_object& zone,
                                                            const model::rule_object* before)>;

// One change each, with its audit entry; the result is the rule as it is shown.
[[nodiscard]] answer<rest_result> commit_new_rule(const rest_call& call,
                                                  rule_view show, const rule_maker& make);
[[nodiscard]] answer<rest_result> commit_replaced_rule(const rest_call& call,
                                                       rule_view show, const rule_finder& find,
                                                       const rule_maker& make);
/// 2020 for a catch-all: it always exists; it can be disabled.
[[nodiscard]] answer<rest_result> commit_removed_rule(const rest_call& call,
                                                      rule_view show, const rule_finder& find);

}  // namespace signpost::api

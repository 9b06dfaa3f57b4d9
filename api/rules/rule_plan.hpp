// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the deployment of a worker would change among the rules of an account. A plan changes
// nothing: clients show it, ask, and then make the changes one by one.
//
// The rules that a worker keeps are those with its tag in `owner_worker_tag`. A plan names
//
//     added     what is requested and does not exist
//     updated   what is the worker's own and differs from the request
//     deleted   what is the worker's own and is no longer requested
//     conflict  what is requested and belongs to somebody else
//
// and omits what is already as requested.
//
// Threads: functions of their arguments.
#pragma once

#include "api/frame/rest_call.hpp"

namespace signpost::api {

/// `POST /accounts/{account_id}/email/routing/rules/plan`: the body's `rules` and `catch_all_rules`
/// against the rules of the worker `owner_worker_tag`.
///
/// Refuses with 2007 anything that cannot be a rule of the account's zones, 2014 duplicates, 2016
/// an action of a worker that does not exist, 2020 a matcher in the wrong place, and 2062 a
/// catch-all of a subdomain. Limits: `planned_rules_max` requested rules, and as many owned (9403).
[[nodiscard]] answer<rest_result> plan_rules(rest_call& call);

inline constexpr std::size_t planned_rules_max = 10'000;

}  // namespace signpost::api

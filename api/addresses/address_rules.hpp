// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What becomes of rules when an address they forward to is removed, and when it is verified again.
// A rule with further destinations that are verified goes on to them; one without is disabled, and
// enabled again with the address unless somebody has changed it meanwhile.
//
// Threads: any; within a change of the store. Limits: `remembered_max` rules of one address are
// enabled again.
#pragma once

#include <functional>
#include <string_view>

#include "api/frame/rest_call.hpp"
#include "api/frame/rest_problem.hpp"
#include "model/control/control_store.hpp"

namespace signpost::api {

/// Rules that one removal disables: each is a change with an audit entry of its own.
inline constexpr std::size_t disabled_rules_max = 50'000;
inline constexpr std::size_t remembered_rules_max = 700;

/// An entry of the audit log as the caller writes it, of a rule that was `action`.
using rule_audit =
    std::function<model::audit_entry(std::string_view action, const model::rule_object& rule,
                                     const json& before, const json& after)>;

/// For an address that is about to be removed.
answer<void> disable_rules(model::control_transaction& t, const model::destination_address& a,
                           wall_time now, const rule_audit& audit);
/// For an address that has become verified.
answer<void> restore_rules(model::control_transaction& t, const model::destination_address& a,
                           wall_time now, const rule_audit& audit);

}  // namespace signpost::api

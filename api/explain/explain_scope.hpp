// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a caller of rules/explain may learn: the rules of zones that it may see, and no others, even
// if mail continues to them.
//
// Threads: any.
#pragma once

#include "api/frame/rest_call.hpp"
#include "model/routing/routing_table.hpp"

namespace signpost::api {

/// 2007 if the call is about a zone and the recipient is not one of its addresses.
[[nodiscard]] answer<void> check_recipient_in_scope(const rest_call& call,
                                                    const smtp::forward_path& recipient);

/// Takes destinations and steps out of the decision if mail continues by rules of a zone that the
/// caller may not see; true if it did.
bool hide_foreign(const rest_call& call, const model::routing_table& table,
                  model::route_decision& decision);

}  // namespace signpost::api

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Zones as the client API shows them, and the filters of their list.
//
// Threads: functions of their arguments.
#pragma once

#include <optional>

#include "api/frame/rest_call.hpp"
#include "model/control/control_lists.hpp"

namespace signpost::api {

/// Every field of Cloudflare's zone. Signpost serves no DNS, so name servers are empty; the proof
/// of ownership is the text of a TXT record, `verification_key`.
[[nodiscard]] json zone_json(const rest_world& world, const model::zone_object& zone,
                             const model::account& account, const model::api_token& viewer);

/// The `plan` of every zone.
[[nodiscard]] json plan_json();

/// The query's `name`, `account.id`, `account.name`, `status`, `type` and `match` as one question;
/// nothing if no zone passes. A name is exact (in U- or A-labels), or `op:value` with `equal`,
/// `not_equal`, `starts_with`, `ends_with`, `contains`, the last three also with `_case_sensitive`.
[[nodiscard]] answer<std::optional<model::zone_filter>> zone_filter_of(const rest_call& call);

/// The catch-all of a zone before one is set: disabled, with action drop.
[[nodiscard]] model::rule_object default_catch_all(const model::zone_object& zone);

}  // namespace signpost::api

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the endpoints under `/signpost/v1` have in common. For the files `v1_*.cpp` only.
//
// Threads: functions of their arguments.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "api/frame/json.hpp"
#include "api/frame/rest_call.hpp"
#include "api/frame/rest_problem.hpp"
#include "api/frame/wait_for.hpp"

namespace signpost::api {

/// A misspelt filter must not look like no filter, least of all in a removal: unknown and repeated
/// parameters are refused (2007).
[[nodiscard]] answer<void> only_parameters(const rest_call& call,
                                           std::initializer_list<std::string_view> known);

/// `fallback` if it is absent; 2007 if it is not a number from 1 to `max`.
[[nodiscard]] answer<std::size_t> number_parameter(const rest_call& call, std::string_view name,
                                                   std::size_t fallback, std::size_t max);

/// A domain in A-labels, an address literal, or a webhook's `https://host[:port]`; empty if it is
/// absent. Otherwise 2007.
[[nodiscard]] answer<std::string> domain_parameter(const rest_call& call, std::string_view name);

/// Records in the audit log (without a store: in the node's log) what was done outside the store.
/// Since it is already done, a failure to record it is logged and not reported to the caller.
void note_done(const rest_call& call, std::string_view action, std::string_view resource_type,
               std::string_view resource_id, const json& after = nullptr);

/// 9503 if this node has no spool.
[[nodiscard]] answer<storage::spool*> spool_of(const rest_call& call);
/// 9503 if there is no node behind this API.
[[nodiscard]] answer<node_operations*> node_of(const rest_call& call);

}  // namespace signpost::api

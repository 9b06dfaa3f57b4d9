// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// API tokens as clients send and see them.
//
// Threads: functions of their arguments.
#pragma once

#include "api/frame/json.hpp"
#include "api/frame/rest_problem.hpp"
#include "base/random.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::api {

/// Without its text, which is not stored.
[[nodiscard]] json token_json(const model::api_token& token, wall_time now);

/// Puts the contents of a body into `token`: `name` and `policies` are required, `condition`,
/// `not_before` and `expires_on` are removed if absent, `status` stays. Each fault names its place.
/// Whether the caller may grant this is checked by may_grant.
[[nodiscard]] answer<void> read_token(const json& body, random_source& random,
                                      model::api_token& token);

}  // namespace signpost::api

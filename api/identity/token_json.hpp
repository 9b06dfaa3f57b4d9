// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// API tokens as clients send them and see them.
//
// Threads: functions of their arguments.
#pragma once

#include "api/frame/json.hpp"
#include "api/frame/rest_problem.hpp"
#include "base/random.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::api {

/// Without its text, which nobody has any more.
[[nodiscard]] json token_json(const model::api_token& token, wall_time now);

/// What a body says, put into `token`: `name` and `policies` are required, `condition`,
/// `not_before` and `expires_on` are removed if they are absent, `status` stays. Each fault names
/// its place. Whether the caller may give so much is for may_grant to say.
[[nodiscard]] answer<void> read_token(const json& body, random_source& random,
                                      model::api_token& token);

}  // namespace signpost::api

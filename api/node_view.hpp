// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The state of the running node as JSON: what the control socket and the client API both show.
//
// Threads: any.
#pragma once

#include "api/control_api.hpp"
#include "api/json.hpp"

namespace signpost::api {

/// Version, readiness with its reasons, the spool, the zones in force and named numbers.
[[nodiscard]] json node_status(const control_dependencies& world);

}  // namespace signpost::api

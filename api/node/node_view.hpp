// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The state of the running node as JSON.
//
// Threads: any.
#pragma once

#include <cstddef>

#include "api/frame/json.hpp"

namespace signpost::api {

struct node_state;

/// Events of one answer; without `max`: `events_default`.
inline constexpr std::size_t events_max = 1000;
inline constexpr std::size_t events_default = 100;

/// Version, readiness with its reasons, the spool, the zones in force and named numbers.
[[nodiscard]] json to_json(const node_state& node);

}  // namespace signpost::api

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Times as clients write them.
//
// Threads: functions of their arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace signpost::api {

/// RFC 3339, with a blank in place of the T too, or a date alone: its midnight in UTC. Nothing for
/// anything else, and for days that do not exist.
[[nodiscard]] std::optional<wall_time> parse_time(std::string_view text);

/// RFC 3339 in UTC, with a fraction only if there is one: times that clients send in whole seconds
/// come back as they were.
[[nodiscard]] std::string short_time(wall_time t);

}  // namespace signpost::api

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

/// RFC 3339, also with a blank instead of the T, or a date alone, which means its midnight in UTC.
/// Nothing for anything else, including days that do not exist.
[[nodiscard]] std::optional<wall_time> parse_time(std::string_view text);

/// RFC 3339 in UTC, with a fraction only if it is not zero, so that times sent in whole seconds are
/// returned unchanged.
[[nodiscard]] std::string short_time(wall_time t);

}  // namespace signpost::api

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads what `to_rfc3339` (clock.hpp) writes, and every other form of RFC 3339 §5.6.
//
// Threads: a pure function.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace signpost {

/// `2026-11-24T01:30:00Z`, with a fraction (milliseconds count) or an offset as `+01:00` too.
/// Nothing for anything else, for days that do not exist and for years before 1970.
[[nodiscard]] std::optional<wall_time> parse_rfc3339(std::string_view text);

}  // namespace signpost

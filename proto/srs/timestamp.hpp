// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The two characters of an SRS0 address with the day on which it was made.
//
// Threads: pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace signpost::srs {

/// Day numbers repeat after this many: two characters of five bits.
inline constexpr std::chrono::days timestamp_period{1024};

/// The day of `now` in base32, for example `2W`. `now` is not before 1970.
std::string make_timestamp(wall_time now);

/// True for two characters of base32, in any case.
[[nodiscard]] bool is_timestamp(std::string_view text);

/// How old `timestamp` is at `now`, in [-1, 1023) days; nothing if it is not two characters of
/// base32 (in any case). A stamp of tomorrow has age -1: clocks of nodes do not change days at the
/// same instant.
std::optional<std::chrono::days> timestamp_age(std::string_view timestamp, wall_time now);

}  // namespace signpost::srs

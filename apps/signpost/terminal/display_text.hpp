// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Texts, numbers and times as shown at a terminal.
//
// Threads: functions of their arguments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace signpost::cli {

/// A stranger's text, made safe for a terminal: letters of all scripts stay; control characters,
/// marks that change the direction of writing, and octets that are not UTF-8 become `\xHH`.
/// Anything beyond `octets_max` is replaced by `...`.
[[nodiscard]] std::string display_text(std::string_view text, std::size_t octets_max = 500);
/// How many columns display_text's result occupies: ideographs two, combining marks none.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `in 3m`, `2h ago`, `now`: one unit, rounded down.
[[nodiscard]] std::string relative(wall_time t, wall_time now);
/// The same for a time in JSON; the text itself if it is not a time.
[[nodiscard]] std::string relative(std::string_view rfc3339, wall_time now);
/// `3m`, `2h`, `5d`.
[[nodiscard]] std::string short_duration(milliseconds d);
/// `812 B`, `3.2 KiB`, `1.5 MiB`.
[[nodiscard]] std::string short_size(std::uint64_t octets);
/// `1 recipient`, `2 recipients`.
[[nodiscard]] std::string count_of(std::uint64_t n, std::string_view noun);
/// A stranger's lines, made safe for a terminal; line ends become LF, tabs stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

}  // namespace signpost::cli

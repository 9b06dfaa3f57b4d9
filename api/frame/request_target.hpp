// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The two parts of a request's target, decoded: path and query.
//
// Threads: functions of their arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::api {

/// `name=value` of a query, decoded; nothing if it is badly encoded. Without `=` the value is
/// empty.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> decoded_parameter(
    std::string_view part);

/// The segments of a path, decoded; nothing if one of them is badly encoded, or over
/// `segments_max`.
[[nodiscard]] std::optional<std::vector<std::string>> path_segments(std::string_view path);

}  // namespace signpost::api

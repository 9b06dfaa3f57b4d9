// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a token may do: from the words of the command line to the API's policies. For the
// files of this folder only.
//
// Threads: functions of their arguments.
#pragma once

#include <string>
#include <vector>

#include "apps/signpost/client/api_client.hpp"
#include "base/clock.hpp"

namespace signpost::cli {

/// Where this applies: ids. Both empty: in all accounts.
struct grant_scope {
  std::string account;
  std::vector<std::string> zones;
};

/// The policies of a token that may do `words` there. A word is `rules:read`, `zones:write`,
/// `admin`, `everything`, or a permission group's name; `groups` are those of the API
/// (`permission_groups`).
[[nodiscard]] answer<json> policies_for(const std::vector<std::string>& words, const json& groups,
                                        const grant_scope& scope);

/// `rules:write, zones:read` of a token's policies; the names of groups that have no such words.
[[nodiscard]] std::string permissions_text(const json& token);
/// `everywhere`, `2 zones`, `1 account`.
[[nodiscard]] std::string resources_text(const json& token);

/// The time given as `90d` (from now), as a date or as an RFC 3339 time, in RFC 3339.
[[nodiscard]] answer<std::string> expiry_of(const std::string& text, wall_time now);

}  // namespace signpost::cli

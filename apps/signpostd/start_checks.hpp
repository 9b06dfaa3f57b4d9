// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a start would run into, or what works and is hardly meant: found beforehand by `signpost
// config check` and `signpost doctor`.
//
// Threads: functions of their arguments. They read files and open sockets, and ask no DNS.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "apps/signpostd/daemon_settings.hpp"

namespace signpost {

/// What keeps the node from starting, besides what `check` and `check_secret_files` find: files
/// that the node's user cannot read (`settings_path` among them, if it is not empty), and settings
/// that the resolver refuses. Each names setting or file and what to do.
[[nodiscard]] std::vector<std::string> check_start(const daemon_settings& s,
                                                   const std::string& settings_path);

/// What works, and is hardly meant.
[[nodiscard]] std::vector<std::string> warnings_of(const daemon_settings& s);

/// Variables `SIGNPOST_…` that name no setting and nothing else that is read, with the nearest name
/// that does; not those that Kubernetes sets for a service of that name.
[[nodiscard]] std::vector<std::string> unknown_variables(
    const std::vector<std::pair<std::string, std::string>>& environment,
    const settings_table& table);

}  // namespace signpost

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Where settings come from, apart from their defaults: a YAML file and the environment.
//
// Threads: one at a time, as settings_table.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/settings.hpp"

namespace signpost::config {

/// Reads the file at `path` into the table: nested maps are joined to dotted names, so
/// `smtp: {command_timeout: 5m}` sets `smtp.command_timeout`. errc::malformed contains
/// `file:line:column: what` and names the nearest known setting; all correct settings have been
/// set.
/// Also errc::not_found, errc::denied, errc::unavailable.
result<void> load_settings(const std::string& path, settings_table& table);
/// The same from text; `name` stands for the file in errors.
result<void> parse_settings(const std::string& text, const std::string& name,
                            settings_table& table);

/// The maximum number of mistakes reported for one file; the rest is not read.
inline constexpr std::size_t settings_mistakes_max = 100;

/// Like load_settings, but reports every mistake, in the order of the file; empty if there are
/// none.
std::vector<error> read_settings_file(const std::string& path, settings_table& table);
/// The same from text.
std::vector<error> read_settings(const std::string& text, const std::string& name,
                                 settings_table& table);

/// The settings file of an installed node.
inline constexpr const char* installed_settings_path = "/etc/signpost/signpost.yaml";

using environment = std::vector<std::pair<std::string, std::string>>;

/// Where both programs look for settings, so that the one checks what the other reads: `given` (the
/// command line), else `$SIGNPOST_CONFIG`, else `installed_settings_path` if it is there; empty if
/// it is not. The working directory is not looked at: it may be somebody else's.
[[nodiscard]] std::string settings_path(const std::string& given, const environment& variables);

/// The variables of this process that begin with `SIGNPOST_`.
environment process_environment();
/// `SIGNPOST_SMTP_COMMAND_TIMEOUT` sets `smtp.command_timeout`; lists are separated by commas.
/// errc::malformed names the variable. Returns the variables that do not name a setting: they are
/// not a mistake, because Kubernetes sets `SIGNPOST_SERVICE_HOST` and the like for a service of our
/// name.
result<std::vector<std::string>> load_environment(const environment& variables,
                                                  settings_table& table);

/// docs/operating/settings.md: one table per area, from the rows.
std::string settings_reference_markdown(const settings_table& table);

}  // namespace signpost::config

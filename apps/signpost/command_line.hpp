// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The program `signpost` without its process: arguments in, text and an exit status out.
// docs/operating/cli.md is its manual.
//
// Threads: one at a time.
#pragma once

#include <string>
#include <vector>

#include "apps/config/settings_file.hpp"
#include "apps/signpost/client/api_connection.hpp"
#include "apps/signpost/terminal/console.hpp"

namespace signpost::cli {

/// `arguments` without the name of the program. Only `SIGNPOST_*`, `HOME` and `XDG_CONFIG_HOME` are
/// read from the environment. Never throws.
int run(const std::vector<std::string>& arguments, const config::environment& environment,
        const console& to, const connector& connect = open_connection);

}  // namespace signpost::cli

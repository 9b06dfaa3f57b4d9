// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The context in which a command runs.
//
// Threads: one at a time.
#pragma once

#include <string>

#include "apps/signpost/client/api_connection.hpp"
#include "apps/signpost/effective_settings.hpp"
#include "apps/signpost/terminal/console.hpp"

namespace signpost::cli {

/// Which server the command line names; all empty: none.
struct server_choice {
  std::string socket;
  std::string url;
  std::string profile;
};

/// What every command can use.
struct command_context {
  const console& to;
  const effective_settings& settings;
  const config::environment& environment;
  const connector& connect;
  server_choice server;
  bool json = false;
};

}  // namespace signpost::cli

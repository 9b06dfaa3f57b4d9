// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Completion of the command line in bash, zsh and fish, from the tree of commands. Names of zones
// are requested from the server when needed (`signpost zone list --names`).
//
// Threads: functions of their arguments.
#pragma once

#include <string>
#include <vector>

#include "apps/signpost/command_tree.hpp"

namespace signpost::cli {

/// Everything that describes the program.
struct tree_text {
  std::string about;
  std::string epilogue;
  std::vector<option> common;
  std::vector<command> commands;
};

[[nodiscard]] std::string bash_completion(const tree_text& tree);
[[nodiscard]] std::string zsh_completion(const tree_text& tree);
[[nodiscard]] std::string fish_completion(const tree_text& tree);

/// `tree` must outlive it.
[[nodiscard]] command completion_command(const tree_text& tree);

}  // namespace signpost::cli

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Shared by the commands `signpost spool …`. For the files of this folder only.
#pragma once

#include <string>
#include <vector>

#include "apps/signpost/client/session.hpp"
#include "apps/signpost/command_tree.hpp"

namespace signpost::cli {

/// `data_dir`, or the directory in the settings.
[[nodiscard]] answer<std::string> data_folder_of(const command_context& context,
                                                 const std::string& data_dir);
/// The folder of the queue in it.
[[nodiscard]] answer<std::string> spool_folder_of(const command_context& context,
                                                  const std::string& data_dir);
[[nodiscard]] option data_dir_option(std::string& target);

/// spool_tools.cpp
[[nodiscard]] std::vector<command> spool_tool_commands();

}  // namespace signpost::cli

// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The control store of a stopped node on this machine. For the files of this folder only.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string>

#include "apps/signpost/client/api_client.hpp"
#include "apps/signpost/command_tree.hpp"
#include "model/control/control_store.hpp"

namespace signpost::cli {

/// `given`, or the place in the settings. A no_answer if another server was named, or the settings
/// have mistakes.
[[nodiscard]] answer<std::string> store_place_of(const command_context& context,
                                                 const std::string& given);
/// errc::conflict becomes the advice to stop the node. Creates the store if it does not exist.
[[nodiscard]] answer<std::unique_ptr<model::control_store>> open_stopped(const std::string& place);
/// True if a store exists there.
[[nodiscard]] bool has_store(const std::string& place);
/// As root: gives the files to the owner of the parent folder, as whom the node runs.
void hand_to_owner(const std::string& place);

[[nodiscard]] option store_option(std::string& target);

// The commands of `config` that have their own files.
[[nodiscard]] command import_command();
[[nodiscard]] command export_command();
[[nodiscard]] command migrate_command();

}  // namespace signpost::cli

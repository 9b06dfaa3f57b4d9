// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The manual page signpost(1), from the tree of commands.
//
// Threads: functions of their arguments.
#pragma once

#include <string>

#include "apps/signpost/completion.hpp"

namespace signpost::cli {

/// In the man macros of roff.
[[nodiscard]] std::string manual_page(const tree_text& tree);

/// `tree` must outlive it.
[[nodiscard]] command manual_command(const tree_text& tree);

}  // namespace signpost::cli

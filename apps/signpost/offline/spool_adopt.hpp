// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// `signpost spool adopt`: the stores of a stopped node are accepted as they are.
#pragma once

#include "apps/signpost/command_tree.hpp"

namespace signpost::cli {

[[nodiscard]] command spool_adopt_command();

}  // namespace signpost::cli
